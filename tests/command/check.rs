//! `annexe check`.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

use crate::place::{Place, text, wasm};

#[test]
fn a_component_a_folder_and_an_archive_pass() {
    let place = Place::new();
    let component = wasm("0.0.1");
    let folder = place.extension("echo", "1.2.3");
    place.ok(["pack", "echo"]);
    let archive = place.path("echo-1.2.3.tar.gz");
    let answer = place.json(["check", text(&component), text(&folder), text(&archive)]);
    for (position, kind) in ["component", "folder", "archive"].into_iter().enumerate() {
        let one = &answer[position];
        assert_eq!(one["kind"], kind);
        assert_eq!(one["ok"], true);
        assert_eq!(one["api"], "0.0.1");
        assert_eq!(one["adapter"], "since_v0_0_1");
        assert_eq!(one["notes"], serde_json::json!([]));
    }
    assert_eq!(answer[0]["id"], serde_json::Value::Null);
    assert_eq!(answer[2]["id"], "echo");
    assert_eq!(
        answer[2]["provides"],
        serde_json::json!(["themes", "language-servers"])
    );

    let words = place.ok(["check", "echo"]);
    let expected = "echo: echo 1.2.3, API 0.0.1 → since_v0_0_1, fits (not started)\n  \
                    provides     themes, language-servers\n  may ask for  run `gem install …`\n";
    assert_eq!(words, expected);
}

