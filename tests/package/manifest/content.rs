//! What a manifest says, key by key.

use annexe::{
    capability::Capability,
    manifest::{LibraryKind, Manifest, Provides},
};

use super::{COMPLETE, toml, warnings};

#[test]
fn every_key_of_the_format_is_read() {
    let (manifest, warnings) = Manifest::parse_toml(COMPLETE).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(manifest.id.as_str(), "every-thing");
    assert_eq!(
        manifest
            .extension_version()
            .unwrap()
            .as_semver()
            .pre
            .as_str(),
        "rc.1"
    );
    assert_eq!(
        manifest.description.as_deref(),
        Some("Has one of everything.")
    );
    assert_eq!(manifest.authors, ["Ada <ada@example.com>", "Ben"]);
    assert_eq!(manifest.themes[0].as_str(), "themes/night.json");
    assert_eq!(manifest.snippets[1].as_str(), "snippets/fen.json");
    assert_eq!(manifest.lib.kind, Some(LibraryKind::Rust));
    assert_eq!(manifest.lib.version, Some(semver::Version::new(0, 6, 0)));
    let grammar = &manifest.grammars["marsh"];
    assert_eq!(grammar.rev, "0123456789abcdef");
    assert_eq!(grammar.path.as_ref().unwrap().as_str(), "grammars/marsh");
    assert_eq!(manifest.grammars["fen"].path, None);
    let server = &manifest.language_servers["marsh-ls"];
    assert_eq!(server.languages, ["Marsh", "Fen"]);
    assert_eq!(server.language_ids["Marsh"], "marsh");
    assert_eq!(server.code_action_kinds_or_default(), ["", "quickfix"]);
    let server = &manifest.language_servers["fen-ls"];
    assert_eq!(
        server.languages,
        ["Fen"],
        "the deprecated key counts where the list is empty"
    );
    assert_eq!(server.code_action_kinds_or_default().len(), 5);
    assert!(manifest.context_servers.contains_key("reeds"));
    assert!(manifest.slash_commands["drain"].requires_argument);
    let agent = &manifest.agent_servers["heron"];
    assert_eq!(agent.env["LEGS"], "2");
    let target = &agent.targets["linux-x86_64"];
    assert_eq!((target.cmd.as_str(), target.args.len()), ("node", 2));
    assert_eq!(
        (target.sha256.as_deref(), target.env["LEGS"].as_str()),
        (Some("00ff"), "1")
    );
    let adapters = &manifest.debug_adapters;
    assert_eq!(
        adapters["Wader"].schema_path.as_str(),
        "debug_adapter_schemas/Wader.json"
    );
    assert_eq!(
        adapters["Deep Wader"].schema_path.as_str(),
        "schemas/deep.json"
    );
    assert_eq!(manifest.language_model_providers["frog"].name, "Frog");
    assert_eq!(
        manifest.capabilities[2],
        Capability::NpmInstall {
            package: "heron".into()
        }
    );
    assert_eq!(manifest.capabilities.len(), 3);
    assert_eq!(manifest.provides(), Provides::ALL);
}

#[test]
fn a_manifest_is_written_as_json_with_what_it_has() {
    let (manifest, _) = Manifest::parse_toml(COMPLETE).unwrap();
    let json = serde_json::to_value(&manifest).unwrap();
    assert_eq!(json["id"], "every-thing");
    assert_eq!(
        json["lib"],
        serde_json::json!({"kind": "Rust", "version": "0.6.0"})
    );
    assert_eq!(json["language_servers"]["fen-ls"]["languages"][0], "Fen");
    assert_eq!(json["context_servers"], serde_json::json!({"reeds": {}}));
    assert_eq!(json["capabilities"][0]["kind"], "process:exec");
    let json = serde_json::to_value(toml("").unwrap()).unwrap();
    assert!(json.get("themes").is_none() && json.get("description").is_none());
}

#[test]
fn what_a_manifest_provides_follows_from_its_sections() {
    let table: [(&str, &[Provides]); 6] = [
        ("", &[]),
        ("themes = ['themes/a.json']", &[Provides::Themes]),
        ("snippets = 'snippets.json'", &[Provides::Snippets]),
        ("snippets = []", &[]),
        ("[debug_locators.x]", &[Provides::DebugAdapters]),
        (
            "[slash_commands]\n[context_servers.a]\n[context_servers.b]",
            &[Provides::ContextServers],
        ),
    ];
    for (rest, provides) in table {
        assert_eq!(toml(rest).unwrap().provides(), provides, "{rest}");
    }
}

#[test]
fn a_version_may_be_any_text() {
    for (text, version) in [
        ("1.0.0", Some("1.0.0")),
        ("v1.0", Some("v1.0")),
        ("2024", Some("2024")),
        ("", None),
        ("1.x", None),
        (" 1.0.0", Some("1.0.0")),
    ] {
        let text = format!("id = 'a'\nname = 'A'\nversion = '{text}'\nschema_version = 1");
        let (manifest, _) = Manifest::parse_toml(&text).unwrap();
        assert_eq!(
            manifest
                .extension_version()
                .ok()
                .map(|version| version.to_string())
                .as_deref(),
            version
        );
    }
}

#[test]
fn a_component_of_another_kind_loads_with_a_warning() {
    let rest = "[lib]\nkind = 'Python'";
    assert_eq!(warnings(rest), ["line 6: unknown value of `lib.kind`"]);
    let manifest = toml(rest).unwrap();
    assert_eq!(manifest.lib.kind, Some(LibraryKind::Other("Python".into())));
    assert_eq!(
        serde_json::to_value(&manifest.lib).unwrap()["kind"],
        "Python"
    );
}

#[test]
fn keys_that_real_manifests_have_and_nothing_reads_are_passed_over() {
    let quiet = "[language_servers.a]\nname = 'A'\nlanguage = 'A'\n\
                 [context_servers.b]\nname = 'B'\ninstallation_instructions = 'x'\nsettings_hint = 'y'";
    assert_eq!(warnings(quiet), [""; 0]);
    // Sections of the author's own invention are named once, and not key by key.
    let invented = "[commands]\nx.run = 'Run'\n[settings]\nx.level = { type = 'text' }";
    assert_eq!(
        warnings(invented),
        [
            "line 5: unknown key `commands`",
            "line 7: unknown key `settings`"
        ]
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_obstacle() {
    let text = format!("\u{feff}{}", COMPLETE.replace('\n', "\r\n"));
    let (manifest, warnings) = Manifest::parse_toml(&text).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(manifest, Manifest::parse_toml(COMPLETE).unwrap().0);
}
