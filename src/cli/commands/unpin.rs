//! `annexe unpin`: extensions that updates may change again.

use super::pin::Subjects;
use crate::cli::{context::Context, failure::Outcome};

/// Lets updates change extensions that were pinned
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
