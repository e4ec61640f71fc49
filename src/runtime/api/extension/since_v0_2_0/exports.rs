use super::{
    CodeLabel, CodeLabelSpan, CodeLabelSpanLiteral, Command, Extension,
    zed::extension::lsp::{
        Completion, CompletionKind, CompletionLabelDetails, InsertTextFormat, Symbol, SymbolKind,
    },
};
use crate::base::types;

export_types! { command code_label protocol_kinds }

convert! {
    struct types::Completion => Completion { label, label_details, detail, kind, insert_text_format }
    struct types::CompletionLabelDetails => CompletionLabelDetails { detail, description }
    struct types::Symbol => Symbol { kind, name }
}

guest! {
    init language_server_command language_server_initialization_options
    language_server_workspace_configuration labels_for_completions labels_for_symbols
    complete_slash_command_argument run_slash_command context_server_command
    suggest_docs_packages index_docs
}
