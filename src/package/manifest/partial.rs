//! A manifest as far as it can be read, with everything that is wrong with it.

#[cfg(feature = "authoring")]
use super::source_map::SourceMap;
use super::{
    Manifest, ManifestFile, Result,
    error::{Error, ManifestError},
    warning::Warning,
};

/// A manifest as far as it can be read.
#[derive(Debug)]
pub(crate) struct PartialManifest {
    /// The file it was read from.
    pub(crate) source: ManifestFile,
    /// What could be read. Where there are errors, a placeholder stands for the id, the name or the
    /// version that could not be, and what else could not be read is absent.
    pub(crate) manifest: Manifest,
    /// The format that the manifest states, known or not.
    pub(crate) schema_version: Option<i64>,
    /// What keeps the manifest from being used, in the order it was read (the first 200 found).
    pub(crate) errors: Vec<ManifestError>,
    /// What it says without effect, in the order of its lines (the first 200 found).
    pub(crate) warnings: Vec<Warning>,
    /// Whether the folder may say what its snippets are: a key that is absent is not the same as an
    /// empty one.
    pub(super) may_have_snippets: bool,
    /// The text itself; `None` for a legacy manifest.
    #[cfg(feature = "authoring")]
    pub(super) source_map: Option<SourceMap>,
}

impl PartialManifest {
    /// The manifest, if nothing keeps it from being used.
    ///
    /// # Errors
    /// The first thing that does. The format comes first: a newer one may have changed the type of any
    /// other key.
    pub(super) fn accept(mut self) -> Result<Self> {
        let newest = i64::from(Manifest::NEWEST_SCHEMA_VERSION);
        match self.schema_version {
            Some(found) if !(0..=newest).contains(&found) => Err(Error::UnknownSchema {
                file: self.source,
                found,
                newest,
            }),
            _ if self.errors.is_empty() => Ok(self),
            _ => Err(self.errors.swap_remove(0).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mistake_hides_no_other() {
        let text =
            "id = 'A b'\nname = 1\nversion = '1'\nschema_version = 7\n[grammars.'../x']\nrev = 2\n";
        let partial = super::super::extension_toml::parse(text).unwrap();
        let keys: Vec<_> = partial
            .errors
            .iter()
            .map(|error| error.key().unwrap())
            .collect();
        assert_eq!(
            keys,
            ["id", "name", "grammars.\"../x\".rev", "grammars.\"../x\""]
        );
        assert_eq!(partial.schema_version, Some(7));
        assert_eq!(partial.manifest.version, "1");
        let error = partial.accept().unwrap_err();
        assert!(matches!(error, Error::UnknownSchema { found: 7, .. }));
    }
}
