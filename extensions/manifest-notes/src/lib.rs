//! The slash command `/dependencies`: what a project's manifests ask for, as Markdown.

mod cargo;
mod ecosystem;
mod go;
mod npm;
mod python;
mod report;

use zed_extension_api as zed;
use zed_extension_api::{
    Result, SlashCommand, SlashCommandArgumentCompletion, SlashCommandOutput,
    SlashCommandOutputSection, Worktree,
};

use crate::ecosystem::Ecosystem;

struct ManifestNotes;

impl zed::Extension for ManifestNotes {
    fn new() -> Self {
        Self
    }

    fn complete_slash_command_argument(
        &self,
        _command: SlashCommand,
        arguments: Vec<String>,
    ) -> Result<Vec<SlashCommandArgumentCompletion>> {
        let typed = arguments.last().map_or("", |word| word.trim());
        let matching = Ecosystem::ALL
            .iter()
            .filter(|ecosystem| ecosystem.word().starts_with(typed));
        Ok(matching
            .map(|ecosystem| SlashCommandArgumentCompletion {
                label: format!("{} ({})", ecosystem.word(), ecosystem.files().join(", ")),
                new_text: ecosystem.word().to_owned(),
                run_command: true,
            })
            .collect())
    }

    fn run_slash_command(
        &self,
        command: SlashCommand,
        arguments: Vec<String>,
        worktree: Option<&Worktree>,
    ) -> Result<SlashCommandOutput> {
        if command.name != "dependencies" {
            return Err(format!("this extension has no command `/{}`", command.name));
        }
        let wanted = ecosystem::parse(&arguments)?;
        let worktree =
            worktree.ok_or("open a folder first: its manifest is what `/dependencies` reads")?;
        let projects = ecosystem::read(&wanted, |path| worktree.read_text_file(path))?;
        let report = report::write(&projects);
        Ok(SlashCommandOutput {
            text: report.text,
            sections: report
                .sections
                .into_iter()
                .map(|(range, label)| SlashCommandOutputSection {
                    range: range.into(),
                    label,
                })
                .collect(),
        })
    }
}

zed::register_extension!(ManifestNotes);
