//! The verbs that ask something of the host.

use zed_extension_api as zed;
use zed_extension_api::{
    DownloadedFileType, LanguageServerInstallationStatus as Status, Result, Worktree,
};

use crate::ServerId;

/// Runs one verb and returns what it found. A failure of the host is passed on word for word.
pub fn run(verb: &str, argument: &str, id: &ServerId, worktree: &Worktree) -> Result<Vec<String>> {
    match verb {
        "read" => Ok(vec![worktree.read_text_file(argument)?]),
        "which" => Ok(vec![
            worktree
                .which(argument)
                .unwrap_or_else(|| "none".to_owned()),
        ]),
        #[cfg(feature = "since_0_0_6")]
        "id" => Ok(vec![worktree.id().to_string()]),
        #[cfg(feature = "since_0_0_6")]
        "root" => Ok(vec![worktree.root_path()]),
        "platform" => {
            let (os, architecture) = zed::current_platform();
            Ok(vec![format!("{os:?}"), format!("{architecture:?}")])
        }
        "status" => {
            zed::set_language_server_installation_status(id, &status(argument)?);
            Ok(Vec::new())
        }
        "allocate" => {
            let mebibytes: usize = argument
                .parse()
                .map_err(|_| format!("no number: {argument}"))?;
            let held = std::hint::black_box(vec![1_u8; mebibytes << 20]);
            Ok(vec![held.len().to_string()])
        }
        "answer" => {
            let bytes = argument
                .parse()
                .map_err(|_| format!("no number: {argument}"))?;
            Ok(vec!["x".repeat(bytes)])
        }
        _ => crate::sandbox::run(verb, argument)
            .or_else(|| crate::attacks::run(verb, argument, id, worktree))
            .or_else(|| crate::keeping::run(verb, argument, id, worktree))
            .unwrap_or_else(|| services(verb, argument, worktree)),
    }
}

fn services(verb: &str, argument: &str, worktree: &Worktree) -> Result<Vec<String>> {
    let _ = worktree;
    match verb {
        #[cfg(feature = "since_0_0_3")]
        "node" => Ok(vec![zed::node_binary_path()?]),
        "npm-latest" => Ok(vec![zed::npm_package_latest_version(argument)?]),
        "npm-installed" => {
            let version = zed::npm_package_installed_version(argument)?;
            Ok(vec![version.unwrap_or_else(|| "none".to_owned())])
        }
        "npm-install" => {
            // A scope begins with the same sign as a version.
            let (package, version) = match argument.rsplit_once('@') {
                Some((package, version)) if !package.is_empty() => (package, version),
                _ => (argument, "1.0.0"),
            };
            zed::npm_install_package(package, version)?;
            Ok(vec![package.to_owned(), version.to_owned()])
        }
        "github" => {
            let mut words = argument.split(' ');
            let repository = words.next().unwrap_or_default();
            let mut options = zed::GithubReleaseOptions {
                require_assets: false,
                pre_release: false,
            };
            for word in words {
                match word {
                    "require-assets" => options.require_assets = true,
                    "pre-release" => options.pre_release = true,
                    other => return Err(format!("unknown option: {other}")),
                }
            }
            Ok(release(zed::latest_github_release(repository, options)?))
        }
        #[cfg(feature = "since_0_1_0")]
        "github-tag" => {
            let (repository, tag) = argument.split_once(' ').unwrap_or((argument, "v1.0.0"));
            Ok(release(zed::github_release_by_tag_name(repository, tag)?))
        }
        "download" => download(argument),
        #[cfg(feature = "since_0_0_5")]
        "executable" => {
            zed::make_file_executable(argument)?;
            Ok(vec![argument.to_owned()])
        }
        #[cfg(feature = "since_0_1_0")]
        "http" => {
            let response = zed::http_client::fetch(&request(argument)?)?;
            let mut answer = vec![String::from_utf8_lossy(&response.body).into_owned()];
            answer.extend(
                response
                    .headers
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}")),
            );
            Ok(answer)
        }
        #[cfg(feature = "since_0_1_0")]
        "http-stream" => {
            let stream = zed::http_client::fetch_stream(&request(argument)?)?;
            let mut body = Vec::new();
            let mut chunks = 0;
            while let Some(chunk) = stream.next_chunk()? {
                body.extend(chunk);
                chunks += 1;
            }
            Ok(vec![
                String::from_utf8_lossy(&body).into_owned(),
                chunks.to_string(),
            ])
        }
        #[cfg(feature = "since_0_0_6")]
        "settings-language" => {
            let language = (!argument.is_empty()).then_some(argument);
            let settings = zed::settings::LanguageSettings::for_worktree(language, worktree)?;
            Ok(vec![settings.tab_size.to_string()])
        }
        #[cfg(feature = "since_0_0_6")]
        "settings-lsp" => {
            let settings = zed::settings::LspSettings::for_worktree(argument, worktree)?;
            Ok(vec![json(&zed::serde_json::to_value(settings))?])
        }
        #[cfg(feature = "since_0_3_0")]
        "process" => {
            let mut words = argument.split(' ').map(str::to_owned);
            let command = words.next().unwrap_or_default();
            let mut command = zed::process::Command::new(command)
                .args(words)
                .env("GUEST", "conformance");
            let output = command.output()?;
            Ok(vec![
                output
                    .status
                    .map_or_else(|| "none".to_owned(), |code| code.to_string()),
                String::from_utf8_lossy(&output.stdout).into_owned(),
                String::from_utf8_lossy(&output.stderr).into_owned(),
            ])
        }
        #[cfg(feature = "since_0_6_0")]
        "tcp" => crate::debug::resolve(argument),
        _ => Err(format!("unknown verb: {verb}")),
    }
}

