use super::{
    BuildTaskTemplate, CodeLabel, CodeLabelSpan, CodeLabelSpanLiteral, Completion,
    DebugAdapterBinary, DebugConfig, DebugRequest, DebugScenario, DebugTaskDefinition, Extension,
    StartDebuggingRequestArgumentsRequest, Symbol,
    imports::{address, number},
    zed::extension::dap::{
        AttachRequest, BuildTaskDefinition, BuildTaskDefinitionTemplatePayload, LaunchRequest,
        StartDebuggingRequestArguments, TcpArguments, TcpArgumentsTemplate,
    },
};
use crate::{
    base::types,
    runtime::{
        api::extension::convert::{To, TryTo},
        services::ServiceError,
    },
};

export_types! { code_label debug_adapter }

impl To<types::TcpArguments> for TcpArguments {
    fn to(self) -> types::TcpArguments {
        types::TcpArguments {
            host: address(self.host),
            port: self.port,
            timeout: self.timeout,
        }
    }
}

/// An IPv6 address has no form in this world's types.
impl TryTo<DebugTaskDefinition> for types::DebugTaskDefinition {
    fn try_to(self) -> Result<DebugTaskDefinition, String> {
        let template = self.tcp_connection.map(|template| {
            Ok(TcpArgumentsTemplate {
                host: template.host.map(number).transpose()?,
                port: template.port,
                timeout: template.timeout,
            })
        });
        let refuse = |error: ServiceError| error.to_string();
        Ok(DebugTaskDefinition {
            label: self.label,
            adapter: self.adapter,
            config: self.config.to_string(),
            tcp_connection: template.transpose().map_err(refuse)?,
        })
    }
}

guest! {
    init language_server_command language_server_initialization_options
    language_server_workspace_configuration
    language_server_additional_initialization_options
    language_server_additional_workspace_configuration
    labels_for_completions labels_for_symbols
    complete_slash_command_argument run_slash_command
    context_server_command context_server_configuration
    suggest_docs_packages index_docs
    get_dap_binary dap_request_kind dap_config_to_scenario dap_locator_create_scenario
    run_dap_locator
}
