//! `annexe call`: asks one thing of an extension.

mod exports;
mod observer;
mod target;
mod trace;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use annexe::{
    CallError, Host, LimitExceeded, Limits,
    api::{Argument, Export},
    manifest::Manifest,
};
use serde_json::Value;

use self::{
    exports::{Exports, SERVER, SLASH_COMMAND, form, names_language_server, takes},
    observer::Observer,
    target::CallTarget,
};
use crate::cli::{
    arguments::{self, ExtensionRequest},
    change_arguments::{ChangeArguments, Done},
    commands::install,
    context::Context,
    delegates::{self, Entries, SettingsDelegate},
    failure::{Complaint, Outcome, call_error},
    files,
};

/// Asks something of an extension and prints its answer as JSON
///
/// With --trace, all that the extension does is told on stderr; with --json, each thing as one value on
/// one line.
///
/// An export that fills a store of documentation answers with what it has put there. Without an
/// export, lists what extensions can be asked. The extension may do what `annexe grants` says, and sees the environment of this process as its worktree's shell.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// An installed extension's id, or the path of a folder, an archive or a component
    #[arg(value_name = "ID|PATH")]
    extension: String,
    /// What to ask: `language-server-command`, for example
    export: Option<String>,
    /// Its arguments: each JSON, or text
    #[arg(value_name = "ARGUMENT", allow_negative_numbers = true)]
    values: Vec<String>,
    /// The folder the call is about [default: the current one]
    #[arg(long, value_name = "DIR")]
    worktree: Option<PathBuf>,
    /// The language a server is asked for; extensions up to API 0.0.5 are told
    #[arg(long, value_name = "NAME")]
    language: Option<String>,
    /// How long the extension may take to answer, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = arguments::seconds)]
    deadline: Option<Duration>,
    /// The folder the extension may write to [default: the installed extension's own; for a path, one
    /// that goes when the call is done]
    #[arg(long, value_name = "DIR")]
    work_dir: Option<PathBuf>,
    /// Shows each thing the extension asks of its host, and what it prints, as it happens
    #[arg(long)]
    trace: bool,
    /// The file for the extension's memory and stack, should it stop in the middle of the call; it must
    /// not exist yet
    #[arg(long, value_name = "FILE")]
    core_dump: Option<PathBuf>,
    /// Installs the extension first if it is not installed; the receipt goes to stderr
    #[arg(long)]
    install: bool,
    #[command(flatten)]
    options: ChangeArguments,
}

impl Arguments {
    /// Whether all that the extension does is shown.
    pub fn traces(&self) -> bool {
        self.trace
    }

    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let observer = Arc::new(Observer::new(
            self.trace,
            context.output,
            self.core_dump.as_deref(),
        )?);
        // Listing what can be asked needs no worktree.
        let worktree = self.export.is_some().then(|| self.worktree());
        let worktree = worktree.transpose()?;
        let host = self.host(context, &observer, worktree.as_deref())?;
        if self.install {
            self.install(context, &host).await?;
        }
        let work_dir = self.work_dir.as_deref();
        let locked = self.options.locked();
        let called = CallTarget::find(&self.extension, work_dir, context, host, locked).await?;
        let (Some(name), Some(worktree)) = (&self.export, worktree) else {
            let api = called.api.clone().ok_or_else(|| called.no_component())?;
            context.output.result(&Exports::of(api))?;
            return Ok(ExitCode::SUCCESS);
        };
        called.check_project(&worktree)?;
        let export = exports::find(name)?;
        let values = self.values(export, &called)?;
        let entries = Entries::default();
        let resources = delegates::resources(worktree, &entries);
        let asked = async {
            let extension = called.start(context.output).await?;
            anyhow::Ok(
                extension
                    .call_by_name(export.name, values, &resources)
                    .await?,
            )
        };
        let asked = asked.await;
        observer.settle(asked.as_ref().err());
        let mut answer = match asked {
            Ok(answer) => answer,
            Err(error) => {
                let error = observer.refused(self.in_time(error), &self.extension);
                return Err(observer.dumped(error));
            }
        };
        let entries = entries.take();
        if answer.is_null() && !entries.is_empty() {
            // A call that fills a store has no other answer.
            answer = serde_json::to_value(entries)?;
        }
        if let Some(folder) = called.temporary_folder()
            && answer.to_string().contains(&*folder.to_string_lossy())
        {
            context.output.warn(
                "the answer names the extension's work directory, which was temporary; keep one with --work-dir",
            );
        }
        context.output.json(&answer)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Installs the extension where it is named by its id and not installed.
    async fn install(&self, context: &Context<'_>, host: &Host) -> anyhow::Result<()> {
        let wanted: ExtensionRequest = self.extension.parse().map_err(|_| {
            let message = format!(
                "`{}` is not an id, so it cannot be installed",
                self.extension
            );
            Complaint::usage(message).with_hint("leave out --install to call what a path names")
        })?;
        let store = context.store_on(host.clone())?;
        if !store.generation()?.extensions.contains_key(&wanted.id) {
            let wanted = [wanted.into()];
            let receipts = install::install(&store, &wanted, &self.options, context).await?;
            for receipt in receipts {
                context.output.note(Done(&receipt));
            }
        }
        Ok(())
    }

