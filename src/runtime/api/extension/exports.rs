//! Exports of a world as the neutral guest: one macro arm for each export whose form several
//! versions share. A version lists the arms it has; what it does in its own way it writes itself.

use serde_json::Value;

use super::{
    convert::{To, TryTo},
    json,
};
use crate::runtime::extension::{CallError, Failure};

/// A worktree as an export takes it.
pub(super) type BorrowedWorktree =
    wasmtime::component::Resource<crate::runtime::services::Worktree>;

/// A project as an export takes it.
pub(super) type BorrowedProject = wasmtime::component::Resource<crate::runtime::services::Project>;

/// The neutral form of what an export with a `result` answered.
pub(super) fn answer<T: To<U>, U>(
    outcome: wasmtime::Result<Result<T, String>>,
) -> Result<U, Failure> {
    match returned(outcome)? {
        Ok(value) => Ok(value.to()),
        Err(message) => Err(CallError::guest(message).into()),
    }
}

/// The neutral form of what an export with a `result` answered, where not every answer has one.
pub(super) fn answer_fitting<T: TryTo<U>, U>(
    export: &'static str,
    outcome: wasmtime::Result<Result<T, String>>,
) -> Result<U, Failure> {
    let answered: T = match returned(outcome)? {
        Ok(value) => value,
        Err(message) => return Err(CallError::guest(message).into()),
    };
    usable(export, answered)
}

/// The neutral form of an answer, where it has one.
pub(super) fn usable<T: TryTo<U>, U>(export: &'static str, answer: T) -> Result<U, Failure> {
    let usable = answer.try_to();
    usable.map_err(|problem| CallError::Answer { export, problem }.into())
}

/// The neutral form of what an export answered that gives JSON as text.
pub(super) fn json_answer(
    export: &'static str,
    outcome: wasmtime::Result<Result<Option<String>, String>>,
) -> Result<Option<Value>, Failure> {
    let text: Option<String> = answer(outcome)?;
    let value = text.map(|text| json::whole(&text)).transpose();
    value.map_err(|problem| CallError::Answer { export, problem }.into())
}

/// What an export returned, or why it did not.
pub(super) fn returned<T>(outcome: wasmtime::Result<T>) -> Result<T, Failure> {
    outcome.map_err(Failure::Engine)
}

/// Writes the conversions of the types that a world's exports take and give, by their names.
macro_rules! export_types {
    ($($group:ident)*) => {
        $(export_type!($group);)*
    };
}

