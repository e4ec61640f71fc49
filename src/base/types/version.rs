//! Versions of APIs as they are read from outside: of one length at most, because every list shows them.

use semver::Version;
use serde::{Deserialize as _, Deserializer, de};

/// The longest text of a version that is read, in bytes. Versions that exist have some ten.
pub(crate) const MAX_VERSION_BYTES: usize = 256;

/// The reason why a text is not a version.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ParseVersionError {
    /// It is longer than any version is.
    #[error("it has {bytes} bytes, and at most {MAX_VERSION_BYTES} are allowed")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// It is not in the form of semantic versioning.
    #[error(transparent)]
    Form(#[from] semver::Error),
}

/// Reads a version as semantic versioning writes it.
///
/// # Errors
/// [`ParseVersionError::TooLong`] above [`MAX_VERSION_BYTES`], [`ParseVersionError::Form`] for what is not a
/// version.
pub(crate) fn parse_version(text: &str) -> Result<Version, ParseVersionError> {
    match text.len() {
        ..=MAX_VERSION_BYTES => Ok(Version::parse(text)?),
        bytes => Err(ParseVersionError::TooLong { bytes }),
    }
}

/// Reads a version that may be `null` for serde, as [`parse_version`] does.
pub(crate) fn version_or_none<'de, D>(from: D) -> Result<Option<Version>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = Option::<String>::deserialize(from)?;
    let version = text.as_deref().map(parse_version).transpose();
    version.map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_256_bytes_at_most() {
        let longest = format!("1.0.0-{}", "a".repeat(MAX_VERSION_BYTES - 6));
        assert_eq!(parse_version(&longest).unwrap().to_string(), longest);
        let error = parse_version(&format!("{longest}a")).unwrap_err();
        let expected = "it has 257 bytes, and at most 256 are allowed";
        assert_eq!(error.to_string(), expected);
        assert!(parse_version("1.0").is_err());
    }
}
