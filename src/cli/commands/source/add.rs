//! `annexe source add`: one more registry.

use std::{fmt, process::ExitCode};

use annexe::registry::{Location, Registry, RegistryConfiguration};
use serde::Serialize;

use crate::cli::{
    arguments, context::Context, failure::Outcome, paths, registries, source_entries,
};

/// Adds a registry to the configuration, behind those that are there, once it is known to be one
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The name that you know it by: what its extensions are granted, lockfiles and history go by it
    name: String,
    /// A folder, an https address, or `embedded`
    #[arg(value_parser = arguments::location)]
    location: Location,
    /// Opens no connection, so that a web server's registry is taken on trust
    #[arg(long)]
    offline: bool,
    /// Agrees that a registry of this name is elsewhere than it was
    #[arg(long)]
    accept_location: bool,
}

#[derive(Debug, Serialize)]
struct Answer {
    name: String,
    location: String,
    /// It was not there before.
    new: bool,
    /// What it calls itself; `None` where it was not asked.
    label: Option<String>,
    /// The built-in registry is written down now, so that it stays.
    keeps_built_in: bool,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, location, .. } = self;
        match self.new {
            true => write!(formatter, "added `{name}`, the registry at `{location}`")?,
            false => write!(
                formatter,
                "`{name}` is the registry at `{location}` already"
            )?,
        }
        match self.keeps_built_in {
            true => formatter.write_str("; the built-in one, `annexe`, comes before it"),
            false => Ok(()),
        }
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let location = match self.location {
            // The command may be run elsewhere the next time.
            Location::Folder(folder) => Location::Folder(paths::absolute(&folder)?),
            other => other,
        };
        let new = RegistryConfiguration {
            name: Some(self.name),
            ..location.into()
        };
        let id = new.id()?;
        let configuration = context.configuration_to_edit()?;
        registries::warn_if_plain(&new.location, context);
        // Before a server is asked for nothing.
        source_entries::is_there(&new, &configuration.registries())?;
        let is_asked = !(self.offline && matches!(new.location, Location::Http(_)));
        let label = match is_asked {
            true => {
                let access = registries::access(&configuration, self.offline)?;
                let moved = std::slice::from_ref(&new);
                registries::agree(moved, &access, self.accept_location, context).await?;
                let opened = Registry::open_configured(&new, &access).await?;
                Some(opened.name().to_owned())
            }
            false => None,
        };
        let added = source_entries::add(&new)?;
        context.output.result(&Answer {
            name: id.to_string(),
            location: new.location.to_string(),
            new: added.is_new,
            label,
            keeps_built_in: added.keeps_built_in,
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