#[cfg(not(feature = "since_0_0_4"))]
fn status(case: &str) -> Result<Status> {
    match case {
        "checking-for-update" => Ok(Status::CheckingForUpdate),
        "downloaded" => Ok(Status::Downloaded),
        "downloading" => Ok(Status::Downloading),
        "cached" => Ok(Status::Cached),
        "failed" => Ok(Status::Failed("broken".to_owned())),
        _ => Err(format!("unknown status: {case}")),
    }
}

#[cfg(feature = "since_0_0_4")]
fn status(case: &str) -> Result<Status> {
    match case {
        "none" => Ok(Status::None),
        "downloading" => Ok(Status::Downloading),
        "checking-for-update" => Ok(Status::CheckingForUpdate),
        "failed" => Ok(Status::Failed("broken".to_owned())),
        _ => Err(format!("unknown status: {case}")),
    }
}

fn release(release: zed::GithubRelease) -> Vec<String> {
    let mut answer = vec![release.version];
    for asset in release.assets {
        answer.push(format!("{} {}", asset.name, asset.download_url));
    }
    answer
}

fn download(argument: &str) -> Result<Vec<String>> {
    let mut words = argument.split(' ');
    let url = words.next().unwrap_or_default();
    let kind = match words.next().unwrap_or("uncompressed") {
        "gzip" => DownloadedFileType::Gzip,
        "gzip-tar" => DownloadedFileType::GzipTar,
        "zip" => DownloadedFileType::Zip,
        "uncompressed" => DownloadedFileType::Uncompressed,
        other => return Err(format!("unknown file type: {other}")),
    };
    let path = words.next().unwrap_or("downloaded");
    zed::download_file(url, path, kind)?;
    Ok(vec![path.to_owned()])
}

#[cfg(feature = "since_0_1_0")]
pub fn request(argument: &str) -> Result<zed::http_client::HttpRequest> {
    use zed::http_client::{HttpMethod, HttpRequest, RedirectPolicy};

    let mut words = argument.splitn(4, ' ');
    let url = words.next().unwrap_or_default();
    let method = match words.next().unwrap_or("GET") {
        "GET" => HttpMethod::Get,
        "HEAD" => HttpMethod::Head,
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "DELETE" => HttpMethod::Delete,
        "OPTIONS" => HttpMethod::Options,
        "PATCH" => HttpMethod::Patch,
        other => return Err(format!("unknown method: {other}")),
    };
    let redirect_policy = match words.next().unwrap_or("follow-all") {
        "no-follow" => RedirectPolicy::NoFollow,
        "follow-all" => RedirectPolicy::FollowAll,
        other => {
            let limit = other
                .strip_prefix("follow-")
                .and_then(|limit| limit.parse().ok());
            RedirectPolicy::FollowLimit(limit.ok_or_else(|| format!("unknown policy: {other}"))?)
        }
    };
    Ok(HttpRequest {
        method,
        url: url.to_owned(),
        headers: vec![("x-guest".to_owned(), "conformance".to_owned())],
        body: words.next().map(|body| body.as_bytes().to_vec()),
        redirect_policy,
    })
}

/// One line of JSON, whose keys come in order.
#[cfg(feature = "since_0_0_6")]
pub fn json(value: &zed::serde_json::Result<zed::serde_json::Value>) -> Result<String> {
    match value {
        Ok(value) => Ok(value.to_string()),
        Err(error) => Err(error.to_string()),
    }
}
