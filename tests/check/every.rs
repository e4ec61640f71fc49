//! A folder with every mistake that can stand beside others, and small ones for those that cannot:
//! together they break every rule there is. Some of them no other system lets one make.
#![cfg(target_os = "linux")]

use std::{collections::BTreeSet, fs::File, os::unix::fs::symlink};

use annexe::{
    Host,
    archive::Limits,
    check::{self, Checked, Code, Finding},
};

use crate::{Folder, HEAD, archive, component, support::guests::stopping::section};

const MANIFEST: &str = r#"id = "zed-my_extension"
name = "Zed Extension"
version = "newest"
schema_version = 0
authors = ["Ada", "Ada"]
repository = "http://example.org/marsh"
themes = ["themes/missing.json", "../out.json", "themes/night.json"]
colour = "green"
description = 7
debug_adapters = { wader = {} }

[lib]
kind = "Go"
version = "six"

[grammars.Bad-Name]
repository = "file:///marsh"
rev = "main"

[grammars.fen]
repository = "http://example.org/fen"

[language_servers.a]
language = "Marsh"

[language_servers.b]

[slash_commands.drain]
description = "Drains a marsh"
requires_argument = true

[[capabilities]]
kind = "npm:instal"
package = "a"

[[capabilities]]
kind = "npm:install"

[[capabilities]]
kind = "download_file"
host = "https://example.org"
path = []

[[capabilities]]
kind = "env"
name = "HOME"
"#;

const THEME: &str = r##"{
  "name": "Night",
  "themes": [
    {"name": "Night"},
    {"name": "Day", "appearance": "light", "style": {"scrollbar_thumb.background": "#fff"}},
    {"name": "Day", "appearance": "light", "style": {}, "styel": {}},
    {"name": "Noon", "appearance": "grey", "style": {}},
    {"name": 1, "appearance": "dark", "style": {}}
  ]
}"##;

const ICONS: &str = r#"{
  "name": "Dots",
  "themes": [{
    "name": "Dots",
    "appearance": "light",
    "file_icons": {"a": {"path": "icons"}, "b": {"path": "icons/none.svg"}}
  }]
}"#;

const PACKAGE: &str = "[package]\nname = \"marsh\"\n[dependencies]\nzed_extension_api = \"0.9\"\n";

/// The folder with every mistake that can stand beside others.
fn everything() -> Folder {
    let folder = Folder::with_manifest(MANIFEST)
        .with("LICENSE", "All rights reserved.")
        .with("LICENSE-EMPTY", "")
        .with("extension.json", "{}")
        .with("themes/night.json", THEME)
        .with("icon_themes/dots.json", ICONS)
        .with("icons/a.svg", "")
        .with(
            "languages/marsh/config.toml",
            "name = \"Marsh\"\ngrammar = \"none\"\n",
        )
        .with("languages/marsh/highlights.scm", "(a) @b")
        .with("languages/marsh/outline.scm", "(a")
        .with("languages/marsh/aux.md", "")
        .with("languages/marsh/A.md", "")
        .with("languages/marsh/a.md", "")
        .with("languages/fen/config.toml", "name = \"Fen\"\n")
        .with_folder("debug_adapter_schemas/wader.json")
        .with("grammars/Bad-Name.wasm", "no grammar")
        .with("grammars/fen/grammar.js", "")
        .with("Cargo.toml", PACKAGE)
        .with("extension.wasm", crate::guest("0.3.0"));
    let tasks = File::create(folder.path("languages/fen/tasks.json")).unwrap();
    tasks.set_len(5 << 20).unwrap();
    symlink("/etc/hosts", folder.path("LICENCE-LINK")).unwrap();
    symlink("/etc/hosts", folder.path("README.md")).unwrap();
    folder
}