#[test]
fn one_that_fails_keeps_no_other_back() {
    let place = Place::new();
    std::fs::write(place.path("text.wasm"), "(component)").unwrap();
    let ran = place.run(["check", "text.wasm", text(&wasm("0.0.1")), "not-there"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.stdout.lines().count(), 1, "{ran:?}");
    assert!(
        ran.stderr
            .contains("error: `text.wasm` does not pass\n  cause: the component is text")
    );
    assert!(ran.stderr.contains("\n\nhint: give the binary file"));
    assert!(ran.stderr.contains("error: `not-there` does not pass"));

    let ran = place.run(["check", "--json", "text.wasm", text(&wasm("0.0.1"))]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answer[0]["ok"], false);
    assert!(answer[0]["error"]["hint"].is_string(), "{answer}");
    assert_eq!(answer[1]["ok"], true);
}

#[test]
fn a_broken_manifest_is_shown_with_its_line() {
    let place = Place::new();
    let folder = place.themes("broken", "1.0.0");
    let manifest = "id = \"broken\"\nname = \"Broken\"\nversion = 7\nschema_version = 1\n";
    std::fs::write(folder.join("extension.toml"), manifest).unwrap();
    let ran = place.run(["check", "broken"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr.contains("`extension.toml` line 3, column 11: "),
        "{ran:?}"
    );
}

#[test]
fn a_source_folder_passes_with_a_note_that_nothing_is_built() {
    let place = Place::new();
    let folder = place.themes("source", "1.0.0");
    std::fs::write(folder.join("Cargo.toml"), "").unwrap();
    let words = place.ok(["check", "source"]);
    assert!(
        words.contains("source 1.0.0, its component is not built"),
        "{words}"
    );
    assert!(
        words.contains("note: no component is built (no `extension.wasm`)"),
        "{words}"
    );
    assert!(
        place
            .ok(["check", "source/extension.toml"])
            .contains("source 1.0.0")
    );
}

#[test]
fn what_a_manifest_says_without_effect_is_a_warning() {
    let place = Place::new();
    let folder = place.themes("slip", "1.0");
    let manifest = std::fs::read_to_string(folder.join("extension.toml")).unwrap();
    std::fs::write(
        folder.join("extension.toml"),
        format!("{manifest}repositry = \"x\"\n"),
    )
    .unwrap();
    let words = place.ok(["check", "slip"]);
    assert!(
        words.contains("warning: line 7: unknown key `repositry`; did you mean `repository`?"),
        "{words}"
    );
    assert!(
        words.contains("note: `1.0` is no semantic version"),
        "{words}"
    );
}

#[test]
fn an_archive_is_known_by_its_name_where_its_content_is_none() {
    let place = Place::new();
    std::fs::write(place.path("a.tar.gz"), "no gzip").unwrap();
    let ran = place.run(["check", "a.tar.gz"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .contains("cause: the content is not a gzip archive"),
        "{ran:?}"
    );
}

/// Writes a tar archive of files that lie in memory.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(tar::EntryType::Regular);
        builder.append_data(&mut header, path, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn an_archive_with_its_manifest_in_a_folder_is_told_which() {
    let place = Place::new();
    let general =
        "an archive has its `extension.toml` at the top: write it with `annexe pack <folder>`";
    let named = "the extension is in the archive's folder `echo-1.2.3`: pack that with \
                 `annexe pack echo-1.2.3`, or with `tar -czf a.tar.gz -C echo-1.2.3 .`";
    let manifest = &b"id = \"echo\""[..];
    for (files, hint) in [
        (
            &["echo-1.2.3/extension.toml", "echo-1.2.3/README.md"][..],
            named,
        ),
        (&["echo-1.2.3/extension.json", "LICENSE"], named),
        (&["one/extension.toml", "two/extension.toml"], general),
        (&["echo/src/extension.toml"], general),
        (&["README.md"], general),
        // The hint is a command to copy, and nobody else's to write.
        (&["$(reboot)/extension.toml"], general),
        (&["-x/extension.toml"], general),
    ] {
        let all: Vec<_> = files.iter().map(|path| (*path, manifest)).collect();
        std::fs::write(place.path("a.tar.gz"), gzip(&tar(&all))).unwrap();
        let error = place.error(1, ["call", "./a.tar.gz"]);
        let expected = "no extension manifest at the top of the archive `./a.tar.gz`";
        assert_eq!(error["message"], expected, "{files:?}");
        let hint = hint.replace("a.tar.gz", "./a.tar.gz");
        assert_eq!(error["hint"], hint, "{files:?}");
    }
}

#[test]
fn an_archive_that_is_not_compressed_is_told_how() {
    let place = Place::new();
    let content = tar(&[("extension.toml", b"id = \"echo\"")]);
    for (name, hint) in [
        ("a.tar", "compress it with `gzip ./a.tar`"),
        ("a.tar.gz", "compress it with `gzip`"),
        ("a.wasm", "compress it with `gzip`"),
    ] {
        let name = format!("./{name}");
        std::fs::write(place.path(&name), &content).unwrap();
        let error = place.error(1, ["call", &name]);
        let expected = format!("the archive `{name}` is not compressed");
        assert_eq!(error["message"], expected);
        assert_eq!(error["hint"], hint, "{name}");
    }
}

/// None of these is opened: a pipe has nobody who writes into it, and the device never ends.
#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_is_refused_at_once() {
    use std::os::unix::fs::symlink;

    let place = Place::new();
    let pipe = |path: &str| {
        let status = std::process::Command::new("mkfifo")
            .arg(place.path(path))
            .status();
        assert!(status.unwrap().success());
    };
    pipe("pipe.wasm");
    for path in ["./pipe.wasm", "/dev/zero"] {
        let error = place.error(1, ["call", path]);
        let expected = format!("`{path}` is neither a folder nor a file");
        assert_eq!(error["message"], expected);
    }

    place.themes("piped", "1.0.0");
    pipe("piped/extension.wasm");
    let folder = place.themes("endless", "1.0.0");
    symlink("/dev/zero", folder.join("extension.wasm")).unwrap();
    for id in ["piped", "endless"] {
        let folder = format!("./{id}");
        let error = place.error(1, ["call", &folder]);
        let expected = format!("`{folder}/extension.wasm` is not a file");
        assert_eq!(error["message"], expected);
        assert_eq!(
            error["hint"],
            "give a plain file, no pipe, device or folder"
        );
        assert_eq!(place.run(["check", &folder]).code, 1);
        assert_eq!(place.run(["pack", &folder]).code, 1);
    }

    let folder = place.path("manifest");
    std::fs::create_dir(&folder).unwrap();
    pipe("manifest/extension.toml");
    let ran = place.run(["check", "manifest"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("extension.toml"), "{ran:?}");
}

#[test]
fn every_guest_and_every_sample_has_its_version_and_its_adapter() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = files(&root.join("tests/guests/prebuilt"), ".wasm");
    let guests = paths.len();
    paths.extend(files(&root.join("registry-index/archives"), ".tar.gz"));
    assert!(guests >= 12 && paths.len() >= guests + 21);
    let place = Place::new();
    let arguments = ["check", "--json"].into_iter();
    let ran = place.run(arguments.chain(paths.iter().map(|path| text(path))));
    // One of them is of an API that is yet to come.
    assert_eq!(ran.code, 1, "{ran:?}");
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    for (path, checked) in paths.iter().zip(answer.as_array().unwrap()) {
        let name = path.file_stem().unwrap().to_string_lossy();
        let version = match name.strip_prefix("api-") {
            Some(version) => Some(version.to_owned()),
            None => built_with(root, path),
        };
        if version.as_deref() == Some("0.9.0") {
            let expected =
                "the extension was built with API 0.9.0, newer than the newest this host serves";
            let message = checked["error"].to_string();
            assert!(message.contains(expected), "{checked}");
            continue;
        }
        assert_eq!(checked["ok"], true, "{checked}");
        assert_eq!(checked["findings"], serde_json::json!([]), "{checked}");
        let Some(version) = version else {
            assert_eq!(checked["adapter"], serde_json::Value::Null);
            continue;
        };
        assert_eq!(checked["api"], version.as_str(), "{checked}");
        let world = match version.as_str() {
            "0.0.3" => "0.0.1",
            "0.0.5" => "0.0.4",
            "0.7.0" => "0.6.0",
            version => version,
        };
        let adapter = format!("since_v{}", world.replace('.', "_"));
        assert_eq!(checked["adapter"], adapter.as_str(), "{checked}");
    }
}

/// All files below a folder whose names end so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_path_buf()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found
}

/// The API version that the package of an archive `<id>/<version>/<sha256>.tar.gz` names, its crate's or
/// the one it is stamped with; `None` where there is no package.
fn built_with(root: &Path, archive: &Path) -> Option<String> {
    let version = archive.parent().unwrap();
    let id = version.parent().unwrap().file_name().unwrap();
    let sample = root.join("extensions").join(id);
    let of_version = sample.join(version.file_name().unwrap());
    let package = if of_version.exists() {
        of_version
    } else {
        sample
    };
    let package = std::fs::read_to_string(package.join("Cargo.toml")).ok()?;
    let after = |key: &str| Some(package.split_once(key)?.1.split('"').next()?.to_owned());
    after("api-version = \"").or_else(|| after("zed_extension_api = \"="))
}
