//! `annexe lock`: writes what is installed into a lockfile.

use std::{fmt, path::PathBuf, process::ExitCode};

use annexe::{
    digest::Blake3Digest,
    store::{Lockfile, LockfileError},
    types::Tools,
};
use anyhow::Context as _;
use serde::Serialize;

use crate::cli::{
    context::Context,
    failure::Outcome,
    lockfile::{LockOption, edit, unusable},
    wording,
};

/// Writes everything that is installed into a lockfile, from which `annexe sync` installs it elsewhere
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    lock: LockOption,
}

#[derive(Debug, Serialize)]
struct Answer {
    lockfile: PathBuf,
    extensions: u64,
    /// The digest of all that is installed: the same on every machine that has the same.
    digest: Blake3Digest,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = wording::count(self.extensions, "extension", "extensions");
        let path = self.lockfile.display();
        write!(formatter, "{path}: {count}, {}", self.digest)
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let store = context.store()?;
        store.refuse_dev_extensions()?;
        let generation = store.generation()?;
        let path = self.lock.path()?;
        let tools: Vec<_> = generation
            .extensions
            .keys()
            .map(|id| Ok((id.clone(), store.tools(id)?)))
            .collect::<anyhow::Result<_>>()?;
        let set = |lockfile: &mut Lockfile| {
            lockfile.set_all(&generation);
            for (id, tools) in &tools {
                // What was never started here keeps what another machine has noted.
                if *tools != Tools::default() {
                    lockfile.set_tools(id, tools);
                }
            }
        };
        // What a later program has noted in a lockfile that is there is kept.
        match Lockfile::read(&path) {
            // What cannot be read as a lockfile, such as two versions side by side, is written anew.
            Err(
                LockfileError::Syntax(_)
                | LockfileError::Twice { .. }
                | LockfileError::Origin { .. },
            ) => {
                let mut lockfile = Lockfile::default();
                set(&mut lockfile);
                lockfile.write(&path).with_context(|| unusable(&path))?;
                let path = path.display();
                context.output.note(format_args!(
                    "`{path}` could not be read, and was written anew"
                ));
            }
            _ => drop(edit(&path, set)?),
        }
        context.output.result(&Answer {
            lockfile: path,
            extensions: generation.extensions.len() as u64,
            digest: generation.digest(),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
