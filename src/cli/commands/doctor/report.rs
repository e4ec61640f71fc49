//! The reports about servers, as they are shown.

use std::{fmt, time::Duration};

use annexe::{manifest::Named, types::ExtensionId};
use serde::Serialize;

use crate::cli::wording;

/// A report about a server or a debug adapter.
#[derive(Debug, Serialize)]
pub struct Report {
    kind: Named,
    server: String,
    /// The extension that brings it.
    extension: Option<ExtensionId>,
    version: Option<String>,
    /// It has answered.
    pub ok: bool,
    /// It was not started, for its extension wants to know more of a session.
    pub skipped: bool,
    /// Its program and arguments, where they are known.
    command: Option<Vec<String>>,
    /// The time from its start to its answer.
    milliseconds: Option<u64>,
    /// Its own name and version.
    name: Option<String>,
    server_version: Option<String>,
    problem: Option<String>,
    hint: Option<String>,
    /// The last lines of its standard error.
    pub last_words: Vec<String>,
}

/// All that were looked at.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Reports(pub Vec<Report>);

impl Report {
    /// A report about a server of which nothing is known yet.
    pub fn of(
        kind: Named,
        server: String,
        extension: Option<ExtensionId>,
        version: Option<String>,
    ) -> Self {
        Self {
            kind,
            server,
            extension,
            version,
            ok: false,
            skipped: false,
            command: None,
            milliseconds: None,
            name: None,
            server_version: None,
            problem: None,
            hint: None,
            last_words: Vec::new(),
        }
    }

    pub fn set_command(&mut self, program: &str, arguments: &[String]) {
        let program = std::iter::once(program.to_owned());
        self.command = Some(program.chain(arguments.iter().cloned()).collect());
    }

    /// Whether it is in order, as far as it could be found out.
    pub fn is_well(&self) -> bool {
        self.ok || self.skipped
    }

    pub fn skip(&mut self, problem: String, hint: Option<String>) {
        self.skipped = true;
        self.fail(problem, hint);
    }

    pub fn fail(&mut self, problem: String, hint: Option<String>) {
        self.problem = Some(problem);
        self.hint = hint;
    }

    pub fn answered(&mut self, time: Duration, name: Option<String>, version: Option<String>) {
        self.ok = true;
        self.milliseconds = u64::try_from(time.as_millis()).ok();
        self.name = name;
        self.server_version = version;
    }

    fn row(&self) -> Vec<String> {
        let extension = match (&self.extension, &self.version) {
            (Some(extension), Some(version)) => format!("{extension} {version}"),
            (Some(extension), None) => extension.to_string(),
            (None, _) => "-".to_owned(),
        };
        let state = match (self.ok, self.skipped) {
            (true, _) => "answers",
            (false, true) => "not asked",
            (false, false) => "fails",
        };
        let time = self.milliseconds.map(|time| format!("{time} ms"));
        let own = self.name.iter().chain(&self.server_version).cloned();
        let own: Vec<String> = own.collect();
        let command = self.command.as_ref().map(|it| it.join(" "));
        let or_none = |text: Option<String>| text.filter(|it| !it.is_empty()).unwrap_or("-".into());
        let cells = [
            self.server.clone(),
            self.kind.to_string(),
            extension,
            state.to_owned(),
            or_none(time),
            or_none(Some(own.join(" "))),
            or_none(command),
        ];
        cells.map(|cell| one_line(&cell)).to_vec()
    }

    /// Writes what is wrong, below the table.
    fn write_problem(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(problem) = &self.problem else {
            return Ok(());
        };
        let server = one_line(&self.server);
        write!(formatter, "\n\n{server}: {}", one_line(problem))?;
        for line in &self.last_words {
            write!(formatter, "\n  it said: {}", one_line(line))?;
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
        let heads = [
            "SERVER",
            "KIND",
            "EXTENSION",
            "STATE",
            "TIME",
            "NAME",
            "COMMAND",
        ];
        let mut rows = vec![heads.map(str::to_owned).to_vec()];
        rows.extend(self.0.iter().map(Report::row));
        formatter.write_str(&wording::table(&rows))?;
        self.0
            .iter()
            .try_for_each(|report| report.write_problem(formatter))
    }
}

/// The text of an extension or a server, on one line.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
