//! A sample with a history: eight versions, built with five versions of the API. Its README says what
//! each of them brings.

use std::{collections::HashMap, path::Path, sync::Arc};

use annexe::{
    CallResources, Extension, Hint as _, Host, Identity,
    delegate::{LocalWorktree, NoDelegate},
    manifest::Manifest,
    registry::{Location, Registry},
    types::{CommandSettings, LanguageServerSettings},
};
use serde_json::{Value, json};

use crate::sample::{self, Sample, Settings};

const ID: &str = "markdown-server";
const SERVER: &str = "marksman";

/// Asks for the server's command, in the form of the version's API.
async fn command(sample: &Sample, version: &str) -> Value {
    let server = match version {
        "0.1.0" => json!([{"id": SERVER, "language": "Markdown"}]),
        _ => json!([SERVER]),
    };
    let answer = sample.ask("language-server-command", server).await;
    answer.unwrap()
}

/// A variable of a command's environment.
fn variable<'a>(command: &'a Value, name: &str) -> Option<&'a str> {
    let mut variables = command["env"].as_array().unwrap().iter();
    variables.find(|variable| variable[0] == name)?[1].as_str()
}

/// What `/outline` answers.
async fn outline(sample: &Sample, arguments: &[&str]) -> Result<Value, String> {
    let arguments = json!([{"name": "outline"}, arguments]);
    sample.ask("run-slash-command", arguments).await
}

/// How a completion is shown; nothing where the version says nothing of it.
async fn completion(sample: &Sample) -> Option<String> {
    let completion = json!({"label": "Usage", "label_details": {"description": "README.md"}});
    let labels = sample.ask("labels-for-completions", json!([SERVER, [completion]]));
    shown(&labels.await.unwrap())
}

/// How a symbol is shown; nothing where the version says nothing of it.
async fn symbol(sample: &Sample) -> Option<String> {
    let symbol = json!({"kind": "string", "name": "H2: Usage"});
    let labels = sample.ask("labels-for-symbols", json!([SERVER, [symbol]]));
    shown(&labels.await.unwrap())
}

/// The text of the first of some labels.
fn shown(labels: &Value) -> Option<String> {
    let label = labels.get(0).filter(|label| !label.is_null())?;
    let code = label["code"].as_str().unwrap();
    let spans = label["spans"].as_array().unwrap().iter();
    let pieces = spans.map(|span| match span["literal"]["text"].as_str() {
        Some(text) => text,
        None => code,
    });
    Some(pieces.collect())
}

/// A sample whose server, which says its version, and whose Markdown file are there.
async fn start(version: &str) -> Sample {
    let sample = Sample::start_version(ID, &format!("={version}")).await;
    sample.script(SERVER, "#!/bin/sh\necho 2026-11-01\n");
    sample.write("a.md", "# A\ntext\n```\n# code\n```\n## B\n### C\n");
    sample
}

#[tokio::test]
async fn every_version_brings_what_its_api_has_made_possible() {
    // The version, and what is new in it: options, labels of completions and of symbols, the server's
    // version.
    for (version, has_options, has_labels, has_symbols, asks_version) in [
        ("0.1.0", false, false, false, false),
        ("0.2.0", true, false, false, false),
        ("0.3.0", true, true, false, false),
        ("0.4.0", true, true, false, true),
        ("0.5.0", true, true, true, true),
    ] {
        let sample = start(version).await;
        let command = command(&sample, version).await;
        let program = sample.worktree().join("bin").join(SERVER);
        assert_eq!(command["command"], *program.to_string_lossy(), "{version}");
        assert_eq!(command["args"], json!(["server"]), "{version}");
        let starts = variable(&command, "MARKDOWN_SERVER_STARTS");
        assert_eq!(starts, Some("1"), "{version}");
        let said = variable(&command, "MARKSMAN_VERSION");
        let expected = (asks_version && cfg!(unix)).then_some("2026-11-01");
        assert_eq!(said, expected, "{version}");
        if version == "0.1.0" {
            let error = outline(&sample, &["a.md"]).await.unwrap_err();
            assert!(error.contains("0.0.4"), "{error}");
            continue;
        }
        let options = sample.ask("language-server-initialization-options", json!([SERVER]));
        let options = options.await.unwrap();
        let expected = json!({"preferredTextSyncKind": 2});
        assert_eq!(options == expected, has_options, "{version}: {options}");
        let label = has_labels.then_some("Usage  README.md");
        assert_eq!(completion(&sample).await.as_deref(), label, "{version}");
        let label = has_symbols.then_some("## Usage");
        assert_eq!(symbol(&sample).await.as_deref(), label, "{version}");
        let answer = outline(&sample, &["a.md", "2"]).await.unwrap();
        assert_eq!(answer["text"], "# A\n## B\n### C\n", "{version}");
    }
}

