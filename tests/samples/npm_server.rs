//! What holds for each server that is on `PATH`, or else is installed from npm; how it is installed is tested end
//! to end with the command (`tests/tools/`).

use std::collections::{BTreeMap, HashMap};

use annexe::types::{CommandSettings, LanguageServerSettings};
use serde_json::{Value, json};

use crate::sample::{Sample, Settings};

/// A server of a sample.
pub struct NpmServer {
    pub sample: &'static str,
    pub server: &'static str,
    pub program: &'static str,
    pub arguments: &'static [&'static str],
}

impl NpmServer {
    /// Starts the sample, for a user who has set this for the server.
    pub async fn start(&self, settings: LanguageServerSettings) -> Sample {
        let settings = Settings {
            language_servers: HashMap::from([(self.server, settings)]),
            ..Settings::default()
        };
        Sample::start_with(self.sample, settings).await
    }

    async fn command(&self, sample: &Sample) -> Result<Value, String> {
        let arguments = json!([self.server]);
        sample.ask("language-server-command", arguments).await
    }

    /// What the server is told at its start, and with its configuration, for a user who has set both.
    pub async fn told(&self, options: Option<Value>, settings: Option<Value>) -> [Value; 2] {
        let set = LanguageServerSettings {
            initialization_options: options,
            settings,
            ..LanguageServerSettings::default()
        };
        let sample = self.start(set).await;
        let ask = async |export| sample.ask(export, json!([self.server])).await.unwrap();
        [
            ask("language-server-initialization-options").await,
            ask("language-server-workspace-configuration").await,
        ]
    }

    /// Checks which program is started, with what.
    pub async fn check_command(&self) {
        let sample = self.start(LanguageServerSettings::default()).await;
        let error = self.command(&sample).await.unwrap_err();
        assert!(error.contains("was not found"), "{error}");
        let program = sample.program(self.program);
        let found = self.command(&sample).await.unwrap();
        assert_eq!(found["command"], program);
        assert_eq!(found["args"], json!(self.arguments));

        let binary = CommandSettings {
            path: Some("tools/server".into()),
            arguments: Some(vec!["--log".into()]),
            env: Some(BTreeMap::from([("PATH".into(), "/opt/bin".into())])),
        };
        let set = LanguageServerSettings {
            binary: Some(binary),
            ..LanguageServerSettings::default()
        };
        let sample = self.start(set).await;
        let found = self.command(&sample).await.unwrap();
        let named = sample.worktree().join("tools/server");
        assert_eq!(found["command"], json!(named));
        assert_eq!(found["args"], json!(["--log"]));
        assert_eq!(found["env"], json!([["PATH", "/opt/bin"]]));
    }
}
