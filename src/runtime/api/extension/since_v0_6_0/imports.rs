use std::net::{IpAddr, Ipv4Addr};

use super::{
    DownloadedFileType, ExtensionImports, HostKeyValueStore, HostProject, HostWorktree,
    LanguageServerInstallationStatus, SettingsLocation,
    zed::extension::dap::{self, TcpArguments, TcpArgumentsTemplate},
};
use crate::{
    base::types,
    runtime::{
        api::extension::convert::To,
        engine::State,
        services::{ServiceError, ServiceResult},
    },
};

import_types! { downloaded_file_type installation_status settings_location }

impl To<types::TcpArgumentsTemplate> for TcpArgumentsTemplate {
    fn to(self) -> types::TcpArgumentsTemplate {
        types::TcpArgumentsTemplate {
            host: self.host.map(address),
            port: self.port,
            timeout: self.timeout,
        }
    }
}

/// An address as this world has it: the number of an IPv4 address.
pub(super) fn address(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(number))
}

/// The number of an address, which an IPv6 address does not have.
pub(super) fn number(address: IpAddr) -> ServiceResult<u32> {
    match address {
        IpAddr::V4(address) => Ok(address.to_bits()),
        IpAddr::V6(address) => Err(ServiceError::Argument(format!(
            "the extension's API has no IPv6 addresses, so none for `{address}`"
        ))),
    }
}

fn arguments(arguments: types::TcpArguments) -> ServiceResult<TcpArguments> {
    Ok(TcpArguments {
        host: number(arguments.host)?,
        port: arguments.port,
        timeout: arguments.timeout,
    })
}

impl To<Self> for TcpArguments {
    fn to(self) -> Self {
        self
    }
}

impl dap::Host for State {
    async fn resolve_tcp_template(
        &mut self,
        template: TcpArgumentsTemplate,
    ) -> wasmtime::Result<Result<TcpArguments, String>> {
        let template: types::TcpArgumentsTemplate = template.to();
        let resolved = host_call!(
            self, "resolve-tcp-template" { template }
            self.services.resolve_tcp_template(template)
        );
        crate::runtime::api::extension::imports::answer(resolved.and_then(arguments))
    }
}

root_imports! {
    get_settings download_file make_file_executable set_language_server_installation_status
}

worktree_host! { id root_path read_text_file which shell_env }
project_host!();
key_value_store_host!();
