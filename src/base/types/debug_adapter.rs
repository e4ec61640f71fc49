//! Debug adapters, and the scenarios they are started for.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::command::EnvironmentVariables;

/// The address a debug adapter listens at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpArguments {
    /// The address. Up to API 0.7.0 an extension knows IPv4 alone.
    pub host: IpAddr,
    /// The port.
    pub port: u16,
    /// How long to wait for a connection, in milliseconds; `None` leaves it to the editor.
    #[serde(default)]
    pub timeout: Option<u64>,
}

/// The wished address for a debug adapter to listen at; parts that are missing are chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TcpArgumentsTemplate {
    /// The address.
    pub host: Option<IpAddr>,
    /// The port.
    pub port: Option<u16>,
    /// How long to wait for a connection, in milliseconds.
    pub timeout: Option<u64>,
}

/// A program to start under a debugger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LaunchRequest {
    /// The program.
    pub program: String,
    /// Its current folder.
    pub cwd: Option<String>,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables to add to its environment.
    pub envs: EnvironmentVariables,
}

/// A running program to attach a debugger to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AttachRequest {
    /// Its process number; `None` leaves the choice to the user.
    pub process_id: Option<u32>,
}

/// The program to debug.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DebugRequest {
    /// A program to start.
    Launch(LaunchRequest),
    /// A program that runs.
    Attach(AttachRequest),
}

/// The kind of a debug request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DebugRequestKind {
    /// A program is started.
    #[default]
    Launch,
    /// A running program is attached to.
    Attach,
}

/// A user's choices in an editor's form for a new session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebugConfig {
    /// What the session is called.
    pub label: String,
    /// The debug adapter's name.
    pub adapter: String,
    /// What to debug.
    pub request: DebugRequest,
    /// Whether to stop at the program's first line.
    #[serde(default)]
    pub stop_on_entry: Option<bool>,
}

/// A task: a program that builds what is debugged, or is what is debugged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskTemplate {
    /// What it is called.
    pub label: String,
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables to add to its environment.
    pub env: EnvironmentVariables,
    /// Its current folder.
    pub cwd: Option<String>,
}

/// The build before a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildTaskDefinition {
    /// A task of the editor, by its name.
    ByName(String),
    /// A task of its own.
    Template(BuildTaskTemplate),
}

/// A task of its own, and who finds the program it has built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BuildTaskTemplate {
    /// The debug locator's name.
    pub locator_name: Option<String>,
    /// The task.
    pub template: TaskTemplate,
}

/// A session that can be started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DebugScenario {
    /// What it is called.
    pub label: String,
    /// The debug adapter's name.
    pub adapter: String,
    /// What to build first.
    pub build: Option<BuildTaskDefinition>,
    /// The debug adapter's own configuration.
    pub config: Value,
    /// Where the debug adapter listens.
    pub tcp_connection: Option<TcpArgumentsTemplate>,
}

/// A session to start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DebugTaskDefinition {
    /// What it is called.
    pub label: String,
    /// The debug adapter's name.
    pub adapter: String,
    /// The debug adapter's own configuration.
    pub config: Value,
    /// Where the debug adapter listens.
    pub tcp_connection: Option<TcpArgumentsTemplate>,
}

/// The first request to a debug adapter that runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StartDebuggingRequest {
    /// The configuration.
    pub configuration: Value,
    /// Whether a program is started or attached to.
    pub request: DebugRequestKind,
}

/// The way to start or reach a debug adapter. The command is taken as it is: unlike a language server's,
/// it is not joined to the work directory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DebugAdapterBinary {
    /// The program; `None` where the adapter runs already.
    pub command: Option<String>,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Variables to add to its environment.
    pub envs: EnvironmentVariables,
    /// Its current folder.
    pub cwd: Option<String>,
    /// Where it listens; `None` where it is talked to by its standard streams.
    pub connection: Option<TcpArguments>,
    /// What it is asked.
    pub request_args: StartDebuggingRequest,
}