    fn host(
        &self,
        context: &Context<'_>,
        observer: &Arc<Observer>,
        worktree: Option<&Path>,
    ) -> anyhow::Result<Host> {
        let delegate = Arc::new(SettingsDelegate::new(context, worktree)?);
        let mut services = context.configuration()?.services()?;
        services.offline = self.options.is_offline();
        context.host_from(
            |limits| self.set_deadline(limits),
            |builder| {
                let builder = builder.delegate(delegate.clone());
                let builder = builder.services(services.clone());
                let builder = builder.core_dumps(self.core_dump.is_some());
                builder.observer(observer.clone())
            },
        )
    }

    fn set_deadline(&self, limits: &mut Limits) {
        if let Some(deadline) = self.deadline {
            // The user's deadline stands for all limits on time.
            limits.call_time = deadline;
            limits.host_time = deadline;
            limits.guest_time = deadline;
        }
    }

    /// Says of a call that took too long what the user can do, in the command's own words.
    fn in_time(&self, error: anyhow::Error) -> anyhow::Error {
        let limit = match call_error(&error) {
            Some(CallError::Limit(limit)) => Some(limit),
            _ => None,
        };
        if !matches!(
            limit,
            Some(
                LimitExceeded::CallTime(_)
                    | LimitExceeded::HostTime(_)
                    | LimitExceeded::GuestTime(_)
            )
        ) {
            return error;
        }
        let complaint = match self.deadline {
            Some(deadline) => Complaint::new(format!(
                "the extension did not answer within {} s, its `--deadline`",
                deadline.as_secs_f64()
            )),
            None => Complaint::new(error.to_string()),
        };
        complaint
            .with_hint("give it longer with `--deadline <SECONDS>`; if it does not need longer, report it to the extension's author")
            .into()
    }

    fn worktree(&self) -> anyhow::Result<PathBuf> {
        files::folder(self.worktree.as_deref().unwrap_or(Path::new(".")))
    }

    /// The arguments of the call, each as its export takes it.
    fn values(&self, export: &Export, called: &CallTarget) -> anyhow::Result<Value> {
        let manifest = called.manifest.as_ref();
        if self.values.len() > export.arguments.len() {
            let message = format!("`{}` takes {}", export.name, takes(export));
            return Err(Complaint::usage(message).into());
        }
        let mut missing = export.arguments.iter().skip(self.values.len());
        if let Some(argument) = missing.find(|argument| argument.is_required) {
            let message = format!("`{}` needs the argument `{}`", export.name, argument.name);
            return Err(Complaint::usage(message)
                .with_hint(format!("write `{}`", form(&self.extension, export)))
                .into());
        }
        if self.language.is_some() && !names_language_server(export) {
            let message = format!("`{}` is not about a language server", export.name);
            return Err(Complaint::usage(message)
                .with_hint("leave out --language")
                .into());
        }
        let values = self
            .values
            .iter()
            .zip(export.arguments)
            .map(|(text, argument)| {
                let value = read(text, argument)?;
                // That there is nothing to call is said first.
                if let Some(manifest) = manifest.filter(|_| called.api.is_some()) {
                    export.check_name(argument.name, &value, manifest)?;
                }
                Ok(match argument.name {
                    SERVER if names_language_server(export) => self.server(value, manifest),
                    SLASH_COMMAND => slash_command(value, manifest),
                    _ => value,
                })
            });
        values.collect()
    }

    /// A server with the language it is asked for: the one given, else the first that the manifest
    /// names for it.
    fn server(&self, value: Value, manifest: Option<&Manifest>) -> Value {
        let id = match &value {
            Value::String(id) => id.clone(),
            Value::Object(server) if !server.contains_key("language") => server
                .get("id")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            _ => return value,
        };
        let known = manifest.and_then(|manifest| manifest.language_servers.get(&id));
        let known = known.and_then(|server| server.languages.first());
        match self.language.as_ref().or(known) {
            Some(language) => serde_json::json!({ "id": id, "language": language }),
            None => value,
        }
    }
}

/// A slash command by its name alone, with what the manifest says of it.
fn slash_command(value: Value, manifest: Option<&Manifest>) -> Value {
    let Value::String(name) = value else {
        return value;
    };
    let known = manifest.and_then(|manifest| manifest.slash_commands.get(&name));
    let known = known.cloned().unwrap_or_default();
    serde_json::json!({
        "name": name,
        "description": known.description,
        "requires_argument": known.requires_argument,
    })
}

/// An argument as it was written: JSON where it can be read so, else text. What the export takes as
/// text is text even where it looks like JSON.
///
/// # Errors
/// Where it can only be meant as JSON and is not valid.
fn read(text: &str, argument: &Argument) -> anyhow::Result<Value> {
    match serde_json::from_str(text) {
        Ok(Value::String(value)) => Ok(value.into()),
        Ok(Value::Null) if !argument.is_required => Ok(Value::Null),
        Ok(value) if !argument.is_text => Ok(value),
        Err(error) if !argument.is_text && text.trim_start().starts_with(['{', '[']) => {
            let message = format!("the argument `{}` is not JSON: {error}", argument.name);
            Err(Complaint::usage(message).into())
        }
        _ => Ok(text.into()),
    }
}