macro_rules! export_type {
    (command) => {
        convert! {
            struct Command => $crate::base::types::Command { command, args, env, .. }
        }
    };
    (range) => {
        convert! {
            struct Range => $crate::base::types::Range { start, end }
        }
    };
    (slash_command) => {
        convert! {
            struct $crate::base::types::SlashCommand => SlashCommand {
                name, description, tooltip_text, requires_argument
            }
            struct SlashCommandOutput => $crate::base::types::SlashCommandOutput { text, sections, .. }
            struct SlashCommandOutputSection => $crate::base::types::SlashCommandOutputSection {
                range, label, ..
            }
            struct SlashCommandArgumentCompletion => $crate::base::types::SlashCommandArgumentCompletion {
                label, new_text, run_command, ..
            }
        }
    };
    (context_server_configuration) => {
        convert! {
            try struct ContextServerConfiguration => $crate::base::types::ContextServerConfiguration {
                installation_instructions, default_settings, ..; json settings_schema
            }
        }
    };
    (debug_adapter) => {
        convert! {
            struct LaunchRequest => $crate::base::types::LaunchRequest { program, cwd, args, envs, .. }
            struct $crate::base::types::LaunchRequest => LaunchRequest { program, cwd, args, envs }
            struct AttachRequest => $crate::base::types::AttachRequest { process_id, .. }
            struct $crate::base::types::AttachRequest => AttachRequest { process_id }
            enum DebugRequest => $crate::base::types::DebugRequest { Launch(launch), Attach(attach) }
            enum $crate::base::types::DebugRequest => DebugRequest { Launch(launch), Attach(attach) }
            enum StartDebuggingRequestArgumentsRequest => $crate::base::types::DebugRequestKind {
                Launch, Attach
            }
            struct $crate::base::types::DebugConfig => DebugConfig {
                label, adapter, request, stop_on_entry
            }
            struct $crate::base::types::TaskTemplate => BuildTaskTemplate {
                label, command, args, env, cwd
            }
            struct BuildTaskTemplate => $crate::base::types::TaskTemplate {
                label, command, args, env, cwd, ..
            }
            enum BuildTaskDefinition => $crate::base::types::BuildTaskDefinition {
                ByName(name), Template(template)
            }
            struct BuildTaskDefinitionTemplatePayload => $crate::base::types::BuildTaskTemplate {
                locator_name, template, ..
            }
            try struct DebugScenario => $crate::base::types::DebugScenario {
                label, adapter, build, tcp_connection, ..; json config
            }
            try struct StartDebuggingRequestArguments => $crate::base::types::StartDebuggingRequest {
                request, ..; json configuration
            }
            try struct DebugAdapterBinary => $crate::base::types::DebugAdapterBinary {
                command, arguments, envs, cwd, connection, ..; try request_args
            }
        }
    };
    (code_label) => {
        convert! {
            struct CodeLabel => $crate::base::types::CodeLabel { code, spans, filter_range, .. }
            enum CodeLabelSpan => $crate::base::types::CodeLabelSpan { CodeRange(range), Literal(literal) }
            struct CodeLabelSpanLiteral => $crate::base::types::CodeLabelSpanLiteral {
                text, highlight_name, ..
            }
        }
    };
    (protocol_kinds) => {
        convert! {
            enum $crate::base::types::CompletionKind => CompletionKind {
                Text, Method, Function, Constructor, Field, Variable, Class, Interface, Module,
                Property, Unit, Value, Enum, Keyword, Snippet, Color, File, Reference, Folder,
                EnumMember, Constant, Struct, Event, Operator, TypeParameter, Other(number)
            }
            enum $crate::base::types::SymbolKind => SymbolKind {
                File, Module, Namespace, Package, Class, Method, Property, Field, Constructor, Enum,
                Interface, Function, Variable, Constant, String, Number, Boolean, Array, Object, Key,
                Null, EnumMember, Struct, Event, Operator, TypeParameter, Other(number)
            }
            enum $crate::base::types::InsertTextFormat => InsertTextFormat {
                PlainText, Snippet, Other(number)
            }
        }
    };
}

/// An argument in the world's form, if it has one there.
pub(super) fn fitting<A: TryTo<B>, B>(export: &str, argument: A) -> Result<B, Failure> {
    argument.try_to().map_err(|message| {
        let export = export.into();
        CallError::Arguments { export, message }.into()
    })
}

/// Labels for each of `count` inputs: published extensions leave out the last ones that have none.
pub(super) fn labels<T>(
    labels: Result<Vec<Option<T>>, Failure>,
    count: usize,
) -> Result<Vec<Option<T>>, Failure> {
    let mut labels = labels?;
    labels.resize_with(count, || None);
    Ok(labels)
}

/// Implements the neutral guest for a world: `guest! { init language_server_command … }`, then in
/// braces the methods that only this version has in this form.
macro_rules! guest {
    ($($export:ident)* $({ $($own:tt)* })?) => {
        impl $crate::runtime::api::extension::guest::Guest for Extension {
            $(guest_export!($export);)*
            $($($own)*)?
        }
    };
}

/// The methods of worlds that know a language server by its name and language.
macro_rules! server_by_config {
    () => {
        guest_method!(language_server_command(
            self, store, server: $crate::base::types::ServerId,
            worktree: wasmtime::component::Resource<$crate::runtime::services::Worktree>
        ) -> $crate::base::types::Command {
            let config = LanguageServerConfig { name: server.id, language_name: server.language };
            let answer = self.call_language_server_command(store, &config, worktree).await;
            $crate::runtime::api::extension::exports::answer(answer)
        });

        guest_method!(language_server_initialization_options(
            self, store, server: $crate::base::types::ServerId,
            worktree: wasmtime::component::Resource<$crate::runtime::services::Worktree>
        ) -> Option<serde_json::Value> {
            let config = LanguageServerConfig { name: server.id, language_name: server.language };
            let answer =
                self.call_language_server_initialization_options(store, &config, worktree).await;
            let export = "language-server-initialization-options";
            $crate::runtime::api::extension::exports::json_answer(export, answer)
        });
    };
}

