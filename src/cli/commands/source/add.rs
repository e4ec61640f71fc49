//! `annexe source add`: one more registry.

use std::{fmt, process::ExitCode};

use annexe::registry::{Location, Registry, RegistryConfiguration};
use serde::Serialize;

use super::terms;
use crate::cli::{
    arguments,
    context::Context,
    failure::{Complaint, Outcome},
    paths, registries,
    registry_kind::RegistryKind,
    source_entries,
};

/// Adds a registry to the configuration, behind those that are there, once it is known to be one
///
/// `annexe source add zed` adds the registry of the editor Zed, with its 1,400 extensions: a service of others, of which
/// nothing is asked before you have read what it is and said yes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The name that you know it by: what its extensions are granted, lockfiles and history go by it
    name: String,
    /// A folder, an address (`https://…`, `oci://…` of a container registry, `zed+https://…` of one like Zed's), or
    /// `embedded`; `zed` needs none
    #[arg(value_parser = arguments::location)]
    location: Option<Location>,
    /// Its kind: static files in Annexe's own format, or a service of the interface of Zed's registry
    #[arg(long)]
    kind: Option<RegistryKind>,
    /// Agrees to use a service of others, as it is described
    #[arg(short, long)]
    yes: bool,
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
    /// Returns the location, where its kind is known.
    fn location(&self) -> anyhow::Result<Location> {
        let kind = match (self.kind, &self.location) {
            (Some(kind), _) => kind,
            (None, Some(location)) => RegistryKind::of(location),
            (None, None) => RegistryKind::named(&self.name).ok_or_else(|| {
                let complaint = Complaint::usage(format!("`{}` has no location", self.name));
                complaint.with_hint(
                    "give a folder, or an address with `https://` or `oci://`, behind the name",
                )
            })?,
        };
        let location = kind.locate(self.location.clone());
        location.map_err(|problem| Complaint::usage(problem).into())
    }

    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let location = self.location()?;
        let location = match location {
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
        terms::agree(id.as_str(), &new.location, self.yes, context.output).await?;
        let is_asked = match new.location {
            // It is asked when something is looked for there.
            Location::Zed(_) => false,
            _ => !(self.offline && new.location.is_remote()),
        };
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
