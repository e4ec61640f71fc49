//! What a guest may ask of the editor: the delegate's side.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc};

use annexe::{
    Host,
    types::{
        CommandSettings, ContextServerSettings, InstallationStatus, LanguageServerSettings,
        LanguageSettings, SettingsLocation,
    },
};
use serde_json::{Value, json};

use crate::guest::{
    self, Anywhere, Pages, Place, Project, Recorder, VERSIONS, WORKTREE, ask, has, words,
};

fn host(recorder: &Arc<Recorder>) -> Host {
    let builder = guest::builder().delegate(recorder.clone());
    builder.observer(recorder.clone()).build().unwrap()
}

fn location(worktree_id: u64) -> Option<SettingsLocation> {
    Some(SettingsLocation {
        worktree_id,
        path: String::new(),
    })
}

#[tokio::test]
async fn every_version_reports_how_far_an_installation_is() {
    let recorder = Arc::new(Recorder::default());
    let host = host(&recorder);
    let failed = InstallationStatus::Failed("broken".into());
    let first = [
        ("checking-for-update", InstallationStatus::CheckingForUpdate),
        ("downloaded", InstallationStatus::None),
        ("downloading", InstallationStatus::Downloading),
        ("cached", InstallationStatus::None),
        ("failed", failed.clone()),
    ];
    let later = [
        ("none", InstallationStatus::None),
        ("downloading", InstallationStatus::Downloading),
        ("checking-for-update", InstallationStatus::CheckingForUpdate),
        ("failed", failed),
    ];
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let cases = if has(version, "0.0.4") {
            &later[..]
        } else {
            &first[..]
        };
        for (case, status) in cases {
            let verb = format!("status:{case}");
            ask(&extension, &place, &verb).await.unwrap();
            assert_eq!(
                recorder.take_statuses(),
                [(verb, status.clone())],
                "{version}"
            );
        }
    }
}

#[tokio::test]
async fn settings_that_nobody_has_set_are_defaults_and_no_error() {
    let host = guest::host();
    for version in guest::since("0.0.6") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        assert_eq!(
            ask(&extension, &place, "settings-language:").await.unwrap(),
            ["4"],
            "{version}"
        );
        assert_eq!(
            ask(&extension, &place, "settings-language:Rust")
                .await
                .unwrap(),
            ["4"]
        );
        let settings = ask(&extension, &place, "settings-lsp:taplo").await.unwrap();
        let settings: Value = serde_json::from_str(&settings[0]).unwrap();
        let expected = json!({"binary": null, "initialization_options": null, "settings": null});
        assert_eq!(settings, expected, "{version}");
        if has(version, "0.2.0") {
            let settings = context_server_settings(&extension).await;
            assert_eq!(
                settings,
                json!({"command": null, "settings": null}),
                "{version}"
            );
        }
    }
}

async fn context_server_settings(extension: &annexe::Extension) -> Value {
    let command =
        extension.context_server_command("settings-context:memory".into(), Arc::new(Project));
    serde_json::from_str(&command.await.unwrap().args[0]).unwrap()
}

#[tokio::test]
async fn settings_are_those_of_the_delegate_in_every_version() {
    let tab_size = NonZeroU32::new(3).unwrap();
    let path = |path: &str| Some(path.to_owned());
    let recorder = Arc::new(Recorder {
        language: LanguageSettings {
            tab_size,
            hard_tabs: true,
            preferred_line_length: 100,
        },
        language_server: LanguageServerSettings {
            binary: Some(CommandSettings {
                path: path("/bin/taplo"),
                arguments: Some(vec!["lsp".into()]),
                env: Some([("A".to_owned(), "b".to_owned())].into()),
            }),
            initialization_options: Some(json!({"deep": [1, {"x": null}]})),
            settings: Some(json!("text")),
        },
        ..Recorder::default()
    });
    let host = host(&recorder);
    for version in guest::since("0.0.6") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        // Up to 0.1.0 guests give the root's path, later ones an empty one: both mean the root.
        assert_eq!(
            ask(&extension, &place, "settings-language:").await.unwrap(),
            ["3"],
            "{version}"
        );
        assert_eq!(
            recorder.take_questions(),
            [("language", location(WORKTREE), None)],
            "{version}"
        );
        ask(&extension, &place, "settings-language:Plain Text")
            .await
            .unwrap();
        let asked = ("language", location(WORKTREE), Some("Plain Text".into()));
        assert_eq!(recorder.take_questions(), [asked], "{version}");

        let settings = ask(&extension, &place, "settings-lsp:taplo").await.unwrap();
        let settings: Value = serde_json::from_str(&settings[0]).unwrap();
        let mut binary = json!({"path": "/bin/taplo", "arguments": ["lsp"], "env": {"A": "b"}});
        if !has(version, "0.2.0") {
            binary.as_object_mut().unwrap().remove("env");
        }
        let expected = json!({"binary": binary, "initialization_options": {"deep": [1, {"x": null}]}, "settings": "text"});
        assert_eq!(settings, expected, "{version}");
        let asked = ("lsp", location(WORKTREE), Some("taplo".into()));
        assert_eq!(recorder.take_questions(), [asked], "{version}");
    }
}

