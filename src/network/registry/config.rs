//! `config.json`: a registry's name and where its archives and catalogue lie.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    identity::{NAME_RULE, is_name},
    path,
    reference::ArchiveReference,
};
use crate::base::printable::printable;
use crate::base::{
    digest::Sha256Digest,
    hint::{ErrorKind, Hint},
    timestamp::Timestamp,
    types::{ExtensionId, ExtensionVersion},
};

/// The format of registries that this program reads and writes.
pub const FORMAT: u64 = 1;

/// The longest configuration read, in bytes: one has about 200.
pub(crate) const MAX_CONFIG_BYTES: u64 = 64 * 1024;

/// The most files a catalogue may have.
const MAX_CATALOGUE_FILES: usize = 64;

/// A registry's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// The registry's format, [`FORMAT`].
    pub format: u64,
    /// The registry's name for itself, by which a mirror is told from one of another registry. It is not an
    /// identity, and users may call the registry otherwise: see [`RegistryId`](super::RegistryId).
    pub registry: String,
    /// The template of archive paths, with `{id}`, `{version}` and `{sha256}`.
    pub archives: String,
    /// The paths of the catalogue's files.
    pub catalogue: Vec<String>,
    /// When the registry's publisher wrote to it last, or said that it is as it should be; `None` where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Timestamp>,
    /// Within how many days the publisher renews `made`; `None` for no promise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh_for_days: Option<NonZeroU32>,
    /// Keys of a later minor format, kept as they came.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// The reason why a registry's configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It is not JSON, or lacks a key.
    #[error("the configuration cannot be read")]
    Syntax(#[source] serde_json::Error),
    /// The registry has another format than this program reads.
    #[error("the registry has format {found}, this program reads format {supported}")]
    UnsupportedFormat {
        /// The registry's format.
        found: u64,
        /// The format this program reads.
        supported: u64,
    },
    /// The name is not one.
    #[error("`{}` cannot name a registry", printable(.name))]
    Name {
        /// The name as written.
        name: String,
    },
    /// The catalogue has more files than this program reads.
    #[error("the catalogue has {count} files, more than {MAX_CATALOGUE_FILES}")]
    CatalogueFiles {
        /// How many there are.
        count: usize,
    },
    /// A path or the archive template leaves the registry, or is not a plain relative path.
    #[error("`{}` is not a plain path inside the registry", printable(.path))]
    Path {
        /// The path as written.
        path: String,
    },
    /// The archive template does not tell archives apart, or has a marker this program does not know.
    #[error("`{}` is not a template of archive paths", printable(.template))]
    Template {
        /// The template as written.
        template: String,
    },
}

impl Hint for ConfigError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnsupportedFormat { .. } => ErrorKind::Incompatible,
            Self::CatalogueFiles { .. } => ErrorKind::Limit,
            Self::Syntax(_) | Self::Name { .. } | Self::Path { .. } | Self::Template { .. } => {
                ErrorKind::Invalid
            }
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::CatalogueFiles { .. } | Self::Syntax(_) => {
                "check the address: what it answers is not a registry's config.json".into()
            }
            Self::UnsupportedFormat { found, supported } if found > supported => {
                "update this program to one that reads the registry's format".into()
            }
            Self::UnsupportedFormat { .. } => "ask the registry's owner to publish format 1".into(),
            Self::Name { .. } => NAME_RULE.into(),
            Self::Path { .. } => {
                "paths are relative, with `/` between parts of letters, digits, `.`, `_`, `-` and `+`".into()
            }
            Self::Template { .. } => {
                "use `{sha256}`, or both `{id}` and `{version}`, and no other marker".into()
            }
        })
    }
}

impl Config {
    /// The configuration of a new registry: archives named by their digest, one catalogue file.
    ///
    /// # Errors
    /// [`ConfigError::Name`] if `name` cannot name a registry.
    pub fn new(name: &str) -> Result<Self, ConfigError> {
        let config = Self {
            format: FORMAT,
            registry: name.to_owned(),
            archives: "archives/{id}/{version}/{sha256}.tar.gz".to_owned(),
            catalogue: vec!["catalogue.jsonl".to_owned()],
            made: Some(Timestamp::now()),
            fresh_for_days: None,
            unknown: Map::new(),
        };
        config.check().map(|()| config)
    }

