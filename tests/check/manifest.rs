//! The manifest: as a text, who the extension is, and what it says that it brings and asks for.

use annexe::check::{Code, Ruleset, Severity};

use crate::{Folder, HEAD, told};

/// What is found in a manifest whose line of a key is replaced.
fn replaced(key: &str, line: &str) -> Vec<String> {
    let start = format!("{key} = ");
    let lines = HEAD
        .lines()
        .map(|old| if old.starts_with(&start) { line } else { old });
    let text: Vec<&str> = lines.collect();
    Folder::with_manifest(&text.join("\n")).found()
}

#[test]
fn an_id_is_held_to_the_rules_of_registries() {
    for (id, code) in [
        ("marsh", None),
        ("m", None),
        ("0x96f", None),
        ("zeddy", None),
        ("my_marsh", Some("id-invalid")),
        ("My Marsh", Some("id-invalid")),
        ("-marsh", Some("id-invalid")),
        ("com1", Some("id-invalid")),
        ("", Some("id-invalid")),
        (&"m".repeat(65), Some("id-invalid")),
        ("zed-marsh", Some("id-reserved")),
        ("marsh-zed", Some("id-reserved")),
        ("marsh-extension", Some("id-reserved")),
    ] {
        let expected = code.map(|code| format!("error[{code}] extension.toml:1:6 (id)"));
        let found = replaced("id", &format!("id = \"{id}\""));
        assert_eq!(found, Vec::from_iter(expected), "{id}");
    }
    assert_eq!(
        replaced("id", ""),
        ["error[manifest-missing-key] extension.toml (id)"]
    );
    assert_eq!(
        replaced("id", "id = 1"),
        ["error[manifest-wrong-type] extension.toml:1:6 (id)"]
    );
    // A bad id hides no bad name.
    let text = "id = \"Zed-Extension\"\nname = \"Zed Marsh\"\nversion = \"one\"\nschema_version = 2\nrepository = \"x\"\n";
    let found = Folder::with_manifest(text).found();
    assert_eq!(
        found,
        [
            "warning[description-missing] extension.toml (description)",
            "warning[authors-missing] extension.toml (authors)",
            "error[id-invalid] extension.toml:1:6 (id)",
            "error[id-reserved] extension.toml:1:6 (id)",
            "error[id-reserved] extension.toml:1:6 (id)",
            "error[name-reserved] extension.toml:2:8 (name)",
            "error[version-invalid] extension.toml:3:11 (version)",
            "error[schema-version] extension.toml:4:18 (schema_version)",
            "warning[repository-invalid] extension.toml:5:14 (repository)",
        ]
    );
}

#[test]
fn a_name_is_neither_empty_nor_reserved() {
    for (name, code) in [
        ("Zeddy", None),
        ("Amazed", None),
        (" ", Some("name-empty")),
        ("", Some("name-empty")),
        ("Zed Marsh", Some("name-reserved")),
        ("Marsh zed", None),
        ("Marsh Zed", Some("name-reserved")),
        ("Marsh Extensions", Some("name-reserved")),
    ] {
        let expected = code.map(|code| format!("error[{code}] extension.toml:2:8 (name)"));
        let found = replaced("name", &format!("name = \"{name}\""));
        assert_eq!(found, Vec::from_iter(expected), "{name}");
    }
}

