//! The command of a context server: of the extension that brings it, or of the user.

use std::path::PathBuf;

use super::{
    language_server::ServerError, program_of_user::ProgramOfUser, running::RunningExtensions,
};
use crate::{
    base::types::{Command, ContextServerConfiguration, ContextServerSettings, ExtensionId},
    package::manifest::Named,
    runtime::{
        delegate::{SharedProject, SharedWorktree},
        extension::Extension,
    },
};

/// A request for the command of a context server.
#[derive(Clone)]
#[non_exhaustive]
pub struct ContextServerRequest {
    /// The server, by its name in the extension's manifest.
    pub server: String,
    /// The extension that brings it; `None` for one that the user's settings name alone.
    pub extension: Option<ExtensionId>,
    /// The project it is started for.
    pub project: SharedProject,
    /// The folder it is started for.
    pub worktree: SharedWorktree,
    /// What the user has set for it. Default: nothing.
    pub settings: ContextServerSettings,
    /// The user's home, which `~` is in the settings. Default: none.
    pub home: Option<PathBuf>,
}

impl ContextServerRequest {
    /// A request for a server that an extension brings.
    pub fn new(
        server: impl Into<String>,
        extension: Option<ExtensionId>,
        project: SharedProject,
        worktree: SharedWorktree,
    ) -> Self {
        Self {
            server: server.into(),
            extension,
            project,
            worktree,
            settings: ContextServerSettings::default(),
            home: None,
        }
    }
}

impl std::fmt::Debug for ContextServerRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ContextServerRequest")
            .field("server", &self.server)
            .field("extension", &self.extension)
            .finish_non_exhaustive()
    }
}

impl RunningExtensions {
    /// Asks for the command of a context server. A `command.path` of the user's settings stands for all of the
    /// extension's (in it `~` is the home, a relative path starts at the worktree, a name alone is looked up on the
    /// worktree's `PATH`), `command.arguments` alone for its arguments, and `command.env` goes over its variables.
    ///
    /// # Errors
    /// [`ServerError::Unknown`] where the extension's manifest has no such server, [`ServerError::Store`] where it cannot
    /// be started, [`ServerError::Call`] where it does not answer or what it answers is refused;
    /// [`ServerError::NotFound`] where the user's program is not there.
    pub async fn context_server(
        &self,
        request: &ContextServerRequest,
    ) -> Result<Command, ServerError> {
        let own = request.settings.command.clone().unwrap_or_default();
        let mut command = match (&own.path, &request.extension) {
            (Some(path), _) => Command {
                command: ProgramOfUser {
                    path,
                    key: format!("context_servers.{}.command", request.server),
                    worktree: &request.worktree,
                    home: request.home.as_deref(),
                }
                .resolve()
                .await?,
                ..Command::default()
            },
            (None, Some(id)) => {
                let extension = self.of_context_server(id, &request.server).await?;
                let asked = extension
                    .context_server_command(request.server.clone(), request.project.clone());
                asked.await?
            }
            (None, None) => Command::default(),
        };
        if let Some(arguments) = own.arguments {
            command.args = arguments;
        }
        command.env.extend(own.env.unwrap_or_default());
        Ok(command)
    }

    /// Asks an extension what has to be set for a context server of its: instructions, a schema and settings to begin
    /// with. `None` where there is nothing to set, and from extensions of API versions below 0.5.0.
    ///
    /// # Errors
    /// As [`context_server`](Self::context_server).
    pub async fn context_server_configuration(
        &self,
        extension: &ExtensionId,
        server: &str,
        project: SharedProject,
    ) -> Result<Option<ContextServerConfiguration>, ServerError> {
        let extension = self.of_context_server(extension, server).await?;
        let asked = extension.context_server_configuration(server.to_owned(), project);
        Ok(asked.await?)
    }

    async fn of_context_server(
        &self,
        id: &ExtensionId,
        server: &str,
    ) -> Result<Extension, ServerError> {
        self.bringing(id, Named::ContextServer, server).await
    }
}
