//! How a world's imports reach the host's services: one macro arm for each import whose form several
//! versions share. The bodies are the same; the types are those of the module that names the arm.
//!
//! Every arm does the same three things: convert in, one call into `services`, convert out.

use super::convert::To;
use crate::services::ServiceResult;

/// The guest's form of what a host operation answered: errors become their words.
pub(super) fn answer<T: To<U>, U>(result: ServiceResult<T>) -> wasmtime::Result<Result<U, String>> {
    Ok(result.map(To::to).map_err(|error| error.for_guest()))
}

/// Writes the conversions of the types that a world defines at its root, or that an interface it owns
/// defines, by the names of those groups.
macro_rules! import_types {
    ($($group:ident)*) => {
        $(import_type!($group);)*
    };
}

macro_rules! import_type {
    (downloaded_file_type) => {
        convert! {
            enum DownloadedFileType => $crate::types::DownloadedFileKind {
                Gzip, GzipTar, Zip, Uncompressed
            }
        }
    };
    (process) => {
        convert! {
            struct Command => $crate::types::Command { command, args, env, .. }
            struct $crate::types::ProcessOutput => Output { status, stdout, stderr }
        }
    };
    (settings_location) => {
        convert! {
            struct SettingsLocation => $crate::types::SettingsLocation { worktree_id, path, .. }
        }
    };
    (installation_status) => {
        convert! {
            enum LanguageServerInstallationStatus => $crate::types::InstallationStatus {
                None, Downloading, CheckingForUpdate, Failed(reason)
            }
        }
    };
    (platform) => {
        convert! {
            enum $crate::types::OperatingSystem => Os { Mac, Linux, Windows }
            enum $crate::types::Architecture => Architecture { Aarch64, X86, X8664 }
        }
    };
    (http) => {
        convert! {
            struct HttpRequest => $crate::types::HttpRequest {
                method, url, headers, body, redirect_policy, ..
            }
            enum HttpMethod => $crate::types::HttpMethod {
                Get, Head, Post, Put, Delete, Options, Patch
            }
            enum RedirectPolicy => $crate::types::RedirectPolicy {
                NoFollow, FollowLimit(limit), FollowAll
            }
            struct $crate::types::HttpResponse => HttpResponse { headers, body }
        }
    };
    (github) => {
        convert! {
            struct GithubReleaseOptions => $crate::types::GithubReleaseOptions {
                require_assets, pre_release, ..
            }
            struct $crate::types::GithubRelease => GithubRelease { version, assets }
            struct $crate::types::GithubReleaseAsset => GithubReleaseAsset { name, download_url }
        }
    };
}

/// Implements a world's root imports by their names, then in braces those that only this version has
/// in this form.
macro_rules! root_imports {
    ($($import:ident)* $({ $($own:tt)* })?) => {
        impl ExtensionImports for $crate::engine::State {
            $(root_import!($import);)*
            $($($own)*)?
        }
    };
}

/// Implements the imports of an interface that the world owns: the trait, then their names.
macro_rules! interface_imports {
    ($host:path: $($import:ident)*) => {
        impl $host for $crate::engine::State {
            $(root_import!($import);)*
        }
    };
}

macro_rules! root_import {
    (get_settings) => {
        async fn get_settings(
            &mut self,
            location: Option<SettingsLocation>,
            category: String,
            key: Option<String>,
        ) -> wasmtime::Result<Result<String, String>> {
            $crate::api::extension::imports::answer(
                self.services
                    .settings(location.to(), &category, key.as_deref())
                    .await,
            )
        }
    };
    (download_file) => {
        async fn download_file(
            &mut self,
            url: String,
            path: String,
            kind: DownloadedFileType,
        ) -> wasmtime::Result<Result<(), String>> {
            $crate::api::extension::imports::answer(
                self.services.download_file(&url, &path, kind.to()).await,
            )
        }
    };
    (make_file_executable) => {
        async fn make_file_executable(
            &mut self,
            path: String,
        ) -> wasmtime::Result<Result<(), String>> {
            $crate::api::extension::imports::answer(self.services.make_file_executable(&path).await)
        }
    };
    (set_language_server_installation_status) => {
        async fn set_language_server_installation_status(
            &mut self,
            server: String,
            status: LanguageServerInstallationStatus,
        ) -> wasmtime::Result<()> {
            self.services
                .set_installation_status(&server, status.to())
                .await;
            Ok(())
        }
    };
    (current_platform) => {
        async fn current_platform(&mut self) -> wasmtime::Result<(Os, Architecture)> {
            Ok(self.services.current_platform().to())
        }
    };
    (latest_github_release) => {
        async fn latest_github_release(
            &mut self,
            repository: String,
            options: GithubReleaseOptions,
        ) -> wasmtime::Result<Result<GithubRelease, String>> {
            $crate::api::extension::imports::answer(
                self.services
                    .latest_github_release(&repository, options.to())
                    .await,
            )
        }
    };
    (github_release_by_tag_name) => {
        async fn github_release_by_tag_name(
            &mut self,
            repository: String,
            tag: String,
        ) -> wasmtime::Result<Result<GithubRelease, String>> {
            $crate::api::extension::imports::answer(
                self.services
                    .github_release_by_tag_name(&repository, &tag)
                    .await,
            )
        }
    };
    (fetch) => {
        async fn fetch(
            &mut self,
            request: HttpRequest,
        ) -> wasmtime::Result<Result<HttpResponse, String>> {
            $crate::api::extension::imports::answer(self.services.fetch(request.to()).await)
        }
    };
    (fetch_stream) => {
        async fn fetch_stream(
            &mut self,
            request: HttpRequest,
        ) -> wasmtime::Result<
            Result<wasmtime::component::Resource<$crate::services::HttpResponseStream>, String>,
        > {
            match self.services.fetch_stream(request.to()).await {
                Ok(stream) => Ok(Ok(self.table.push(stream)?)),
                Err(error) => Ok(Err(error.for_guest())),
            }
        }
    };
    (run_command) => {
        async fn run_command(
            &mut self,
            command: Command,
        ) -> wasmtime::Result<Result<Output, String>> {
            $crate::api::extension::imports::answer(self.services.run_command(command.to()).await)
        }
    };
    (node_binary_path) => {
        async fn node_binary_path(&mut self) -> wasmtime::Result<Result<String, String>> {
            $crate::api::extension::imports::answer(self.services.node_binary_path().await)
        }
    };
    (npm_package_latest_version) => {
        async fn npm_package_latest_version(
            &mut self,
            package: String,
        ) -> wasmtime::Result<Result<String, String>> {
            $crate::api::extension::imports::answer(
                self.services.npm_package_latest_version(&package).await,
            )
        }
    };
    (npm_package_installed_version) => {
        async fn npm_package_installed_version(
            &mut self,
            package: String,
        ) -> wasmtime::Result<Result<Option<String>, String>> {
            $crate::api::extension::imports::answer(
                self.services.npm_package_installed_version(&package).await,
            )
        }
    };
    (npm_install_package) => {
        async fn npm_install_package(
            &mut self,
            package: String,
            version: String,
        ) -> wasmtime::Result<Result<(), String>> {
            $crate::api::extension::imports::answer(
                self.services.npm_install_package(&package, &version).await,
            )
        }
    };
}

