//! The reports about what was fetched, as they are shown.

use std::fmt;

use annexe::{one_line, types::ExtensionId};
use serde::Serialize;

use crate::cli::{failure, wording};

/// The most characters of a cell of the table.
const MOST_IN_CELL: usize = 300;

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The extension itself, which did not get as far as its servers.
    Extension,
    LanguageServer,
    ContextServer,
    DebugAdapter,
}

/// The state of what a server needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Ready,
    Failed,
    /// It is known only where a configuration is.
    NotAsked,
}

/// A report about a server.
#[derive(Debug, Serialize)]
pub struct Report {
    extension: ExtensionId,
    version: Option<String>,
    kind: Kind,
    server: String,
    state: State,
    /// Its program and arguments.
    command: Option<Vec<String>>,
    problem: Option<String>,
    hint: Option<String>,
}

/// All that were asked for.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Reports(pub Vec<Report>);

impl Report {
    /// A report about a server of which nothing is known yet.
    pub fn of(extension: &ExtensionId, version: Option<String>, kind: Kind, server: &str) -> Self {
        Self {
            extension: extension.clone(),
            version,
            kind,
            server: server.to_owned(),
            state: State::NotAsked,
            command: None,
            problem: None,
            hint: None,
        }
    }

    pub fn ready(&mut self, command: &[String]) {
        self.state = State::Ready;
        self.command = Some(command.to_vec());
    }

    pub fn fail(&mut self, error: &anyhow::Error) {
        self.state = State::Failed;
        self.explain(error);
    }

    /// It says nothing without a configuration.
    pub fn skip(&mut self, error: &anyhow::Error) {
        self.state = State::NotAsked;
        self.explain(error);
    }

    pub fn has_failed(&self) -> bool {
        self.state == State::Failed
    }

    fn explain(&mut self, error: &anyhow::Error) {
        let (problem, hint) = failure::in_line(error);
        (self.problem, self.hint) = (Some(problem), hint);
    }

    fn row(&self) -> Vec<String> {
        let extension = match &self.version {
            Some(version) => format!("{} {version}", self.extension),
            None => self.extension.to_string(),
        };
        let kind = match self.kind {
            Kind::Extension => "extension",
            Kind::LanguageServer => "language server",
            Kind::ContextServer => "context server",
            Kind::DebugAdapter => "debug adapter",
        };
        let state = match self.state {
            State::Ready => "ready",
            State::Failed => "failed",
            State::NotAsked => "at its start",
        };
        let command = self.command.as_ref().map(|it| it.join(" "));
        let command = command.filter(|it| !it.is_empty());
        let cells = [
            extension,
            kind.to_owned(),
            self.server.clone(),
            state.to_owned(),
            command.unwrap_or("-".into()),
        ];
        cells.map(|cell| one_line(&cell, MOST_IN_CELL)).to_vec()
    }

    /// Writes what is wrong, below the table.
    fn write_problem(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(problem) = &self.problem else {
            return Ok(());
        };
        let one_line = |text: &str| one_line(text, 4 * MOST_IN_CELL);
        let (extension, server) = (&self.extension, one_line(&self.server));
        match self.kind {
            Kind::Extension => write!(formatter, "\n\n{extension}: {}", one_line(problem))?,
            _ => write!(
                formatter,
                "\n\n{extension}, {server}: {}",
                one_line(problem)
            )?,
        }
        if let Some(hint) = &self.hint {
            write!(formatter, "\n  hint: {}", one_line(hint))?;
        }
        Ok(())
    }
}

impl fmt::Display for Reports {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let heads = ["EXTENSION", "KIND", "SERVER", "STATE", "COMMAND"];
        let mut rows = vec![heads.map(str::to_owned).to_vec()];
        rows.extend(self.0.iter().map(Report::row));
        formatter.write_str(&wording::table(&rows))?;
        self.0
            .iter()
            .try_for_each(|report| report.write_problem(formatter))
    }
}
