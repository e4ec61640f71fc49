//! Imports of a world on their way to the host's services: one macro arm for each import whose form several
//! versions share. The bodies are the same; the types are those of the module that names the arm.
//!
//! Every arm does the same three things: convert in, one call into `services`, convert out. What can take
//! time goes through `host_call!`: that time is not the guest's, and the observer is told of the call.

use super::convert::To;
use crate::runtime::services::ServiceResult;

/// The guest's form of what a host operation answered: errors become their words.
pub(super) fn answer<T: To<U>, U>(result: ServiceResult<T>) -> wasmtime::Result<Result<U, String>> {
    Ok(result.map(To::to).map_err(|error| error.for_guest()))
}

/// Awaits a host operation, given its name and the arguments that an observer hears of.
macro_rules! host_call {
    ($state:ident, $operation:literal { $($argument:ident),* } $work:expr) => {{
        let arguments = $state
            .monitor
            .arguments(|| serde_json::json!({ $((stringify!($argument)): $crate::runtime::engine::told(&$argument)),* }));
        $state.monitor.perform($operation, arguments, $work).await
    }};
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
            enum DownloadedFileType => $crate::base::types::DownloadedFileKind {
                Gzip, GzipTar, Zip, Uncompressed
            }
        }
    };
    (process) => {
        convert! {
            struct Command => $crate::base::types::Command { command, args, env, .. }
            struct $crate::base::types::ProcessOutput => Output { status, stdout, stderr }
        }
    };
    (settings_location) => {
        convert! {
            struct SettingsLocation => $crate::base::types::SettingsLocation { worktree_id, path, .. }
        }
    };
    (installation_status) => {
        convert! {
            enum LanguageServerInstallationStatus => $crate::base::types::InstallationStatus {
                None, Downloading, CheckingForUpdate, Failed(reason)
            }
        }
    };
    (platform) => {
        convert! {
            enum $crate::base::types::OperatingSystem => Os { Mac, Linux, Windows }
            enum $crate::base::types::Architecture => Architecture { Aarch64, X86, X8664 }
        }
    };
    (http) => {
        convert! {
            struct HttpRequest => $crate::base::types::HttpRequest {
                method, url, headers, body, redirect_policy, ..
            }
            enum HttpMethod => $crate::base::types::HttpMethod {
                Get, Head, Post, Put, Delete, Options, Patch
            }
            enum RedirectPolicy => $crate::base::types::RedirectPolicy {
                NoFollow, FollowLimit(limit), FollowAll
            }
            struct $crate::base::types::HttpResponse => HttpResponse { headers, body }
        }
    };
    (github) => {
        convert! {
            struct GithubReleaseOptions => $crate::base::types::GithubReleaseOptions {
                require_assets, pre_release, ..
            }
            struct $crate::base::types::GithubRelease => GithubRelease { version, assets }
            struct $crate::base::types::GithubReleaseAsset => GithubReleaseAsset { name, download_url }
        }
    };
}

/// Implements a world's root imports by their names, then in braces those that only this version has
/// in this form.
macro_rules! root_imports {
    ($($import:ident)* $({ $($own:tt)* })?) => {
        impl ExtensionImports for $crate::runtime::engine::State {
            $(root_import!($import);)*
            $($($own)*)?
        }
    };
}

