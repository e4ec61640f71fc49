//! Starts the context server `memory`, which keeps a knowledge graph for assistants.

mod command;
mod configuration;
mod settings;

use zed_extension_api as zed;
use zed_extension_api::{
    Command, ContextServerConfiguration, ContextServerId, Project, Result,
    settings::ContextServerSettings,
};

/// The server's name in the manifest and in the settings.
const SERVER: &str = "memory";

struct MemoryServer;

impl zed::Extension for MemoryServer {
    fn new() -> Self {
        Self
    }

    fn context_server_command(
        &mut self,
        server: &ContextServerId,
        project: &Project,
    ) -> Result<Command> {
        if server.as_ref() != SERVER {
            return Err(format!("this extension starts `{SERVER}`, not `{server}`"));
        }
        let settings = ContextServerSettings::for_project(SERVER, project)?;
        let file = settings::memory_file(settings.settings.as_ref(), &work_directory()?)?;
        let (system, _) = zed::current_platform();
        command::command(system, settings.command, file)
    }

    fn context_server_configuration(
        &mut self,
        server: &ContextServerId,
        _: &Project,
    ) -> Result<Option<ContextServerConfiguration>> {
        Ok((server.as_ref() == SERVER).then(configuration::configuration))
    }
}

/// The folder that is this extension's own, by its path outside the extension too.
fn work_directory() -> Result<String> {
    let folder = std::env::current_dir()
        .map_err(|error| format!("the extension's work folder cannot be found: {error}"))?;
    Ok(folder.to_string_lossy().into_owned())
}

zed::register_extension!(MemoryServer);
