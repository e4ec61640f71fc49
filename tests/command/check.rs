//! `annexe check`.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

use crate::support::{
    guests::stopping,
    place::{Place, text, wasm},
};

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
        assert_eq!(one["family"], "extension");
        assert_eq!(one["api"], "0.0.1");
        assert_eq!(one["adapter"], "since_v0_0_1");
        assert_eq!(one["error"], serde_json::Value::Null);
    }
    assert_eq!(answer[0]["id"], serde_json::Value::Null);
    assert_eq!(answer[0]["findings"], serde_json::json!([]));
    assert_eq!(answer[2]["id"], "echo");
    assert_eq!(
        answer[2]["provides"],
        serde_json::json!(["themes", "language-servers"])
    );
    // What it may ask for is not all that its component could.
    let codes = |one: &serde_json::Value| {
        let findings = one["findings"].as_array().unwrap();
        let codes = findings.iter().map(|finding| finding["code"].clone());
        codes.collect::<Vec<_>>()
    };
    let undeclared = ["capability-undeclared", "capability-undeclared"];
    assert_eq!(codes(&answer[1]), undeclared);
    assert_eq!(codes(&answer[2]), undeclared);

    let words = place.ok(["check", "echo"]);
    let expected = "echo: echo 1.2.3, API 0.0.1 → since_v0_0_1, fits (not started)\n  \
                    provides     themes, language-servers\n  may ask for  run `gem install …`\n  \
                    note[capability-undeclared] extension.toml:12:1 (capabilities): the component imports \
                    `download-file`, and no `download_file` is asked for\n    \
                    fix: add `{ kind = \"download_file\", host = \"github.com\", path = [\"owner\", \
                    \"name\", \"**\"] }` to the manifest's list `capabilities`\n";
    assert!(words.starts_with(expected), "{words}");
    assert!(words.ends_with("\n  2 notes\n"), "{words}");
}

#[test]
fn a_component_is_started_where_that_is_asked_for() {
    let place = Place::new();
    let folder = place.extension("echo", "1.2.3");
    let answer = place.json(["check", "echo", "--start"]);
    assert_eq!(
        (&answer[0]["ok"], &answer[0]["started"]),
        (&true.into(), &true.into())
    );
    assert!(
        place
            .ok(["check", "echo", "--start"])
            .contains("fits and starts")
    );
    assert!(place.json(["check", "echo"])[0]["started"].is_null());
    let alone = place.json(["check", text(&wasm("0.7.0")), "--start"]);
    assert_eq!(alone[0]["started"], true);

    std::fs::write(folder.join("extension.wasm"), stopping::component()).unwrap();
    assert_eq!(place.json(["check", "echo"])[0]["ok"], true);
    let ran = place.run(["check", "echo", "--start", "--json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answer[0]["started"], false);
    let findings = answer[0]["findings"].as_array().unwrap();
    let finding = findings
        .iter()
        .find(|it| it["severity"] == "error")
        .unwrap();
    assert_eq!(finding["code"], "component-not-started");
    assert_eq!(finding["file"], "extension.wasm");
}

#[test]
fn a_report_for_code_hosts_has_what_their_format_requires() {
    let place = Place::new();
    let folder = place.extension("echo", "1.2.3");
    let manifest = std::fs::read_to_string(folder.join("extension.toml")).unwrap();
    let manifest = format!("snipets = 1\ncolour = 2\n{manifest}");
    std::fs::write(folder.join("extension.toml"), manifest).unwrap();
    std::fs::remove_file(folder.join("LICENSE")).unwrap();
    let report = |arguments: &[&str]| {
        let ran = place.run(["check", "--sarif"].iter().chain(arguments).copied());
        assert_eq!(ran.code, 1, "{ran:?}");
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        report
    };
    let log = report(&["echo", "not-there"]);
    // https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html: what each object must have.
    assert_eq!(log["version"], "2.1.0");
    assert!(
        log["$schema"]
            .as_str()
            .unwrap()
            .ends_with("sarif-2.1.0.json")
    );
    let [run] = &log["runs"].as_array().unwrap()[..] else {
        panic!("{log}")
    };
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "annexe");
    let rules = driver["rules"].as_array().unwrap();
    assert_eq!(rules.len(), annexe::check::Code::ALL.len());
    for rule in rules {
        assert!(rule["id"].is_string(), "{rule}");
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[text]["text"].is_string(), "{rule}");
        }
    }
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notification = &invocation["toolExecutionNotifications"][0]["message"]["text"];
    assert!(notification.as_str().unwrap().contains("not-there"));

    let results = run["results"].as_array().unwrap();
    let mut told = Vec::new();
    let mut fingerprints = std::collections::BTreeSet::new();
    for result in results {
        assert!(result["message"]["text"].is_string(), "{result}");
        let rule = result["ruleIndex"].as_u64().unwrap();
        assert_eq!(
            rules[usize::try_from(rule).unwrap()]["id"],
            result["ruleId"]
        );
        let location = &result["locations"][0]["physicalLocation"];
        let region = &location["region"];
        for number in ["startLine", "startColumn"] {
            assert!(region.is_null() || region[number].as_u64().unwrap() >= 1);
        }
        let prints = result["partialFingerprints"].as_object().unwrap();
        let print = prints.values().next().unwrap().as_str().unwrap();
        assert!(fingerprints.insert(print.to_owned()), "{result}");
        told.push(format!(
            "{} {} {}:{}",
            result["level"].as_str().unwrap(),
            result["ruleId"].as_str().unwrap(),
            location["artifactLocation"]["uri"].as_str().unwrap(),
            region["startLine"]
        ));
    }
    for expected in [
        "warning manifest-unknown-key echo/extension.toml:1",
        "warning manifest-unknown-key echo/extension.toml:2",
        "error licence-missing echo/LICENSE:null",
        "note capability-undeclared echo/extension.toml:14",
    ] {
        assert!(
            told.iter().any(|it| it == expected),
            "{expected}: {told:#?}"
        );
    }

    // Lines move, and what is found stays the same to who follows it up.
    let moved = std::fs::read_to_string(folder.join("extension.toml")).unwrap();
    std::fs::write(folder.join("extension.toml"), format!("\n\n{moved}")).unwrap();
    let moved = report(&["echo"]);
    let moved = moved["runs"][0]["results"].as_array().unwrap();
    let prints = |results: &[serde_json::Value]| {
        let prints = results.iter().map(|it| it["partialFingerprints"].clone());
        prints.collect::<Vec<_>>()
    };
    assert_eq!(prints(results), prints(moved));
    assert_eq!(place.run(["check", "--sarif", "--json", "echo"]).code, 2);
}

