use super::{
    CodeLabel, CodeLabelSpan, CodeLabelSpanLiteral, Command, Extension,
    zed::extension::{
        common::Range,
        lsp::{Completion, Symbol},
        slash_command::{
            SlashCommand, SlashCommandArgumentCompletion, SlashCommandOutput,
            SlashCommandOutputSection,
        },
    },
};

export_types! { command range code_label slash_command }

guest! {
    init language_server_command language_server_initialization_options
    language_server_workspace_configuration labels_for_completions labels_for_symbols
    complete_slash_command_argument run_slash_command suggest_docs_packages index_docs
}
