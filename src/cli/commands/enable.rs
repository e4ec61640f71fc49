//! `annexe enable`: extensions that were disabled, taken back.

use super::disable::Subjects;
use crate::cli::{context::Context, failure::Outcome};

/// Takes extensions back that were disabled
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    subjects: Subjects,
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        self.subjects.set(false, context).await
    }
}
