//! All that the start of a language server needs, in one call: its command, its options and its settings, of the
//! extension that brings it, of others that add to it, and of the user.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{program_of_user::ProgramOfUser, running::RunningExtensions};
use crate::{
    base::{
        hint::{ErrorKind, Hint},
        json::{merge, says_nothing},
        types::{
            Command, CommandSettings, EnvironmentVariables, ExtensionId, LanguageServerSettings,
            ServerId,
        },
    },
    package::manifest::{Named, UnknownName},
    runtime::{
        delegate::SharedWorktree,
        extension::{CallError, Extension},
        settings::SettingsError,
    },
    store::error::StoreError,
};

/// A request for all that a language server's start needs.
#[derive(Clone)]
#[non_exhaustive]
pub struct ServerRequest {
    /// The server, and the language it is started for.
    pub server: ServerId,
    /// What brings it.
    pub source: ServerSource,
    /// The folder it is started for.
    pub worktree: SharedWorktree,
    /// What the user has set for it. Default: nothing.
    pub settings: LanguageServerSettings,
    /// Other extensions that may add options and settings, each with a server of its own. Default: none.
    pub others: Vec<(ExtensionId, String)>,
    /// The user's home, which `~` is in the settings. Default: none.
    pub home: Option<PathBuf>,
}

/// The source of a language server's command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerSource {
    /// An installed extension.
    Extension(ExtensionId),
    /// The user: the server is one that no extension brings, but which some add to.
    Command(Command),
}

impl ServerRequest {
    /// A request for a server that `source` brings.
    pub fn new(server: ServerId, source: ServerSource, worktree: SharedWorktree) -> Self {
        Self {
            server,
            source,
            worktree,
            settings: LanguageServerSettings::default(),
            others: Vec::new(),
            home: None,
        }
    }
}

impl std::fmt::Debug for ServerRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ServerRequest")
            .field("server", &self.server)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// All that the start of a language server needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServerSetup {
    /// The program, its arguments, and the variables that are added to its environment.
    pub command: Command,
    /// The options of its `initialize`; `None` where there are none.
    pub initialization_options: Option<Value>,
    /// Its settings; `None` where there are none.
    pub configuration: Option<Value>,
}

/// An error of the preparation of a language server, a context server or a debug adapter.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The extension cannot be started.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The extension's manifest has nothing of this name.
    #[error(transparent)]
    Unknown(#[from] UnknownName),
    /// The extension gives no answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The user's settings name a program that is not there.
    #[error("`{program}`, which `{key}` names, is not on the `PATH`")]
    NotFound {
        /// The program's name.
        program: String,
        /// The key of the settings.
        key: String,
    },
    /// What the user has set of it cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

impl Hint for ServerError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Unknown(error) => error.kind(),
            Self::Call(error) => error.kind(),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Settings(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Store(error) => error.hint(),
            Self::Unknown(error) => error.hint(),
            Self::Call(error) => error.hint(),
            Self::NotFound { .. } => Some("install it, or write its path".into()),
            Self::Settings(error) => error.hint(),
        }
    }
}

impl RunningExtensions {
    /// Asks for all that a language server's start needs, and merges it as Zed does: objects key by key, and anything
    /// else in the place of what was there.
    ///
    /// - The command is the extension's; a `binary.path` of the user's settings stands for all of it (in it `~` is the
    ///   home, a relative path starts at the worktree, a name alone is looked up on the worktree's `PATH`), and
    ///   `binary.arguments` alone for its arguments.
    /// - The options are the extension's, what others add to them, and the user's `initialization_options` over that. The
    ///   others are only asked where there are some to add to.
    /// - The settings are the extension's, into which it has taken the user's, and what others add. Where it answers
    ///   nothing, they are the user's `settings`.
    ///
    /// What others fail to add is left out.
    ///
    /// # Errors
    /// [`ServerError::Unknown`] where the extension's manifest has no such server, [`ServerError::Store`] where it cannot
    /// be started, [`ServerError::Call`] where it does not answer; none of them where the user's settings name the program:
    /// then the user's settings are all there is.
    pub async fn language_server(
        &self,
        request: &ServerRequest,
    ) -> Result<ServerSetup, ServerError> {
        let extension = self.source(request).await?;
        let command = command(request, extension.as_ref()).await?;
        let options = match &extension {
            Some(extension) => {
                let asked = extension.language_server_initialization_options(
                    request.server.clone(),
                    request.worktree.clone(),
                );
                optional(request, asked.await)?
            }
            None => none_of(request),
        };
        let options = match options {
            Some(options) => Some(self.with_others(request, options, Addition::Options).await),
            None => None,
        };
        let own = request.settings.initialization_options.clone();
        let mut setup = ServerSetup {
            command,
            initialization_options: laid_over(options, own),
            configuration: self.configuration_of(request, extension.as_ref()).await?,
        };
        if setup
            .initialization_options
            .as_ref()
            .is_some_and(says_nothing)
        {
            setup.initialization_options = None;
        }
        Ok(setup)
    }

    /// Asks for a language server's settings alone, as [`language_server`](Self::language_server) does.
    ///
    /// # Errors
    /// As there.
    pub async fn language_server_configuration(
        &self,
        request: &ServerRequest,
    ) -> Result<Option<Value>, ServerError> {
        let extension = self.source(request).await?;
        self.configuration_of(request, extension.as_ref()).await
    }

