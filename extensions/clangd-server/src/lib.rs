//! Starts clangd, for C and C++: the one on `PATH`, else one that it downloads from its releases.

use std::fs;

use zed_extension_api as zed;
use zed_extension_api::{
    Architecture, Command, DownloadedFileType, GithubRelease, GithubReleaseOptions,
    LanguageServerId, LanguageServerInstallationStatus as Status, Os, Result, Worktree,
};

/// Where clangd is released.
const REPOSITORY: &str = "clangd/clangd";

struct Clangd;

impl zed::Extension for Clangd {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        id: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        let command = match worktree.which("clangd") {
            Some(command) => command,
            None => {
                let installed = install(id);
                let status = match &installed {
                    Ok(_) => Status::None,
                    Err(reason) => Status::Failed(reason.clone()),
                };
                zed::set_language_server_installation_status(id, &status);
                installed?
            }
        };
        Ok(Command {
            command,
            args: Vec::new(),
            env: worktree.shell_env(),
        })
    }
}

/// Has the newest release in the work folder, and gives its program's path from there.
fn install(id: &LanguageServerId) -> Result<String> {
    zed::set_language_server_installation_status(id, &Status::CheckingForUpdate);
    let options = GithubReleaseOptions {
        require_assets: true,
        pre_release: false,
    };
    let release = zed::latest_github_release(REPOSITORY, options)?;
    let (os, architecture) = zed::current_platform();
    let (system, program) = match (os, architecture) {
        (Os::Linux, Architecture::X8664) => ("linux", "clangd"),
        (Os::Mac, _) => ("mac", "clangd"),
        (Os::Windows, Architecture::X8664) => ("windows", "clangd.exe"),
        _ => {
            return Err(
                "clangd has no release for this machine: install it so that it is on PATH".to_owned(),
            );
        }
    };
    let folder = format!("clangd_{}", release.version);
    let program = format!("{folder}/bin/{program}");
    if fs::metadata(&program).is_ok_and(|file| file.is_file()) {
        return Ok(program);
    }
    zed::set_language_server_installation_status(id, &Status::Downloading);
    let url = asset(&release, &format!("clangd-{system}-{}.zip", release.version))?;
    // The archive has a folder of the version's name.
    zed::download_file(url, ".", DownloadedFileType::Zip)?;
    zed::make_file_executable(&program)?;
    remove_all_but(&folder);
    Ok(program)
}

/// Where a file of a release is.
fn asset<'a>(release: &'a GithubRelease, name: &str) -> Result<&'a str> {
    let asset = release.assets.iter().find(|asset| asset.name == name);
    asset
        .map(|asset| asset.download_url.as_str())
        .ok_or_else(|| format!("release {} has no file `{name}`", release.version))
}

/// Removes the versions before. What cannot be removed takes space, and does no other harm.
fn remove_all_but(folder: &str) {
    let entries = fs::read_dir(".").into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("clangd_") && name != folder {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

zed::register_extension!(Clangd);
