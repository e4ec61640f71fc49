use super::{CodeLabel, CodeLabelSpan, CodeLabelSpanLiteral, Completion, Extension, Symbol};

export_types! { code_label }

guest! {
    init language_server_command language_server_initialization_options
    language_server_workspace_configuration
    language_server_additional_initialization_options
    language_server_additional_workspace_configuration
    labels_for_completions labels_for_symbols
    complete_slash_command_argument run_slash_command context_server_command
    suggest_docs_packages index_docs
}
