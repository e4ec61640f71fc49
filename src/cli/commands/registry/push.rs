//! `annexe registry push`: brings a registry to a container registry.

use std::{fmt, path::PathBuf, process::ExitCode};

use annexe::registry::{
    OciAddress,
    publish::{self, PushOptions, Pushed},
};
use serde::Serialize;

use crate::cli::{
    arguments, context::Context, failure::Outcome, progress::Progress, registries, wording::Facts,
};

/// Brings a registry to a container registry, where it can be read as it is in the folder
///
/// What is there must be an earlier state of the folder: versions are added, never changed, and a tag that leads to
/// another archive is left alone, and named. What is gone of what was pushed before is brought again. Logins are those of Docker's configuration. To serve the folder from a web server or an
/// object store, copy its files there instead.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The registry's folder
    folder: PathBuf,
    /// Where to: `oci://ghcr.io/somebody/extensions`
    #[arg(value_name = "OCI", value_parser = arguments::container_registry)]
    to: OciAddress,
    /// Read all that was pushed before and compare its digests, to find what the container registry has damaged
    #[arg(long)]
    verify: bool,
}

#[derive(Debug, Serialize)]
struct Answer {
    location: String,
    #[serde(flatten)]
    pushed: Pushed,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { location, pushed } = self;
        if pushed.unchanged {
            let registry = &pushed.registry;
            return write!(
                formatter,
                "`{location}` has all of the registry `{registry}` already"
            );
        }
        let mut facts = Facts::default();
        facts.add("archives", pushed.archives);
        facts.add("files", pushed.files);
        facts.add("sha256", pushed.sha256);
        write!(
            formatter,
            "pushed the registry `{}` to `{location}`{facts}",
            pushed.registry
        )
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let access = registries::access(&context.configuration()?, false)?;
        let progress = Progress::new(context.output);
        let tell = |subject: &str, number: usize, of: usize| {
            progress.doing_one(subject, "pushing", number, of);
        };
        let options = PushOptions::default().verify(self.verify);
        let pushed = publish::push(&self.folder, &self.to, &access, options, &tell).await;
        progress.end();
        context.output.result(&Answer {
            location: self.to.to_string(),
            pushed: pushed?,
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
