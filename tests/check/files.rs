//! The files that are packed, their names, and the licence among them.

use std::fs::File;

use annexe::check::Severity;

use crate::{Folder, MIT};

#[test]
fn files_that_are_named_must_be_there() {
    let rest = r#"themes = ["themes/a.json"]
languages = ["languages/none"]
snippets = "snippets/a.json"
[language_model_providers.frog]
name = "Frog"
icon = "art/frog.svg"
[debug_adapters.wader]
"#;
    let folder = Folder::new(rest).with_guest("0.7.0");
    let found: Vec<_> = folder
        .found()
        .into_iter()
        .filter(|told| !told.contains("[component-network]"))
        .collect();
    assert_eq!(
        found,
        [
            "error[file-missing] extension.toml:8:11 (themes[0])",
            "error[file-missing] extension.toml:9:14 (languages[0])",
            "error[file-missing] extension.toml:10:12 (snippets[0])",
            "error[file-missing] extension.toml:13:8 (language_model_providers.frog.icon)",
            "error[file-missing] extension.toml:14:1 (debug_adapters.wader)",
        ]
    );
    let folder = Folder::new("[debug_adapters.wader]\n")
        .with_guest("0.7.0")
        .with_folder("debug_adapter_schemas/wader.json");
    assert!(
        folder
            .found()
            .contains(&"error[file-kind] debug_adapter_schemas/wader.json".to_owned())
    );
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_not_every_system_holds_are_refused() {
    let config = "name = \"Marsh\"\n";
    let folder = Folder::new("")
        .with("languages/marsh/config.toml", config)
        .with("languages/marsh/aux.md", "")
        .with("languages/marsh/ä.md", "")
        .with("languages/marsh/notes/A.md", "")
        .with("languages/marsh/notes/a.md", "");
    let expected = [
        "error[file-name] languages/marsh/aux.md",
        "error[file-collision] languages/marsh/notes/a.md",
        "error[file-name] languages/marsh/ä.md",
    ];
    assert_eq!(folder.found(), expected);
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_found_where_the_manifest_would_leave_it_out() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Folder::new("")
        .with_folder("themes")
        .with("languages/a\\b/config.toml", "");
    let name = std::ffi::OsStr::from_bytes(b"\xff.json");
    std::fs::write(folder.path("themes").join(name), "{}").unwrap();
    assert_eq!(
        folder.found(),
        [
            "error[file-name] themes/\u{fffd}.json",
            "error[file-name] languages/a\\b"
        ]
    );
}

#[cfg(unix)]
#[test]
fn links_that_stay_in_the_repository_are_what_they_lead_to() {
    use std::os::unix::fs::symlink;
    let language = "name = \"Marsh\"\npath_suffixes = [\"marsh\"]\nhidden = 1\n";
    let theme = "{\"name\": \"A\", \"author\": \"B\", \"themes\": []}";
    let repository = Folder::empty()
        .with(".git/config", "")
        .with("LICENSE", crate::MIT)
        .with("shared/marsh/config.toml", language)
        .with("shared/a.json", theme)
        .with("one/extension.toml", crate::HEAD)
        .with_folder("one/themes")
        .with_folder("one/languages");
    let link = |target: &str, name: &str| symlink(target, repository.path(name)).unwrap();
    link("../LICENSE", "one/LICENSE");
    link("../../shared/a.json", "one/themes/a.json");
    link("../../shared/marsh", "one/languages/marsh");
    let check = || annexe::check::folder(&repository.path("one"), annexe::check::Ruleset::Annexe);
    let checked = check();
    // What is wrong behind a link is told where the extension has it.
    assert_eq!(
        crate::told(&checked.findings),
        [
            // What another may have added is told, as all may read what is published.
            "note[link-followed] LICENSE",
            "note[link-followed] languages/marsh",
            "note[link-followed] themes/a.json",
            "warning[asset-wrong-type] languages/marsh/config.toml:3:10",
        ]
    );
    let manifest = checked.manifest.unwrap();
    assert_eq!(manifest.themes[0].as_str(), "themes/a.json");
    assert_eq!(manifest.languages[0].as_str(), "languages/marsh");

    // In a circle, to nothing, into what git keeps, and out of the repository.
    link("..", "one/languages/marsh-again");
    link("nowhere.md", "one/README.md");
    link("../.git/config", "one/NOTICE");
    link("nowhere.json", "one/themes/c.json");
    link("nowhere", "one/languages/gone");
    let outside = Folder::empty().with("b.json", theme);
    symlink(outside.path("b.json"), repository.path("one/themes/b.json")).unwrap();
    let mut found = crate::told(&check().findings);
    found.sort();
    for expected in [
        "error[file-link] README.md",
        "error[file-link] NOTICE",
        "error[file-link] themes/b.json",
        "error[file-link] themes/c.json",
        "error[file-link] languages/gone",
    ] {
        assert!(
            found.iter().any(|it| it == expected),
            "{expected}: {found:#?}"
        );
    }
    // One that another user has made there is none.
    let kept = repository.path(".git");
    if std::os::unix::fs::chown(&kept, Some(1_999_999_999), None).is_ok() {
        let found = crate::told(&check().findings);
        assert!(
            found.iter().any(|it| it == "error[licence-link] LICENSE"),
            "{found:#?}"
        );
    } else {
        crate::support::skip("root", "this user cannot give a folder to another");
    }
    // Without a repository around it, the extension's folder is all there is.
    std::fs::remove_dir_all(repository.path(".git")).unwrap();
    let found = crate::told(&check().findings);
    assert!(
        found.iter().any(|it| it == "error[licence-link] LICENSE"),
        "{found:#?}"
    );
}

#[cfg(unix)]
#[test]
fn links_are_refused_wherever_they_lead_out() {
    use std::os::unix::fs::symlink;
    let theme = "{\"name\": \"A\", \"themes\": []}";
    let outside = Folder::empty().with("real.json", theme);
    let folder = Folder::new("").with_folder("themes").without("LICENSE");
    for name in ["themes/a.json", "README.md", "LICENSE", "extension.wasm"] {
        symlink(outside.path("real.json"), folder.path(name)).unwrap();
    }
    assert_eq!(
        folder.found(),
        [
            "error[licence-link] LICENSE",
            "error[file-link] README.md",
            "error[file-link] extension.wasm",
            "error[file-link] themes/a.json",
        ]
    );
}

#[test]
fn a_licence_is_there_whole_and_accepted() {
    let licences = |files: &[(&str, &str)]| {
        let mut folder = Folder::new("").without("LICENSE");
        for (name, text) in files {
            folder = folder.with(name, text);
        }
        folder.check().findings
    };
    let told = |files: &[(&str, &str)]| crate::told(&licences(files));
    assert!(told(&[("LICENSE", MIT)]).is_empty());
    assert!(told(&[("licence.md", MIT)]).is_empty());
    assert!(told(&[("LICENSE-APACHE", "Apache"), ("LICENSE-MIT", MIT)]).is_empty());
    assert_eq!(told(&[]), ["error[licence-missing] LICENSE"]);
    assert_eq!(
        told(&[("LICENSES/MIT.txt", MIT)]),
        ["error[licence-missing] LICENSE"]
    );
    assert_eq!(
        told(&[("LICENSE", " \n")]),
        ["error[licence-empty] LICENSE"]
    );
    assert_eq!(
        told(&[("LICENSE", "mine"), ("LICENCE-2", "mine, too")]),
        [
            "error[licence-unknown] LICENCE-2",
            "error[licence-unknown] LICENSE"
        ]
    );
    assert_eq!(
        licences(&[("COPYING", MIT)])[0].fix,
        "rename `COPYING` to `LICENSE`"
    );
}

#[test]
fn what_would_be_too_large_an_archive_is_refused_before_it_is_one() {
    // Sparse: it takes no room.
    let large = |name: &str, bytes: u64| {
        let folder = Folder::new("");
        File::create(folder.path(name))
            .unwrap()
            .set_len(bytes)
            .unwrap();
        folder
    };
    let problem = |folder: Folder| {
        let findings = folder.check().findings;
        assert_eq!(crate::told(&findings), ["error[archive-limit]"]);
        findings[0].problem.clone()
    };
    assert!(problem(large("README.md", (1 << 30) + 1)).contains("bytes of files"));
    assert!(problem(large("README.md", 17 << 20)).contains("for each compressed byte"));
    assert_eq!(large("README.md", 15 << 20).found(), [""; 0]);
    let deep = format!("languages/marsh/{}x.md", "a/".repeat(40));
    let folder = Folder::new("")
        .with("languages/marsh/config.toml", "name = \"Marsh\"\n")
        .with(&deep, "");
    assert!(problem(folder).contains("components in one path"));
}

#[test]
fn every_finding_of_a_file_has_a_way_out() {
    let folder = Folder::new("themes = [\"a.json\"]\n").without("LICENSE");
    for finding in folder.check().findings {
        assert_eq!(finding.severity, Severity::Error);
        assert!(!finding.fix.is_empty() && !finding.problem.is_empty());
    }
}
