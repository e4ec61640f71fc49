//! `annexe cache`: what is kept to be quick, and how much of it.

use std::{fmt, path::PathBuf, process::ExitCode};

use annexe::{CacheSize, registry::clear_cache};
use serde::Serialize;

use crate::cli::{context::Context, failure::Outcome, paths, wording};

/// Shows where compiled components are kept and how much space they take
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Deletes them all, and what was seen of registries; they are compiled and read again when they are
    /// needed
    #[arg(long)]
    clear: bool,
}

#[derive(Debug, Serialize)]
struct Answer {
    folder: PathBuf,
    #[serde(flatten)]
    size: CacheSize,
    /// The size is that of what was deleted.
    cleared: bool,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cleared = if self.cleared { "deleted " } else { "" };
        write!(
            formatter,
            "{}: {cleared}{}",
            self.folder.display(),
            wording::cache(self.size)
        )
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let host = context.cache_host()?;
        let size = if self.clear {
            let index = paths::index_cache()?;
            tokio::task::spawn_blocking(move || clear_cache(&index)).await??;
            host.clear_cache()?
        } else {
            host.cache_size()?
        };
        let folder = context.cache()?.folder;
        context.output.result(&Answer {
            folder,
            size,
            cleared: self.clear,
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
