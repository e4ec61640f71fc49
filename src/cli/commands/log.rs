//! `annexe log`: what an extension has printed, and when it started and stopped.

use std::{fmt, process::ExitCode};

use annexe::{
    store::{Log, LogEntry},
    types::ExtensionId,
};
use serde::Serialize;

use crate::cli::{
    arguments,
    context::{Context, must_be_known},
    failure::Outcome,
    output::{Output, harmless},
};

/// Shows the log of an extension: what it has printed, its faults, and when it started
///
/// A log is kept of every installed extension that is started, by this command or by an editor. With
/// --follow and --json each entry is one value on one line.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The extension's id
    #[arg(value_name = "ID", value_parser = arguments::extension_id)]
    id: ExtensionId,
    /// How many of the last entries to show
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 200)]
    lines: usize,
    /// Shows all that is kept
    #[arg(long, conflicts_with = "lines")]
    all: bool,
    /// Goes on as entries come, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Vec<LogEntry>);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let store = context.store()?;
        let (output, most) = (context.output, (!self.all).then_some(self.lines));
        let log = store.log(&self.id);
        if !log.exists() {
            must_be_known(&store, &self.id)?;
            output.note(format_args!(
                "`{}` has no log yet: it has not been started",
                self.id
            ));
        }
        if self.follow {
            tokio::select! {
                // Ctrl-C ends following without an error: what there was has been shown.
                () = context.ended_by_user() => {}
                ended = follow(&log, most, output) => ended?,
            }
        } else {
            output.result(&Answer(log.entries(most)?))?;
            let dev = store.dev_extension(&self.id).ok().flatten();
            if let Some(failure) = dev.and_then(|dev| dev.failure) {
                let (at, message) = (failure.at, failure.message);
                output.announce(format_args!(
                    "the last attempt to build it failed at {at}: {message}"
                ));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Shows entries as they come.
async fn follow(log: &Log, most: Option<usize>, output: &Output) -> anyhow::Result<()> {
    let mut followed = log.follow(most).await?;
    loop {
        for entry in followed.next().await? {
            match output.is_json() {
                true => output.json(&entry)?,
                false => output.raw(&harmless(&entry.to_string()))?,
            }
        }
    }
}
