use super::{
    CodeLabel, CodeLabelSpan, CodeLabelSpanLiteral, Command, Extension, Range,
    zed::extension::lsp::{Completion, CompletionKind, InsertTextFormat, Symbol, SymbolKind},
};
use crate::base::types;

export_types! { command range code_label protocol_kinds }

convert! {
    struct types::Completion => Completion { label, detail, kind, insert_text_format }
    struct types::Symbol => Symbol { kind, name }
}

guest! {
    init language_server_command language_server_initialization_options
    language_server_workspace_configuration labels_for_completions labels_for_symbols
}
