//! `annexe doctor`: whether language servers start and answer, and what they lack.

mod report;

use std::{
    num::NonZeroU64,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use annexe::{
    Hint as _,
    lsp::{
        PreparationError, PreparationErrorKind, PreparationProgress, PreparedServer, Root,
        ServerProvider as _, probe,
    },
    store::{Languages, ProjectExtensions, Store},
    types::ExtensionId,
};
use futures_util::{StreamExt as _, stream};

use self::report::{Report, Reports};
use super::lsp::{self, InstalledServer};
use crate::cli::{
    context::Context,
    delegates,
    failure::{FAILED, Outcome},
    fetching::process::FETCH_TIME,
    files, installed_languages,
    lockfile::StartLock,
    not_here,
    output::Output,
    paths,
    preparation::of_error,
    project,
};

/// How many servers are started at once.
const AT_ONCE: usize = 2;

/// Says whether language servers start and answer, in how long, and what is missing
///
/// Each is asked for its command as `annexe lsp` does it, with your settings and the project's, started in a temporary
/// folder, asked to `initialize`, and ended. Nothing is fetched without --fetch. Without names, all are looked at that
/// are installed and not disabled. Ends with code 1 where one does not answer. With --json, the answer is a list, and the
/// keys of each server stay: `server`, `extension`, `version`, `ok`, `command`, `milliseconds`, `name`, `server_version`,
/// `problem`, `hint` and `last_words`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The servers' ids, as `annexe languages` shows them [default: all]
    #[arg(value_name = "SERVER")]
    servers: Vec<String>,
    /// Fetches what is missing, for up to ten minutes each
    #[arg(long)]
    fetch: bool,
    #[command(flatten)]
    lock: StartLock,
    /// How many seconds a server has to answer
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    timeout: NonZeroU64,
    /// The folder of the project whose settings count [default: that of the current folder]
    #[arg(long, value_name = "DIR")]
    worktree: Option<PathBuf>,
}

/// A server to look at.
struct Target {
    server: String,
    /// The extension that brings it; `None` where none does.
    extension: Option<ExtensionId>,
    version: Option<String>,
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let output = context.output;
        let project = project::named_or_current(self.worktree.as_deref())?;
        // It says what of them is left out.
        delegates::settings(context, project.as_deref())?;
        let store = context.store()?;
        let disabled = project
            .as_deref()
            .map(ProjectExtensions::read)
            .transpose()?;
        let languages = installed_languages::read(context, disabled.as_ref()).await?;
        let targets = self.targets(&store, &languages);
        tell_programs(context, output)?;
        let folder = match project {
            Some(project) => project,
            None => files::folder(self.worktree.as_deref().unwrap_or(Path::new(".")))?,
        };
        let root = Root::at(folder, Vec::new(), paths::home().as_deref());
        let reports = stream::iter(targets)
            .map(|target| self.look_at(target, &root, context))
            .buffered(AT_ONCE);
        let reports = Reports(reports.collect().await);
        output.result(&reports)?;
        if reports.0.is_empty() {
            output.note(match not_here::all_disabled(&languages) {
                Some(disabled) => disabled,
                None => "no installed extension brings a language server; `annexe search --provides language-servers` finds some".to_owned(),
            });
        }
        Ok(match reports.0.iter().all(|report| report.ok) {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(FAILED),
        })
    }

    /// The servers to look at: those that were named, in that order, or all.
    fn targets(&self, store: &Store, languages: &Languages) -> Vec<Target> {
        let target = |server: &annexe::store::LanguageServer| Target {
            server: server.id.clone(),
            version: store
                .active(&server.extension)
                .ok()
                .map(|it| it.version().to_string()),
            extension: Some(server.extension.clone()),
        };
        if self.servers.is_empty() {
            return languages.servers().iter().map(target).collect();
        }
        let mut targets = Vec::new();
        for id in &self.servers {
            let before = targets.len();
            targets.extend(languages.servers_by_id(id).map(target));
            if targets.len() == before {
                targets.push(Target {
                    server: id.clone(),
                    extension: None,
                    version: None,
                });
            }
        }
        targets
    }

    async fn look_at(&self, target: Target, root: &Root, context: &Context<'_>) -> Report {
        let most = Duration::from_secs(self.timeout.get());
        let prepared = self.prepare(&target, root, context, most).await;
        let mut report = Report::of(target.server, target.extension, target.version);
        let mut prepared = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                report.fail(error.message, error.hint);
                return report;
            }
        };
        report.set_command(&prepared.command);
        let folder = match files::temporary_folder() {
            Ok(folder) => folder,
            Err(error) => {
                let PreparationError { message, hint, .. } = of_error(&error.into());
                report.fail(message, hint);
                return report;
            }
        };
        prepared.folder = folder.path().to_path_buf();
        match probe(&prepared, most).await {
            Ok(answer) => report.answered(answer),
            Err(error) => {
                report.last_words = error.last_words().to_vec();
                let hint = error.hint();
                report.fail(format!("{:#}", anyhow::Error::new(error)), hint);
            }
        }
        report
    }

    /// Asks for all that its start needs.
    async fn prepare(
        &self,
        target: &Target,
        root: &Root,
        context: &Context<'_>,
        most: Duration,
    ) -> Result<PreparedServer, PreparationError> {
        let arguments = lsp::Arguments::of(
            target.server.clone(),
            target.extension.clone(),
            self.lock.clone(),
        );
        let provider = InstalledServer::new(&arguments, context, self.fetch, true, None);
        let provider = provider.map_err(|error| of_error(&error))?;
        let steps = Steps {
            output: context.output,
            server: &target.server,
        };
        let most = match self.fetch {
            true => most.max(FETCH_TIME),
            false => most,
        };
        let prepared = tokio::time::timeout(most, provider.prepare(root, &steps)).await;
        let prepared = prepared.unwrap_or_else(|_| {
            Err(PreparationError::new(format!(
                "its extension has not answered within {} s",
                most.as_secs()
            )))
        });
        prepared.map_err(|mut error| {
            let lacks_network = error.kind == PreparationErrorKind::Offline;
            if !self.fetch && lacks_network {
                error.hint = Some(format!(
                    "`annexe doctor --fetch {}` fetches what it needs",
                    target.server
                ));
            }
            error
        })
    }
}

/// The steps of a fetch, told beside the results.
struct Steps<'a> {
    output: &'a Output,
    server: &'a str,
}

impl PreparationProgress for Steps<'_> {
    fn step(&self, text: &str) {
        self.output.note(format_args!("{}: {text}", self.server));
    }
}

/// Tells where the programs are that many servers need, and what is held of tools.
fn tell_programs(context: &Context<'_>, output: &Output) -> anyhow::Result<()> {
    let configuration = context.configuration()?;
    for held in configuration.held_tools() {
        output.announce(format_args!("held by the configuration: {held}"));
    }
    let node = configuration.services()?.node;
    for (name, configured) in [("node", node.node), ("npm", node.npm)] {
        let found = configured.map(|path| path.display().to_string());
        match found.or_else(|| paths::program_on_path(name)) {
            Some(path) => output.announce(format_args!("{name}: {path}")),
            None => output.announce(format_args!(
                "{name}: it is not on the `PATH`; servers that npm brings need it"
            )),
        }
    }
    Ok(())
}