/// Implements a world's worktree by the names of its methods.
macro_rules! worktree_host {
    ($($method:ident)*) => {
        impl HostWorktree for $crate::engine::State {
            $(worktree_method!($method);)*

            async fn drop(
                &mut self,
                _: wasmtime::component::Resource<$crate::services::Worktree>,
            ) -> wasmtime::Result<()> {
                // Only ever lent: the host takes it back when the call ends.
                Ok(())
            }
        }
    };
}

macro_rules! worktree_method {
    (id) => {
        async fn id(
            &mut self,
            worktree: wasmtime::component::Resource<$crate::services::Worktree>,
        ) -> wasmtime::Result<u64> {
            Ok(self.table.get(&worktree)?.id())
        }
    };
    (root_path) => {
        async fn root_path(
            &mut self,
            worktree: wasmtime::component::Resource<$crate::services::Worktree>,
        ) -> wasmtime::Result<String> {
            Ok(self.table.get(&worktree)?.root_path())
        }
    };
    (read_text_file) => {
        async fn read_text_file(
            &mut self,
            worktree: wasmtime::component::Resource<$crate::services::Worktree>,
            path: String,
        ) -> wasmtime::Result<Result<String, String>> {
            let worktree = self.table.get(&worktree)?.clone();
            $crate::api::extension::imports::answer(worktree.read_text_file(&path).await)
        }
    };
    (which) => {
        async fn which(
            &mut self,
            worktree: wasmtime::component::Resource<$crate::services::Worktree>,
            program: String,
        ) -> wasmtime::Result<Option<String>> {
            let worktree = self.table.get(&worktree)?.clone();
            Ok(worktree.which(&program).await)
        }
    };
    (shell_env) => {
        async fn shell_env(
            &mut self,
            worktree: wasmtime::component::Resource<$crate::services::Worktree>,
        ) -> wasmtime::Result<Vec<(String, String)>> {
            let worktree = self.table.get(&worktree)?.clone();
            Ok(worktree.shell_env().await)
        }
    };
}

/// Implements the stream of an HTTP answer's body, for the world that owns the interface.
macro_rules! http_response_stream_host {
    () => {
        impl HostHttpResponseStream for $crate::engine::State {
            async fn next_chunk(
                &mut self,
                stream: wasmtime::component::Resource<$crate::services::HttpResponseStream>,
            ) -> wasmtime::Result<Result<Option<Vec<u8>>, String>> {
                let stream = self.table.get_mut(&stream)?;
                $crate::api::extension::imports::answer(stream.next_chunk().await)
            }

            async fn drop(
                &mut self,
                stream: wasmtime::component::Resource<$crate::services::HttpResponseStream>,
            ) -> wasmtime::Result<()> {
                // Unlike what is lent for a call, a stream is the guest's own.
                self.table.delete(stream)?;
                Ok(())
            }
        }
    };
}

/// Implements a world's project.
macro_rules! project_host {
    () => {
        impl HostProject for $crate::engine::State {
            async fn worktree_ids(
                &mut self,
                project: wasmtime::component::Resource<$crate::services::Project>,
            ) -> wasmtime::Result<Vec<u64>> {
                Ok(self.table.get(&project)?.worktree_ids())
            }

            async fn drop(
                &mut self,
                _: wasmtime::component::Resource<$crate::services::Project>,
            ) -> wasmtime::Result<()> {
                // Only ever lent: the host takes it back when the call ends.
                Ok(())
            }
        }
    };
}

/// Implements a world's key-value store.
macro_rules! key_value_store_host {
    () => {
        impl HostKeyValueStore for $crate::engine::State {
            async fn insert(
                &mut self,
                store: wasmtime::component::Resource<$crate::services::KeyValueStore>,
                key: String,
                value: String,
            ) -> wasmtime::Result<Result<(), String>> {
                let store = self.table.get(&store)?.clone();
                $crate::api::extension::imports::answer(store.insert(key, value).await)
            }

            async fn drop(
                &mut self,
                _: wasmtime::component::Resource<$crate::services::KeyValueStore>,
            ) -> wasmtime::Result<()> {
                // Only ever lent: the host takes it back when the call ends.
                Ok(())
            }
        }
    };
}
