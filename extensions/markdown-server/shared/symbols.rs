//! How symbols are shown: a heading as it is written.

use zed_extension_api::lsp::Symbol;
use zed_extension_api::{CodeLabel, CodeLabelSpan};

/// The heading that the server calls `H2: Usage`, as `## Usage`; nothing for what is no heading.
pub fn label(symbol: &Symbol) -> Option<CodeLabel> {
    let (level, title) = symbol.name.strip_prefix('H')?.split_once(": ")?;
    let level = level.parse().ok().filter(|level| (1..=6).contains(level))?;
    let code = format!("{} {title}", "#".repeat(level));
    Some(CodeLabel {
        spans: vec![CodeLabelSpan::code_range(0..code.len())],
        filter_range: (level + 1..code.len()).into(),
        code,
    })
}
