//! Starts `{{id}}`, a context server.

use zed_extension_api::{
    self as zed, Command, ContextServerId, EnvVars, Os, Project, Result,
    settings::ContextServerSettings,
};

/// The program that is looked for on `PATH`.
const PROGRAM: &str = "{{id}}";

struct {{type}};

impl zed::Extension for {{type}} {
    fn new() -> Self {
        Self
    }

    /// How the server is started: as the settings say, else as the program on `PATH`.
    fn context_server_command(
        &mut self,
        server: &ContextServerId,
        project: &Project,
    ) -> Result<Command> {
        let settings = ContextServerSettings::for_project(server.as_ref(), project)?;
        let (path, arguments, variables) = match settings.command {
            Some(command) => (command.path, command.arguments, command.env),
            None => (None, None, None),
        };
        let args = arguments.unwrap_or_default();
        let env: EnvVars = variables.unwrap_or_default().into_iter().collect();
        Ok(match path {
            Some(command) => Command { command, args, env },
            None => from_path(args, env),
        })
    }
}

/// The program on `PATH`, behind the one that looks it up there: a bare name would be taken from the extension's own
/// folder.
fn from_path(args: Vec<String>, env: EnvVars) -> Command {
    let (command, first) = match zed::current_platform().0 {
        Os::Windows => (r"C:\Windows\System32\cmd.exe", vec!["/c", PROGRAM]),
        Os::Mac | Os::Linux => ("/usr/bin/env", vec![PROGRAM]),
    };
    let first = first.into_iter().map(String::from);
    Command {
        command: command.into(),
        args: first.chain(args).collect(),
        env,
    }
}

zed::register_extension!({{type}});
