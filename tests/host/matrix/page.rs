//! The matrix as a page of the library's documentation.

use std::{fmt::Write as _, path::Path};

use super::imports;
use crate::guest::VERSIONS;

/// What a function answers on one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// The value that is asserted.
    Value,
    /// The API lacks the export: it is taken to answer nothing.
    Nothing,
    /// The API lacks the export, and there is nothing it could answer: an error for the host to handle.
    Error,
    /// The API lacks the import: no guest can ask.
    Absent,
}

impl Cell {
    fn shown(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Nothing => "none",
            Self::Error => "`Err`",
            Self::Absent => "·",
        }
    }
}

/// A function on one version.
pub struct Row {
    pub kind: &'static str,
    pub function: &'static str,
    pub asserts: &'static str,
    pub refused: Option<&'static str>,
    pub cell: Cell,
}

impl Row {
    pub fn of_import(case: &imports::Case, cell: Cell) -> Self {
        Self {
            kind: "import",
            function: case.import,
            asserts: case.asserts,
            refused: case.refusal.as_ref().map(|refusal| refusal.by),
            cell,
        }
    }
}

/// All functions on all versions.
#[derive(Default)]
pub struct Page {
    lines: Vec<Line>,
}

struct Line {
    kind: &'static str,
    function: &'static str,
    asserts: &'static str,
    refused: Option<&'static str>,
    cells: Vec<Cell>,
}

impl Page {
    /// Notes a function on a version; versions come in their order.
    pub fn add(&mut self, version: &str, row: Row) {
        let column = VERSIONS.iter().position(|known| *known == version).unwrap();
        let known = |line: &&mut Line| (line.kind, line.function) == (row.kind, row.function);
        match self.lines.iter_mut().find(known) {
            Some(line) => {
                assert_eq!(line.cells.len(), column, "{}", row.function);
                line.cells.push(row.cell);
                line.refused = row.refused.or(line.refused);
            }
            None => {
                assert_eq!(column, 0, "{}", row.function);
                self.lines.push(Line {
                    kind: row.kind,
                    function: row.function,
                    asserts: row.asserts,
                    refused: row.refused,
                    cells: vec![row.cell],
                });
            }
        }
    }

    /// Prints the page and compares it with the one that is committed; with `ANNEXE_BLESS` set, writes
    /// that.
    pub fn check(&self) {
        for line in &self.lines {
            assert_eq!(line.cells.len(), VERSIONS.len(), "{}", line.function);
        }
        let page = self.to_string();
        println!("{page}");
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("src/runtime/api/extension/conformance.md");
        if std::env::var_os("ANNEXE_BLESS").is_some() {
            std::fs::write(file, page).unwrap();
        } else if std::fs::read_to_string(&file).unwrap_or_default() != page {
            panic!(
                "the page is another: run this test with ANNEXE_BLESS=1, and look at what changed"
            );
        }
    }
}

impl std::fmt::Display for Page {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(
            "Every function of every published API version, as a test asserts it through this library: a guest\n\
             built with that version's crate is asked for the export, or asks for the import.\n\
             \n\
             **value**: the answer is compared with the whole value that is expected, in type and content.\n\
             **none**: the version lacks the export, which is taken to answer nothing (`None`, an empty list).\n\
             **`Err`**: an error that says why: the version lacks the export\n\
             ([`CallError::Unsupported`](crate::CallError::Unsupported)). **·**: the version lacks the import, so\n\
             nothing can ask for it. The last column says who refused when the function was tried refused: every\n\
             version then got an error, and went on in the same instance; `-` where its interface, or the crate,\n\
             has no error. More cases of the same types are asserted by the tests beside this one.\n",
        )?;
        for (kind, heading) in [("export", "Exports"), ("import", "Imports")] {
            write!(formatter, "\n# {heading}\n\n| function |")?;
            for version in VERSIONS {
                write!(formatter, " {version} |")?;
            }
            writeln!(formatter, " value asserted | tried refused by |")?;
            writeln!(formatter, "|{}", "---|".repeat(VERSIONS.len() + 3))?;
            for line in self.lines.iter().filter(|line| line.kind == kind) {
                let mut row = format!("| `{}` |", line.function);
                for cell in &line.cells {
                    write!(row, " {} |", cell.shown())?;
                }
                let refused = line.refused.unwrap_or("-");
                writeln!(formatter, "{row} {} | {refused} |", line.asserts)?;
            }
        }
        Ok(())
    }
}
