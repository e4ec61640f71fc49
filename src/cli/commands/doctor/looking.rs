//! The look at one server or adapter: it is prepared as the bridges do it, started, asked and ended.

use std::{path::Path, time::Duration};

use annexe::{
    Hint, dap,
    lsp::{
        self, PreparationError, PreparationErrorKind, PreparationProgress, Root,
        ServerProvider as _,
    },
    manifest::Named,
    mcp,
    types::DebugRequestKind,
};
use serde_json::json;
use tempfile::TempDir;

use super::{Arguments, report::Report, targets::Target};
use crate::cli::{
    commands::{
        dap::{Arguments as AdapterArguments, Asked, InstalledAdapter},
        lsp::{Arguments as ServerArguments, InstalledServer},
        mcp::{Arguments as ContextServerArguments, InstalledContextServer},
    },
    context::Context,
    fetching::process::FETCH_TIME,
    files,
    output::Output,
    preparation::{Asking, of_error},
};

/// The look at what is installed, for a folder.
pub struct Looking<'a> {
    pub arguments: &'a Arguments,
    pub root: &'a Root,
    pub context: &'a Context<'a>,
    /// The time that a server has to answer.
    pub most: Duration,
}

impl Looking<'_> {
    pub async fn at(&self, target: Target) -> Report {
        let Target {
            kind,
            name,
            extension,
            version,
        } = &target;
        let mut report = Report::of(*kind, name.clone(), extension.clone(), version.clone());
        let folder = match files::temporary_folder() {
            Ok(folder) => folder,
            Err(error) => {
                let PreparationError { message, hint, .. } = of_error(&error.into());
                report.fail(message, hint);
                return report;
            }
        };
        match kind {
            Named::ContextServer => self.at_context_server(&target, &folder, &mut report).await,
            Named::DebugAdapter => self.at_adapter(&target, &folder, &mut report).await,
            _ => self.at_language_server(&target, &folder, &mut report).await,
        }
        report
    }

    async fn at_language_server(&self, target: &Target, folder: &TempDir, report: &mut Report) {
        let arguments = ServerArguments::of(
            target.name.clone(),
            target.extension.clone(),
            self.arguments.lock.clone(),
        );
        let steps = self.steps(target);
        let fetches = self.arguments.fetch;
        let provider = InstalledServer::new(&arguments, self.context, fetches, true, None);
        let prepared = async {
            let provider = provider.map_err(|error| of_error(&error))?;
            self.in_time(provider.prepare(self.root, &steps)).await
        };
        let Some(mut prepared) = self.or_failed(prepared.await, target, report) else {
            return;
        };
        report.set_command(&prepared.command.command, &prepared.command.args);
        prepared.folder = folder.path().to_path_buf();
        match lsp::probe(&prepared, self.most).await {
            Ok(answer) => report.answered(answer.time, answer.name, answer.version),
            Err(error) => failed(report, error.last_words().to_vec(), error),
        }
    }

    async fn at_context_server(&self, target: &Target, folder: &TempDir, report: &mut Report) {
        let arguments = ContextServerArguments::of(
            target.name.clone(),
            target.extension.clone(),
            self.arguments.lock.clone(),
            self.folder(),
        );
        let steps = self.steps(target);
        let prepared = async {
            let asking = Asking {
                offline: true,
                ..Asking::default()
            };
            let server = InstalledContextServer::new(&arguments, self.context, asking).await;
            let server = server.map_err(|error| of_error(&error))?;
            let fetches = self.arguments.fetch;
            let asked = async {
                let asked = server
                    .command_with_fetch(fetches, self.context, &steps)
                    .await;
                asked.map_err(|error| of_error(&error))
            };
            let command = self.in_time(asked).await?;
            Ok((command, server.secret_variables()))
        };
        let Some((command, without)) = self.or_failed(prepared.await, target, report) else {
            return;
        };
        report.set_command(&command.command, &command.args);
        match mcp::probe(&command, &without, folder.path(), self.most).await {
            Ok(answer) => report.answered(answer.time, answer.name, answer.version),
            Err(error) => failed(report, error.last_words().to_vec(), error),
        }
    }

    async fn at_adapter(&self, target: &Target, folder: &TempDir, report: &mut Report) {
        let arguments = AdapterArguments::of(
            target.name.clone(),
            target.extension.clone(),
            self.arguments.lock.clone(),
            self.folder(),
        );
        let steps = self.steps(target);
        // Nothing of it is started: the adapter is asked what it can do, and no more.
        let program = std::env::current_exe().unwrap_or_default();
        let asked = Asked {
            kind: Some(DebugRequestKind::Launch),
            configuration: json!({
                "type": target.name, "request": "launch", "name": "annexe doctor",
                "program": program.to_string_lossy()
            }),
        };
        let prepared = async {
            let asking = Asking {
                offline: true,
                ..Asking::default()
            };
            let adapter = InstalledAdapter::new(&arguments, self.context, asking).await;
            let mut adapter = adapter.map_err(|error| of_error(&error))?;
            if self.arguments.fetch {
                adapter = adapter.fetching(self.context);
            }
            self.in_time(adapter.ask(&asked, &steps)).await
        };
        let prepared = match prepared.await {
            Err(error) if error.kind == PreparationErrorKind::OfExtension => {
                let hint = "a session tells its extension more: start one in your editor";
                report.skip(error.message, error.hint.or(Some(hint.to_owned())));
                return;
            }
            prepared => prepared,
        };
        let Some(binary) = self.or_failed(prepared, target, report) else {
            return;
        };
        if let Some(program) = &binary.command {
            report.set_command(program, &binary.arguments);
        }
        let adapter = dap::PreparedAdapter::new(binary, folder.path().to_path_buf());
        match dap::probe(&adapter, self.most).await {
            Ok(answer) => report.answered(answer.time, None, None),
            Err(error) => failed(report, error.last_words().to_vec(), error),
        }
    }

    fn folder(&self) -> &Path {
        &self.root.folder
    }

    fn steps<'a>(&'a self, target: &'a Target) -> Steps<'a> {
        Steps {
            output: self.context.output,
            server: &target.name,
        }
    }

    /// Waits for what an extension answers, for as long as a server may take, or a fetch.
    async fn in_time<T>(
        &self,
        asked: impl Future<Output = Result<T, PreparationError>>,
    ) -> Result<T, PreparationError> {
        let most = match self.arguments.fetch {
            true => self.most.max(FETCH_TIME),
            false => self.most,
        };
        let asked = tokio::time::timeout(most, asked).await;
        asked.unwrap_or_else(|_| {
            let seconds = most.as_secs();
            let message = format!("its extension has not answered within {seconds} s");
            Err(PreparationError::new(message))
        })
    }

    /// What was prepared; where that has failed, the report has it.
    fn or_failed<T>(
        &self,
        prepared: Result<T, PreparationError>,
        target: &Target,
        report: &mut Report,
    ) -> Option<T> {
        match prepared {
            Ok(prepared) => Some(prepared),
            Err(error) => {
                let lacks_network = error.kind == PreparationErrorKind::Offline;
                let hint = match !self.arguments.fetch && lacks_network {
                    true => Some(format!(
                        "`annexe doctor --fetch {}` fetches what it needs",
                        target.name
                    )),
                    false => error.hint,
                };
                report.fail(error.message, hint);
                None
            }
        }
    }
}

/// Notes why a server has not answered.
fn failed(report: &mut Report, last_words: Vec<String>, error: impl Hint + Send + Sync + 'static) {
    report.last_words = last_words;
    let hint = error.hint();
    report.fail(format!("{:#}", anyhow::Error::new(error)), hint);
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
