//! Stripping of components: what no host reads, debug information most of all, is taken out.

use wasmparser::{Parser, Payload};

use super::section;
use crate::package::version::{API_VERSION_SECTION, ComponentError};

/// Whether a custom section stays: the names that traces show, what a component's types are made from,
/// what a dynamic linker needs, and the API version. They are the ones that Zed keeps.
fn is_kept(name: &str) -> bool {
    matches!(name, "name" | "dylink.0" | API_VERSION_SECTION) || name.starts_with("component-type:")
}

/// A component without the custom sections that no host reads, debug information most of all: those of
/// nested modules and components included, and `name`, `component-type:*`, `dylink.0` and
/// `zed:api-version` excepted. Everything else stays as it is, byte for byte but for the lengths around it.
///
/// # Errors
/// [`ComponentError::Malformed`] for what is not a whole WebAssembly file.
pub fn strip(wasm: &[u8]) -> Result<Vec<u8>, ComponentError> {
    let mut output = Vec::with_capacity(wasm.len());
    // The output so far of the modules and components around the one that is read.
    let mut around = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::Version { range, .. } => output.extend_from_slice(part(wasm, range)),
            nested @ (Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => {
                if let Some((id, _)) = nested.as_section() {
                    around.push((id, std::mem::take(&mut output)));
                }
            }
            Payload::End(_) => {
                let Some((id, mut outer)) = around.pop() else {
                    break;
                };
                section::write(&mut outer, id, &output);
                output = outer;
            }
            Payload::CustomSection(custom) if !is_kept(custom.name()) => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    section::write(&mut output, id, part(wasm, range));
                }
            }
        }
    }
    Ok(output)
}

/// The bytes of a range that the parser gave for these very bytes.
fn part(wasm: &[u8], range: std::ops::Range<usize>) -> &[u8] {
    wasm.get(range).unwrap_or_default()
}
