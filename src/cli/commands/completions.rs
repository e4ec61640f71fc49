//! `annexe completions`: the script by which a shell completes the command's words.

use std::process::ExitCode;

use super::help;
use crate::cli::{context::Context, failure::Outcome};

/// Prints the script by which a shell completes the words of this command
///
/// For example: `annexe completions fish > ~/.config/fish/completions/annexe.fish`
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The shell
    shell: clap_complete::Shell,
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let mut script = Vec::new();
        let mut command = help::with_names((context.command_line)());
        clap_complete::generate(self.shell, &mut command, "annexe", &mut script);
        // A script is not a value: it is printed as it is, `--json` or not.
        context.output.raw(&String::from_utf8_lossy(&script))?;
        Ok(ExitCode::SUCCESS)
    }
}
