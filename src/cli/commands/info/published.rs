//! An extension as its registry publishes it.

use std::{fmt, path::Path};

use annexe::{
    api::Families,
    capability::Capability,
    registry::{
        Channel, Location, Sources,
        format::{Candidate, CatalogueLine, IndexedVersion, State, Verdict, VersionLine},
    },
    store::Policy,
    types::{ExtensionId, ExtensionVersion, VersionRequirement},
};
use serde::{Serialize, Serializer, ser::Error as _};

use crate::cli::wording::{self, Facts};

/// An extension as its registry publishes it.
#[derive(Debug, Serialize)]
pub struct Published {
    registry: String,
    catalogue: Option<CatalogueLine>,
    #[serde(serialize_with = "without_unknown")]
    newest: Option<VersionLine>,
    /// The version that would be installed.
    #[serde(serialize_with = "without_unknown")]
    fits: Option<VersionLine>,
    /// The reasons why later ones would not be.
    passed_over: Vec<String>,
    versions: Vec<Contributed>,
    /// The command that installs it, where nothing of its id is installed.
    install: Option<String>,
    #[serde(skip)]
    id: ExtensionId,
}

/// One version and whether it can be had.
#[derive(Debug, Serialize)]
struct Contributed {
    version: ExtensionVersion,
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
        for reason in &self.passed_over {
            facts.add("passed over", reason);
        }
        if self.fits.is_none() {
            facts.add("fits", "none of them");
        }
        if let Some(newest) = self.fits.as_ref().or(self.newest.as_ref()) {
            if !self.passed_over.is_empty() && self.fits.is_some() {
                facts.add("fits", &newest.version);
            }
            facts.add("api", wording::api(newest.api.as_ref(), None));
            facts.add("provides", wording::list(&newest.provides));
            let languages = self.catalogue.as_ref().and_then(|it| it.languages.as_ref());
            if let Some(languages) = languages.filter(|it| !it.is_empty()) {
                facts.add("languages", wording::list(languages));
            }
            let asks = match registry_tells(newest) {
                true => wording::list(capabilities(newest)),
                false => "not known before it is installed".into(),
            };
            facts.add("may ask for", asks);
            facts.add("published", newest.published);
            if let Some(archive) = &newest.archive {
                facts.add(
                    "size",
                    format_args!(
                        "{}, unpacked {}",
                        wording::bytes(archive.size),
                        wording::bytes(archive.unpacked)
                    ),
                );
                facts.add("sha256", archive.sha256);
            }
        }
        facts.add_some("to install", self.install.as_ref());
        write!(formatter, "{}{name}{facts}", self.id)
    }
}

/// Writes a version, and `null` for what its registry does not say of it.
fn without_unknown<S: Serializer>(
    line: &Option<VersionLine>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let Some(line) = line else {
        return serializer.serialize_none();
    };
    let mut value = serde_json::to_value(line).map_err(S::Error::custom)?;
    if let (false, Some(told)) = (registry_tells(line), value.as_object_mut()) {
        told.insert("capabilities".into(), serde_json::Value::Null);
    }
    value.serialize(serializer)
}

/// Whether the registry says of a version what is in its archive.
fn registry_tells(line: &VersionLine) -> bool {
    line.archive.is_some()
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
    /// Asks the first registry that has it. `named` is the one that the user has named.
    ///
    /// # Errors
    /// Where one cannot be read, or none has the extension.
    pub async fn of(
        id: &ExtensionId,
        sources: &Sources,
        policy: &Policy,
        named: Option<&Location>,
    ) -> anyhow::Result<Self> {
        let listing = sources.find(id, None).await?;
        let candidates =
            policy.candidates(&listing, &VersionRequirement::STAR, &Families::default());
        let (registry, index) = (listing.registry, listing.index);
        // The catalogue adds words alone: without it the facts are still worth showing.
        let catalogue = match registry.entry(id).await {
            Ok(entry) => entry,
            Err(error) => {
                tracing::warn!(%error, "the catalogue cannot be read");
                None
            }
        };
        for warning in registry.freshness_warnings() {
            tracing::warn!("{warning}");
        }
        let mut versions: Vec<&IndexedVersion> = index.versions.iter().collect();
        versions.sort_by(|one, other| other.line.version.cmp(&one.line.version));
        let is_rejected = |it: &&Candidate| matches!(it.verdict, Verdict::Rejected(_));
        let passed_over = candidates.iter().take_while(is_rejected);
        let fits = candidates.iter().find(|it| it.verdict == Verdict::Chosen);
        let install = fits.is_some().then(|| match named {
            Some(location) => {
                let location = wording::shell(Path::new(&location.to_string()));
                format!("annexe install {id} --registry {location}")
            }
            None => format!("annexe install {id}"),
        });
        Ok(Self {
            registry: registry.id().to_string(),
            catalogue,
            newest: index.newest().map(|newest| newest.line.clone()),
            passed_over: passed_over.map(ToString::to_string).collect(),
            fits: fits.map(|candidate| candidate.line.clone()),
            versions: versions.into_iter().map(Contributed::from).collect(),
            install,
            id: id.clone(),
        })
    }

    /// What is known where something of its id is installed already.
    pub fn without_command(self) -> Self {
        Self {
            install: None,
            ..self
        }
    }
}
