use super::{
    Architecture, DownloadedFileType, ExtensionImports, GithubRelease, GithubReleaseAsset,
    GithubReleaseOptions, HostWorktree, LanguageServerInstallationStatus, Os,
};
use crate::runtime::api::extension::convert::To;

import_types! { platform github downloaded_file_type installation_status }

root_imports! {
    current_platform node_binary_path npm_package_latest_version npm_package_installed_version
    npm_install_package latest_github_release download_file make_file_executable
    set_language_server_installation_status
}

worktree_host! { read_text_file which shell_env }
