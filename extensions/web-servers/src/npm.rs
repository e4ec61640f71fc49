//! A server that is on `PATH`, or that is installed from npm.

use zed_extension_api::{
    self as zed, Command, EnvVars, LanguageServerId, LanguageServerInstallationStatus as Status,
    Result, Worktree, settings::LspSettings,
};

/// A server that Node.js runs.
pub struct Server {
    /// What its program may be called on `PATH`, the usual name first.
    pub programs: &'static [&'static str],
    /// Its package.
    pub package: &'static str,
    /// The script in the package's folder.
    pub script: &'static str,
    /// What it is started with, unless the settings say otherwise.
    pub arguments: &'static [&'static str],
}

impl Server {
    /// The program the settings name, else the one on `PATH`, else the one from npm, in the environment of
    /// the worktree's shell.
    pub fn command(&self, id: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        let binary = LspSettings::for_worktree(id.as_ref(), worktree)?.binary;
        let (path, arguments, variables) = match binary {
            Some(binary) => (binary.path, binary.arguments, binary.env),
            None => (None, None, None),
        };
        let own = || self.arguments.iter().map(ToString::to_string).collect();
        let mut args = arguments.unwrap_or_else(own);
        let found = match path {
            Some(path) => Some(program(&path, worktree)?),
            None => self.programs.iter().find_map(|name| worktree.which(name)),
        };
        let command = match found {
            Some(command) => command,
            None => {
                args.insert(0, self.installed(id)?);
                zed::node_binary_path()?
            }
        };
        let mut env: EnvVars = worktree.shell_env();
        for (name, value) in variables.into_iter().flatten() {
            env.retain(|(existing, _)| *existing != name);
            env.push((name, value));
        }
        Ok(Command { command, args, env })
    }

    /// The path of the script, once its package is there.
    fn installed(&self, id: &LanguageServerId) -> Result<String> {
        let installed = self.install(id);
        let status = match &installed {
            Ok(()) => Status::None,
            Err(reason) => Status::Failed(reason.clone()),
        };
        zed::set_language_server_installation_status(id, &status);
        installed?;
        let mut path = std::env::current_dir()
            .map_err(|error| format!("no working directory: {error}"))?
            .join("node_modules");
        path.extend(self.package.split('/').chain(self.script.split('/')));
        Ok(path.to_string_lossy().into_owned())
    }

    /// Has the newest version installed. One that is there serves where npm cannot be asked.
    fn install(&self, id: &LanguageServerId) -> Result<()> {
        zed::set_language_server_installation_status(id, &Status::CheckingForUpdate);
        let installed = zed::npm_package_installed_version(self.package)?;
        let latest = match zed::npm_package_latest_version(self.package) {
            Ok(latest) => latest,
            Err(_) if installed.is_some() => return Ok(()),
            Err(error) => return Err(error),
        };
        if installed.as_ref() == Some(&latest) {
            return Ok(());
        }
        zed::set_language_server_installation_status(id, &Status::Downloading);
        zed::npm_install_package(self.package, &latest)
    }
}

/// A bare name is looked up on `PATH`, a relative path starts at the worktree: the host would take either
/// from the extension's own folder.
fn program(path: &str, worktree: &Worktree) -> Result<String> {
    if !path.contains(['/', '\\']) {
        return worktree.which(path).ok_or_else(|| {
            format!("`{path}`, which the setting `binary.path` names, is not on PATH")
        });
    }
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with(['/', '\\']) || has_drive {
        return Ok(path.to_owned());
    }
    let relative = path.strip_prefix("./").unwrap_or(path);
    let root = worktree.root_path();
    Ok(format!("{}/{relative}", root.trim_end_matches('/')))
}
