//! `annexe registry`: writes registries.

mod add;
mod declare;
mod init;
mod push;
mod refresh;

use annexe::registry::format::StateChange;

use super::help;
use crate::cli::{context::Context, failure::Outcome};

/// Writes a registry: a folder of static files that any web server can serve
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Init(init::Arguments),
    Add(add::Arguments),
    /// Withdraws a version: no new installations, those that have it keep it
    Yank(declare::Arguments),
    /// Offers a version again that was yanked or blocked
    Restore(declare::Arguments),
    /// Blocks a version that is known to do harm: it cannot be installed any more
    Block(declare::Arguments),
    Refresh(refresh::Arguments),
    Push(push::Arguments),
    /// Shows the help of `registry`, or of one of its commands
    Help(help::Arguments),
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        match self.action {
            Action::Init(arguments) => arguments.run(context).await,
            Action::Add(arguments) => arguments.run(context).await,
            Action::Yank(arguments) => arguments.run(StateChange::Yanked, context).await,
            Action::Restore(arguments) => arguments.run(StateChange::Restored, context).await,
            Action::Block(arguments) => arguments.run(StateChange::Blocked, context).await,
            Action::Refresh(arguments) => arguments.run(context).await,
            Action::Push(arguments) => arguments.run(context).await,
            Action::Help(arguments) => arguments.below("registry").run(context).await,
        }
    }
}
