//! How completions and symbols are shown: each as the TOML it stands for.

use zed_extension_api::lsp::{Completion, CompletionKind, Symbol, SymbolKind};
use zed_extension_api::{CodeLabel, CodeLabelSpan};

/// A key or a value, followed by what the schema says about it.
pub fn completion(completion: &Completion) -> Option<CodeLabel> {
    let name = completion.label.as_str();
    let code = match completion.kind {
        // A key alone is no TOML; with a value it is, and can be highlighted.
        Some(CompletionKind::Property | CompletionKind::Variable | CompletionKind::Field) => {
            format!("{name} = 0")
        }
        Some(CompletionKind::Struct | CompletionKind::Module) => format!("[{name}]"),
        Some(CompletionKind::Value | CompletionKind::EnumMember | CompletionKind::Constant) => {
            format!("_ = {name}")
        }
        _ => return None,
    };
    let mut label = label(code, name)?;
    if let Some(detail) = completion.detail.as_deref().and_then(first_line) {
        label.spans.push(CodeLabelSpan::literal(
            format!("  {detail}"),
            Some("comment".to_owned()),
        ));
    }
    Some(label)
}

/// A table with its brackets, anything else as a bare key.
pub fn symbol(symbol: &Symbol) -> Option<CodeLabel> {
    let name = symbol.name.as_str();
    let is_table = matches!(
        symbol.kind,
        SymbolKind::Struct | SymbolKind::Object | SymbolKind::Module | SymbolKind::Namespace
    );
    if !is_table {
        return label(format!("{name} = 0"), name);
    }
    let code = format!("[{name}]");
    Some(CodeLabel {
        spans: vec![CodeLabelSpan::code_range(0..code.len())],
        filter_range: (1..1 + name.len()).into(),
        code,
    })
}

/// A label that shows `name` alone out of `code`.
fn label(code: String, name: &str) -> Option<CodeLabel> {
    let start = code.find(name)?;
    Some(CodeLabel {
        spans: vec![CodeLabelSpan::code_range(start..start + name.len())],
        filter_range: (0..name.len()).into(),
        code,
    })
}

fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}
