use super::{
    DownloadedFileType, ExtensionImports, HostKeyValueStore, HostWorktree,
    LanguageServerInstallationStatus, SettingsLocation,
    zed::extension::{
        common,
        github::{self, GithubRelease, GithubReleaseAsset, GithubReleaseOptions},
        http_client::{
            self, HostHttpResponseStream, HttpMethod, HttpRequest, HttpResponse, RedirectPolicy,
        },
        slash_command,
    },
};
use crate::runtime::{api::extension::convert::To, engine::State};

import_types! { github http downloaded_file_type installation_status settings_location }

impl common::Host for State {}
impl slash_command::Host for State {}

interface_imports! { github::Host: latest_github_release github_release_by_tag_name }
interface_imports! { http_client::Host: fetch fetch_stream }
http_response_stream_host!();

root_imports! {
    get_settings download_file make_file_executable set_language_server_installation_status
}

worktree_host! { id root_path read_text_file which shell_env }
key_value_store_host!();
