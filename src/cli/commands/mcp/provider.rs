//! The context server that an installed extension brings, or the user's settings name.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use annexe::{
    lsp::{PreparationError, PreparationProgress},
    manifest::Named,
    store::{ContextServerRequest, Provided},
    types::{Command, ContextServerConfiguration},
};

use super::Arguments;
use crate::cli::{
    context::Context,
    failure::Complaint,
    fetching::{self, Fetch, Subject, UNDER_WAY},
    paths,
    preparation::{self, Asking, Disabled, Folder, Preparation},
};

/// How long an extension may take to answer before the user hears that it waits for a fetch.
const PATIENCE: Duration = Duration::from_secs(1);

/// A context server of what is installed, for a folder.
pub struct InstalledContextServer {
    arguments: Arguments,
    preparation: Preparation,
    /// The extension that brings it; `None` where the user's settings name its program.
    provided: Option<Provided>,
    request: ContextServerRequest,
}

impl InstalledContextServer {
    /// Finds the server.
    ///
    /// # Errors
    /// Where no installed extension brings it, or the user does without it.
    pub async fn new(
        arguments: &Arguments,
        context: &Context<'_>,
        asking: Asking,
    ) -> anyhow::Result<Self> {
        let folder = Folder::new(arguments.worktree.as_deref())?;
        let preparation = Preparation::new(context, folder, &arguments.lock, asking)?;
        let (sort, name) = (Named::ContextServer, arguments.server());
        if !preparation.settings.is_context_server_enabled(true, name)? {
            let key = format!("context_servers.{name}.enabled");
            let complaint = Complaint::new(format!("the context server `{name}` is switched off"))
                .with_hint(format!("set `{key}` of your `settings.json` to `true`"));
            return Err(Disabled(complaint).into());
        }
        let settings = preparation.settings.context_server(true, name)?;
        let is_own = settings
            .command
            .as_ref()
            .is_some_and(|it| it.path.is_some());
        let wanted = arguments.extension.as_ref();
        let provided = match is_own {
            true => preparation.find(sort, name, wanted).await?,
            false => Some(preparation.choose(sort, name, wanted).await?),
        };
        let extension = provided.as_ref().map(|it| it.extension.clone());
        let (project, worktree) = (preparation.shared_project(), preparation.worktree());
        let mut request = ContextServerRequest::new(name, extension, project, worktree);
        request.settings = settings;
        request.home = paths::home();
        Ok(Self {
            arguments: arguments.clone(),
            preparation,
            provided,
            request,
        })
    }

    /// What a user should hear of the settings.
    pub fn warnings(&self) -> Vec<String> {
        self.preparation.warnings()
    }

    /// The extension that brings it.
    pub fn provided(&self) -> Option<&Provided> {
        self.provided.as_ref()
    }

    /// The folder that it is started in; `None` for the current one, where nothing else was meant.
    pub fn folder(&self) -> Option<&Path> {
        let folder = &self.preparation.folder;
        let is_meant = folder.is_project || self.arguments.worktree.is_some();
        is_meant.then_some(&*folder.path)
    }

    /// The variables of this process that the server is not to see, for they hold tokens of the user's for registries and
    /// the like.
    pub fn secret_variables(&self) -> Vec<String> {
        self.preparation.configuration.token_variables()
    }

    /// Asks for its command.
    ///
    /// # Errors
    /// Where the extension does not answer, or what it answers is refused.
    pub async fn command(&self) -> anyhow::Result<Command> {
        let extensions = &self.preparation.extensions;
        Ok(extensions.context_server(&self.request).await?)
    }

    /// Asks for the command of a program that is there.
    ///
    /// # Errors
    /// As [`Self::command`], and where it is not there.
    pub async fn command_at_hand(&self) -> anyhow::Result<Command> {
        let command = self.command().await?;
        self.check(&command)?;
        Ok(command)
    }

    /// Asks for the command of a program that is there, and has fetched what is missing, if it may be.
    ///
    /// # Errors
    /// As [`Self::command_at_hand`].
    pub async fn command_with_fetch(
        &self,
        fetches: bool,
        context: &Context<'_>,
        progress: &dyn PreparationProgress,
    ) -> anyhow::Result<Command> {
        let fetch = self.fetch(context).filter(|_| fetches);
        let asking = self.command_at_hand();
        tokio::pin!(asking);
        let asked = tokio::select! {
            asked = &mut asking => asked,
            // What is fetched now, the extension waits for.
            () = tokio::time::sleep(PATIENCE), if fetch.as_ref().is_some_and(Fetch::is_under_way) => {
                progress.step(UNDER_WAY);
                asking.await
            }
        };
        match (asked, fetch) {
            (Ok(command), fetch) => {
                if let Some(fetch) = fetch.filter(Fetch::is_due) {
                    // The next start has what is new; this one waits for no network.
                    fetch.start_apart().await;
                }
                Ok(command)
            }
            (Err(_), Some(fetch)) => {
                let fetched = fetch.run::<Command>(progress).await;
                let command = fetched.map_err(|PreparationError { message, hint, .. }| {
                    Complaint::new(message).with_way_out(hint)
                })?;
                self.check(&command)?;
                Ok(command)
            }
            (Err(error), None) => Err(error),
        }
    }

    fn check(&self, command: &Command) -> Result<(), Complaint> {
        let setting = format!("context_servers.{}.command", self.arguments.server());
        preparation::check_program(&command.command, &setting)
    }

    /// The fetch of what it needs; none where the user has set its program.
    pub fn fetch(&self, context: &Context<'_>) -> Option<Fetch> {
        let own = self.request.settings.command.as_ref();
        if own.is_some_and(|own| own.path.is_some()) {
            return None;
        }
        let extension = &self.provided.as_ref()?.extension;
        let mut arguments = self.arguments.lock.arguments().ok()?;
        let folder: PathBuf = self.preparation.folder.path.clone();
        let rest: [OsString; 5] = [
            "--extension".into(),
            extension.as_str().into(),
            "--worktree".into(),
            folder.into(),
            self.arguments.server().into(),
        ];
        arguments.extend(rest);
        let subject = Subject::Extension(extension);
        Some(Fetch::new(
            "mcp",
            arguments,
            subject,
            context.store_argument(),
        ))
    }

    /// Notes in the log of the extension that this process becomes the server.
    pub fn note_start(&self) {
        if let Some(provided) = &self.provided {
            let store = self.preparation.extensions.store();
            let log = store.server_log(&provided.extension, &provided.name);
            log.started(Some(std::process::id()));
            log.flush();
        }
    }

    /// Asks what has to be set for it.
    ///
    /// # Errors
    /// As [`Self::command`].
    pub async fn configuration(&self) -> anyhow::Result<Option<ContextServerConfiguration>> {
        let Some(provided) = &self.provided else {
            return Ok(None);
        };
        let project = self.preparation.shared_project();
        let extensions = &self.preparation.extensions;
        let asked =
            extensions.context_server_configuration(&provided.extension, &provided.name, project);
        Ok(asked.await?)
    }
}

/// The file that is locked while what a server needs is fetched.
pub fn mark(arguments: &Arguments, context: &Context<'_>) -> anyhow::Result<PathBuf> {
    let subject = match &arguments.extension {
        Some(extension) => Subject::Extension(extension),
        None => Subject::Server(arguments.server()),
    };
    fetching::mark(subject, context.store_argument())
}