#[test]
fn one_that_fails_keeps_no_other_back() {
    let place = Place::new();
    std::fs::write(place.path("text.wasm"), "(component)").unwrap();
    let ran = place.run(["check", "text.wasm", text(&wasm("0.0.1")), "not-there"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout
            .starts_with("text.wasm: its component does not fit\n  error[component-invalid] the component is text"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("\n  1 error\n"), "{ran:?}");
    assert!(ran.stdout.contains("fits (not started)"), "{ran:?}");
    // What the report has told is not told again; of what has no report, it is told here.
    assert!(
        ran.stderr.starts_with(
            "error: `text.wasm` does not pass\nerror: `not-there` does not pass\n  cause: "
        ),
        "{ran:?}"
    );

    let ran = place.run([
        "check",
        "--json",
        "text.wasm",
        text(&wasm("0.0.1")),
        "not-there",
    ]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answer[0]["ok"], false);
    assert_eq!(answer[0]["findings"][0]["code"], "component-invalid");
    assert!(answer[0]["error"]["hint"].is_string(), "{answer}");
    assert_eq!(answer[1]["ok"], true);
    // There is nothing there to be found anything of.
    assert_eq!(answer[2]["findings"], serde_json::Value::Null);
    assert!(answer[2]["error"]["message"].is_string(), "{answer}");
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_rule_place_and_way_out() {
    let place = Place::new();
    let folder = place.themes("broken", "1.0.0");
    let manifest =
        "id = \"zed-broken\"\nname = \"Zed Broken\"\nversion = 7\nschema_version = 1\ncolour = 1\n";
    std::fs::write(folder.join("extension.toml"), manifest).unwrap();
    std::fs::remove_file(folder.join("LICENSE")).unwrap();
    let ran = place.run(["check", "broken"]);
    assert_eq!(ran.code, 1);
    let expected = "broken: has no component\n  \
        provides     themes\n  \
        may ask for  nothing\n  \
        error[id-reserved] extension.toml:1:6 (id): `zed-broken` starts with `zed-`\n    \
        fix: name the extension after what it brings, without `zed` and `extension`\n  \
        error[name-reserved] extension.toml:2:8 (name): `Zed Broken` starts with `Zed`\n    \
        fix: name the extension after what it brings, without `Zed` and `extension`\n  \
        error[manifest-wrong-type] extension.toml:3:11 (version): `version` must be a string, and is an integer\n    \
        fix: write a value of the type that is expected\n  \
        error[licence-missing] LICENSE: there is no licence at the top\n    \
        fix: add a `LICENSE` with the whole text of an accepted licence\n  \
        warning[description-missing] extension.toml (description): nothing says what the extension is for\n    \
        fix: add `description = \"…\"`: one sentence that people search and read\n  \
        warning[authors-missing] extension.toml (authors): nothing says who wrote the extension\n    \
        fix: add `authors = [\"Name <mail>\"]`\n  \
        warning[manifest-unknown-key] extension.toml:5:1 (colour): unknown key `colour`\n    \
        fix: take the key out\n  \
        note[repository-missing] extension.toml (repository): nothing says where the source is\n    \
        fix: add `repository = \"https://…\"`\n  \
        4 errors, 3 warnings, 1 note\n";
    assert_eq!(ran.stdout, expected);
    assert_eq!(ran.stderr, "error: `broken` does not pass\n");

    let ran = place.run(["check", "--json", "broken"]);
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let findings = answer[0]["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 8);
    let wrong_type = serde_json::json!({
        "code": "manifest-wrong-type", "severity": "error", "file": "extension.toml", "line": 3, "column": 11,
        "key": "version", "problem": "`version` must be a string, and is an integer",
        "fix": "write a value of the type that is expected"
    });
    assert!(findings.contains(&wrong_type), "{answer}");
    let missing = findings
        .iter()
        .find(|finding| finding["code"] == "licence-missing");
    assert_eq!(missing.unwrap()["line"], serde_json::Value::Null);
}

#[test]
fn zeds_rules_are_asked_for_by_name() {
    let place = Place::new();
    let folder = place.themes("paper", "1.0.0");
    let manifest = std::fs::read_to_string(folder.join("extension.toml")).unwrap();
    let manifest = manifest.replace("repository", "# repository");
    std::fs::write(folder.join("extension.toml"), manifest).unwrap();
    assert!(
        place
            .ok(["check", "paper"])
            .contains("note[repository-missing]")
    );
    let ran = place.run(["check", "paper", "--for", "zed"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("error[repository-missing]"), "{ran:?}");
    assert_eq!(place.run(["check", "paper", "--for", "nobody"]).code, 2);
}

#[test]
fn a_version_is_compared_with_a_registry_where_one_is_named() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.2.3")]);
    place.ok(["check", "echo"]);
    let ran = place.run(["check", "echo", "--against", &registry]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains(
            "error[version-not-greater] extension.toml:3:11 (version): 1.2.3 is published already"
        ),
        "{ran:?}"
    );
    place.extension("echo", "1.3.0");
    place.ok(["check", "echo", "--against", &registry]);
    place.extension("other", "0.1.0");
    place.ok(["check", "other", "--against", &registry]);
    let ran = place.run(["check", "other", "--against", "not-there"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
}

#[test]
fn the_rules_are_listed_and_explained() {
    let place = Place::new();
    let words = place.ok(["check", "--rules"]);
    let lines: Vec<_> = words.lines().collect();
    assert_eq!(lines.len(), annexe::check::Code::ALL.len());
    assert!(lines[0].starts_with("manifest-missing "), "{words}");
    let answer = place.json(["check", "--rules"]);
    assert_eq!(answer[0]["code"], "manifest-missing");
    assert_eq!(answer.as_array().unwrap().len(), lines.len());
    let words = place.ok(["check", "--explain", "licence-link"]);
    assert_eq!(
        words,
        "error[licence-link]\n  why  A licence is a link that leads out of the repository, or to nothing. An archive holds no links.\n  \
         fix  put a copy of the licence there instead\n"
    );
    let ran = place.run(["check", "--explain", "license-link"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("did you mean `licence-link`?"),
        "{ran:?}"
    );
    assert_eq!(place.run(["check"]).code, 2);
    assert_eq!(place.run(["check", "--rules", "."]).code, 2);
}

#[test]
fn a_source_folder_passes_with_a_note_that_nothing_is_built() {
    let place = Place::new();
    let folder = place.themes("source", "1.0.0");
    let package =
        "[lib]\ncrate-type = [\"cdylib\"]\n[dependencies]\nzed_extension_api = \"0.7.0\"\n";
    std::fs::write(folder.join("Cargo.toml"), package).unwrap();
    let words = place.ok(["check", "source"]);
    assert!(
        words.contains("source 1.0.0, its component is not built"),
        "{words}"
    );
    assert!(
        words.contains(
            "note[source-unbuilt] Cargo.toml: no component is built (no `extension.wasm`)"
        ),
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
    let folder = place.themes("slip", "1.0.0");
    let manifest = std::fs::read_to_string(folder.join("extension.toml")).unwrap();
    std::fs::write(
        folder.join("extension.toml"),
        format!("{manifest}descripton = \"x\"\n"),
    )
    .unwrap();
    let words = place.ok(["check", "slip"]);
    let expected = "warning[manifest-unknown-key] extension.toml:8:1 (descripton): unknown key `descripton`\n    \
                    fix: did you mean `description`?";
    assert!(words.contains(expected), "{words}");
}

#[test]
fn an_archive_is_known_by_its_name_where_its_content_is_none() {
    let place = Place::new();
    std::fs::write(place.path("a.tar.gz"), "no gzip").unwrap();
    let ran = place.run(["check", "a.tar.gz"]);
    assert_eq!(ran.code, 1);
    let words = "error[archive-invalid] the content is not a gzip archive";
    assert!(ran.stdout.contains(words), "{ran:?}");
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
        let ran = place.run(["check", "--json", "./a.tar.gz"]);
        let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let findings = answer[0]["findings"].as_array().unwrap();
        let missing = findings.iter().find(|it| it["code"] == "manifest-missing");
        assert_eq!(missing.unwrap()["fix"], hint, "{files:?}");
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
    assert_eq!(ran.code, 1, "{ran:?}");
    let expected = "error[manifest-unreadable] extension.toml: the manifest is not a plain file";
    assert!(ran.stdout.contains(expected), "{ran:?}");
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
        let findings = checked["findings"].as_array().unwrap();
        let worse = findings.iter().find(|it| it["severity"] != "note");
        assert_eq!(worse, None, "{checked}");
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