    /// The extension that brings the server; none where the user's settings do without one that cannot be started.
    async fn source(&self, request: &ServerRequest) -> Result<Option<Extension>, ServerError> {
        let ServerSource::Extension(id) = &request.source else {
            return Ok(None);
        };
        match self
            .bringing(id, Named::LanguageServer, &request.server.id)
            .await
        {
            Ok(extension) => Ok(Some(extension)),
            Err(error) if own_program(request).is_some() => {
                tracing::warn!(extension = %id, %error, "the server starts by its settings alone");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// An extension that brings a thing by name. What is asked of one that was removed meanwhile is its own affair.
    pub(super) async fn bringing(
        &self,
        id: &ExtensionId,
        sort: Named,
        name: &str,
    ) -> Result<Extension, ServerError> {
        if let Ok(loaded) = self.store().manifest(id) {
            loaded.manifest.check_name(sort, name)?;
        }
        Ok(self.start(id).await?)
    }

    async fn configuration_of(
        &self,
        request: &ServerRequest,
        extension: Option<&Extension>,
    ) -> Result<Option<Value>, ServerError> {
        let answered = match extension {
            Some(extension) => {
                let asked = extension.language_server_workspace_configuration(
                    request.server.clone(),
                    request.worktree.clone(),
                );
                optional(request, asked.await)?
            }
            None => None,
        };
        let base = answered.or_else(|| request.settings.settings.clone());
        let base = base.or_else(|| none_of(request));
        let added = match base {
            Some(base) => self.with_others(request, base, Addition::Settings).await,
            None => {
                let nothing = Value::Object(Map::new());
                self.with_others(request, nothing, Addition::Settings).await
            }
        };
        Ok(Some(added).filter(|it| !says_nothing(it)))
    }

    /// Lays what others add over a value, in their order.
    async fn with_others(
        &self,
        request: &ServerRequest,
        mut value: Value,
        addition: Addition,
    ) -> Value {
        let asked = request.others.iter().map(|(id, server)| async move {
            let asked = async {
                let extension = self.start(id).await?;
                let server = ServerId::new(server.as_str(), request.server.language.as_str());
                let (target, worktree) = (request.server.clone(), request.worktree.clone());
                Ok::<_, ServerError>(match addition {
                    Addition::Options => {
                        let asked = extension.language_server_additional_initialization_options(
                            server, target, worktree,
                        );
                        asked.await?
                    }
                    Addition::Settings => {
                        let asked = extension.language_server_additional_workspace_configuration(
                            server, target, worktree,
                        );
                        asked.await?
                    }
                })
            };
            asked.await.unwrap_or_else(|error| {
                tracing::debug!(extension = %id, %error, "nothing is added to a server");
                None
            })
        });
        for added in futures_util::future::join_all(asked).await {
            if let Some(added) = added.filter(|it| !it.is_null()) {
                merge(&mut value, added);
            }
        }
        value
    }
}

#[derive(Clone, Copy)]
enum Addition {
    Options,
    Settings,
}

/// The program that the user's settings name in the place of the extension's.
fn own_program(request: &ServerRequest) -> Option<(&CommandSettings, &str)> {
    let binary = request.settings.binary.as_ref()?;
    Some((binary, binary.path.as_deref()?))
}

/// An answer that can be done without where the user's settings name the program.
fn optional(
    request: &ServerRequest,
    answer: Result<Option<Value>, CallError>,
) -> Result<Option<Value>, ServerError> {
    match answer {
        Ok(answer) => Ok(answer.filter(|it| !it.is_null())),
        Err(error) if own_program(request).is_some() => {
            tracing::warn!(%error, "the server starts by its settings alone");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// What others add to where no extension is asked: to a server of the user's own, always.
fn none_of(request: &ServerRequest) -> Option<Value> {
    matches!(request.source, ServerSource::Command(_)).then(|| Value::Object(Map::new()))
}

fn laid_over(under: Option<Value>, over: Option<Value>) -> Option<Value> {
    match (under, over) {
        (Some(mut under), Some(over)) => {
            merge(&mut under, over);
            Some(under)
        }
        (under, over) => under.or(over),
    }
}

/// The command of a server: the user's, or the extension's with what the user has set of it.
async fn command(
    request: &ServerRequest,
    extension: Option<&Extension>,
) -> Result<Command, ServerError> {
    let settings = request.settings.binary.clone().unwrap_or_default();
    let mut command = match (own_program(request), extension, &request.source) {
        (Some((_, path)), ..) => Command {
            command: of_settings(request, path).await?,
            ..Command::default()
        },
        (None, Some(extension), _) => {
            let asked =
                extension.language_server_command(request.server.clone(), request.worktree.clone());
            asked.await?
        }
        (None, None, ServerSource::Command(command)) => command.clone(),
        // It was started, or its error was the answer.
        (None, None, ServerSource::Extension(_)) => Command::default(),
    };
    if let Some(arguments) = settings.arguments {
        command.args = arguments;
    }
    let own: EnvironmentVariables = settings.env.unwrap_or_default().into_iter().collect();
    command.env.extend(own);
    Ok(command)
}

/// The path of the program that the user's settings name.
async fn of_settings(request: &ServerRequest, path: &str) -> Result<String, ServerError> {
    let program = ProgramOfUser {
        path,
        key: format!("lsp.{}.binary", request.server.id),
        worktree: &request.worktree,
        home: request.home.as_deref(),
    };
    program.resolve().await
}