#[tokio::test]
async fn the_history_lives_on_whichever_version_is_installed() {
    let mut sample = start("0.1.0").await;
    let versions = ["0.1.0", "0.2.0", "0.3.0", "0.4.0", "0.5.0", "0.2.0"];
    for (position, version) in versions.into_iter().enumerate() {
        sample.replace(&format!("={version}")).await;
        let command = command(&sample, version).await;
        let starts = (position + 1).to_string();
        let found = variable(&command, "MARKDOWN_SERVER_STARTS");
        assert_eq!(found, Some(starts.as_str()), "{version}");
    }
    let history = std::fs::read_to_string(sample.work_dir().join("history.txt")).unwrap();
    assert_eq!(history.lines().collect::<Vec<_>>(), versions);
}

#[tokio::test]
async fn a_server_that_does_not_say_its_version_is_started_all_the_same() {
    let sample = start("0.4.0").await;
    for script in ["#!/bin/sh\nexit 1\n", "#!/bin/sh\n", "#!/no/such/program\n"] {
        sample.script(SERVER, script);
        let command = command(&sample, "0.4.0").await;
        assert_eq!(variable(&command, "MARKSMAN_VERSION"), None, "{script}");
        assert_eq!(command["args"], json!(["server"]), "{script}");
    }
}

#[tokio::test]
async fn the_settings_name_program_arguments_variables_and_options() {
    let settings = LanguageServerSettings {
        binary: Some(CommandSettings {
            path: Some("oxide".into()),
            arguments: Some(vec!["--quiet".into()]),
            env: Some([("LANG".into(), "C".into())].into_iter().collect()),
        }),
        initialization_options: Some(json!({"preferredTextSyncKind": 1})),
        ..LanguageServerSettings::default()
    };
    let settings = Settings {
        language_servers: HashMap::from([(SERVER, settings)]),
        ..Settings::default()
    };
    let sample = Sample::start_with(ID, settings).await;
    let ask = || sample.ask("language-server-command", json!([SERVER]));
    let error = ask().await.unwrap_err();
    assert!(error.contains("`oxide` is not on PATH"), "{error}");
    let program = sample.program("oxide");
    let command = ask().await.unwrap();
    assert_eq!(command["command"], program);
    assert_eq!(command["args"], json!(["--quiet"]));
    assert_eq!(variable(&command, "LANG"), Some("C"));
    let options = sample.ask("language-server-initialization-options", json!([SERVER]));
    assert_eq!(options.await.unwrap(), json!({"preferredTextSyncKind": 1}));
}

#[tokio::test]
async fn the_newest_that_this_host_serves_is_chosen_and_the_others_keep_their_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let store = sample::store(folder.path(), Arc::new(NoDelegate));
    let receipt = sample::install(&store, ID, "*").await.unwrap();
    assert_eq!(receipt.installed.version.to_string(), "0.5.0");
    let warnings: Vec<_> = receipt.warnings.iter().map(ToString::to_string).collect();
    let reason = "0.7.0 needs extension API 0.9.0, the newest this host serves is ";
    let is_told = warnings.iter().any(|warning| warning.starts_with(reason));
    assert!(is_told, "{warnings:?}");

    let receipt = sample::install(&store, ID, "^0.3").await.unwrap();
    assert_eq!(receipt.installed.version.to_string(), "0.3.0");
    let error = sample::install(&store, ID, "=0.3.1").await.unwrap_err();
    let words = error.hint().unwrap_or_default();
    let reason = "0.3.1 was yanked: it fills the editor's log; use `0.3.0` instead";
    assert!(words.contains(reason), "{error}: {words}");
}

