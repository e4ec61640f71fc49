//! How the adapter is started for a session.

use std::net::Ipv4Addr;

use zed_extension_api::{
    DebugAdapterBinary, DebugTaskDefinition, Result, StartDebuggingRequestArguments, TcpArguments,
    Worktree, resolve_tcp_template,
};

use crate::{ADAPTER, configuration::Configuration};

/// The versions that systems install under a name with their number, newest first; 18 was the first
/// to have the name.
const VERSIONS: std::ops::RangeInclusive<u32> = 18..=24;

/// The name that the adapter had before, and the versions of that.
const OLD_ADAPTER: &str = "lldb-vscode";
const OLD_VERSIONS: std::ops::RangeInclusive<u32> = 11..=17;

/// The adapter in the worktree's folder and environment, and what it is asked.
pub fn binary(
    task: DebugTaskDefinition,
    user_path: Option<String>,
    worktree: &Worktree,
) -> Result<DebugAdapterBinary> {
    let root = worktree.root_path();
    let configuration = Configuration::parse(&task.config)?;
    let request = configuration.request();
    let configuration = configuration.finish(&root)?;
    let command = program(user_path, worktree)?;
    let connection = task.tcp_connection.map(resolve_tcp_template).transpose()?;
    let arguments = match &connection {
        Some(connection) => listen(&command, connection)?,
        None => Vec::new(),
    };
    Ok(DebugAdapterBinary {
        command: Some(command),
        arguments,
        envs: worktree.shell_env(),
        cwd: Some(root),
        connection,
        request_args: StartDebuggingRequestArguments {
            configuration,
            request,
        },
    })
}

/// The person's own adapter, else the first that is found.
fn program(user_path: Option<String>, worktree: &Worktree) -> Result<String> {
    if let Some(path) = user_path.filter(|path| !path.is_empty()) {
        return Ok(path);
    }
    let numbered = VERSIONS.rev().map(|version| format!("{ADAPTER}-{version}"));
    let old = OLD_VERSIONS
        .rev()
        .map(|version| format!("{OLD_ADAPTER}-{version}"));
    std::iter::once(ADAPTER.to_owned())
        .chain(numbered)
        .chain(std::iter::once(OLD_ADAPTER.to_owned()))
        .chain(old)
        .find_map(|name| worktree.which(&name))
        .ok_or_else(|| {
            format!(
                "neither `{ADAPTER}` nor a numbered one, such as `{ADAPTER}-18`, is on PATH; install LLDB, which brings it, \
                 or name it in the settings of the debug adapter"
            )
        })
}

/// The arguments by which the adapter waits for a connection.
fn listen(command: &str, connection: &TcpArguments) -> Result<Vec<String>> {
    let host = Ipv4Addr::from_bits(connection.host);
    let port = connection.port;
    let name = command.rsplit(['/', '\\']).next().unwrap_or_default();
    if !name.starts_with(OLD_ADAPTER) {
        return Ok(vec![
            "--connection".to_owned(),
            format!("listen://{host}:{port}"),
        ]);
    }
    match host {
        Ipv4Addr::LOCALHOST => Ok(vec!["--port".to_owned(), port.to_string()]),
        _ => Err(format!(
            "`{name}` listens at 127.0.0.1 alone, and not at {host}"
        )),
    }
}
