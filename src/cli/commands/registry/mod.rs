//! `annexe registry`: writes registries.

mod add;
mod init;

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
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        match self.action {
            Action::Init(arguments) => arguments.run(context).await,
            Action::Add(arguments) => arguments.run(context).await,
        }
    }
}
