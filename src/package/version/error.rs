//! The errors of reading a WebAssembly file's outline.

use semver::Version;

use super::API_VERSION_SECTION;
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
    /// A function is more than the engine is given to compile.
    #[error(
        "function {index} of the component has {found} {what}, and at most {limit} are compiled"
    )]
    Function {
        /// Its index in its module.
        index: usize,
        /// `bytes`, `parameters and variables`, `loops` …
        what: &'static str,
        /// How many it has.
        found: u64,
        /// The most that are compiled.
        limit: u64,
    },
    /// The file has more imports, exports, types or functions than are read, or its functions are more work together
    /// than the engine is given.
    #[error("the file has more than {limit} {what}")]
    TooMany {
        /// `imports`, `exports`, `functions`, `bytes of component types` …
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
            Self::Function { .. } => {
                "split the function, or build without what puts all of a program into one"
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
