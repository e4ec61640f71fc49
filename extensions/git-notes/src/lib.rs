//! The slash command `/git`: what git says of the folder that is open.

mod answer;
mod completions;
mod diff;
mod git;
mod report;
mod request;
mod status;
mod words;

use zed_extension_api as zed;
use zed_extension_api::{
    Result, SlashCommand, SlashCommandArgumentCompletion, SlashCommandOutput, Worktree,
};

use crate::git::Repository;

struct GitNotes;

impl zed::Extension for GitNotes {
    fn new() -> Self {
        Self
    }

    fn complete_slash_command_argument(
        &self,
        _command: SlashCommand,
        arguments: Vec<String>,
    ) -> Result<Vec<SlashCommandArgumentCompletion>> {
        Ok(completions::complete(&arguments))
    }

    fn run_slash_command(
        &self,
        command: SlashCommand,
        arguments: Vec<String>,
        worktree: Option<&Worktree>,
    ) -> Result<SlashCommandOutput> {
        if command.name != "git" {
            return Err(format!("this extension has no command `/{}`", command.name));
        }
        let request = request::parse(&arguments)?;
        let worktree = worktree.ok_or("open a folder first: `/git` is about its repository")?;
        let repository = Repository::of(worktree)?;
        Ok(answer::answer(&repository, &request)?.into())
    }
}

zed::register_extension!(GitNotes);
