//! The outline of a WebAssembly file, read as hostile input: nothing is trusted, nothing is compiled.

use semver::Version;
use wasmparser::{ComponentExternalKind, Encoding, Parser, Payload};

use super::{error::ComponentError, function_bounds::FunctionBounds, name_counts::NameCounts};
use crate::base::types::parse_version;

/// How deep modules and components may nest. Builds that exist stay under 5, while the memory that the
/// engine takes to compile grows with the square of the depth: gigabytes for some kilobytes of headers.
const NESTING: usize = 64;

/// The most custom sections that are read, whose names and places are kept: builds that exist have some
/// dozens.
const SECTIONS: usize = 10_000;

/// The two kinds of WebAssembly files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Artefact {
    /// A component.
    Component,
    /// A core module.
    Module,
}

/// The outline of a WebAssembly file: its kind, its custom sections, and the names of what it imports and
/// exports. It is what a family of APIs knows its own files by.
#[derive(Debug, Clone)]
pub struct Outline<'a> {
    artefact: Artefact,
    sections: Vec<(&'a str, &'a [u8])>,
    imports: Vec<&'a str>,
    exports: Vec<&'a str>,
    /// The export by which a component is a program to run.
    command: Option<&'a str>,
}

impl<'a> Outline<'a> {
    /// Reads the outline of a component or a core module.
    ///
    /// The whole file is read, nested modules and components included, so one that breaks off is refused,
    /// unless it breaks off between two sections of its outermost level: such a file is whole, and linking
    /// finds what it lacks. One whose functions the engine could take minutes, or gigabytes, to compile is refused.
    ///
    /// # Errors
    /// A [`ComponentError`] for what is not a whole WebAssembly file, or is too much of one.
    pub fn read(wasm: &'a [u8]) -> Result<Self, ComponentError> {
        let (artefact, payloads) = begin(wasm)?;
        Self::of(artefact, payloads)
    }

    /// Reads the outline of a component as [`read`](Self::read) does.
    ///
    /// # Errors
    /// [`ComponentError::CoreModule`] for a core module, otherwise as [`read`](Self::read).
    pub fn of_component(wasm: &'a [u8]) -> Result<Self, ComponentError> {
        let (artefact, payloads) = begin(wasm)?;
        if artefact == Artefact::Module {
            return Err(ComponentError::CoreModule);
        }
        Self::of(artefact, payloads)
    }

    fn of(artefact: Artefact, payloads: impl Payloads<'a>) -> Result<Self, ComponentError> {
        let mut outline = Self {
            artefact,
            sections: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            command: None,
        };
        let mut depth = 0_usize;
        let mut counts = NameCounts::default();
        let mut functions = FunctionBounds::default();
        for payload in payloads {
            let payload = payload?;
            counts.add(&payload)?;
            functions.add(&payload)?;
            match payload {
                Payload::CustomSection(section) => {
                    if outline.sections.len() == SECTIONS {
                        return Err(ComponentError::Malformed {
                            offset: section.data_offset() as u64,
                            message: format!("there are more than {SECTIONS} custom sections"),
                        });
                    }
                    outline.sections.push((section.name(), section.data()));
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
                // What a nested component has is not what this one offers or needs.
                _ if depth > 0 => {}
                Payload::ComponentImportSection(section) => {
                    for import in section {
                        outline.imports.push(import?.name.name);
                    }
                }
                Payload::ComponentExportSection(section) => outline.add_exports(section)?,
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let module = import?.module;
                        // A module imports many functions of one place, one after the other.
                        if outline.imports.last() != Some(&module) {
                            outline.imports.push(module);
                        }
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        outline.exports.push(export?.name);
                    }
                }
                _ => {}
            }
        }
        Ok(outline)
    }

    /// Whether it is a component or a core module.
    pub fn artefact(&self) -> Artefact {
        self.artefact
    }

    /// The contents of its custom sections of a name, at whatever depth.
    pub fn sections(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let of_name = self.sections.iter().filter(move |(it, _)| *it == name);
        of_name.map(|(_, data)| *data)
    }

    /// The names of what a component imports, and of the modules from which a core module does; of the
    /// outermost level alone. A name may occur more than once.
    pub fn imports(&self) -> &[&'a str] {
        &self.imports
    }

    /// The names of what it exports, at the outermost level.
    pub fn exports(&self) -> &[&'a str] {
        &self.exports
    }

    /// The version with which a component exports an interface: `1.2.0` of `my:editor/commands@1.2.0`; `None`
    /// where it does not, or with none.
    ///
    /// # Errors
    /// [`ComponentError::TwoVersions`] where it exports the interface in two versions,
    /// [`ComponentError::Prerelease`] where its version is a pre-release, which no world serves.
    pub fn exported_version(&self, interface: &str) -> Result<Option<Version>, ComponentError> {
        let versions = (self.exports.iter()).filter_map(|name| {
            name.strip_prefix(interface)?
                .strip_prefix('@')
                .and_then(|version| parse_version(version).ok())
        });
        match one_version(versions.map(Ok))? {
            Some(version) if !version.pre.is_empty() => Err(ComponentError::Prerelease { version }),
            found => Ok(found),
        }
    }

    /// The export by which a component is a program to run, if it is one.
    pub fn command(&self) -> Option<&'a str> {
        self.command
    }

    fn add_exports(
        &mut self,
        section: wasmparser::ComponentExportSectionReader<'a>,
    ) -> Result<(), ComponentError> {
        for export in section {
            let export = export?;
            let name = export.name.name;
            if export.kind == ComponentExternalKind::Instance
                && (name == "wasi:cli/run" || name.starts_with("wasi:cli/run@"))
            {
                self.command = Some(name);
            }
            self.exports.push(name);
        }
        Ok(())
    }
}

/// The version that all of these are, where there are any.
///
/// # Errors
/// [`ComponentError::TwoVersions`] where they are not all the same, and the first error among them.
pub(super) fn one_version(
    versions: impl Iterator<Item = Result<Version, ComponentError>>,
) -> Result<Option<Version>, ComponentError> {
    let mut found: Option<Version> = None;
    for version in versions {
        let version = version?;
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

/// What a core module imports, each by its module and its name; `None` for a component.
///
/// # Errors
/// As [`Outline::read`].
pub(crate) fn module_imports(wasm: &[u8]) -> Result<Option<Vec<(&str, &str)>>, ComponentError> {
    let (artefact, payloads) = begin(wasm)?;
    if artefact == Artefact::Component {
        return Ok(None);
    }
    let mut imports = Vec::new();
    let mut counts = NameCounts::default();
    for payload in payloads {
        let payload = payload?;
        counts.add(&payload)?;
        if let Payload::ImportSection(section) = payload {
            for import in section.into_imports() {
                let import = import?;
                imports.push((import.module, import.name));
            }
        }
    }
    Ok(Some(imports))
}

/// The parts of a file, in their order.
trait Payloads<'a>: Iterator<Item = wasmparser::Result<Payload<'a>>> {}

impl<'a, P: Iterator<Item = wasmparser::Result<Payload<'a>>>> Payloads<'a> for P {}

/// The kind of a file, and its parts behind the header.
fn begin(wasm: &[u8]) -> Result<(Artefact, impl Payloads<'_>), ComponentError> {
    check_beginning(wasm)?;
    let mut payloads = Parser::new(0).parse_all(wasm);
    let artefact = match payloads.next().transpose()? {
        Some(Payload::Version {
            encoding: Encoding::Module,
            ..
        }) => Artefact::Module,
        _ => Artefact::Component,
    };
    Ok((artefact, payloads))
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
