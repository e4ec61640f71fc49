//! `annexe fetch`: brings ahead what the starts of servers need.

mod report;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use annexe::{
    CallResources, ErrorKind, Extension, Host,
    store::{ExtensionStore, Installed, RunningExtensions},
    types::{ExtensionId, ServerId},
};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use self::report::{Kind, Report, Reports};
use crate::cli::{
    context::Context,
    delegates::{self, Entries, SettingsDelegate},
    download_progress::Watched,
    failure::{Complaint, FAILED, Outcome},
    fetching::{Subject, mark, process::FETCH_TIME},
    files,
    lockfile::{LockOption, StartLock},
    paths, wording,
};

/// The number of extensions asked at once.
const AT_ONCE: usize = 2;

/// The export that may need a configuration.
const NEEDS_CONFIGURATION: &str = "get-dap-binary";

/// Fetches what starts will need: asks extensions for their servers' commands, and starts none of them
///
/// Without ids, all are asked that are installed and not disabled. Afterwards they start without a network, as on a plane.
/// A debug adapter is asked without a configuration; one that needs one is told of, and fetches what it needs at its
/// first start. A lockfile in the current folder, or one that was named, notes what was fetched; with --locked, all that
/// it has must be installed. Ends with code 1 where one fails. With --json, the answer is a list, and the keys of each
/// server stay: `extension`, `version`, `kind`, `server`, `state`, `command`, `problem` and `hint`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The extensions [default: all]
    #[arg(value_name = "ID")]
    ids: Vec<ExtensionId>,
    #[command(flatten)]
    lock: StartLock,
    /// Opens no connection: says what is there
    #[arg(long)]
    offline: bool,
    /// The folder that servers are asked about [default: the current one]
    #[arg(long, value_name = "DIR")]
    worktree: Option<PathBuf>,
}

/// A server to ask an extension for.
struct Wanted {
    kind: Kind,
    name: String,
    export: &'static str,
    arguments: Value,
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let worktree = files::folder(self.worktree.as_deref().unwrap_or(Path::new(".")))?;
        let settings = Arc::new(SettingsDelegate::new(context, Some(&worktree))?);
        let watched = Arc::new(Watched::new(context.output));
        let host = self.host(context, &settings, &watched)?;
        let store = self.lock.apply(context.store_on(host)?)?;
        let lock = match self.lock.is_locked() {
            true => None,
            false => self.lock.option().open()?,
        };
        self.refuse_missing(&store, context)?;
        let ids = self.ids(&store)?;
        let extensions = store.live();
        let asked = stream::iter(&ids).map(|id| self.fetch(id, &extensions, &worktree, context));
        let reports: Vec<Vec<Report>> = asked.buffered(AT_ONCE).collect().await;
        watched.end();
        let reports = Reports(reports.into_iter().flatten().collect());
        if let Some(lock) = lock {
            let mut tools = Vec::new();
            for id in &ids {
                if let Some(installed) =
                    store.active(id).ok().and_then(|it| it.installed().cloned())
                {
                    tools.push((installed, store.tools(id)?));
                }
            }
            lock.set_tools(&tools, context.output)?;
        }
        context.output.result(&reports)?;
        if reports.0.is_empty() {
            context
                .output
                .note("no installed extension brings a server: nothing is needed");
        }
        Ok(match reports.0.iter().any(Report::has_failed) {
            true => ExitCode::from(FAILED),
            false => ExitCode::SUCCESS,
        })
    }

    fn host(
        &self,
        context: &Context<'_>,
        settings: &Arc<SettingsDelegate>,
        watched: &Arc<Watched>,
    ) -> anyhow::Result<Host> {
        let mut services = context.configuration()?.services()?;
        services.offline |= self.offline;
        // What is newest is waited for: that is what was asked for.
        services.patience = services.http.small_file_timeout;
        context.host_from(
            |_| (),
            |builder| {
                let builder = builder.delegate(settings.clone());
                let builder = builder.services(services.clone());
                builder.observer(watched.clone())
            },
        )
    }

    /// The extensions to ask, each once.
    fn ids(&self, store: &annexe::Store) -> anyhow::Result<Vec<ExtensionId>> {
        if self.ids.is_empty() {
            let all = store.generation()?.extensions;
            let all = all.into_values().filter(|installed| !installed.disabled);
            return Ok(all.map(|Installed { id, .. }| id).collect());
        }
        let mut ids = Vec::new();
        for id in &self.ids {
            store.active(id)?;
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        Ok(ids)
    }

    /// Refuses to bring what starts need where what the lockfile has is not installed.
    fn refuse_missing(&self, store: &ExtensionStore, context: &Context<'_>) -> anyhow::Result<()> {
        let configuration = context.configuration()?;
        let lock = match (self.lock.is_locked(), configuration.locked()) {
            (true, _) => self.lock.option(),
            (false, Some(path)) => LockOption::named(path),
            (false, None) => return Ok(()),
        };
        let lock = lock.open_existing()?;
        let installed = store.generation()?.extensions;
        let is_wanted = |id: &ExtensionId| self.ids.is_empty() || self.ids.contains(id);
        let locked = lock.lockfile.extensions().map(|locked| &locked.id);
        let missing = locked.filter(|id| is_wanted(id) && !installed.contains_key(*id));
        let missing: Vec<String> = missing.map(|id| format!("`{id}`")).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let sync = match lock.is_found {
            true => "annexe sync".into(),
            false => format!("annexe sync --lockfile {}", wording::shell(&lock.path)),
        };
        let path = lock.path.display();
        let is = if missing.len() == 1 { "is" } else { "are" };
        let message = format!(
            "{} of the lockfile `{path}` {is} not installed",
            wording::list(missing)
        );
        Err(Complaint::new(message)
            .with_kind(ErrorKind::NotFound)
            .with_hint(format!("install what it has with `{sync}`"))
            .into())
    }

    /// Asks one extension for all its servers, one after the other: they share a work directory.
    async fn fetch(
        &self,
        id: &ExtensionId,
        extensions: &RunningExtensions,
        worktree: &Path,
        context: &Context<'_>,
    ) -> Vec<Report> {
        let store = extensions.store();
        let version = store.active(id).map(|it| it.version().to_string()).ok();
        let report = |kind, server: &str| Report::of(id, version.clone(), kind, server);
        let wanted = match store.manifest(id) {
            Ok(loaded) => wanted(&loaded.manifest),
            Err(error) => {
                let mut report = report(Kind::Extension, id.as_str());
                report.fail(&error.into());
                return vec![report];
            }
        };
        if wanted.is_empty() {
            return Vec::new();
        }
        // Bridges that start meanwhile wait for it.
        let lock = mark(Subject::Extension(id), context.store_argument())
            .and_then(|mark| Ok(files::try_lock(&mark)?));
        let extension = match extensions.start(id).await {
            Ok(extension) => extension,
            Err(error) => {
                let mut report = report(Kind::Extension, id.as_str());
                report.fail(&error.into());
                return vec![report];
            }
        };
        let mut reports = Vec::new();
        for wanted in wanted {
            let mut report = report(wanted.kind, &wanted.name);
            match ask(&extension, &wanted, worktree).await {
                Ok(command) => report.ready(&command),
                Err(error) if wanted.export == NEEDS_CONFIGURATION => report.skip(&error),
                Err(error) => report.fail(&error),
            }
            reports.push(report);
        }
        if !self.offline
            && !reports.iter().any(Report::has_failed)
            && let Ok(Some(lock)) = lock
        {
            // It is only that the next start looks again.
            let _ = files::touch(&lock);
        }
        reports
    }
}

