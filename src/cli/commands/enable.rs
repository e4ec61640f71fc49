//! `annexe enable`: extensions that were disabled, enabled again.

use super::disable::Subjects;
use crate::cli::{context::Context, failure::Outcome};

/// Enables extensions that were disabled
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
