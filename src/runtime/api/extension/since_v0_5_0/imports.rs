use super::{
    DownloadedFileType, ExtensionImports, HostKeyValueStore, HostProject, HostWorktree,
    LanguageServerInstallationStatus, SettingsLocation, zed::extension::context_server,
};
use crate::runtime::{api::extension::convert::To, engine::State};

import_types! { downloaded_file_type installation_status settings_location }

impl context_server::Host for State {}

root_imports! {
    get_settings download_file make_file_executable set_language_server_installation_status
}

worktree_host! { id root_path read_text_file which shell_env }
project_host!();
key_value_store_host!();