/// One method of the neutral guest.
macro_rules! guest_method {
    ($name:ident($self:ident, $store:ident $(, $argument:ident: $type:ty)*) -> $answer:ty $body:block) => {
        fn $name<'a>(
            &'a $self,
            $store: &'a mut wasmtime::Store<$crate::runtime::engine::State>,
            $($argument: $type),*
        ) -> $crate::runtime::extension::Call<'a, $answer> {
            Box::pin(async move { $body })
        }
    };
}

macro_rules! guest_export {
    (init) => {
        fn init<'a>(
            &'a self,
            store: &'a mut wasmtime::Store<$crate::runtime::engine::State>,
        ) -> $crate::runtime::api::family::BoxFuture<'a, wasmtime::Result<()>> {
            Box::pin(self.call_init_extension(store))
        }
    };
    (language_server_command) => {
        guest_method!(language_server_command(
            self, store, server: $crate::base::types::ServerId, worktree: $crate::runtime::api::extension::exports::BorrowedWorktree
        ) -> $crate::base::types::Command {
            $crate::runtime::api::extension::exports::answer(
                self.call_language_server_command(store, &server.id, worktree).await,
            )
        });
    };
    (language_server_initialization_options) => {
        guest_export!(options_of_server "language-server-initialization-options" language_server_initialization_options call_language_server_initialization_options);
    };
    (language_server_workspace_configuration) => {
        guest_export!(options_of_server "language-server-workspace-configuration" language_server_workspace_configuration call_language_server_workspace_configuration);
    };
    (options_of_server $export:literal $name:ident $call:ident) => {
        guest_method!($name(
            self, store, server: $crate::base::types::ServerId, worktree: $crate::runtime::api::extension::exports::BorrowedWorktree
        ) -> Option<serde_json::Value> {
            let answer = self.$call(store, &server.id, worktree).await;
            $crate::runtime::api::extension::exports::json_answer($export, answer)
        });
    };
    (labels_for_completions) => {
        guest_export!(labels labels_for_completions call_labels_for_completions $crate::base::types::Completion => Completion);
    };
    (labels_for_symbols) => {
        guest_export!(labels labels_for_symbols call_labels_for_symbols $crate::base::types::Symbol => Symbol);
    };
    (labels $name:ident $call:ident $neutral:ty => $item:ty) => {
        guest_method!($name(
            self, store, server: $crate::base::types::ServerId, items: Vec<$neutral>
        ) -> Vec<Option<$crate::base::types::CodeLabel>> {
            let items: Vec<$item> = $crate::runtime::api::extension::convert::To::to(items);
            let answer = self.$call(store, &server.id, &items).await;
            let labels = $crate::runtime::api::extension::exports::answer(answer);
            $crate::runtime::api::extension::exports::labels(labels, items.len())
        });
    };
    (complete_slash_command_argument) => {
        guest_method!(complete_slash_command_argument(
            self, store, command: $crate::base::types::SlashCommand, arguments: Vec<String>
        ) -> Vec<$crate::base::types::SlashCommandArgumentCompletion> {
            let command = $crate::runtime::api::extension::convert::To::to(command);
            let answer = self.call_complete_slash_command_argument(store, &command, &arguments);
            $crate::runtime::api::extension::exports::answer(answer.await)
        });
    };
    (run_slash_command) => {
        guest_method!(run_slash_command(
            self, store, command: $crate::base::types::SlashCommand, arguments: Vec<String>,
            worktree: Option<$crate::runtime::api::extension::exports::BorrowedWorktree>
        ) -> $crate::base::types::SlashCommandOutput {
            let command = $crate::runtime::api::extension::convert::To::to(command);
            let answer = self.call_run_slash_command(store, &command, &arguments, worktree);
            $crate::runtime::api::extension::exports::answer(answer.await)
        });
    };
    (suggest_docs_packages) => {
        guest_method!(suggest_docs_packages(self, store, provider: String) -> Vec<String> {
            let answer = self.call_suggest_docs_packages(store, &provider).await;
            $crate::runtime::api::extension::exports::answer(answer)
        });
    };
    (index_docs) => {
        guest_method!(index_docs(
            self, store, provider: String, package: String,
            database: wasmtime::component::Resource<$crate::runtime::services::KeyValueStore>
        ) -> () {
            let answer = self.call_index_docs(store, &provider, &package, database).await;
            $crate::runtime::api::extension::exports::answer(answer)
        });
    };
    (context_server_command) => {
        guest_method!(context_server_command(
            self, store, server: String,
            project: $crate::runtime::api::extension::exports::BorrowedProject
        ) -> $crate::base::types::Command {
            let answer = self.call_context_server_command(store, &server, project).await;
            $crate::runtime::api::extension::exports::answer(answer)
        });
    };
    (language_server_additional_initialization_options) => {
        guest_export!(options_for_target "language-server-additional-initialization-options" language_server_additional_initialization_options call_language_server_additional_initialization_options);
    };
    (language_server_additional_workspace_configuration) => {
        guest_export!(options_for_target "language-server-additional-workspace-configuration" language_server_additional_workspace_configuration call_language_server_additional_workspace_configuration);
    };
    (options_for_target $export:literal $name:ident $call:ident) => {
        guest_method!($name(
            self, store, server: $crate::base::types::ServerId, target: $crate::base::types::ServerId,
            worktree: $crate::runtime::api::extension::exports::BorrowedWorktree
        ) -> Option<serde_json::Value> {
            let answer = self.$call(store, &server.id, &target.id, worktree).await;
            $crate::runtime::api::extension::exports::json_answer($export, answer)
        });
    };
    (context_server_configuration) => {
        guest_method!(context_server_configuration(
            self, store, server: String,
            project: $crate::runtime::api::extension::exports::BorrowedProject
        ) -> Option<$crate::base::types::ContextServerConfiguration> {
            let answer = self.call_context_server_configuration(store, &server, project).await;
            let export = "context-server-configuration";
            $crate::runtime::api::extension::exports::answer_fitting(export, answer)
        });
    };
    (get_dap_binary) => {
        guest_method!(get_dap_binary(
            self, store, adapter: String, task: $crate::base::types::DebugTaskDefinition,
            user_installed_path: Option<String>,
            worktree: $crate::runtime::api::extension::exports::BorrowedWorktree
        ) -> $crate::base::types::DebugAdapterBinary {
            let export = "get-dap-binary";
            let task: DebugTaskDefinition =
                $crate::runtime::api::extension::exports::fitting(export, task)?;
            let path = user_installed_path.as_deref();
            let answer = self.call_get_dap_binary(store, &adapter, &task, path, worktree).await;
            $crate::runtime::api::extension::exports::answer_fitting(export, answer)
        });
    };
    (dap_request_kind) => {
        guest_method!(dap_request_kind(
            self, store, adapter: String, config: serde_json::Value
        ) -> $crate::base::types::DebugRequestKind {
            let answer = self.call_dap_request_kind(store, &adapter, &config.to_string()).await;
            $crate::runtime::api::extension::exports::answer(answer)
        });
    };
    (dap_config_to_scenario) => {
        guest_method!(dap_config_to_scenario(
            self, store, config: $crate::base::types::DebugConfig
        ) -> $crate::base::types::DebugScenario {
            let config = $crate::runtime::api::extension::convert::To::to(config);
            let answer = self.call_dap_config_to_scenario(store, &config).await;
            let export = "dap-config-to-scenario";
            $crate::runtime::api::extension::exports::answer_fitting(export, answer)
        });
    };
    (dap_locator_create_scenario) => {
        guest_method!(dap_locator_create_scenario(
            self, store, locator: String, task: $crate::base::types::TaskTemplate, label: String,
            adapter: String
        ) -> Option<$crate::base::types::DebugScenario> {
            let task = $crate::runtime::api::extension::convert::To::to(task);
            let answer =
                self.call_dap_locator_create_scenario(store, &locator, &task, &label, &adapter);
            let scenario = $crate::runtime::api::extension::exports::returned(answer.await)?;
            let export = "dap-locator-create-scenario";
            $crate::runtime::api::extension::exports::usable(export, scenario)
        });
    };
    (run_dap_locator) => {
        guest_method!(run_dap_locator(
            self, store, locator: String, task: $crate::base::types::TaskTemplate
        ) -> $crate::base::types::DebugRequest {
            let task = $crate::runtime::api::extension::convert::To::to(task);
            let answer = self.call_run_dap_locator(store, &locator, &task).await;
            $crate::runtime::api::extension::exports::answer(answer)
        });
    };
}