/// The servers that a manifest has.
fn wanted(manifest: &annexe::manifest::Manifest) -> Vec<Wanted> {
    let language_servers = manifest.language_servers.iter().map(|(name, server)| {
        let language = server.languages.first().cloned().unwrap_or_default();
        Wanted {
            kind: Kind::LanguageServer,
            name: name.clone(),
            export: "language-server-command",
            arguments: json!([ServerId::new(name.as_str(), language)]),
        }
    });
    let context_servers = manifest.context_servers.keys().map(|name| Wanted {
        kind: Kind::ContextServer,
        name: name.to_string(),
        export: "context-server-command",
        arguments: json!([name]),
    });
    let debug_adapters = manifest.debug_adapters.keys().map(|name| Wanted {
        kind: Kind::DebugAdapter,
        name: name.to_string(),
        export: NEEDS_CONFIGURATION,
        arguments: json!([name, {"label": name, "adapter": name, "config": "{}"}, null]),
    });
    language_servers
        .chain(context_servers)
        .chain(debug_adapters)
        .collect()
}

/// Asks for a server's command, and looks whether its program is there.
async fn ask(
    extension: &Extension,
    wanted: &Wanted,
    worktree: &Path,
) -> anyhow::Result<Vec<String>> {
    let resources: CallResources = delegates::resources(worktree.to_owned(), &Entries::default());
    let asked = extension.call_by_name(wanted.export, wanted.arguments.clone(), &resources);
    let answer = tokio::time::timeout(FETCH_TIME, asked).await;
    let answer = answer.map_err(|_| {
        let minutes = FETCH_TIME.as_secs() / 60;
        Complaint::new(format!("it has taken longer than {minutes} minutes"))
            .with_hint("fetch again: what has arrived is kept")
    })??;
    let program = answer["command"].as_str();
    let Some(program) = program else {
        anyhow::ensure!(answer["connection"].is_object(), "it names no program");
        return Ok(Vec::new());
    };
    let is_there = match program.contains(std::path::is_separator) {
        true => files::exists(Path::new(program)),
        false => paths::program_on_path(program).is_some(),
    };
    if !is_there {
        return Err(Complaint::new(format!("`{program}` is not there"))
            .with_hint("install it: the extension fetches none")
            .into());
    }
    let arguments = [&answer["args"], &answer["arguments"]];
    let arguments = arguments.into_iter().filter_map(Value::as_array).flatten();
    let arguments = arguments.filter_map(Value::as_str);
    Ok(std::iter::once(program)
        .chain(arguments)
        .map(str::to_owned)
        .collect())
}