/// What [`everything`] is told, in the order of its files and places.
const EXPECTED: &[&str] = &[
    "error[manifest-superseded] extension.json",
    "error[id-invalid] extension.toml:1:6 (id)",
    "error[id-reserved] extension.toml:1:6 (id)",
    "error[id-reserved] extension.toml:1:6 (id)",
    "error[name-reserved] extension.toml:2:8 (name)",
    "error[name-reserved] extension.toml:2:8 (name)",
    "error[version-invalid] extension.toml:3:11 (version)",
    "error[schema-version] extension.toml:4:18 (schema_version)",
    "note[author-form] extension.toml:5:12 (authors[0])",
    "warning[manifest-duplicate] extension.toml:5:19 (authors[1])",
    "note[author-form] extension.toml:5:19 (authors[1])",
    "warning[repository-invalid] extension.toml:6:14 (repository)",
    "error[file-missing] extension.toml:7:11 (themes[0])",
    "error[manifest-path] extension.toml:7:34 (themes[1])",
    "warning[manifest-unknown-key] extension.toml:8:1 (colour)",
    "error[manifest-wrong-type] extension.toml:9:15 (description)",
    "error[component-unanswered] extension.toml:10:18 (debug_adapters)",
    "warning[manifest-unknown-value] extension.toml:13:8 (lib.kind)",
    "error[manifest-invalid-value] extension.toml:14:11 (lib.version)",
    "error[grammar-name] extension.toml:16:1 (grammars.Bad-Name)",
    "error[grammar-repository] extension.toml:17:14 (grammars.Bad-Name.repository)",
    "warning[grammar-revision] extension.toml:18:7 (grammars.Bad-Name.rev)",
    "error[manifest-missing-key] extension.toml:20:1 (grammars.fen.rev)",
    "warning[grammar-repository-insecure] extension.toml:21:14 (grammars.fen.repository)",
    "note[language-server-language] extension.toml:24:12 (language_servers.a.language)",
    "warning[language-server-languages] extension.toml:26:1 (language_servers.b.languages)",
    "note[deprecated-part] extension.toml:28:2 (slash_commands)",
    "warning[capability-missing] extension.toml:32:1 (capabilities)",
    "error[capability-unknown] extension.toml:33:8 (capabilities[0].kind)",
    "error[capability-malformed] extension.toml:36:1 (capabilities[1].package)",
    "warning[capability-ineffective] extension.toml:41:8 (capabilities[2].host)",
    "warning[capability-foreign] extension.toml:45:8 (capabilities[3].kind)",
    "error[licence-link] LICENCE-LINK",
    "error[file-link] README.md",
    "error[file-kind] debug_adapter_schemas/wader.json",
    "error[file-name] languages/marsh/aux.md",
    "error[file-collision] languages/marsh/a.md",
    "warning[asset-duplicate] themes/night.json",
    "warning[asset-missing-key] themes/night.json:1:1",
    "error[asset-missing-key] themes/night.json:4:5",
    "error[theme-deprecated-colour] themes/night.json:5:84",
    "warning[asset-unknown-key] themes/night.json:6:57",
    "error[asset-invalid-value] themes/night.json:7:36",
    "error[asset-wrong-type] themes/night.json:8:14",
    "warning[asset-missing-key] icon_themes/dots.json:1:1",
    "warning[file-unreadable] icon_themes/dots.json:6:34",
    "warning[asset-unknown-name] icon_themes/dots.json:6:58",
    "error[asset-too-large] languages/fen/tasks.json",
    "error[asset-syntax] languages/marsh/outline.scm:1:1",
    "warning[asset-unknown-name] languages/marsh/config.toml:2:11",
    "error[grammar-invalid] grammars/Bad-Name.wasm",
    "warning[grammar-not-built] grammars/fen.wasm",
    "error[query-without-grammar] languages/marsh/highlights.scm",
    "error[licence-empty] LICENSE-EMPTY",
    "error[licence-unknown] LICENSE",
    "error[source-crate-type] Cargo.toml (lib.crate-type)",
    "error[source-api-unsupported] Cargo.toml:4:21 (dependencies.zed_extension_api)",
    "note[source-leftover] grammars/fen",
];

#[test]
fn a_folder_with_every_mistake_is_told_each_with_its_place() {
    let found = everything().found();
    assert_eq!(found, EXPECTED, "{found:#?}");
}

