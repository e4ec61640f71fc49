//! Starts yaml-language-server, for YAML: the one on `PATH`, else one that it installs from npm.

use zed_extension_api as zed;
use zed_extension_api::settings::LspSettings;
use zed_extension_api::{
    Command, LanguageServerId, LanguageServerInstallationStatus as Status, Result, Worktree,
    serde_json,
};

/// The name of the server, of its package and of its program.
const SERVER: &str = "yaml-language-server";

struct YamlServer;

impl zed::Extension for YamlServer {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        let env = worktree.shell_env();
        let args = vec!["--stdio".to_owned()];
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?;
        let path = settings.binary.and_then(|binary| binary.path);
        if let Some(command) = path.or_else(|| worktree.which(SERVER)) {
            return Ok(Command { command, args, env });
        }
        let installed = install(id);
        let status = match &installed {
            Ok(()) => Status::None,
            Err(reason) => Status::Failed(reason.clone()),
        };
        zed::set_language_server_installation_status(id, &status);
        installed?;
        let program = std::env::current_dir()
            .map_err(|error| format!("no working directory: {error}"))?
            .join("node_modules")
            .join(SERVER)
            .join("bin")
            .join(SERVER);
        let program = program.to_string_lossy().into_owned();
        Ok(Command {
            command: zed::node_binary_path()?,
            args: [program].into_iter().chain(args).collect(),
            env,
        })
    }

    fn language_server_workspace_configuration(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<serde_json::Value>> {
        Ok(LspSettings::for_worktree(id.as_ref(), worktree)?.settings)
    }
}

/// Has the newest version installed.
fn install(id: &LanguageServerId) -> Result<()> {
    zed::set_language_server_installation_status(id, &Status::CheckingForUpdate);
    let latest = zed::npm_package_latest_version(SERVER)?;
    if zed::npm_package_installed_version(SERVER)?.as_ref() == Some(&latest) {
        return Ok(());
    }
    zed::set_language_server_installation_status(id, &Status::Downloading);
    zed::npm_install_package(SERVER, &latest)
}

zed::register_extension!(YamlServer);
