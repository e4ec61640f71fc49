//! Locations of registries, as people write them.

use std::{fmt, path::PathBuf, str::FromStr};

use url::Url;

use super::oci::{OciAddress, ParseOciAddressError};
use crate::base::{
    hint::{ErrorKind, Hint},
    printable::printable,
};
use crate::network::http::{is_plain, without_credentials};

/// The location of a registry.
///
/// | text | meaning |
/// |---|---|
/// | `embedded` | the registry that comes with the program (a folder of that name is `./embedded`) |
/// | `http://…`, `https://…` | static files below that address |
/// | `zed+https://…` | a service of the interface that Zed's own registry has |
/// | `oci://host/repository` | a repository of a container registry |
/// | `file://…`, anything else | a folder |
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// The registry that comes with the program.
    Embedded,
    /// A folder.
    Folder(PathBuf),
    /// Static files below an address, which ends in `/`.
    Http(Url),
    /// A service of the interface that Zed's own registry has, below an address, which ends in `/`.
    Zed(Url),
    /// A repository of a container registry.
    Oci(OciAddress),
}

/// The beginning of the location of a registry of Zed's interface.
const ZED: &str = "zed+";

impl Location {
    /// The address of its files, where a web server or a container registry has them.
    pub fn address(&self) -> Option<&Url> {
        match self {
            Self::Http(url) | Self::Zed(url) => Some(url),
            Self::Oci(address) => Some(address.api()),
            Self::Embedded | Self::Folder(_) => None,
        }
    }

    /// It is on the network.
    pub fn is_remote(&self) -> bool {
        self.address().is_some()
    }

    /// It is asked over plain `http` on another machine, so that anyone on the way can change what it says.
    pub fn is_insecure(&self) -> bool {
        self.address().is_some_and(is_plain)
    }
}

/// The reason why a string does not say where a registry is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseLocationError {
    /// The string is empty.
    #[error("the registry's location is empty")]
    Empty,
    /// It looks like an address, but is not one.
    #[error("`{text}` is not an address")]
    Address {
        /// The text given.
        text: String,
        /// What is wrong with it.
        #[source]
        source: url::ParseError,
    },
    /// It is not the address of a container registry's repository.
    #[error(transparent)]
    Oci(#[from] ParseOciAddressError),
    /// It is a `file://` address that names no folder of this machine.
    #[error("`{text}` does not name a folder of this machine")]
    File {
        /// The text given.
        text: String,
    },
    /// The address has a scheme a registry cannot have.
    #[error("a registry cannot be read over `{scheme}`")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// The address has a query or a fragment, below which there are no paths.
    #[error("`{text}` has a query or a fragment")]
    Suffix {
        /// The text given.
        text: String,
    },
}

impl Hint for ParseLocationError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::Oci(error) => return error.hint(),
                Self::Suffix { .. } => "give the address of the folder that holds config.json",
                Self::File { .. } => "write `file:///` and an absolute path",
                _ => "give `embedded`, a folder, or an address with `https://`",
            }
            .into(),
        )
    }
}

impl FromStr for Location {
    type Err = ParseLocationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(ParseLocationError::Empty);
        }
        if text == "embedded" {
            return Ok(Self::Embedded);
        }
        if !text.contains("://") {
            return Ok(Self::Folder(text.into()));
        }
        if text.starts_with("oci://") {
            return Ok(Self::Oci(text.parse()?));
        }
        let shown = printable(text);
        let (is_zed, text) = match text.strip_prefix(ZED) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut url = Url::parse(text).map_err(|source| ParseLocationError::Address {
            text: shown.clone(),
            source,
        })?;
        match url.scheme() {
            "file" if !is_zed => url
                .to_file_path()
                .map(Self::Folder)
                .map_err(|()| ParseLocationError::File { text: shown }),
            "http" | "https" => {
                if url.query().is_some() || url.fragment().is_some() {
                    let text = without_credentials(&url).to_string();
                    return Err(ParseLocationError::Suffix { text });
                }
                if !url.path().ends_with('/') {
                    let path = format!("{}/", url.path());
                    url.set_path(&path);
                }
                Ok(match is_zed {
                    true => Self::Zed(url),
                    false => Self::Http(url),
                })
            }
            scheme => Err(ParseLocationError::Scheme {
                scheme: printable(scheme),
            }),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => formatter.write_str("embedded"),
            Self::Folder(path) => write!(formatter, "{}", path.display()),
            Self::Http(url) => formatter.write_str(without_credentials(url).as_str()),
            Self::Zed(url) => write!(formatter, "{ZED}{}", without_credentials(url)),
            Self::Oci(address) => write!(formatter, "{address}"),
        }
    }
}

/// As shown: an address may have a password in it.
impl fmt::Debug for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => formatter.write_str("Embedded"),
            Self::Folder(path) => formatter.debug_tuple("Folder").field(path).finish(),
            Self::Oci(address) => formatter.debug_tuple("Oci").field(address).finish(),
            Self::Http(url) | Self::Zed(url) => {
                let name = match self {
                    Self::Zed(_) => "Zed",
                    _ => "Http",
                };
                let shown = without_credentials(url);
                formatter.debug_tuple(name).field(&shown.as_str()).finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<Location>()
            .map_or_else(|error| format!("error: {error}"), |it| it.to_string())
    }

    #[test]
    fn a_location_is_a_word_a_folder_or_an_address() {
        assert_eq!("embedded".parse(), Ok(Location::Embedded));
        assert_eq!(
            "./embedded".parse(),
            Ok(Location::Folder("./embedded".into()))
        );
        assert_eq!(
            "C:\\registry".parse(),
            Ok(Location::Folder("C:\\registry".into()))
        );
        assert_eq!(shown("HTTPS://Example.org/r"), "https://example.org/r/");
        if cfg!(unix) {
            assert_eq!(shown("file:///srv/my%20registry"), "/srv/my registry");
        }
    }

    #[test]
    fn what_is_no_location_is_refused() {
        for text in [
            "",
            "ftp://x/y",
            "https://",
            "http://x/?a=b",
            "file://host/share#x",
        ] {
            // A host in a `file` address names a share on Windows, and nothing elsewhere.
            if cfg!(windows) && text.starts_with("file") {
                continue;
            }
            assert!(text.parse::<Location>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(
            shown("https://me:secret@example.org/"),
            "https://example.org/"
        );
        let location: Location = "https://me:secret@example.org/".parse().unwrap();
        assert_eq!(format!("{location:?}"), "Http(\"https://example.org/\")");
    }
}
