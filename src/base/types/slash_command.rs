//! Slash commands: what a user types, and what the extension answers.

use serde::{Deserialize, Serialize};

use super::label::Range;

/// A slash command, as the manifest declares it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlashCommand {
    /// Its name, without the slash.
    pub name: String,
    /// What it does.
    pub description: String,
    /// What a menu says of it.
    pub tooltip_text: String,
    /// Whether it cannot run without an argument.
    pub requires_argument: bool,
}

/// The answer of a slash command.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlashCommandOutput {
    /// The text.
    pub text: String,
    /// Its parts, each of which may be folded.
    pub sections: Vec<SlashCommandOutputSection>,
}

/// A part of a slash command's text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlashCommandOutputSection {
    /// Which bytes of the text it is.
    pub range: Range,
    /// What it is called.
    pub label: String,
}

/// An argument that a slash command suggests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlashCommandArgumentCompletion {
    /// What is shown.
    pub label: String,
    /// What is typed for the user who chooses it.
    pub new_text: String,
    /// Whether the command runs at once when it is chosen.
    pub run_command: bool,
}