/// Mistakes that cannot stand beside those, each in a folder of its own.
fn exclusive() -> Vec<Folder> {
    let server = "[language_servers.marsh]\nlanguages = [\"Marsh\"]\n";
    let package = "[lib]\ncrate-type = [\"cdylib\"]\n[dependencies]\n";
    let with = |wasm: &[u8]| Folder::new(server).with("extension.wasm", wasm);
    let empty = b"\0asm\x0d\0\x01\0";
    vec![
        Folder::empty(),
        Folder::with_manifest("["),
        Folder::empty().with_folder("extension.toml"),
        Folder::with_manifest("name = \"\"\nversion = \"1.0.0\"\nschema_version = 1\n"),
        Folder::new(server),
        Folder::new(server).with("Cargo.toml", package),
        Folder::new(server).with("Cargo.toml", "["),
        with(b"\0asm\x01\0\0\0"),
        with(b""),
        with(empty),
        with(&[empty, &section(b"123")[..]].concat()),
        with(&component::stamped("0.0.1", [1, 0, 0])),
        with(&component::stamped("0.0.5", [0, 0, 3])),
        with(&component::never_asked()),
        with(&component::importing("wasi:random@0.3.0", "random")),
        with(&component::importing("wasi:http@0.2.0", "types")),
        with(&component::command()),
        with(&component::large()),
        with(&crate::guest("0.3.0")),
        Folder::new("lib.version = \"0.1.0\"\n").with_guest("0.2.0"),
        Folder::new(server)
            .with_guest("0.2.0")
            .aged("extension.wasm")
            .with("Cargo.toml", "[package]\nversion = \"2.0.0\"\n"),
        Folder::with_manifest(&HEAD.replace("example.org/ada", "github.com/your-name")),
        Folder::with_manifest(&HEAD.replace("0.1.0", "v0.1.0")),
        Folder::with_manifest(&HEAD.replace("Ada", "Your Name")),
    ]
}

#[tokio::test]
async fn together_they_break_every_rule_and_each_breach_has_a_place_and_a_way_out() {
    let mut all: Vec<Finding> = everything().check().findings;
    for folder in exclusive() {
        all.extend(folder.check().findings);
    }
    let mut add = |checked: Checked| all.extend(checked.findings);
    let packed = archive::packed(&Folder::new(""));
    add(archive::of(&packed[..20], &Limits::default()));
    add(archive::of(
        &archive::foreign(&Folder::new("")),
        &Limits::default(),
    ));
    let few = Limits {
        files: 1,
        ..Limits::default()
    };
    add(archive::of(&packed, &few));
    let mut published = Folder::new("").check();
    published.compare_version(&"0.1.0".parse().unwrap());
    add(published);
    let mut damaged = check::component(component::damaged());
    damaged.findings.clear();
    let host = Host::builder().build().unwrap();
    damaged.not_compiled(&host.compile(component::damaged()).await.unwrap_err());
    damaged.not_started(&host.compile(component::damaged()).await.unwrap_err());
    add(damaged);
    let many = "\"Ada\", ".repeat(2_000);
    let text = HEAD.replace("authors = [", &format!("authors = [{many}"));
    add(Folder::with_manifest(&text).check());
    let repository = Folder::empty()
        .with(".git/config", "")
        .with("LICENSE", crate::MIT)
        .with("one/extension.toml", HEAD);
    std::os::unix::fs::symlink("../LICENSE", repository.path("one/LICENSE")).unwrap();
    add(check::folder(
        &repository.path("one"),
        check::Ruleset::Annexe,
    ));

    let found: BTreeSet<Code> = all.iter().map(|finding| finding.code).collect();
    let missed: Vec<_> = Code::ALL
        .iter()
        .filter(|code| !found.contains(code))
        .collect();
    assert_eq!(
        missed,
        Vec::<&Code>::new(),
        "no folder here breaks these rules"
    );
    for finding in &all {
        assert!(
            !finding.problem.is_empty() && !finding.fix.is_empty(),
            "{finding:?}"
        );
        // What is about the whole of something has no file; a component may be alone.
        let code = finding.code.as_str();
        let is_of_all = code.starts_with("archive-")
            || ["more", "component-not-compiled", "component-not-started"].contains(&code);
        assert_eq!(finding.file.is_none(), is_of_all, "{finding:?}");
        // A key is one of a manifest, whose place is known where it has the key or its table.
        assert!(
            finding.key.is_none()
                || finding
                    .file
                    .as_deref()
                    .is_some_and(|file| file.ends_with(".toml") || file.ends_with(".json"))
        );
    }
}
