//! `annexe help`: the commands and topics, the help of a command, or a page of the guide.

use std::{fmt::Write as _, process::ExitCode};

use annexe::{
    guide::{self, TOPICS},
    suggestion::similar,
};
use serde::Serialize;

use super::NAMES;
use crate::cli::{
    context::Context,
    failure::{self, Complaint, Outcome},
    wording,
};

/// Lists the commands and topics, or shows the help of a command or the page of a topic
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A command, such as `registry add`, or a topic
    #[arg(value_name = "COMMAND|TOPIC")]
    words: Vec<String>,
}

/// A listing of what there is help for.
#[derive(Debug, Serialize)]
struct Listing {
    commands: Vec<Entry>,
    topics: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    summary: String,
}

/// The help of a command.
#[derive(Debug, Serialize)]
struct CommandHelp {
    name: String,
    text: String,
}

impl Arguments {
    /// The same words, of the commands of a command.
    pub fn below(mut self, command: &str) -> Self {
        self.words.insert(0, command.to_owned());
        self
    }

    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let output = context.output;
        if let [word] = self.words.as_slice()
            && let Some(topic) = guide::topic(word)
        {
            match output.is_json() {
                true => output.json(topic)?,
                false => output.raw(topic.text)?,
            }
            return Ok(ExitCode::SUCCESS);
        }
        let command = (context.command_line)();
        check(&self.words, command.clone())?;
        if output.is_json() && self.words.is_empty() {
            output.json(&listing(&command))?;
            return Ok(ExitCode::SUCCESS);
        }
        // The help that `--help` shows, so that there is one of each command.
        let words = std::iter::once("annexe").chain(self.words.iter().map(String::as_str));
        match command.try_get_matches_from(words.chain(["--help"])) {
            Err(help) if output.is_json() => output.json(&CommandHelp {
                name: self.words.join(" "),
                text: help.render().to_string(),
            })?,
            Err(help) => return Ok(failure::show_usage(help)),
            // `--help` is never read as anything else.
            Ok(_) => {}
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The topics as the help of the whole command lists them.
pub fn topics() -> String {
    let width = TOPICS.iter().map(|topic| topic.name.len()).max();
    let mut text = String::from("Topics, each a page that `annexe help TOPIC` shows:");
    for topic in TOPICS {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n  {}  {}",
            wording::padded(topic.name, width.unwrap_or_default()),
            topic.summary,
        );
    }
    text
}

/// The command line, with the names that `help` takes as its commands: shells complete these.
pub fn with_names(command: clap::Command) -> clap::Command {
    let commands = NAMES.iter().map(|name| {
        let about = command
            .find_subcommand(name)
            .and_then(clap::Command::get_about);
        clap::Command::new(*name).about(about.cloned().unwrap_or_default())
    });
    let topics = TOPICS
        .iter()
        .map(|topic| clap::Command::new(topic.name).about(topic.summary));
    let names: Vec<_> = commands.chain(topics).collect();
    command.mut_subcommand("help", |help| help.subcommands(names))
}

/// Refuses words that are not a command.
fn check(words: &[String], mut command: clap::Command) -> Result<(), Complaint> {
    command.build();
    let mut command = &command;
    for (depth, word) in words.iter().enumerate() {
        let Some(named) = command.find_subcommand(word) else {
            let mut known: Vec<&str> = command
                .get_subcommands()
                .map(clap::Command::get_name)
                .collect();
            let message = if depth == 0 {
                known.extend(TOPICS.iter().map(|topic| topic.name));
                format!("`{word}` is not a command or a topic")
            } else {
                format!("`{}` has no command `{word}`", words[..depth].join(" "))
            };
            let hint = match similar(word, &known).first() {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`annexe help` lists the commands and topics".into(),
            };
            return Err(Complaint::usage(message).with_hint(hint));
        };
        command = named;
    }
    Ok(())
}

fn listing(command: &clap::Command) -> Listing {
    Listing {
        commands: command
            .get_subcommands()
            .map(|command| Entry {
                name: command.get_name().to_owned(),
                summary: command
                    .get_about()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            })
            .collect(),
        topics: TOPICS
            .iter()
            .map(|topic| Entry {
                name: topic.name.to_owned(),
                summary: topic.summary.to_owned(),
            })
            .collect(),
    }
}
