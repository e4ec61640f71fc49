//! How symbols are shown.

use zed_extension_api::lsp::{Symbol, SymbolKind};
use zed_extension_api::{CodeLabel, CodeLabelSpan};

use crate::code::{self, is_keyword, is_path};

/// A symbol as the Lua that declares it. What makes it a function or a class is shown, and not
/// searched.
pub fn label(symbol: &Symbol) -> Option<CodeLabel> {
    let name = symbol.name.as_str();
    match symbol.kind {
        SymbolKind::Function | SymbolKind::Method | SymbolKind::Constructor => function(name),
        SymbolKind::Field | SymbolKind::Property | SymbolKind::Key => {
            is_path(name).then(|| field(name))
        }
        // What the server calls after its value is a field or a variable with such a value.
        SymbolKind::Variable
        | SymbolKind::Constant
        | SymbolKind::Module
        | SymbolKind::Namespace
        | SymbolKind::Object
        | SymbolKind::Array
        | SymbolKind::String
        | SymbolKind::Number
        | SymbolKind::Boolean
        | SymbolKind::Null
        | SymbolKind::EnumMember => is_path(name).then(|| code::part("", name, " = nil")),
        SymbolKind::Class => Some(declared("class", name)),
        SymbolKind::Enum => Some(declared("enum", name)),
        // An alias of a type.
        SymbolKind::Struct => Some(declared("alias", name)),
        SymbolKind::Interface | SymbolKind::TypeParameter => Some(code::text(name, "type")),
        // A block of statements, by the word that begins it.
        SymbolKind::Package if is_keyword(name) => Some(code::text(name, "keyword")),
        SymbolKind::File => Some(code::text(name, "string")),
        _ => None,
    }
}

fn function(name: &str) -> Option<CodeLabel> {
    const KEYWORD: &str = "function ";
    is_path(name).then(|| {
        let end = KEYWORD.len() + name.len();
        CodeLabel {
            code: format!("{KEYWORD}{name}() end"),
            spans: vec![CodeLabelSpan::code_range(0..end)],
            filter_range: (KEYWORD.len()..end).into(),
        }
    })
}

/// The end of a path is the field.
fn field(name: &str) -> CodeLabel {
    if name.contains(['.', ':']) {
        code::part("", &name.replace(':', "."), " = nil")
    } else {
        code::part("_.", name, " = nil")
    }
}

/// A type, after the word of the annotation that declares it.
fn declared(word: &str, name: &str) -> CodeLabel {
    let word = format!("{word} ");
    CodeLabel {
        code: String::new(),
        filter_range: (word.len()..word.len() + name.len()).into(),
        spans: vec![
            code::literal(&word, Some("keyword")),
            code::literal(name, Some("type")),
        ],
    }
}
