//! Counts of the names in a file, before they are read: each one that is kept costs more memory than it has bytes.

use wasmparser::Payload;

use super::error::ComponentError;

/// The most imports that are read, and the most exports: builds that exist have some hundreds, nested modules and
/// components included. The engine itself takes a million of each.
const NAMES: usize = 100_000;

/// The most bytes of the types and instances of components that are read, which hold names too: builds that exist have
/// some ten thousand.
const TYPE_BYTES: usize = 1 << 20;

/// The numbers of a file's imports and exports at whatever depth, of which no more are read than [`NAMES`] each, and the
/// bytes of its types.
#[derive(Default)]
pub(crate) struct NameCounts {
    imports: usize,
    exports: usize,
    type_bytes: usize,
}

impl NameCounts {
    /// Adds those that a part of the file says it has, before they are read.
    ///
    /// # Errors
    /// [`ComponentError::TooMany`] where they are more than may be read, and where the imports of a core module cannot
    /// be counted.
    pub(crate) fn add(&mut self, part: &Payload<'_>) -> Result<(), ComponentError> {
        match part {
            Payload::ComponentImportSection(section) => self.add_imports(section.count()),
            Payload::ImportSection(section) => {
                // What it announces are groups of one or more, so each is counted as it comes, too.
                self.check_imports(section.count())?;
                for import in section.clone().into_imports() {
                    import?;
                    self.add_imports(1)?;
                }
                Ok(())
            }
            Payload::ComponentExportSection(section) => self.add_exports(section.count()),
            Payload::ExportSection(section) => self.add_exports(section.count()),
            Payload::ComponentTypeSection(section) => self.add_types(section.range().len()),
            Payload::CoreTypeSection(section) => self.add_types(section.range().len()),
            Payload::InstanceSection(section) => self.add_types(section.range().len()),
            Payload::ComponentInstanceSection(section) => self.add_types(section.range().len()),
            _ => Ok(()),
        }
    }

    fn check_imports(&self, more: u32) -> Result<(), ComponentError> {
        check(self.imports, more as usize, NAMES, "imports")
    }

    fn add_imports(&mut self, more: u32) -> Result<(), ComponentError> {
        self.check_imports(more)?;
        self.imports += more as usize;
        Ok(())
    }

    fn add_exports(&mut self, more: u32) -> Result<(), ComponentError> {
        check(self.exports, more as usize, NAMES, "exports")?;
        self.exports += more as usize;
        Ok(())
    }

    fn add_types(&mut self, more: usize) -> Result<(), ComponentError> {
        let what = "bytes of component types";
        check(self.type_bytes, more, TYPE_BYTES, what)?;
        self.type_bytes += more;
        Ok(())
    }
}

fn check(
    counted: usize,
    more: usize,
    limit: usize,
    what: &'static str,
) -> Result<(), ComponentError> {
    match more <= limit.saturating_sub(counted) {
        true => Ok(()),
        false => Err(ComponentError::TooMany { what, limit }),
    }
}
