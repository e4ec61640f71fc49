use super::{
    DownloadedFileType, ExtensionImports, HostKeyValueStore, HostProject, HostWorktree,
    LanguageServerInstallationStatus, SettingsLocation,
};
use crate::runtime::api::extension::convert::To;

import_types! { downloaded_file_type installation_status settings_location }

root_imports! {
    get_settings download_file make_file_executable set_language_server_installation_status
}

worktree_host! { id root_path read_text_file which shell_env }
project_host!();
key_value_store_host!();
