//! `annexe info`: what is known of one extension.

mod present;
mod published;
pub mod summary;

use std::{fmt, path::Path, process::ExitCode};

use annexe::{Package, types::ExtensionId};
use serde::Serialize;

use self::{
    present::{Named, Present},
    published::Published,
};
use crate::cli::{
    arguments::RegistryOption,
    context::Context,
    failure::{Complaint, Outcome},
    registries, subject,
};

/// Shows what is known of an extension: the installed one, or else what the registry says
///
/// Of an installed extension, and of one in a folder or an archive, it shows what its files offer,
/// and what is wrong with them. With --registry, the registry's word is shown of an installed one, too.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The extension's id, or the path of a folder or an archive
    #[arg(value_name = "ID|PATH")]
    extension: String,
    #[command(flatten)]
    registry: RegistryOption,
}

#[derive(Debug, Serialize)]
struct Answer {
    installed: Option<Present>,
    published: Option<Published>,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(present) = &self.installed {
            write!(formatter, "{present}")?;
        }
        if self.installed.is_some() && self.published.is_some() {
            formatter.write_str("\n\n")?;
        }
        match &self.published {
            Some(published) => write!(formatter, "{published}"),
            None => Ok(()),
        }
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        if subject::is_path(&self.extension) {
            return self.of_path(context).await;
        }
        let id: ExtensionId = self.extension.parse()?;
        let installed = Present::find(&id, context).await?;
        let published = if installed.is_none() || self.registry.registry.is_some() {
            let configuration = context.configuration()?;
            let sources = registries::sources(&self.registry, &configuration, context).await?;
            let (policy, named) = (configuration.policy(), self.registry.registry.as_ref());
            let published = Published::of(&id, &sources, &policy, named).await?;
            Some(match installed.is_some() {
                true => published.without_command(),
                false => published,
            })
        } else {
            None
        };
        context.output.result(&Answer {
            installed,
            published,
        })?;
        Ok(ExitCode::SUCCESS)
    }

    async fn of_path(&self, context: &Context<'_>) -> Outcome {
        if self.registry.registry.is_some() {
            let message = format!("`{}` is a path, and registries know ids", self.extension);
            return Err(Complaint::usage(message)
                .with_hint("leave out --registry, or give the extension's id")
                .into());
        }
        let package = Package::open(Path::new(&self.extension)).await?;
        let (Some(loaded), Some(folder)) = (&package.manifest, &package.folder) else {
            let message = format!("`{}` is a component without a manifest", self.extension);
            return Err(Complaint::new(message)
                .with_hint("give the extension's folder; `annexe check` reads components alone")
                .into());
        };
        context
            .output
            .result(&Named::read(folder, loaded.clone()).await?)?;
        Ok(ExitCode::SUCCESS)
    }
}
