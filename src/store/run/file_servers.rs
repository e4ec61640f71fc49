//! The language servers of a file, in one call: from its name to what starts each.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    language_server::{ServerError, ServerRequest, ServerSetup, ServerSource},
    running::RunningExtensions,
};
use crate::{
    base::{
        hint::{ErrorKind, Hint},
        types::{ExtensionId, ServerId},
    },
    runtime::{
        delegate::SharedWorktree,
        settings::{Settings, SettingsError},
    },
    store::{
        disk::project::ProjectExtensions,
        error::StoreError,
        languages::{Languages, RecognisedBy},
    },
};

/// A request for the language servers of a file.
#[derive(Clone)]
#[non_exhaustive]
pub struct FileRequest<'a> {
    /// The file. It need not be there.
    pub file: &'a Path,
    /// Its first line, by which some files without a suffix are known. Default: none.
    pub first_line: Option<&'a str>,
    /// The settings, of which those of the project count.
    pub settings: &'a Settings,
    /// The extensions that the project does without: they neither bring a server nor add to one. Default: none.
    pub project: Option<&'a ProjectExtensions>,
    /// The extensions to take of several that bring a server of one id, by that id. Default: those that were installed
    /// first.
    pub chosen: Option<&'a BTreeMap<String, ExtensionId>>,
    /// The folder that the servers are started for.
    pub worktree: SharedWorktree,
    /// The user's home, which `~` is in the settings. Default: none.
    pub home: Option<PathBuf>,
}

impl<'a> FileRequest<'a> {
    /// A request for the servers of `file`.
    pub fn new(file: &'a Path, settings: &'a Settings, worktree: SharedWorktree) -> Self {
        Self {
            file,
            first_line: None,
            settings,
            project: None,
            chosen: None,
            worktree,
            home: None,
        }
    }
}

impl std::fmt::Debug for FileRequest<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FileRequest")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

/// The language of a file, and its servers.
#[derive(Debug)]
#[non_exhaustive]
pub struct FileServers {
    /// The language's name.
    pub language: String,
    /// How it was recognised.
    pub recognised_by: RecognisedBy,
    /// The servers, the most important first.
    pub servers: Vec<FileServer>,
}

/// A language server of a file.
#[derive(Debug)]
#[non_exhaustive]
pub struct FileServer {
    /// Its id.
    pub id: String,
    /// The extension that brings it.
    pub extension: ExtensionId,
    /// The id by which it knows the file's language.
    pub language_id: String,
    /// What starts it, or why nothing does.
    pub setup: Result<ServerSetup, ServerError>,
}

/// An error that keeps the servers of a file from being known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileServersError {
    /// What is installed cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The settings cannot be read.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

impl Hint for FileServersError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Settings(error) => error.kind(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Store(error) => error.hint(),
            Self::Settings(error) => error.hint(),
        }
    }
}

impl RunningExtensions {
    /// Returns the language of a file and all that its language servers need, each asked of its extension as
    /// [`language_server`](Self::language_server) does; `None` for a file whose language is not known. A server that
    /// fails is an error of its own, and holds up no other. One that the settings name and no extension brings is left
    /// out.
    ///
    /// # Errors
    /// [`FileServersError`].
    pub async fn servers_for_file(
        &self,
        request: &FileRequest<'_>,
    ) -> Result<Option<FileServers>, FileServersError> {
        let languages = self.languages_of(request).await?;
        let choices = request.settings.language_choices(true)?;
        let file_types = choices.file_types();
        let Some(found) = languages.of_file(request.file, request.first_line, file_types) else {
            return Ok(None);
        };
        let language = found.language.name.clone();
        let selection = languages.servers_for(&language, &choices);
        let mut servers = Vec::new();
        for selected in selection.selected {
            let Some(brought) = selected.brought_by.first() else {
                continue;
            };
            let source = ServerSource::Extension(brought.extension.clone());
            let id = ServerId::new(selected.id.as_str(), language.as_str());
            let mut asked = ServerRequest::new(id, source, request.worktree.clone());
            let settings = request.settings.language_server(true, &selected.id);
            let settings = settings.map(|settings| asked.settings = settings);
            let adding = languages.adding_to(Some(&brought.extension), &brought.languages);
            asked.others = adding.asked;
            asked.home.clone_from(&request.home);
            servers.push((
                selected.id,
                brought.extension.clone(),
                selected.language_id,
                settings.map(|()| asked),
            ));
        }
        let servers = servers
            .into_iter()
            .map(async |(id, extension, language_id, asked)| FileServer {
                id,
                extension,
                language_id,
                setup: match asked {
                    Ok(asked) => self.language_server(&asked).await,
                    Err(error) => Err(error.into()),
                },
            });
        let servers = futures_util::future::join_all(servers).await;
        Ok(Some(FileServers {
            recognised_by: found.by,
            servers,
            language,
        }))
    }

    /// The languages of what is installed, as the request wants them.
    async fn languages_of(&self, request: &FileRequest<'_>) -> Result<Languages, StoreError> {
        let languages = match request.project {
            Some(project) => self.store().languages_in(project).await?,
            None => self.store().languages().await?,
        };
        Ok(match request.chosen {
            Some(chosen) => languages.preferring(chosen),
            None => languages,
        })
    }
}
