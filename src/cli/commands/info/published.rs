//! An extension as its registry publishes it.

use std::fmt;

use annexe::{
    capability::Capability,
    registry::{
        Channel, Sources,
        format::{CatalogueLine, IndexedVersion, State, VersionLine},
    },
    types::ExtensionId,
};
use semver::Version;
use serde::Serialize;

use crate::cli::wording::{self, Facts};

/// An extension as its registry publishes it.
#[derive(Debug, Serialize)]
pub struct Published {
    registry: String,
    catalogue: Option<CatalogueLine>,
    newest: Option<VersionLine>,
    versions: Vec<Contributed>,
    #[serde(skip)]
    id: ExtensionId,
}

/// One version and whether it can be had.
#[derive(Debug, Serialize)]
struct Contributed {
    version: Version,
    channel: Channel,
    state: &'static str,
    published: String,
}

impl From<&IndexedVersion> for Contributed {
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

impl fmt::Display for Contributed {
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

/// Returns the capabilities that a version asks for, in words as far as this program has them.
fn capabilities(line: &VersionLine) -> Vec<String> {
    let in_words =
        |value: &serde_json::Value| match serde_json::from_value::<Capability>(value.clone()) {
            Ok(capability) => capability.to_string(),
            Err(_) => value.to_string(),
        };
    line.capabilities.iter().map(in_words).collect()
}

impl Published {
    /// Asks the first registry that has it.
    ///
    /// # Errors
    /// Where one cannot be read, or none has the extension.
    pub async fn of(id: &ExtensionId, sources: &Sources) -> anyhow::Result<Self> {
        let listing = sources.find(id, None).await?;
        let (registry, index) = (listing.registry, listing.index);
        // The catalogue adds words alone: without it the facts are still worth showing.
        let catalogue = match registry.catalogue().await {
            Ok(catalogue) => catalogue.get(id).cloned(),
            Err(error) => {
                tracing::warn!(%error, "the catalogue cannot be read");
                None
            }
        };
        let mut versions: Vec<&IndexedVersion> = index.versions.iter().collect();
        versions.sort_by(|one, other| other.line.version.cmp(&one.line.version));
        Ok(Self {
            registry: registry.id().to_string(),
            catalogue,
            newest: index.newest().map(|newest| newest.line.clone()),
            versions: versions.into_iter().map(Contributed::from).collect(),
            id: id.clone(),
        })
    }
}