#[test]
fn texts_have_a_longest_length() {
    let long = |length: usize| "é".repeat(length);
    let table = [
        ("name", format!("name = \"{}\"", long(200)), None),
        (
            "name",
            format!("name = \"{}\"", long(201)),
            Some("2:8 (name)"),
        ),
        (
            "version",
            format!("version = \"1.0.0-{}\"", "a".repeat(250)),
            None,
        ),
        (
            "version",
            format!("version = \"1.0.0-{}\"", "a".repeat(251)),
            Some("3:11 (version)"),
        ),
        (
            "version",
            format!("version = \"{}\"", "1".repeat(70_000)),
            Some("3:11 (version)"),
        ),
    ];
    for (key, line, place) in table {
        let expected =
            place.map(|place| format!("error[manifest-invalid-value] extension.toml:{place}"));
        assert_eq!(replaced(key, &line), Vec::from_iter(expected), "{key}");
    }
    let others = [
        (format!("description = \"{}\"", long(2_000)), true),
        (format!("description = \"{}\"", long(2_001)), false),
        (format!("authors = [\"{}\"]", long(200)), true),
        (format!("authors = [\"{}\"]", long(201)), false),
        (format!("authors = [{}]", "'a',".repeat(50)), true),
        (format!("authors = [{}]", "'a',".repeat(51)), false),
        (format!("repository = \"{}\"", long(4_000)), true),
        (format!("repository = \"{}\"", long(4_001)), false),
        (format!("[context_servers.\"{}\"]", long(200)), true),
        (format!("[context_servers.\"{}\"]", long(201)), false),
    ];
    for (line, is_right) in others {
        let text = format!("id = 'a'\nname = 'A'\nversion = '1.0.0'\nschema_version = 1\n{line}\n");
        let read = annexe::manifest::Manifest::parse_toml(&text);
        assert_eq!(read.is_ok(), is_right, "{line:.40}");
        if let Err(error) = read {
            assert!(error.to_string().contains("at most"), "{error:.200}");
        }
    }
    for (text, is_right) in [
        (
            format!(r#"{{"name": "{}", "version": "1"}}"#, long(200)),
            true,
        ),
        (
            format!(r#"{{"name": "{}", "version": "1"}}"#, long(201)),
            false,
        ),
        (
            format!(r#"{{"name": "A", "version": "{}"}}"#, "1".repeat(257)),
            false,
        ),
    ] {
        let read = annexe::manifest::Manifest::parse_json(&text, "a".parse().unwrap());
        assert_eq!(read.is_ok(), is_right, "{text:.40}");
    }
}

#[test]
fn version_format_people_and_source_are_asked_for() {
    let table: &[(&str, &str, &[&str])] = &[
        (
            "version",
            "version = \"1.0rc1\"",
            &["error[version-invalid] extension.toml:3:11 (version)"],
        ),
        (
            "version",
            "version = \"2025.08.0\"",
            &["warning[version-form] extension.toml:3:11 (version)"],
        ),
        ("version", "version = \"1.0.0-rc.1\"", &[]),
        (
            "version",
            "",
            &["error[manifest-missing-key] extension.toml (version)"],
        ),
        (
            "schema_version",
            "",
            &["error[schema-version] extension.toml (schema_version)"],
        ),
        (
            "schema_version",
            "schema_version = 0",
            &["error[schema-version] extension.toml:4:18 (schema_version)"],
        ),
        (
            "schema_version",
            "schema_version = \"1\"",
            &["error[schema-version] extension.toml:4:18 (schema_version)"],
        ),
        (
            "description",
            "",
            &["warning[description-missing] extension.toml (description)"],
        ),
        (
            "description",
            "description = \" \"",
            &["warning[description-missing] extension.toml:5:15 (description)"],
        ),
        (
            "authors",
            "",
            &["warning[authors-missing] extension.toml (authors)"],
        ),
        (
            "authors",
            "authors = []",
            &["warning[authors-missing] extension.toml:6:11 (authors)"],
        ),
        (
            "authors",
            "authors = [1]",
            &["error[manifest-wrong-type] extension.toml:6:12 (authors[0])"],
        ),
        (
            "authors",
            "authors = [\"A <a@b>\", \"Ben\"]",
            &["note[author-form] extension.toml:6:23 (authors[1])"],
        ),
        (
            "repository",
            "",
            &["note[repository-missing] extension.toml (repository)"],
        ),
        (
            "repository",
            "repository = \"git@example.org:a/b\"",
            &["warning[repository-invalid] extension.toml:7:14 (repository)"],
        ),
        (
            "repository",
            "repository = \"file:///marsh\"",
            &["warning[repository-invalid] extension.toml:7:14 (repository)"],
        ),
        (
            "repository",
            "repository = \"http://example.org/a\"",
            &["warning[repository-invalid] extension.toml:7:14 (repository)"],
        ),
        (
            "repository",
            "repository = \"https://example.org\"",
            &["warning[repository-invalid] extension.toml:7:14 (repository)"],
        ),
    ];
    for (key, line, expected) in table {
        assert_eq!(replaced(key, line), *expected, "{line}");
    }
}

#[test]
fn what_cannot_be_read_is_found_at_its_place_all_at_once() {
    let rest = r#"colour = "green"
themes = ["../a.json", "/b.json"]
snippets = 1
[lib]
kind = "Go"
version = "six"
[grammars."a/b"]
repository = "https://example.org/a"
rev = "0123456789012345678901234567890123456789"
[grammars.fen]
[slash_commands.drain]
"#;
    let found = Folder::new(rest).found();
    assert_eq!(
        found,
        [
            "warning[manifest-unknown-key] extension.toml:8:1 (colour)",
            "error[manifest-path] extension.toml:9:11 (themes[0])",
            "error[manifest-path] extension.toml:9:24 (themes[1])",
            "error[manifest-wrong-type] extension.toml:10:12 (snippets)",
            "warning[manifest-unknown-value] extension.toml:12:8 (lib.kind)",
            "error[manifest-invalid-value] extension.toml:13:11 (lib.version)",
            "error[grammar-name] extension.toml:14:1 (grammars.\"a/b\")",
            "error[manifest-missing-key] extension.toml:17:1 (grammars.fen.repository)",
            "error[manifest-missing-key] extension.toml:17:1 (grammars.fen.rev)",
            "error[manifest-missing-key] extension.toml:18:1 (slash_commands.drain.description)",
            "error[manifest-missing-key] extension.toml:18:1 (slash_commands.drain.requires_argument)",
            "note[deprecated-part] extension.toml:18:2 (slash_commands)",
            "error[component-missing] extension.toml:18:2 (slash_commands)",
            "warning[grammar-not-built] grammars/fen.wasm",
        ]
    );
    let unknown = &Folder::new("descripton = \"x\"\n").check().findings[0];
    assert_eq!(unknown.fix, "did you mean `description`?");
}

#[test]
fn a_manifest_that_is_none_is_one_finding_and_the_rest_is_checked() {
    let folder = Folder::with_manifest("id = \"a\"\nname = [\n").without("LICENSE");
    assert_eq!(
        folder.found(),
        [
            "error[manifest-syntax] extension.toml:2:9",
            "error[licence-missing] LICENSE"
        ]
    );
    let checked = folder.check();
    assert!(checked.manifest.is_none() && checked.id.is_none());

    let folder = Folder::empty()
        .with("extension.toml", b"id = \"\xff\"")
        .with_guest("0.1.0");
    assert_eq!(
        folder.found(),
        [
            "error[manifest-syntax] extension.toml:1:7",
            "error[licence-missing] LICENSE"
        ]
    );
    assert_eq!(
        folder.check().compatibility.unwrap().adapter,
        "since_v0_1_0"
    );
    let folder = Folder::empty();
    assert_eq!(
        folder.found(),
        [
            "error[manifest-missing] extension.toml",
            "error[licence-missing] LICENSE"
        ]
    );
    let folder = Folder::with_manifest(&"#".repeat(2 << 20));
    assert_eq!(
        folder.found(),
        ["error[manifest-unreadable] extension.toml"]
    );
    let folder = Folder::empty().with_folder("extension.toml");
    assert_eq!(
        folder.found()[0],
        "error[manifest-unreadable] extension.toml"
    );
}

#[test]
fn the_legacy_manifest_is_superseded_whether_or_not_it_is_the_only_one() {
    let json = "{\"name\": \"Zed Bog\", \"version\": \"1\", \"authors\": []}";
    let folder = Folder::new("").with("extension.json", json);
    assert_eq!(
        folder.found(),
        ["error[manifest-superseded] extension.json"]
    );
    let folder = Folder::empty()
        .with("zed-bog/extension.json", json)
        .with("zed-bog/LICENSE", crate::MIT);
    let checked = annexe::check::folder(&folder.path("zed-bog"), Ruleset::Annexe);
    assert_eq!(
        told(&checked.findings),
        [
            "error[manifest-superseded] extension.json",
            "error[id-reserved] extension.json (id)",
            "error[name-reserved] extension.json (name)",
            "warning[version-form] extension.json (version)",
            "warning[description-missing] extension.json (description)",
            "warning[authors-missing] extension.json (authors)",
            "note[repository-missing] extension.json (repository)",
        ]
    );
    let folder = Folder::empty().with("bog/extension.json", "{\"name\": 1}");
    let checked = annexe::check::folder(&folder.path("bog"), Ruleset::Annexe);
    let mut codes = checked.findings.iter().map(|finding| finding.code);
    assert!(codes.any(|code| code == Code::ManifestWrongType));
}

#[test]
fn grammars_come_from_one_commit_of_a_repository_that_others_reach() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let grammar = |name: &str, repository: &str, revision: &str| {
        let rest = format!("[grammars.{name}]\nrepository = \"{repository}\"\n{revision}\n");
        let found = Folder::new(&rest).found();
        let (last, others) = found.split_last().unwrap();
        assert_eq!(
            last,
            &format!("warning[grammar-not-built] grammars/{name}.wasm")
        );
        others.to_vec()
    };
    let rev = format!("rev = \"{commit}\"");
    let https = "https://example.org/tree-sitter-fen";
    assert!(grammar("c_sharp", https, &rev).is_empty());
    assert!(grammar("fen", https, &format!("commit = \"{commit}\"")).is_empty());
    assert_eq!(
        grammar("C-Sharp", https, &rev),
        ["error[grammar-name] extension.toml:8:1 (grammars.C-Sharp)"]
    );
    for (repository, told) in [
        ("file:///fen", "error[grammar-repository]"),
        ("fen", "error[grammar-repository]"),
        (
            "http://example.org/fen",
            "warning[grammar-repository-insecure]",
        ),
        (
            "ssh://git@example.org/fen",
            "warning[grammar-repository-insecure]",
        ),
    ] {
        let expected = format!("{told} extension.toml:9:14 (grammars.fen.repository)");
        assert_eq!(grammar("fen", repository, &rev), [expected]);
    }
    for key in ["rev", "commit"] {
        let expected = format!(
            "warning[grammar-revision] extension.toml:10:{} (grammars.fen.{key})",
            key.len() + 4
        );
        assert_eq!(
            grammar("fen", https, &format!("{key} = \"main\"")),
            [expected]
        );
    }
}

#[test]
fn servers_and_deprecated_parts_are_named() {
    let rest = "[language_servers.a]\nlanguage = \"A\"\n[language_servers.b]\n[indexed_docs_providers.c]\n[agent_servers.d]\n";
    let folder = Folder::new(rest).with_guest("0.7.0");
    let found: Vec<_> = folder
        .found()
        .into_iter()
        .filter(|told| !told.contains("[component-network]"))
        .collect();
    assert_eq!(
        found,
        [
            "note[language-server-language] extension.toml:9:12 (language_servers.a.language)",
            "warning[language-server-languages] extension.toml:10:1 (language_servers.b.languages)",
            "note[deprecated-part] extension.toml:11:2 (indexed_docs_providers)",
            "note[deprecated-part] extension.toml:12:2 (agent_servers)",
        ]
    );
}

#[test]
fn zeds_registry_refuses_what_this_one_notes() {
    let text = HEAD.replace("repository", "#");
    let folder = Folder::with_manifest(&format!("{text}[agent_servers.d]\n"));
    let severities = |ruleset| {
        let findings = annexe::check::folder(folder.0.path(), ruleset).findings;
        findings
            .iter()
            .map(|it| (it.code, it.severity))
            .collect::<Vec<_>>()
    };
    let codes = [Code::RepositoryMissing, Code::DeprecatedPart];
    assert_eq!(
        severities(Ruleset::Annexe),
        codes.map(|code| (code, Severity::Note))
    );
    assert_eq!(
        severities(Ruleset::Zed),
        codes.map(|code| (code, Severity::Error))
    );
}

#[test]
fn what_stands_in_a_list_twice_is_named() {
    let rest = r#"themes = ["themes/a.json", "./themes/a.json"]
[language_servers.marsh]
languages = ["A", "B", "A"]
[[capabilities]]
kind = "npm:install"
package = "a"
[[capabilities]]
kind = "npm:install"
package = "a"
"#;
    let theme = "{\"name\": \"A\", \"author\": \"B\", \"themes\": []}";
    let folder = Folder::new(rest)
        .with("themes/a.json", theme)
        .with_guest("0.0.1");
    assert_eq!(
        folder.found(),
        [
            "warning[manifest-duplicate] extension.toml:8:28 (themes[1])",
            "warning[manifest-duplicate] extension.toml:10:24 (language_servers.marsh.languages[2])",
            "warning[manifest-duplicate] extension.toml:14:1 (capabilities[1])",
        ]
    );
}

#[test]
fn capabilities_are_known_whole_and_of_use() {
    let rest = r#"[[capabilities]]
kind = "npm:instal"
package = "a"
[[capabilities]]
kind = "process:exec"
command = "a"
[[capabilities]]
command = "a"
[[capabilities]]
kind = "process:exec"
command = "a"
args = ["**", "b"]
[[capabilities]]
kind = "download_file"
host = "https://example.org/"
path = ["**"]
"#;
    let found = Folder::new(rest).found();
    assert_eq!(
        found,
        [
            "error[capability-unknown] extension.toml:9:8 (capabilities[0].kind)",
            "error[capability-malformed] extension.toml:11:1 (capabilities[1].args)",
            "error[capability-malformed] extension.toml:14:1 (capabilities[2].kind)",
            "warning[capability-ineffective] extension.toml:19:9 (capabilities[3].args[0])",
            "warning[capability-ineffective] extension.toml:22:8 (capabilities[4].host)",
        ]
    );
    let fix = &Folder::new(rest).check().findings[0].fix;
    assert_eq!(fix, "did you mean `npm:install`?");
}

#[test]
fn no_more_is_kept_than_anybody_reads_and_no_time_is_lost_over_it() {
    let twice = "\"Ada <a@b>\", ".repeat(60_000);
    let text = HEAD.replace("authors = [", &format!("authors = [{twice}"));
    let findings = Folder::with_manifest(&text).check().findings;
    assert_eq!(findings.len(), 1_001);
    assert_eq!(findings.last().unwrap().code, Code::More);
}
