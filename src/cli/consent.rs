//! Shows what a change would replace, and asks the person where a new version may do more than the one
//! before.

use std::io::{self, BufRead as _, IsTerminal as _};

use annexe::store::{Consent, Receipt};
use async_trait::async_trait;

use super::{
    output::{Output, harmless, to_stderr},
    progress::Progress,
    wording,
};

/// Asks the person.
#[derive(Debug)]
pub struct Asking<'a> {
    output: &'a Output,
    progress: &'a Progress,
    accepts: bool,
}

impl<'a> Asking<'a> {
    /// Asks on the terminal, in the place of `progress`, unless the person has accepted beforehand.
    pub fn new(output: &'a Output, progress: &'a Progress, accepts: bool) -> Self {
        Self {
            output,
            progress,
            accepts,
        }
    }
}

#[async_trait]
impl Consent for Asking<'_> {
    async fn allows(&self, changes: &[Receipt]) -> bool {
        // What is left to do takes no time worth showing.
        self.progress.end();
        for change in changes {
            self.output.note(in_words(change));
        }
        if self.accepts || changes.iter().all(|change| change.new_power.is_empty()) {
            return true;
        }
        ask(self.output, "allow this?").await
    }
}

/// Asks the person a question that can be answered with yes; `false` where there is nobody to ask.
pub async fn ask(output: &Output, question: &str) -> bool {
    if output.is_json() || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return false;
    }
    // However little the person wants to read, a question must be seen.
    to_stderr(&harmless(&format!("{question} [y/N]")));
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    match answer.await {
        Ok(Ok(line)) => ["y", "yes"].contains(&line.trim().to_lowercase().as_str()),
        _ => false,
    }
}

/// What changes for one extension, a line for each thing.
pub fn in_words(change: &Receipt) -> String {
    let installed = &change.installed;
    let api = wording::api(installed.api.as_ref(), installed.adapter.as_deref());
    let size = wording::bytes(change.archive_bytes);
    let Some(previous) = &change.previous else {
        return format!(
            "{} {} (new)  api {api}, {size}",
            installed.id, installed.version
        );
    };
    let before = wording::api(
        change.previous_api.as_ref(),
        change.previous_adapter.as_deref(),
    );
    let api = match before == api {
        true => format!("api {api}"),
        false => format!("api {before}, then {api}"),
    };
    let versions = match *previous == installed.version {
        true => format!("{previous} again"),
        false => format!("{previous} → {}", installed.version),
    };
    let mut words = format!("{} {versions}  {api}, {size}", installed.id);
    let power = &change.new_power;
    for capability in &power.capabilities {
        words.push_str(&format!("\n  may newly {capability}"));
    }
    for function in &power.functions {
        words.push_str(&format!("\n  may newly call `{function}`"));
    }
    words
}