/// Implements the imports of an interface that the world owns: the trait, then their names.
macro_rules! interface_imports {
    ($host:path: $($import:ident)*) => {
        impl $host for $crate::runtime::engine::State {
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
            let location = location.to();
            let answer = host_call!(
                self, "get-settings" { location, category, key }
                self.services.settings(location, &category, key.as_deref())
            );
            $crate::runtime::api::extension::imports::answer(answer)
        }
    };
    (download_file) => {
        async fn download_file(
            &mut self,
            url: String,
            path: String,
            kind: DownloadedFileType,
        ) -> wasmtime::Result<Result<(), String>> {
            let kind = kind.to();
            let answer = host_call!(
                self, "download-file" { url, path, kind }
                self.services.download_file(&url, &path, kind)
            );
            $crate::runtime::api::extension::imports::answer(answer)
        }
    };
    (make_file_executable) => {
        async fn make_file_executable(
            &mut self,
            path: String,
        ) -> wasmtime::Result<Result<(), String>> {
            let answer = host_call!(
                self, "make-file-executable" { path }
                self.services.make_file_executable(&path)
            );
            $crate::runtime::api::extension::imports::answer(answer)
        }
    };
    (set_language_server_installation_status) => {
        async fn set_language_server_installation_status(
            &mut self,
            server: String,
            status: LanguageServerInstallationStatus,
        ) -> wasmtime::Result<()> {
            let status = status.to();
            host_call!(
                self, "set-language-server-installation-status" { server, status }
                async { self.services.set_installation_status(&server, status) }
            );
            Ok(())
        }
    };
    (current_platform) => {
        async fn current_platform(&mut self) -> wasmtime::Result<(Os, Architecture)> {
            Ok(host_call!(
                self, "current-platform" {}
                std::future::ready(self.services.current_platform())
            ).to())
        }
    };
    (latest_github_release) => {
        async fn latest_github_release(
            &mut self,
            repository: String,
            options: GithubReleaseOptions,
        ) -> wasmtime::Result<Result<GithubRelease, String>> {
            let options = options.to();
            let answer = host_call!(
                self, "latest-github-release" { repository, options }
                self.services.latest_github_release(&repository, options)
            );
            $crate::runtime::api::extension::imports::answer(answer)
        }
    };
    (github_release_by_tag_name) => {
        async fn github_release_by_tag_name(
            &mut self,
            repository: String,
            tag: String,
        ) -> wasmtime::Result<Result<GithubRelease, String>> {
            let answer = host_call!(
                self, "github-release-by-tag-name" { repository, tag }
                self.services.github_release_by_tag_name(&repository, &tag)
            );
            $crate::runtime::api::extension::imports::answer(answer)
        }
    };
    (fetch) => {
        async fn fetch(
            &mut self,
            request: HttpRequest,
        ) -> wasmtime::Result<Result<HttpResponse, String>> {
            let request = request.to();
            let answer = host_call!(self, "fetch" { request } self.services.fetch(request));
            $crate::runtime::api::extension::imports::answer(answer)
        }
    };
    (fetch_stream) => {
        async fn fetch_stream(
            &mut self,
            request: HttpRequest,
        ) -> wasmtime::Result<
            Result<wasmtime::component::Resource<$crate::runtime::services::HttpResponseStream>, String>,
        > {
            let request = request.to();
            match host_call!(self, "fetch-stream" { request } self.services.fetch_stream(request)) {
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
            let command = command.to();
            let answer = host_call!(
                self, "run-command" { command }
                self.services.run_command(command)
            );
            $crate::runtime::api::extension::imports::answer(answer)
        }
    };
    (node_binary_path) => {
        async fn node_binary_path(&mut self) -> wasmtime::Result<Result<String, String>> {
            $crate::runtime::api::extension::imports::answer(host_call!(
                self, "node-binary-path" {}
                self.services.node_binary_path()
            ))
        }
    };
    (npm_package_latest_version) => {
        async fn npm_package_latest_version(
            &mut self,
            package: String,
        ) -> wasmtime::Result<Result<String, String>> {
            let answer = host_call!(
                self, "npm-package-latest-version" { package }
                self.services.npm_package_latest_version(&package)
            );
            $crate::runtime::api::extension::imports::answer(answer)
        }
    };
    (npm_package_installed_version) => {
        async fn npm_package_installed_version(
            &mut self,
            package: String,
        ) -> wasmtime::Result<Result<Option<String>, String>> {
            let answer = host_call!(
                self, "npm-package-installed-version" { package }
                self.services.npm_package_installed_version(&package)
            );
            $crate::runtime::api::extension::imports::answer(answer)
        }
    };
    (npm_install_package) => {
        async fn npm_install_package(
            &mut self,
            package: String,
            version: String,
        ) -> wasmtime::Result<Result<(), String>> {
            let answer = host_call!(
                self, "npm-install-package" { package, version }
                self.services.npm_install_package(&package, &version)
            );
            $crate::runtime::api::extension::imports::answer(answer)
        }
    };
}

/// Implements a world's worktree by the names of its methods.
macro_rules! worktree_host {
    ($($method:ident)*) => {
        impl HostWorktree for $crate::runtime::engine::State {
            $(worktree_method!($method);)*

            async fn drop(
                &mut self,
                _: wasmtime::component::Resource<$crate::runtime::services::Worktree>,
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
            worktree: wasmtime::component::Resource<$crate::runtime::services::Worktree>,
        ) -> wasmtime::Result<u64> {
            Ok(host_call!(
                self, "worktree.id" {}
                std::future::ready(self.table.get(&worktree)?.id())
            ))
        }
    };
    (root_path) => {
        async fn root_path(
            &mut self,
            worktree: wasmtime::component::Resource<$crate::runtime::services::Worktree>,
        ) -> wasmtime::Result<String> {
            Ok(host_call!(
                self, "worktree.root-path" {}
                std::future::ready(self.table.get(&worktree)?.root_path())
            ))
        }
    };
    (read_text_file) => {
        async fn read_text_file(
            &mut self,
            worktree: wasmtime::component::Resource<$crate::runtime::services::Worktree>,
            path: String,
        ) -> wasmtime::Result<Result<String, String>> {
            let worktree = self.table.get(&worktree)?.clone();
            let answer = host_call!(
                self, "worktree.read-text-file" { path }
                worktree.read_text_file(&path)
            );
            $crate::runtime::api::extension::imports::answer(answer)
        }
    };
    (which) => {
        async fn which(
            &mut self,
            worktree: wasmtime::component::Resource<$crate::runtime::services::Worktree>,
            program: String,
        ) -> wasmtime::Result<Option<String>> {
            let worktree = self.table.get(&worktree)?.clone();
            Ok(host_call!(self, "worktree.which" { program } worktree.which(&program)))
        }
    };
    (shell_env) => {
        async fn shell_env(
            &mut self,
            worktree: wasmtime::component::Resource<$crate::runtime::services::Worktree>,
        ) -> wasmtime::Result<Vec<(String, String)>> {
            let worktree = self.table.get(&worktree)?.clone();
            Ok(host_call!(self, "worktree.shell-env" {} self.services.shell_env(&worktree)))
        }
    };
}

/// Implements the stream of an HTTP answer's body, for the world that owns the interface.
macro_rules! http_response_stream_host {
    () => {
        impl HostHttpResponseStream for $crate::runtime::engine::State {
            async fn next_chunk(
                &mut self,
                stream: wasmtime::component::Resource<
                    $crate::runtime::services::HttpResponseStream,
                >,
            ) -> wasmtime::Result<Result<Option<Vec<u8>>, String>> {
                let monitor = self.monitor.clone();
                let work = self.table.get_mut(&stream)?.next_chunk();
                let arguments = monitor.arguments(|| serde_json::json!({}));
                let answer = monitor.perform("http-response-stream.next-chunk", arguments, work);
                $crate::runtime::api::extension::imports::answer(answer.await)
            }

            async fn drop(
                &mut self,
                stream: wasmtime::component::Resource<
                    $crate::runtime::services::HttpResponseStream,
                >,
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
        impl HostProject for $crate::runtime::engine::State {
            async fn worktree_ids(
                &mut self,
                project: wasmtime::component::Resource<$crate::runtime::services::Project>,
            ) -> wasmtime::Result<Vec<u64>> {
                Ok(host_call!(
                    self, "project.worktree-ids" {}
                    std::future::ready(self.table.get(&project)?.worktree_ids())
                ))
            }

            async fn drop(
                &mut self,
                _: wasmtime::component::Resource<$crate::runtime::services::Project>,
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
        impl HostKeyValueStore for $crate::runtime::engine::State {
            async fn insert(
                &mut self,
                store: wasmtime::component::Resource<$crate::runtime::services::KeyValueStore>,
                key: String,
                value: String,
            ) -> wasmtime::Result<Result<(), String>> {
                let store = self.table.get(&store)?.clone();
                let answer = host_call!(
                    self, "key-value-store.insert" { key, value }
                    self.services.store(&store, key, value)
                );
                $crate::runtime::api::extension::imports::answer(answer)
            }

            async fn drop(
                &mut self,
                _: wasmtime::component::Resource<$crate::runtime::services::KeyValueStore>,
            ) -> wasmtime::Result<()> {
                // Only ever lent: the host takes it back when the call ends.
                Ok(())
            }
        }
    };
}