#[tokio::test]
async fn a_root_in_any_systems_form_is_the_root_and_another_path_is_kept() {
    let recorder = Arc::new(Recorder::default());
    let host = host(&recorder);
    let table = [
        ("/work", ""),
        ("C:\\work", ""),
        ("c:/work", ""),
        ("\\\\server\\work", ""),
        ("work/src", "work/src"),
    ];
    // Later guests give an empty path.
    for version in ["0.0.6", "0.1.0"] {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for (root, path) in table {
            let worktree = Arc::new(Anywhere { root, text: None });
            extension
                .language_server_command("settings-lsp:taplo".into(), worktree)
                .await
                .unwrap();
            let location = SettingsLocation {
                worktree_id: WORKTREE,
                path: path.into(),
            };
            let asked = ("lsp", Some(location), Some("taplo".into()));
            assert_eq!(recorder.take_questions(), [asked], "{version} {root}");
        }
    }
}

#[tokio::test]
async fn settings_no_guest_can_take_are_an_error() {
    let recorder = Arc::new(Recorder {
        context_server: ContextServerSettings {
            command: None,
            settings: Some(json!("x".repeat(16 << 20))),
        },
        ..Recorder::default()
    });
    let host = host(&recorder);
    for version in ["0.2.0", "0.7.0"] {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let asked =
            extension.context_server_command("settings-context:memory".into(), Arc::new(Project));
        assert_eq!(
            words(asked.await),
            "the setting is longer than 16 MiB",
            "{version}"
        );
        assert_eq!(
            ask(&extension, &place, "count").await.unwrap(),
            ["2"],
            "{version}"
        );
    }
}

#[tokio::test]
async fn a_context_server_is_set_anywhere_or_in_a_worktree() {
    let settings = |text: &str| ContextServerSettings {
        command: None,
        settings: Some(json!(text)),
    };
    let recorder = Arc::new(Recorder {
        context_server: settings("anywhere"),
        context_server_of_worktree: HashMap::from([(u64::MAX, settings("here"))]),
        ..Recorder::default()
    });
    let host = host(&recorder);
    for version in guest::since("0.2.0") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let found = context_server_settings(&extension).await;
        assert_eq!(
            found,
            json!({"command": null, "settings": "here"}),
            "{version}"
        );
        let asked = [None, location(WORKTREE), location(u64::MAX)]
            .map(|location| ("context_servers", location, Some("memory".to_owned())));
        assert_eq!(recorder.take_questions(), asked, "{version}");
    }
}

#[tokio::test]
async fn a_delegates_error_is_the_guests_error_word_for_word() {
    let recorder = Arc::new(Recorder {
        refusal: Some("the settings are broken: ü"),
        ..Recorder::default()
    });
    let host = host(&recorder);
    for version in guest::since("0.0.6") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for verb in ["settings-language:", "settings-lsp:taplo"] {
            let message = words(ask(&extension, &place, verb).await);
            assert_eq!(message, "the settings are broken: ü", "{version}");
        }
        assert_eq!(
            ask(&extension, &place, "count").await.unwrap(),
            ["3"],
            "{version}"
        );
    }
}

#[tokio::test]
async fn an_unknown_category_of_settings_is_an_error() {
    // No published crate asks for one: the guest's word for a category is overwritten.
    let host = guest::host();
    let place = Place::new();
    let mut wasm = guest::wasm("0.6.0");
    let word = b"context_servers";
    let places: Vec<_> = (0..wasm.len() - word.len())
        .filter(|at| wasm[*at..].starts_with(word))
        .collect();
    assert!(!places.is_empty());
    for at in places {
        wasm[at..at + word.len()].copy_from_slice(b"context_secrets");
    }
    let component = host.compile(wasm).await.unwrap();
    let extension = host
        .start(&component, place.identity("guest"))
        .await
        .unwrap();
    let asked =
        extension.context_server_command("settings-context:memory".into(), Arc::new(Project));
    let message = words(asked.await);
    assert!(
        message.contains("unknown settings category `context_secrets`"),
        "{message}"
    );
    assert_eq!(ask(&extension, &place, "count").await.unwrap(), ["2"]);
}

#[tokio::test]
async fn indexed_docs_go_into_the_store_that_was_lent() {
    let host = guest::host();
    for version in guest::since("0.1.0") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let pages = Arc::new(Pages::default());
        for package in ["one", "two", ""] {
            extension
                .index_docs("docs".into(), package.into(), pages.clone())
                .await
                .unwrap();
        }
        let expected = ["one", "two", ""]
            .map(|package| (format!("docs/{package}"), format!("The docs of {package}.")));
        assert_eq!(
            *pages.pages.lock().unwrap(),
            HashMap::from(expected),
            "{version}"
        );

        let full = Arc::new(Pages {
            refusal: Some("the disk is full"),
            ..Pages::default()
        });
        let refused = extension
            .index_docs("docs".into(), "one".into(), full)
            .await;
        assert_eq!(words(refused), "the disk is full", "{version}");
    }
}

#[tokio::test]
async fn a_project_is_known_by_its_worktrees() {
    let host = guest::host();
    for version in guest::since("0.2.0") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let command = extension
            .context_server_command("bin/server:x".into(), Arc::new(Project))
            .await
            .unwrap();
        assert_eq!(
            command.args,
            ["bin/server:x", "7", "18446744073709551615"],
            "{version}"
        );
        assert_eq!(command.env, [("GUEST".into(), "conformance".into())]);
        assert_eq!(
            std::path::Path::new(&command.command),
            place.work_dir().join("bin/server")
        );
    }
}
