//! Tree-sitter grammars, compiled to WebAssembly. They are looked into, never compiled or run.

use serde::Serialize;
use wasmparser::{Encoding, Parser, Payload};

use super::{
    Declarative,
    document::Reader,
    files::Kind,
    finding::{Finding, FindingKind},
};
use crate::{base::printable::printable, package::manifest::RelativePath};

/// A grammar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Grammar {
    /// The name that languages use it by.
    pub name: String,
    /// Its file: a core module for a dynamic linker, which exports `tree_sitter_<name>`.
    pub path: RelativePath,
    /// Whether the file is there. It is not in sources whose grammars are not built yet.
    pub is_built: bool,
}

/// The traits that make a module a grammar.
#[derive(Debug, Default)]
struct Traits {
    is_dynamic: bool,
    exports_it: bool,
}

/// Looks into the grammars of these names.
pub(super) fn read_all<'a>(
    reader: &Reader<'_>,
    names: impl Iterator<Item = &'a String>,
) -> Vec<Grammar> {
    names.filter_map(|name| read(reader, name)).collect()
}

fn read(reader: &Reader<'_>, name: &str) -> Option<Grammar> {
    // A name that makes no path is one the manifest's own checks speak of.
    let path: RelativePath = format!("grammars/{name}.wasm").parse().ok()?;
    let grammar = |is_built| {
        Some(Grammar {
            name: name.to_owned(),
            path: path.clone(),
            is_built,
        })
    };
    if reader.files.kind(&path) == Kind::Missing {
        let problem = format!("the grammar `{}` is not built", printable(name));
        reader.findings.add(
            Finding::warning(FindingKind::NotBuilt, &path, problem)
                .with_hint("build it with `tree-sitter build --wasm`"),
        );
        return grammar(false);
    }
    let checked = reader
        .files
        .read(&path, Declarative::MAX_GRAMMAR_BYTES)
        .and_then(|bytes| check(&bytes, name, &path));
    match checked {
        Ok(()) => grammar(true),
        Err(finding) => {
            reader.findings.add(finding);
            None
        }
    }
}

fn check(bytes: &[u8], name: &str, path: &RelativePath) -> Result<(), Finding> {
    let error = |problem: String| Finding::error(FindingKind::Syntax, path, problem);
    let function = format!("tree_sitter_{name}");
    let traits = traits(bytes, &function)
        .map_err(|problem| error(format!("this is not a grammar: {problem}")))?;
    if !traits.is_dynamic {
        return Err(
            error("this is not a grammar: the module has no section `dylink.0`".into())
                .with_hint("build it with `tree-sitter build --wasm`"),
        );
    }
    if !traits.exports_it {
        return Err(
            error(format!("the grammar exports no `{}`", printable(&function)))
                .with_hint("the name in the manifest is that of the grammar's own `grammar.js`"),
        );
    }
    Ok(())
}

fn traits(bytes: &[u8], function: &str) -> Result<Traits, String> {
    if !Parser::is_core_wasm(bytes) {
        return Err(if Parser::is_component(bytes) {
            "it is a component, not a core module".into()
        } else {
            "it is not WebAssembly".into()
        });
    }
    let mut traits = Traits::default();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|error| shown(error.message()))? {
            Payload::Version {
                encoding: Encoding::Component,
                ..
            } => return Err("it is a component, not a core module".into()),
            Payload::CustomSection(section) => traits.is_dynamic |= section.name() == "dylink.0",
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export.map_err(|error| shown(error.message()))?;
                    traits.exports_it |= export.name == function;
                }
            }
            _ => {}
        }
    }
    Ok(traits)
}

fn shown(message: &str) -> String {
    printable(message.trim())
}