/// Starts a version that no store installs by itself, from its archive.
async fn start_archive(version: &str, folder: &Path) -> Extension {
    let archives = sample::registry_folder().join("archives").join(ID);
    let mut archive = std::fs::read_dir(archives.join(version)).unwrap();
    let archive = std::fs::File::open(archive.next().unwrap().unwrap().path()).unwrap();
    annexe::archive::unpack(archive, folder, &annexe::archive::Limits::default()).unwrap();
    let host = Host::builder().build().unwrap();
    let wasm = std::fs::read(folder.join("extension.wasm")).unwrap();
    let component = host.compile(wasm).await.unwrap();
    let manifest = Manifest::from_folder(folder).unwrap().manifest;
    let identity = Identity {
        capabilities: manifest.capabilities,
        ..Identity::new(manifest.id, folder.join("work"))
    };
    host.start(&component, identity).await.unwrap()
}

#[tokio::test]
async fn the_preview_takes_a_level_and_the_yanked_version_logs_everything() {
    let worktree = tempfile::tempdir().unwrap();
    let environment = vec![(
        "PATH".into(),
        worktree.path().to_string_lossy().into_owned(),
    )];
    let lent = CallResources {
        worktree: Some(Arc::new(LocalWorktree::new(
            1,
            worktree.path(),
            environment,
        ))),
        ..CallResources::default()
    };
    std::fs::write(worktree.path().join("a.md"), "# A\n## B\n### C\n").unwrap();

    let folder = tempfile::tempdir().unwrap();
    let preview = start_archive("0.6.0-rc.1", folder.path()).await;
    let outline = async |level: &str| {
        let arguments = json!([{"name": "outline"}, ["a.md", level]]);
        let ask = preview.call_by_name("run-slash-command", arguments, &lent);
        ask.await.map_err(|error| error.to_string())
    };
    assert_eq!(outline("2").await.unwrap()["text"], "# A\n## B\n");
    let error = outline("7").await.unwrap_err();
    assert!(error.contains("`7` is no level of a heading"), "{error}");
    let arguments = json!([{"name": "outline"}, ["a.md", ""]]);
    let levels = preview.call_by_name("complete-slash-command-argument", arguments, &lent);
    let levels = levels.await.unwrap();
    assert_eq!(levels.as_array().unwrap().len(), 6, "{levels}");
    assert_eq!(levels[1]["new_text"], "2");

    let folder = tempfile::tempdir().unwrap();
    let yanked = start_archive("0.3.1", folder.path()).await;
    let ask = yanked.call_by_name("language-server-command", json!([SERVER]), &lent);
    let error = ask.await.unwrap_err().to_string();
    assert!(error.contains("`marksman` is not on PATH"), "{error}");
    #[cfg(unix)]
    {
        let program = worktree.path().join(SERVER);
        std::fs::write(&program, "#!/bin/sh\n").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).unwrap();
        let ask = yanked.call_by_name("language-server-command", json!([SERVER]), &lent);
        let command = ask.await.unwrap();
        assert_eq!(command["args"], json!(["server", "--verbose", "4"]));
    }
}

#[tokio::test]
async fn only_the_update_to_0_4_0_brings_new_power() {
    let registry = Registry::open(&Location::Embedded).await.unwrap();
    let index = registry.index(&ID.parse().unwrap()).await.unwrap();
    let of = |version: &str| {
        let known = index.version(&version.parse().unwrap()).unwrap();
        known.line.capabilities.clone()
    };
    let run = json!({"kind": "process:exec", "command": SERVER, "args": ["--version"]});
    for version in ["0.1.0", "0.2.0", "0.3.0", "0.3.1"] {
        assert_eq!(of(version), Vec::<Value>::new(), "{version}");
    }
    for version in ["0.4.0", "0.5.0", "0.6.0-rc.1", "0.7.0"] {
        assert_eq!(of(version), *std::slice::from_ref(&run), "{version}");
    }
}
