//! `annexe doctor`: whether servers and debug adapters start and answer, and what they lack.

mod looking;
mod report;
mod targets;

use std::{
    num::NonZeroU64,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use annexe::{lsp::Root, store::ProjectExtensions};
use futures_util::{StreamExt as _, stream};

use self::{
    looking::Looking,
    report::{Report, Reports},
    targets::Target,
};
use crate::cli::{
    context::Context,
    delegates,
    failure::{FAILED, Outcome},
    files, installed_languages,
    lockfile::StartLock,
    not_here,
    output::Output,
    paths, project,
};

/// How many servers are started at once.
const AT_ONCE: usize = 2;

/// Says whether language servers, context servers and debug adapters start and answer, in how long, and what is missing
///
/// Each is asked for its command as `annexe lsp`, `annexe mcp` and `annexe dap` do it, with your settings and the project's,
/// started in a temporary folder, asked to `initialize`, and ended. Nothing is fetched without --fetch. Without names, all
/// are looked at that are installed and not disabled. A debug adapter whose extension wants to know more of a session is not
/// asked. Ends with code 1 where one does not answer. With --json, the answer is a list, and the keys of each server stay:
/// `kind`, `server`, `extension`, `version`, `ok`, `skipped`, `command`, `milliseconds`, `name`, `server_version`, `problem`,
/// `hint` and `last_words`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The names of servers and adapters, as `annexe languages`, `annexe mcp --list` and `annexe dap --list` show them
    /// [default: all]
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

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let output = context.output;
        let project = project::named_or_current(self.worktree.as_deref())?;
        // It says what of them is left out.
        let settings = delegates::settings(context, project.as_deref())?;
        let store = context.store()?;
        let disabled = project
            .as_deref()
            .map(ProjectExtensions::read)
            .transpose()?;
        let languages = installed_languages::read(context, disabled.as_ref()).await?;
        let targets = targets::find(
            &self.servers,
            &store,
            &languages,
            disabled.as_ref(),
            &settings,
        );
        let targets = targets.await?;
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
                None => "no installed extension brings a server; `annexe search --provides language-servers` finds some".to_owned(),
            });
        }
        Ok(match reports.0.iter().all(Report::is_well) {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(FAILED),
        })
    }

    async fn look_at(&self, target: Target, root: &Root, context: &Context<'_>) -> Report {
        let looking = Looking {
            arguments: self,
            root,
            context,
            most: Duration::from_secs(self.timeout.get()),
        };
        looking.at(target).await
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
