//! `annexe source`: the registries that extensions come from, in the user's configuration.

mod add;
mod list;
mod remove;
mod terms;

use super::help;
use crate::cli::{context::Context, failure::Outcome};

/// Adds, lists and removes the registries that extensions come from
///
/// They are in the configuration, in the order of their priority, and the rest of that file stays as it is written.
/// `annexe registry` writes registries of your own.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Add(add::Arguments),
    List(list::Arguments),
    Remove(remove::Arguments),
    /// Shows the help of `source`, or of one of its commands
    Help(help::Arguments),
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        match self.action {
            Action::Add(arguments) => arguments.run(context).await,
            Action::List(arguments) => arguments.run(context),
            Action::Remove(arguments) => arguments.run(context),
            Action::Help(arguments) => arguments.below("source").run(context).await,
        }
    }
}
