use super::{
    DownloadedFileType, ExtensionImports, HostWorktree, LanguageServerInstallationStatus,
    SettingsLocation,
    zed::extension::{
        github::{self, GithubRelease, GithubReleaseAsset, GithubReleaseOptions},
        lsp, nodejs,
        platform::{self, Architecture, Os},
    },
};
use crate::runtime::{api::extension::convert::To, engine::State};

import_types! { platform github downloaded_file_type installation_status settings_location }

impl lsp::Host for State {}

interface_imports! { github::Host: latest_github_release }
interface_imports! { platform::Host: current_platform }
interface_imports! {
    nodejs::Host: node_binary_path npm_package_latest_version npm_package_installed_version
    npm_install_package
}

root_imports! {
    get_settings download_file make_file_executable set_language_server_installation_status
}

worktree_host! { id root_path read_text_file which shell_env }
