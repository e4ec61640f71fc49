//! The way to start or reach a debug adapter: of the extension that brings it, with what the user has set.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::{
    language_server::ServerError, program_of_user::ProgramOfUser, running::RunningExtensions,
};
use crate::{
    base::types::{
        DebugAdapterBinary, DebugAdapterSettings, DebugConfig, DebugRequest, DebugRequestKind,
        DebugScenario, DebugTaskDefinition, ExtensionId, TaskTemplate, TcpArgumentsTemplate,
    },
    package::manifest::Named,
    runtime::{delegate::SharedWorktree, extension::Extension},
};

/// A request for a debug adapter, for one session.
#[derive(Clone)]
#[non_exhaustive]
pub struct DebugAdapterRequest {
    /// The adapter, by its name in the extension's manifest.
    pub adapter: String,
    /// The extension that brings it.
    pub extension: ExtensionId,
    /// The configuration of the session, in the adapter's own form.
    pub configuration: Value,
    /// Whether a program is started or attached to. Default: what the configuration's `request` says, else what the
    /// extension answers.
    pub kind: Option<DebugRequestKind>,
    /// The address at which it is to listen, whose missing parts are chosen. Default: it is talked to as the extension
    /// likes.
    pub tcp_connection: Option<TcpArgumentsTemplate>,
    /// The folder it is started for.
    pub worktree: SharedWorktree,
    /// What the user has set for it. Default: nothing.
    pub settings: DebugAdapterSettings,
    /// The user's home, which `~` is in the settings. Default: none.
    pub home: Option<PathBuf>,
}

impl DebugAdapterRequest {
    /// A request for an adapter that an extension brings.
    pub fn new(
        adapter: impl Into<String>,
        extension: ExtensionId,
        configuration: Value,
        worktree: SharedWorktree,
    ) -> Self {
        Self {
            adapter: adapter.into(),
            extension,
            configuration,
            kind: None,
            tcp_connection: None,
            worktree,
            settings: DebugAdapterSettings::default(),
            home: None,
        }
    }
}

impl std::fmt::Debug for DebugAdapterRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("DebugAdapterRequest")
            .field("adapter", &self.adapter)
            .field("extension", &self.extension)
            .finish_non_exhaustive()
    }
}

impl RunningExtensions {
    /// Asks for the way to start or reach a debug adapter. The configuration gets its `request` where it lacks one. A
    /// `binary.path` of the user's settings is given to the extension as the adapter that the user has installed;
    /// `binary.arguments` stand for the extension's, and `binary.env` goes over its variables.
    ///
    /// # Errors
    /// [`ServerError::Unknown`] where the extension's manifest has no such adapter, [`ServerError::Store`] where it cannot
    /// be started, [`ServerError::Call`] where it does not answer or what it answers is refused;
    /// [`ServerError::NotFound`] where the user's program is not there.
    pub async fn debug_adapter(
        &self,
        request: &DebugAdapterRequest,
    ) -> Result<DebugAdapterBinary, ServerError> {
        let extension = self
            .of_adapter(&request.extension, &request.adapter)
            .await?;
        let own = request.settings.binary.clone().unwrap_or_default();
        let user_installed = match &own.path {
            Some(path) => {
                let program = ProgramOfUser {
                    path,
                    key: format!("dap.{}.binary", request.adapter),
                    worktree: &request.worktree,
                    home: request.home.as_deref(),
                };
                Some(program.resolve().await?)
            }
            None => None,
        };
        let mut configuration = request.configuration.clone();
        let said = kind_said(&configuration);
        let kind = match request.kind.or(said) {
            Some(kind) => kind,
            None => {
                let asked =
                    extension.dap_request_kind(request.adapter.clone(), configuration.clone());
                // One that cannot tell starts a program, as most do.
                asked.await.unwrap_or_default()
            }
        };
        if let Some(object) = configuration.as_object_mut() {
            let request = object.entry("request").or_insert(Value::Null);
            if !request.is_string() {
                *request = json!(kind);
            }
        }
        let label = configuration.get("name").and_then(Value::as_str);
        let task = DebugTaskDefinition {
            label: label.unwrap_or(&request.adapter).to_owned(),
            adapter: request.adapter.clone(),
            config: configuration,
            tcp_connection: request.tcp_connection.clone(),
        };
        let (adapter, worktree) = (request.adapter.clone(), request.worktree.clone());
        let asked = extension.get_dap_binary(adapter, task, user_installed, worktree);
        let mut binary = asked.await?;
        if let Some(arguments) = own.arguments {
            binary.arguments = arguments;
        }
        binary.envs.extend(own.env.unwrap_or_default());
        Ok(binary)
    }

    /// Asks an extension whether a configuration of its adapter starts a program or attaches to one.
    ///
    /// # Errors
    /// As [`debug_adapter`](Self::debug_adapter).
    pub async fn debug_request_kind(
        &self,
        extension: &ExtensionId,
        adapter: &str,
        configuration: Value,
    ) -> Result<DebugRequestKind, ServerError> {
        let extension = self.of_adapter(extension, adapter).await?;
        Ok(extension
            .dap_request_kind(adapter.to_owned(), configuration)
            .await?)
    }

    /// Asks an extension for the scenario of what a user has chosen in an editor's form.
    ///
    /// # Errors
    /// As [`debug_adapter`](Self::debug_adapter).
    pub async fn debug_scenario(
        &self,
        extension: &ExtensionId,
        choices: DebugConfig,
    ) -> Result<DebugScenario, ServerError> {
        let extension = self.of_adapter(extension, &choices.adapter).await?;
        Ok(extension.dap_config_to_scenario(choices).await?)
    }

    /// Asks a locator for the scenario that debugs what a task runs, by this adapter; `None` where it knows none.
    ///
    /// # Errors
    /// As [`debug_adapter`](Self::debug_adapter), of the locator.
    pub async fn located_scenario(
        &self,
        extension: &ExtensionId,
        locator: &str,
        task: TaskTemplate,
        adapter: &str,
    ) -> Result<Option<DebugScenario>, ServerError> {
        let sort = Named::DebugLocator;
        let extension = self.bringing(extension, sort, locator).await?;
        let (label, adapter) = (task.label.clone(), adapter.to_owned());
        let asked = extension.dap_locator_create_scenario(locator.to_owned(), task, label, adapter);
        Ok(asked.await?)
    }

    /// Asks a locator what to debug, once the task that builds it has run.
    ///
    /// # Errors
    /// As [`debug_adapter`](Self::debug_adapter), of the locator.
    pub async fn located(
        &self,
        extension: &ExtensionId,
        locator: &str,
        task: TaskTemplate,
    ) -> Result<DebugRequest, ServerError> {
        let sort = Named::DebugLocator;
        let extension = self.bringing(extension, sort, locator).await?;
        Ok(extension.run_dap_locator(locator.to_owned(), task).await?)
    }

    async fn of_adapter(&self, id: &ExtensionId, adapter: &str) -> Result<Extension, ServerError> {
        self.bringing(id, Named::DebugAdapter, adapter).await
    }
}

/// What a configuration says of itself.
fn kind_said(configuration: &Value) -> Option<DebugRequestKind> {
    serde_json::from_value(configuration.get("request")?.clone()).ok()
}
