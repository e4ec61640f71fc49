//! The reader of a component's API version, as hostile input: nothing is trusted, nothing is compiled.

use semver::Version;

use super::{API_VERSION_SECTION, outline::Outline};
use crate::base::hint::{ErrorKind, Hint};

/// The reason why bytes are not a component that says which API it was built with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComponentError {
    /// The file is empty.
    #[error("the component is empty")]
    Empty,
    /// The bytes are text, WebAssembly text included.
    #[error("the component is text, not binary WebAssembly")]
    Text,
    /// The bytes do not begin as WebAssembly does.
    #[error("the file is not WebAssembly: it begins with `{beginning}`")]
    NotWasm {
        /// The first bytes, in hexadecimal.
        beginning: String,
    },
    /// The bytes are a core module, not a component.
    #[error("the file is a core WebAssembly module, not a component")]
    CoreModule,
    /// The file is of no API family that the host serves.
    #[error("the file is of no API family this host serves (`{}`)", families.join("`, `"))]
    Unrecognised {
        /// The families that the host serves.
        families: Vec<&'static str>,
    },
    /// The component is a program to run, not an extension.
    #[error("the component is a command: it exports `{export}`")]
    Command {
        /// The export that says so.
        export: String,
    },
    /// The bytes break off or are damaged.
    #[error("the component is damaged at byte {offset}: {message}")]
    Malformed {
        /// Where.
        offset: u64,
        /// What the reader found.
        message: String,
    },
    /// The file has more imports or exports than are read.
    #[error("the file has more than {limit} {what}")]
    TooMany {
        /// `imports` or `exports`.
        what: &'static str,
        /// The most that are read.
        limit: usize,
    },
    /// No API version is given.
    #[error("the component has no `{API_VERSION_SECTION}` section")]
    NoVersion,
    /// The section that gives the API version is not six bytes long.
    #[error("the component's `{API_VERSION_SECTION}` section is {length} bytes long, not 6")]
    VersionLength {
        /// The section's length in bytes.
        length: usize,
    },
    /// Two sections give different API versions.
    #[error("the component says both that it was built with API {first} and with API {second}")]
    TwoVersions {
        /// The first version found.
        first: Version,
        /// The first that differs from it.
        second: Version,
    },
    /// The API version is a pre-release.
    #[error("the component was built with API {version}, which is a pre-release")]
    Prerelease {
        /// The version.
        version: Version,
    },
}

impl Hint for ComponentError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Empty | Self::Malformed { .. } => {
                "the file was cut off or damaged: fetch or build it again"
            }
            Self::TooMany { .. } => "give the file that a build of an extension writes",
            Self::Text => "give the binary file that a build for `wasm32-wasip2` writes",
            Self::NotWasm { .. } => "give the `.wasm` file of an extension",
            Self::CoreModule => {
                "build with `cargo build --target wasm32-wasip2`, or turn the module into a component with `wasm-tools component new`"
            }
            Self::Command { .. } => {
                "an extension is a library (`crate-type = [\"cdylib\"]`) that calls `register_extension!`"
            }
            Self::Unrecognised { .. } => {
                "build it again with the API of one of these families, and keep custom sections when you strip the file"
            }
            Self::NoVersion => {
                "build with the `zed_extension_api` crate, and keep custom sections when you strip the file; say which API another toolchain's component was made for with `annexe build --component <WASM> --api <VERSION>`"
            }
            Self::VersionLength { .. } => {
                "build the component again with one version of the `zed_extension_api` crate"
            }
            Self::TwoVersions { .. } => "build the component again with one version of its API",
            Self::Prerelease { .. } => {
                "build the component again with a released version of its API"
            }
        };
        Some(hint.into())
    }
}

impl From<wasmparser::BinaryReaderError> for ComponentError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Malformed {
            offset: error.offset() as u64,
            message: error.message().into(),
        }
    }
}

/// The API version that a component was built with.
///
/// The whole component is read, nested modules and components included, so a file that breaks off is
/// refused even where its version stands before the break, unless it breaks off between two sections
/// of its outermost level: such a file is a component, and linking finds what it lacks. The section may
/// stand at any depth; every copy must say the same.
///
/// # Errors
/// A [`ComponentError`] for anything that is not a whole component with one API version.
pub fn api_version(component: &[u8]) -> Result<Version, ComponentError> {
    version_of(&Outline::of_component(component)?)
}

/// Checks that bytes are a whole component, whatever API it was built with.
///
/// # Errors
/// A [`ComponentError`] for anything else.
pub fn check_component(component: &[u8]) -> Result<(), ComponentError> {
    let outline = Outline::of_component(component)?;
    declared(&outline).map(drop)
}

/// The API version that a component's section gives, which is an extension and not a command.
pub(crate) fn version_of(outline: &Outline<'_>) -> Result<Version, ComponentError> {
    let declared = declared(outline)?;
    if let Some(export) = outline.command() {
        return Err(ComponentError::Command {
            export: export.into(),
        });
    }
    declared.ok_or(ComponentError::NoVersion)
}

/// The content of the section that gives a version: three numbers of 16 bits, the most significant byte first.
/// `None` where a number has more.
pub(crate) fn version_data(api: &Version) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    for number in [api.major, api.minor, api.patch] {
        data.extend(u16::try_from(number).ok()?.to_be_bytes());
    }
    Some(data)
}

/// The version that all sections give.
fn declared(outline: &Outline<'_>) -> Result<Option<Version>, ComponentError> {
    let mut found: Option<Version> = None;
    for data in outline.sections(API_VERSION_SECTION) {
        let &[a, b, c, d, e, f] = data else {
            return Err(ComponentError::VersionLength { length: data.len() });
        };
        let number = |high, low| u64::from(u16::from_be_bytes([high, low]));
        let version = Version::new(number(a, b), number(c, d), number(e, f));
        match found {
            Some(first) if first != version => {
                return Err(ComponentError::TwoVersions {
                    first,
                    second: version,
                });
            }
            _ => found = Some(version),
        }
    }
    Ok(found)
}
