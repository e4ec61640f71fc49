//! `annexe stats`: what is counted of the runs of extensions.

use std::{fmt, process::ExitCode, time::Duration};

use annexe::{
    store::{LastFault, Stats},
    types::ExtensionId,
};
use serde::Serialize;

use crate::cli::{
    arguments,
    context::{Context, must_be_known},
    failure::Outcome,
    wording::{self, Facts},
};

/// The most characters of a fault in the table.
const LONGEST_FAULT: usize = 60;

/// Shows how often and how long extensions ran, and why they stopped
///
/// Runs in all processes are counted together, since each extension was first started. Those that go on
/// now add to it every few seconds.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The extension to show more of
    #[arg(value_name = "ID", value_parser = arguments::extension_id)]
    id: Option<ExtensionId>,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct All(Vec<One>);

#[derive(Debug, Serialize)]
struct One {
    id: ExtensionId,
    #[serde(flatten)]
    stats: Stats,
}

impl fmt::Display for All {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let heads = [
            "ID",
            "STARTS",
            "CALLS",
            "FAULTS",
            "RESTARTS",
            "CPU",
            "MEMORY",
            "LAST USED",
            "LAST FAULT",
        ];
        let mut rows = vec![heads.map(str::to_owned).to_vec()];
        rows.extend(self.0.iter().map(One::row));
        formatter.write_str(&wording::table(&rows))
    }
}

impl One {
    fn row(&self) -> Vec<String> {
        let stats = &self.stats;
        let last_used = stats.last_used.map(|moment| moment.to_string());
        let fault = stats.last_fault.as_ref();
        vec![
            self.id.to_string(),
            stats.starts.to_string(),
            stats.calls.to_string(),
            stats.faults.to_string(),
            stats.restarts.to_string(),
            time(stats.guest_time),
            wording::bytes(stats.most_memory_bytes),
            last_used.unwrap_or_default(),
            fault.map(in_short).unwrap_or_default(),
        ]
    }
}

impl fmt::Display for One {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stats = &self.stats;
        let mut facts = Facts::default();
        facts
            .add("starts", stats.starts)
            .add("calls", stats.calls)
            .add("faults", stats.faults)
            .add("restarts", stats.restarts)
            .add("suspensions", stats.suspensions)
            .add("server starts", stats.server_starts)
            .add("cpu", time(stats.guest_time))
            .add("memory", wording::bytes(stats.most_memory_bytes))
            .add_some("first used", stats.first_used)
            .add_some("last used", stats.last_used);
        if let Some(fault) = &stats.last_fault {
            facts.add(
                "last fault",
                format_args!("{}: {}", fault.at, fault.message),
            );
        }
        write!(formatter, "{}{facts}", self.id)?;
        let fault = stats.last_fault.iter();
        for frame in fault.flat_map(|fault| fault.backtrace.lines()) {
            write!(formatter, "\n    {frame}")?;
        }
        Ok(())
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let (store, output) = (context.store()?, context.output);
        let Some(id) = self.id else {
            let mut all = Vec::new();
            for id in store.known_by_log()? {
                all.extend(store.stats(&id)?.map(|stats| One { id, stats }));
            }
            if all.is_empty() {
                output.note("no extension has run yet");
            }
            output.result(&All(all))?;
            return Ok(ExitCode::SUCCESS);
        };
        let stats = match store.stats(&id)? {
            Some(stats) => stats,
            None => {
                must_be_known(&store, &id)?;
                output.note(format_args!("`{id}` has not run yet"));
                Stats::default()
            }
        };
        output.result(&One { id, stats })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A fault in the table: its first words.
fn in_short(fault: &LastFault) -> String {
    let words = fault.message.replace('\n', " ");
    let words = words.trim_start_matches("the extension stopped: ");
    match words.char_indices().nth(LONGEST_FAULT) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}

/// A time, in the unit a user would choose.
fn time(time: Duration) -> String {
    match time.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds if seconds < 120.0 => format!("{seconds:.1} s"),
        seconds => format!("{:.1} min", seconds / 60.0),
    }
}
