//! The reader of a component's API version, as hostile input: nothing is trusted, nothing is compiled.

use semver::Version;
use wasmparser::{ComponentExternalKind, Encoding, Parser, Payload};

use super::API_VERSION_SECTION;
use crate::base::hint::{ErrorKind, Hint};

/// How deep modules and components may nest. Builds that exist stay under 5, while the memory that the
/// engine takes to compile grows with the square of the depth: gigabytes for some kilobytes of headers.
const NESTING: usize = 64;

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
            Self::Text => "give the binary file that a build for `wasm32-wasip2` writes",
            Self::NotWasm { .. } => "give the `.wasm` file of an extension",
            Self::CoreModule => {
                "build with `cargo build --target wasm32-wasip2`, or turn the module into a component with `wasm-tools component new`"
            }
            Self::Command { .. } => {
                "an extension is a library (`crate-type = [\"cdylib\"]`) that calls `register_extension!`"
            }
            Self::NoVersion => {
                "build with the `zed_extension_api` crate, and keep custom sections when you strip the file; say which API another toolchain's component was made for with `annexe build --component <WASM> --api <VERSION>`"
            }
            Self::VersionLength { .. } | Self::TwoVersions { .. } => {
                "build the component again with one version of the `zed_extension_api` crate"
            }
        };
        Some(hint.into())
    }
}

/// The results of one pass over a component.
#[derive(Default)]
struct Found {
    version: Option<Version>,
    command: Option<String>,
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
    let found = read(component)?;
    if let Some(export) = found.command {
        return Err(ComponentError::Command { export });
    }
    found.version.ok_or(ComponentError::NoVersion)
}

/// Checks that bytes are a whole component, whatever API it was built with.
///
/// # Errors
/// A [`ComponentError`] for anything else.
pub fn check_component(component: &[u8]) -> Result<(), ComponentError> {
    read(component).map(drop)
}

fn read(component: &[u8]) -> Result<Found, ComponentError> {
    check_beginning(component)?;
    let mut found = Found::default();
    let mut outermost = true;
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::Version {
                encoding: Encoding::Module,
                ..
            } if outermost => {
                return Err(ComponentError::CoreModule);
            }
            Payload::Version { .. } => outermost = false,
            Payload::CustomSection(section) if section.name() == API_VERSION_SECTION => {
                found.add_version(section.data())?;
            }
            Payload::ModuleSection {
                unchecked_range, ..
            }
            | Payload::ComponentSection {
                unchecked_range, ..
            } => {
                depth += 1;
                if depth > NESTING {
                    return Err(ComponentError::Malformed {
                        offset: unchecked_range.start as u64,
                        message: format!("components nest more than {NESTING} deep"),
                    });
                }
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            // What a nested component exports is not what this one offers.
            Payload::ComponentExportSection(section) if depth == 0 => found.add_exports(section)?,
            _ => {}
        }
    }
    Ok(found)
}

fn check_beginning(component: &[u8]) -> Result<(), ComponentError> {
    if component.is_empty() {
        return Err(ComponentError::Empty);
    }
    let magic = b"\0asm";
    if component.starts_with(magic) || magic.starts_with(component) {
        return Ok(());
    }
    let beginning = &component[..component.len().min(512)];
    // A cut in the middle of a character is still text.
    let text = match std::str::from_utf8(beginning) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && error.valid_up_to() > 0,
    };
    if text && !beginning.contains(&0) {
        return Err(ComponentError::Text);
    }
    let beginning = beginning
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Err(ComponentError::NotWasm { beginning })
}

impl From<wasmparser::BinaryReaderError> for ComponentError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Malformed {
            offset: error.offset() as u64,
            message: error.message().into(),
        }
    }
}

impl Found {
    fn add_version(&mut self, data: &[u8]) -> Result<(), ComponentError> {
        let &[a, b, c, d, e, f] = data else {
            return Err(ComponentError::VersionLength { length: data.len() });
        };
        let number = |high, low| u64::from(u16::from_be_bytes([high, low]));
        let version = Version::new(number(a, b), number(c, d), number(e, f));
        match &self.version {
            Some(first) if *first != version => Err(ComponentError::TwoVersions {
                first: first.clone(),
                second: version,
            }),
            _ => {
                self.version = Some(version);
                Ok(())
            }
        }
    }

    fn add_exports(
        &mut self,
        section: wasmparser::ComponentExportSectionReader<'_>,
    ) -> Result<(), ComponentError> {
        for export in section {
            let export = export?;
            let name = export.name.name;
            if export.kind == ComponentExternalKind::Instance
                && (name == "wasi:cli/run" || name.starts_with("wasi:cli/run@"))
            {
                self.command = Some(name.into());
            }
        }
        Ok(())
    }
}
