//! `annexe info`: what is known of one extension.

use std::{fmt, path::PathBuf, process::ExitCode};

use annexe::{
    capability::Capability,
    manifest::{Loaded, Manifest, Warning},
    registry::{CatalogueLine, Channel, IndexedVersion, Registry, State, VersionLine},
    store::{Installed, StoreError},
    types::ExtensionId,
};
use semver::Version;
use serde::Serialize;

use crate::cli::{
    arguments::{self, RegistryOption},
    context::Context,
    failure::Outcome,
    wording::{self, Facts},
};

/// Shows what is known of an extension: the installed one, or else what the registry says
///
/// With --registry, the registry's word is shown of an installed one, too.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The extension's id
    #[arg(value_parser = arguments::extension_id)]
    id: ExtensionId,
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

/// An installed extension.
#[derive(Debug, Serialize)]
struct Present {
    #[serde(flatten)]
    facts: Installed,
    tree_folder: PathBuf,
    work_dir: PathBuf,
    manifest: Manifest,
    warnings: Vec<Warning>,
}

impl fmt::Display for Present {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (installed, manifest) = (&self.facts, &self.manifest);
        let mut facts = Facts::default();
        facts.add_some("description", installed.description.as_ref());
        if !manifest.authors.is_empty() {
            facts.add("authors", wording::list(&manifest.authors));
        }
        facts.add_some("source", manifest.repository.as_ref());
        facts.add(
            "api",
            wording::api(installed.api.as_ref(), installed.adapter.as_deref()),
        );
        facts.add("provides", wording::list(&installed.provides));
        for (name, server) in &manifest.language_servers {
            let languages = wording::list(&server.languages);
            facts.add("server", format_args!("{name}, for {languages}"));
        }
        facts.add(
            "may ask for",
            wording::capabilities(&installed.capabilities),
        );
        facts.add("registry", &installed.registry);
        facts.add("installed", installed.installed);
        facts.add("sha256", installed.sha256);
        facts.add("files", self.tree_folder.display());
        facts.add("work", self.work_dir.display());
        write!(
            formatter,
            "{} {}: {}{facts}",
            installed.id, installed.version, installed.name
        )?;
        self.warnings
            .iter()
            .try_for_each(|warning| write!(formatter, "\n  warning: {warning}"))
    }
}

/// What a registry says of an extension.
#[derive(Debug, Serialize)]
struct Published {
    registry: String,
    catalogue: Option<CatalogueLine>,
    newest: Option<VersionLine>,
    versions: Vec<Offered>,
    #[serde(skip)]
    id: ExtensionId,
}

/// One version and whether it can be had.
#[derive(Debug, Serialize)]
struct Offered {
    version: Version,
    channel: Channel,
    state: &'static str,
    published: String,
}

impl From<&IndexedVersion> for Offered {
    fn from(version: &IndexedVersion) -> Self {
        Self {
            version: version.line.version.clone(),
            channel: version.line.channel,
            state: match version.state {
                State::Available => "available",
                State::Yanked(_) => "yanked",
                State::Blocked(_) => "blocked",
            },
            published: version.line.published.to_string(),
        }
    }
}

impl fmt::Display for Offered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.version)?;
        if self.channel == Channel::Preview {
            formatter.write_str(" (preview)")?;
        }
        if self.state != "available" {
            write!(formatter, " ({})", self.state)?;
        }
        Ok(())
    }
}

impl fmt::Display for Published {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut facts = Facts::default();
        let name = match &self.catalogue {
            Some(line) => {
                facts.add_some(
                    "description",
                    Some(&line.description).filter(|it| !it.is_empty()),
                );
                if !line.authors.is_empty() {
                    facts.add("authors", wording::list(&line.authors));
                }
                format!(": {}", line.name)
            }
            None => String::new(),
        };
        facts.add("registry", &self.registry);
        facts.add("versions", wording::list(&self.versions));
        if let Some(newest) = &self.newest {
            facts.add("api", wording::api(newest.api.as_ref(), None));
            facts.add("provides", wording::list(&newest.provides));
            facts.add("may ask for", wording::list(capabilities(newest)));
            facts.add("published", newest.published);
            facts.add(
                "size",
                format_args!(
                    "{}, unpacked {}",
                    wording::bytes(newest.archive.size),
                    wording::bytes(newest.archive.unpacked)
                ),
            );
            facts.add("sha256", newest.archive.sha256);
        }
        write!(formatter, "{}{name}{facts}", self.id)
    }
}

/// What a version asks for, in words as far as this program has them.
fn capabilities(line: &VersionLine) -> Vec<String> {
    let in_words =
        |value: &serde_json::Value| match serde_json::from_value::<Capability>(value.clone()) {
            Ok(capability) => capability.to_string(),
            Err(_) => value.to_string(),
        };
    line.capabilities.iter().map(in_words).collect()
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let installed = self.installed(context)?;
        let published = if installed.is_none() || self.registry.registry.is_some() {
            Some(
                self.published(&context.registry(&self.registry).await?)
                    .await?,
            )
        } else {
            None
        };
        context.output.result(&Answer {
            installed,
            published,
        })?;
        Ok(ExitCode::SUCCESS)
    }

    fn installed(&self, context: &Context<'_>) -> anyhow::Result<Option<Present>> {
        let store = context.store_at_rest()?;
        let facts = match store.installed(&self.id) {
            Err(StoreError::NotInstalled { .. }) => return Ok(None),
            result => result?,
        };
        let Loaded {
            manifest, warnings, ..
        } = store.manifest(&self.id)?;
        Ok(Some(Present {
            tree_folder: store.tree(&facts),
            work_dir: store.work_dir(&self.id),
            manifest,
            warnings,
            facts,
        }))
    }

    async fn published(&self, registry: &Registry) -> anyhow::Result<Published> {
        let index = registry.index(&self.id).await?;
        // The catalogue adds words alone: without it the facts are still worth showing.
        let catalogue = match registry.catalogue().await {
            Ok(catalogue) => catalogue.get(&self.id).cloned(),
            Err(error) => {
                tracing::warn!(%error, "the catalogue cannot be read");
                None
            }
        };
        let mut versions: Vec<&IndexedVersion> = index.versions.iter().collect();
        versions.sort_by(|one, other| other.line.version.cmp(&one.line.version));
        Ok(Published {
            registry: registry.name().to_owned(),
            catalogue,
            newest: index.newest().map(|newest| newest.line.clone()),
            versions: versions.into_iter().map(Offered::from).collect(),
            id: self.id.clone(),
        })
    }
}