    /// Reads and checks the content of a `config.json`.
    ///
    /// # Errors
    /// [`ConfigError`] says what is wrong; another format is told from a broken file.
    pub fn parse(bytes: &[u8]) -> Result<Self, ConfigError> {
        /// The one key every format has: it is read before the rest is asked to fit.
        #[derive(Deserialize)]
        struct Header {
            format: u64,
        }
        let header: Header = serde_json::from_slice(bytes).map_err(ConfigError::Syntax)?;
        if header.format != FORMAT {
            let (found, supported) = (header.format, FORMAT);
            return Err(ConfigError::UnsupportedFormat { found, supported });
        }
        let config: Self = serde_json::from_slice(bytes).map_err(ConfigError::Syntax)?;
        config.check().map(|()| config)
    }

    /// The path of a version's archive, which has that digest.
    ///
    /// # Errors
    /// [`ConfigError::Path`] if what the index says of the version would lead out of the registry.
    pub fn archive_path(
        &self,
        archive: &ArchiveReference,
        sha256: &Sha256Digest,
    ) -> Result<String, ConfigError> {
        let path = self.expand(&archive.id, &archive.version, sha256);
        if path::is_contained(&path) {
            Ok(path)
        } else {
            Err(ConfigError::Path { path })
        }
    }

    fn expand(
        &self,
        id: &ExtensionId,
        version: &ExtensionVersion,
        sha256: &Sha256Digest,
    ) -> String {
        self.archives
            .replace("{id}", id.as_str())
            .replace("{version}", &version.to_string())
            .replace("{sha256}", &sha256.to_string())
    }

    fn check(&self) -> Result<(), ConfigError> {
        if !is_name(&self.registry) {
            let name = self.registry.clone();
            return Err(ConfigError::Name { name });
        }
        if self.catalogue.len() > MAX_CATALOGUE_FILES {
            return Err(ConfigError::CatalogueFiles {
                count: self.catalogue.len(),
            });
        }
        if let Some(path) = std::iter::once(&self.archives)
            .chain(&self.catalogue)
            .find(|path| !path::is_contained(path))
        {
            return Err(ConfigError::Path { path: path.clone() });
        }
        let has = |marker| self.archives.contains(marker);
        let rest = ["{id}", "{version}", "{sha256}"]
            .iter()
            .fold(self.archives.clone(), |rest, marker| {
                rest.replace(marker, "")
            });
        let distinct = has("{sha256}") || (has("{id}") && has("{version}"));
        if !distinct || rest.contains(['{', '}']) {
            return Err(ConfigError::Template {
                template: self.archives.clone(),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(archives: &str) -> Result<Config, ConfigError> {
        let text = serde_json::json!({
            "format": 1, "registry": "annexe", "archives": archives, "catalogue": ["catalogue.jsonl"], "later": true,
        });
        Config::parse(text.to_string().as_bytes())
    }

    #[test]
    fn archives_lie_where_the_template_says() {
        let config = parse("a/{id}/{version}/{sha256}.tar.gz").unwrap();
        let archive = ArchiveReference {
            id: "toml".parse().unwrap(),
            version: "1.0.0-x+y".parse().unwrap(),
            content: None,
        };
        let path = config.archive_path(&archive, &[0; 32].into()).unwrap();
        assert_eq!(path, format!("a/toml/1.0.0-x+y/{}.tar.gz", "0".repeat(64)));
        assert_eq!(config.unknown["later"], true);
    }

    #[test]
    fn a_template_that_leaves_the_registry_or_mixes_versions_is_refused() {
        for template in [
            "../{sha256}",
            "/{sha256}",
            "https://elsewhere/{sha256}",
            "a/{id}.gz",
            "{sha256}/{what}",
            "{sha256",
        ] {
            assert!(parse(template).is_err(), "{template}");
        }
    }

    #[test]
    fn another_format_is_told_from_a_broken_file() {
        let error = Config::parse(br#"{"format":2,"shape":"unheard of"}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the registry has format 2, this program reads format 1"
        );
        assert!(matches!(
            Config::parse(b"<html>").unwrap_err(),
            ConfigError::Syntax(_)
        ));
    }

    #[test]
    fn a_name_is_plain() {
        for name in ["", "-a", "a b", "a\u{1b}", &"a".repeat(65)] {
            assert!(Config::new(name).is_err(), "{name:?}");
        }
        assert!(Config::new("example.org_x-1").is_ok());
    }
}
