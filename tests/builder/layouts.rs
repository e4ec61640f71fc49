//! Where packages and what they need lie, and how they are set up.

use std::path::Path;

use annexe::{
    CallError, Host, Identity,
    builder::{BuildConfiguration, BuildError, Builder, NoOutput, Profile},
    delegate::LocalWorktree,
};

use crate::place::{LIB, Place, Words, answering, holds};

#[tokio::test]
async fn a_package_becomes_a_component_that_runs() {
    let Some(place) = Place::new() else { return };
    place.extension("plain", LIB);
    place.lock("plain");
    let before = place.snapshot();
    let (built, words) = place.built("plain").await;
    assert!(words.contains("Compiling plain v0.1.0"), "{words}");
    assert_eq!(
        built.api.as_ref().map(ToString::to_string).as_deref(),
        Some("0.0.1")
    );
    assert_eq!(built.manifest.manifest.id.as_str(), "plain");
    assert!(
        built.not_built.is_empty() && built.sources.is_empty(),
        "{built:?}"
    );
    assert_eq!(place.snapshot(), before);

    let wasm = built.component.unwrap();
    assert!(!wasm.windows(11).any(|window| window == b".debug_info"));
    let host = Host::builder().build().unwrap();
    let component = host.compile(wasm).await.unwrap();
    let work = tempfile::tempdir().unwrap();
    let identity = Identity::new("plain".parse().unwrap(), work.path());
    let extension = host.start(&component, identity).await.unwrap();
    let worktree = LocalWorktree::new(1, work.path(), Vec::new());
    let answer = extension
        .language_server_command("x".into(), std::sync::Arc::new(worktree))
        .await;
    assert!(
        matches!(&answer, Err(CallError::Guest { message, .. }) if message == "no server"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_sample_is_built_with_the_published_crate() {
    let Some(_) = Place::new() else { return };
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("extensions/taplo");
    // What the crate depends on takes a while, once.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build");
    let builder = Builder::new(BuildConfiguration { folder }).offline(true);
    let words = Words::default();
    let built = match builder.build(&sample, Profile::Debug, &words).await {
        Err(BuildError::Unreachable { .. }) => {
            crate::support::skip(
                "crates",
                "the crates of extensions/taplo are not on this machine",
            );
            return;
        }
        built => built.unwrap_or_else(|error| panic!("{error}\n{}", words.text())),
    };
    assert_eq!(built.api, Some("0.7.0".parse().unwrap()));
    assert!(holds(&built, "taplo"));
    assert!(!sample.join("target").exists());
}

#[tokio::test]
async fn nothing_is_compiled_again_that_has_not_changed() {
    let Some(place) = Place::new() else { return };
    place.extension(
        "plain",
        &format!("{LIB}[dependencies]\nother = {{ path = \"../other\" }}\n"),
    );
    package(&place, "other", "");
    // Once with the author's lock file and once without.
    for with_lock in [true, false] {
        if with_lock {
            place.lock("plain");
        } else {
            std::fs::remove_file(place.path("plain/Cargo.lock")).unwrap();
        }
        place.built("plain").await;
        let (_, words) = place.built("plain").await;
        assert!(words.contains("Finished"), "{words}");
        assert!(!words.contains("Compiling"), "{words}");
        place.write(
            "plain/src/lib.rs",
            answering(&format!("changed {with_lock}")),
        );
        let (built, words) = place.built("plain").await;
        assert!(words.contains("Compiling plain"), "{words}");
        assert!(!words.contains("Compiling other"), "{words}");
        assert!(holds(&built, &format!("changed {with_lock}")));
    }
}

#[tokio::test]
async fn a_member_of_a_workspace_is_built_alone_with_what_it_inherits() {
    let Some(place) = Place::new() else { return };
    place.write(
        "all/Cargo.toml",
        "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n\
         [workspace.lints.rust]\nunused_variables = \"deny\"\n\
         [workspace.dependencies]\nshared = { path = \"crates/shared\" }\n",
    );
    place.extension(
        "all/crates/member",
        &format!("{LIB}[dependencies]\nshared.workspace = true\n[lints]\nworkspace = true\n"),
    );
    package(&place, "all/crates/shared", "");
    package(
        &place,
        "all/crates/broken",
        "compile_error!(\"nobody asked for this\");",
    );
    place.lock("all");
    let folder = place.path("all/crates/member");
    let (built, _) = place.built("all/crates/member").await;
    assert_eq!(built.folder(), folder);
    let expected = [
        "Cargo.lock",
        "Cargo.toml",
        "crates/shared/Cargo.toml",
        "crates/shared/src/lib.rs",
    ];
    assert_eq!(
        built.sources,
        expected.map(|name| place.path("all").join(name))
    );

    // The same without the lock file: another workspace stands in for it.
    std::fs::remove_file(place.path("all/Cargo.lock")).unwrap();
    let (built, _) = place.built("all/crates/member").await;
    assert_eq!(
        built.sources,
        expected[1..]
            .iter()
            .map(|name| place.path("all").join(name))
            .collect::<Vec<_>>()
    );
    let source = std::fs::read_to_string(folder.join("src/lib.rs")).unwrap();
    place.write(
        "all/crates/member/src/lib.rs",
        format!("{source}fn unused() {{ let x = 1; }}\n"),
    );
    let (result, words) = place.build("all/crates/member").await;
    assert!(
        matches!(result, Err(BuildError::Compiler { .. })),
        "{result:?}"
    );
    assert!(words.contains("unused variable: `x`"), "{words}");
    assert!(words.contains("member/src/lib.rs"), "{words}");
}

#[tokio::test]
async fn names_and_folders_may_be_set_otherwise() {
    let Some(place) = Place::new() else { return };
    place.extension("odd", "[lib]\nname = \"another_name\"\npath = \"src/here.rs\"\ncrate-type = [\"rlib\", \"cdylib\"]\n");
    std::fs::rename(place.path("odd/src/lib.rs"), place.path("odd/src/here.rs")).unwrap();
    place.write(
        "odd/.cargo/config.toml",
        "[build]\ntarget-dir = \"compiled\"\nbuild-dir = \"intermediate\"\n\
         target = \"x86_64-unknown-linux-gnu\"\nrustc-wrapper = \"no-such-program\"\n",
    );
    place.write(".cargo/config.toml", "[term]\nverbose = false\n");
    place.lock("odd");
    let before = place.snapshot();
    let (built, _) = place.built("odd").await;
    assert!(holds(&built, "no server"));
    assert_eq!(built.sources, [place.path(".cargo/config.toml")]);
    assert_eq!(place.snapshot(), before);
}

#[tokio::test]
async fn a_build_folder_is_where_the_program_is_and_not_where_the_sources_are() {
    let Some(place) = Place::new() else { return };
    let folder = place.extension("plain", LIB);
    let before = place.snapshot();
    // Tests run in the package's folder, whose `target` is nobody's but cargo's.
    let relative = format!("target/relative-{}", std::process::id());
    let configuration = BuildConfiguration {
        folder: relative.clone().into(),
    };
    let builder = Builder::new(configuration).offline(true);
    assert!(builder.is_first(&folder));
    let built = builder.build(&folder, Profile::Debug, &NoOutput).await;
    assert!(!builder.is_first(&folder));
    std::fs::remove_dir_all(relative).unwrap();
    assert!(holds(&built.unwrap(), "no server"));
    assert_eq!(place.snapshot(), before);
}

#[tokio::test]
async fn packages_outside_the_workspace_are_found_from_where_they_lie() {
    let Some(place) = Place::new() else { return };
    place.extension(
        "deep/down/inside",
        &format!("{LIB}[dependencies]\nout = {{ path = \"../../../out side/out\" }}\n"),
    );
    package(&place, "out side/out", "");
    place.write(
        "out side/out/Cargo.toml",
        "[package]\nname = \"out\"\nversion.workspace = true\nedition = \"2024\"\n[dependencies]\nfurther = { path = \"../../further\" }\n",
    );
    place.write(
        "out side/Cargo.toml",
        "[workspace]\nmembers = [\"out\"]\n[workspace.package]\nversion = \"1.0.0\"\n",
    );
    package(&place, "further", "");
    let source = std::fs::read_to_string(place.path("deep/down/inside/src/lib.rs")).unwrap();
    place.write("text.txt", "a text from outside");
    place.write(
        "deep/down/inside/src/lib.rs",
        source.replace(
            "\"no server\"",
            "include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../../../text.txt\"))",
        ),
    );
    let before = place.snapshot();
    let (built, _) = place.built("deep/down/inside").await;
    assert!(holds(&built, "a text from outside"));
    let expected = [
        "further/Cargo.toml",
        "further/src/lib.rs",
        "out side/out/Cargo.toml",
        "out side/out/src/lib.rs",
        "text.txt",
    ];
    assert_eq!(built.sources, expected.map(|name| place.path(name)));
    assert_eq!(place.snapshot(), before);
}

#[tokio::test]
async fn what_only_a_root_may_say_counts_with_another_lock_file_too() {
    let Some(place) = Place::new() else { return };
    // The check is there in the extension alone: `"*"` means packages that are no members.
    let checked = "#[cfg(debug_assertions)] const CHECKED: &str = \"with checks\";\n\
                   #[cfg(not(debug_assertions))] const CHECKED: &str = \"without checks\";\n";
    place.extension(
        "root",
        &format!(
            "{LIB}[dependencies]\nzzz-patched = \"1\"\n\
             [patch.crates-io]\nzzz-patched = {{ path = \"../patched\" }}\n\
             [profile.dev]\nopt-level = \"s\"\n[profile.dev.package.\"*\"]\ndebug-assertions = false\nopt-level = 0\n"
        ),
    );
    package(
        &place,
        "patched",
        &format!("{checked}pub fn checked() -> &'static str {{ CHECKED }}"),
    );
    let manifest = std::fs::read_to_string(place.path("patched/Cargo.toml")).unwrap();
    place.write(
        "patched/Cargo.toml",
        manifest.replace("name = \"patched\"", "name = \"zzz-patched\""),
    );
    let source = answering("no server").replace(
        "{ \"no server\" }",
        "{ format!(\"own {CHECKED}, other {}\", zzz_patched::checked()).leak() }",
    );
    place.write("root/src/lib.rs", format!("{checked}{source}"));
    let with_stand_in = place.built("root").await.0;
    place.lock("root");
    let with_own = place.built("root").await.0;
    for built in [with_stand_in, with_own] {
        assert!(holds(&built, "with checks") && holds(&built, "without checks"));
    }
}

#[tokio::test]
async fn a_release_is_optimised_and_colours_are_there_where_they_are_asked_for() {
    let Some(place) = Place::new() else { return };
    place.extension("plain", LIB);
    let source = answering("no server");
    place.write(
        "plain/src/lib.rs",
        source.replace(
            "{ \"no server\" }",
            "{ let x = 1; if cfg!(debug_assertions) { \"debug\" } else { \"release\" } }",
        ),
    );
    let words = Words::default();
    let built = place
        .builder()
        .offline(true)
        .colours(true)
        .build(&place.path("plain"), Profile::Release, &words)
        .await
        .unwrap();
    assert!(holds(&built, "release"));
    let words = words.text();
    assert!(words.contains("\u{1b}["), "{words}");
    assert!(words.contains("unused variable"), "{words}");
    // What was compiled before is not compiled again, and says its warnings again.
    let (_, words) = place.build("plain").await;
    assert!(
        words.contains("unused variable") && !words.contains('\u{1b}'),
        "{words}"
    );
}

#[tokio::test]
async fn a_component_that_another_toolchain_has_made_is_taken_as_it_is() {
    let place = Place::anywhere();
    place.manifest("foreign");
    let wasm = crate::support::guests::wasm("0.6.0");
    place.write("foreign/extension.wasm", &wasm);
    let (built, words) = place.built("foreign").await;
    assert_eq!(built.component, Some(wasm));
    assert_eq!(built.api, Some("0.6.0".parse().unwrap()));
    assert_eq!(words, "");
    assert!(!place.builds().exists());

    place.write("foreign/extension.wasm", b"\0asm\x01\0\0\0");
    let (result, _) = place.build("foreign").await;
    assert!(
        matches!(result, Err(BuildError::Component(_))),
        "{result:?}"
    );
}

#[tokio::test]
async fn an_extension_without_a_component_is_complete_but_for_its_grammars() {
    let place = Place::anywhere();
    place.manifest("words");
    let manifest = std::fs::read_to_string(place.path("words/extension.toml")).unwrap();
    place.write(
        "words/extension.toml",
        format!("{manifest}[grammars.one]\nrepository = \"https://example.org/one\"\nrev = \"abc\"\n[grammars.two]\nrepository = \"https://example.org/two\"\nrev = \"abc\"\n"),
    );
    place.write("words/grammars/two.wasm", "two");
    place.write(
        "words/languages/words/config.toml",
        "name = \"Words\"\ngrammar = \"one\"\n",
    );
    place.write("words/LICENSE", "free");
    place.write("words/notes.txt", "not part of it");
    let (built, _) = place.built("words").await;
    assert_eq!((built.component.as_ref(), built.api.as_ref()), (None, None));
    assert_eq!(built.not_built.len(), 1);
    assert_eq!(built.not_built[0].name, "one");
    let words = built.not_built[0].to_string();
    assert!(
        words.contains("https://example.org/one") && words.contains("does not do yet"),
        "{words}"
    );
    assert!(built.not_built[0].hint().contains("grammars/one.wasm"));

    let into = place.builds().join("assembled");
    built.assemble(&into).unwrap();
    let mut files: Vec<_> = annexe::manifest::Manifest::from_folder(&into)
        .map(|loaded| {
            let mut manifest = loaded.manifest;
            manifest.grammars.remove("one");
            annexe::manifest::files(&into, &manifest).unwrap()
        })
        .unwrap();
    files.sort();
    let files: Vec<&str> = files.iter().map(|file| file.as_str()).collect();
    assert_eq!(
        files,
        [
            "LICENSE",
            "extension.toml",
            "grammars/two.wasm",
            "languages/words/config.toml"
        ]
    );
    assert!(!into.join("notes.txt").exists());
}

#[tokio::test]
async fn cargo_wins_over_a_component_that_an_earlier_build_has_left() {
    let Some(place) = Place::new() else { return };
    let folder = place.extension("both", LIB);
    place.write("both/extension.wasm", "left over");
    let (built, _) = place.built("both").await;
    assert!(holds(&built, "no server"));
    let into = place.builds().join("assembled");
    built.assemble(&into).unwrap();
    let written = std::fs::read(into.join("extension.wasm")).unwrap();
    assert_eq!(Some(written), built.component);
    assert_eq!(
        std::fs::read(folder.join("extension.wasm")).unwrap(),
        b"left over"
    );
}

/// Writes a library that is no extension.
pub fn package(place: &Place, folder: &str, source: &str) {
    let name = folder.rsplit('/').next().unwrap();
    place.write(
        &format!("{folder}/Cargo.toml"),
        format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n"),
    );
    place.write(&format!("{folder}/src/lib.rs"), source);
}

#[tokio::test]
async fn packages_that_stand_alone_share_what_they_are_compiled_with_and_are_never_taken_for_each_other()
 {
    let Some(place) = Place::new() else { return };
    for name in ["one", "same", "elsewhere/same"] {
        place.extension(name, LIB);
        place.lock(name);
    }
    let source = place.path("elsewhere/same/src/lib.rs");
    let text = std::fs::read_to_string(&source).unwrap();
    std::fs::write(&source, text.replace("no server", "another")).unwrap();
    // What was built first is older than all that follows, and cargo goes by that.
    for _ in 0..2 {
        for (name, answer) in [
            ("one", "no server"),
            ("same", "no server"),
            ("elsewhere/same", "another"),
        ] {
            let (built, _) = place.built(name).await;
            assert!(holds(&built, answer), "{name}");
        }
    }
    let of = |name: &str| place.builds().join("shared/of").join(name);
    assert!(of("one").is_file() && of("same").is_file());
}
