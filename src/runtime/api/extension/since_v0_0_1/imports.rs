use super::{
    Architecture, DownloadedFileType, ExtensionImports, GithubRelease, GithubReleaseAsset,
    GithubReleaseOptions, HostWorktree, LanguageServerInstallationStatus, Os,
};
use crate::{base::types, runtime::api::extension::convert::To};

import_types! { platform github downloaded_file_type }

impl To<types::InstallationStatus> for LanguageServerInstallationStatus {
    fn to(self) -> types::InstallationStatus {
        match self {
            Self::CheckingForUpdate => types::InstallationStatus::CheckingForUpdate,
            Self::Downloading => types::InstallationStatus::Downloading,
            // What later versions report as nothing going on.
            Self::Downloaded | Self::Cached => types::InstallationStatus::None,
            Self::Failed(reason) => types::InstallationStatus::Failed(reason),
        }
    }
}

root_imports! {
    current_platform node_binary_path npm_package_latest_version npm_package_installed_version
    npm_install_package latest_github_release download_file set_language_server_installation_status
}

worktree_host! { read_text_file which shell_env }
