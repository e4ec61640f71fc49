//! `annexe registry yank`, `restore` and `block`: a later word on a version that is published.

use std::{fmt, path::PathBuf, process::ExitCode, str::FromStr};

use annexe::{
    Timestamp,
    registry::{
        format::{LINE_FORM, StateChange, StateLine},
        publish::{self, Declared},
    },
    types::{ExtensionId, ExtensionVersion},
};
use serde::Serialize;

use crate::cli::{arguments, context::Context, failure::Outcome, wording::Facts};

/// The arguments of `yank`, `restore` and `block`: a version, and what users are told of it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The registry's folder
    folder: PathBuf,
    /// The version, exactly: `toml@0.2.1`
    #[arg(value_name = "ID@VERSION")]
    version: PublishedVersion,
    /// Why, for people
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// What to use instead, for people: a version or another extension's id
    #[arg(long, value_name = "TEXT")]
    replacement: Option<String>,
    /// When it was declared, in RFC 3339 form [default: now]
    #[arg(long, value_name = "RFC3339", value_parser = arguments::timestamp)]
    at: Option<Timestamp>,
}

/// One version of an extension.
#[derive(Debug, Clone)]
struct PublishedVersion {
    id: ExtensionId,
    version: ExtensionVersion,
}

impl FromStr for PublishedVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, version) = text
            .split_once('@')
            .ok_or_else(|| format!("it names no version; write `{text}@0.2.1`"))?;
        let id = arguments::extension_id(id)?;
        let version = version.parse().map_err(|error| {
            format!("`{version}` is not an exact version ({error}); write `{id}@0.2.1`")
        })?;
        Ok(Self { id, version })
    }
}

#[derive(Debug, Serialize)]
struct Answer {
    id: ExtensionId,
    /// It was not so before, or not in these words.
    new: bool,
    line: StateLine,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, new, line } = self;
        let word = match line.state {
            StateChange::Yanked => "yanked",
            StateChange::Restored => "restored",
            StateChange::Blocked => "blocked",
        };
        if !new {
            // The earlier statement holds, with its time.
            return match line.state {
                StateChange::Restored => {
                    write!(
                        formatter,
                        "nothing to restore: {id} {} is offered",
                        line.version
                    )
                }
                _ => write!(formatter, "already {word}: {id} {}", line.version),
            };
        }
        let mut facts = Facts::default();
        facts.add_some("reason", line.reason.as_ref());
        facts.add_some("use instead", line.replacement.as_ref());
        facts.add("at", line.at);
        write!(formatter, "{word} {id} {}{facts}", line.version)
    }
}

impl Arguments {
    /// Declares that the version has the state `state` from now on.
    pub async fn run(self, state: StateChange, context: &Context<'_>) -> Outcome {
        let PublishedVersion { id, version } = self.version;
        let line = StateLine {
            v: LINE_FORM,
            state,
            version,
            reason: self.reason,
            replacement: self.replacement,
            at: self.at.unwrap_or_else(Timestamp::now),
            unknown: serde_json::Map::new(),
        };
        let folder = self.folder;
        let declaring = tokio::task::spawn_blocking(move || {
            let declared = publish::declare(&folder, &id, &line)?;
            anyhow::Ok(Answer {
                id,
                new: declared == Declared::New,
                line,
            })
        });
        context.output.result(&declaring.await??)?;
        Ok(ExitCode::SUCCESS)
    }
}
