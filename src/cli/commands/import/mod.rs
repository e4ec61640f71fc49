//! `annexe import`: takes over what another editor has installed.

mod zed;

use super::help;
use crate::cli::{context::Context, failure::Outcome};

/// Takes over the extensions that another editor has installed on this machine
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    editor: Editor,
}

#[derive(Debug, clap::Subcommand)]
enum Editor {
    Zed(zed::Arguments),
    /// Shows the help of `import`, or of one of its commands
    Help(help::Arguments),
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        match self.editor {
            Editor::Zed(arguments) => arguments.run(context).await,
            Editor::Help(arguments) => arguments.below("import").run(context).await,
        }
    }
}
