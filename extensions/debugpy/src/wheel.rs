//! debugpy's package on PyPI: the one for every system, as it comes.

use std::{fs, path::Path};

use zed_extension_api::{
    self as zed, DownloadedFileType, Result,
    http_client::{HttpMethod, HttpRequest},
    serde_json::{self, Value},
};

const INDEX: &str = "https://pypi.org/pypi/debugpy/json";

/// The beginning of the names of the folders that versions are unpacked into.
const PREFIX: &str = "debugpy-";

/// The adapter in such a folder, which Python runs as it lies there.
const ADAPTER: &str = "debugpy/adapter";

/// The end of the name of the package for every system.
const FOR_ALL: &str = "-none-any.whl";

/// The path of the adapter, once it is there. The newest version is downloaded; one that is there serves where PyPI cannot
/// be asked.
pub fn adapter() -> Result<String> {
    let folder = match newest() {
        Ok((version, url)) => {
            let folder = format!("{PREFIX}{version}");
            if !has_adapter(&folder) {
                zed::download_file(&url, &folder, DownloadedFileType::Zip)?;
            }
            if !has_adapter(&folder) {
                return Err(format!("debugpy {version} has no `{ADAPTER}`"));
            }
            remove_others(&folder);
            folder
        }
        Err(error) => installed().ok_or(error)?,
    };
    let work = std::env::current_dir()
        .map_err(|error| format!("the extension's work folder cannot be found: {error}"))?;
    Ok(format!("{}/{folder}/{ADAPTER}", work.to_string_lossy()))
}

/// The newest version, and where its package is.
fn newest() -> Result<(String, String)> {
    let request = HttpRequest::builder()
        .method(HttpMethod::Get)
        .url(INDEX)
        .build()?;
    let answer: Value = serde_json::from_slice(&request.fetch()?.body)
        .map_err(|error| format!("PyPI's answer is not JSON: {error}"))?;
    let version = answer["info"]["version"].as_str().unwrap_or_default();
    let is_plain = |character: char| character.is_ascii_alphanumeric() || character == '.';
    if version.is_empty() || !version.chars().all(is_plain) {
        return Err("PyPI names no version of debugpy".to_owned());
    }
    let files = answer["urls"].as_array().into_iter().flatten();
    let for_all = |file: &&Value| {
        let name = file["filename"].as_str();
        name.is_some_and(|name| name.ends_with(FOR_ALL)) && file["yanked"] != true
    };
    let url = { files }
        .find(for_all)
        .and_then(|file| file["url"].as_str());
    let url =
        url.ok_or_else(|| format!("PyPI has no package of debugpy {version} for every system"))?;
    Ok((version.to_owned(), url.to_owned()))
}

fn has_adapter(folder: &str) -> bool {
    Path::new(folder).join(ADAPTER).is_dir()
}

/// The versions that are here.
fn versions() -> Vec<String> {
    let entries = fs::read_dir(".").into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.starts_with(PREFIX)).collect()
}

fn installed() -> Option<String> {
    let mut versions = versions();
    versions.retain(|folder| has_adapter(folder));
    versions.sort();
    versions.pop()
}

fn remove_others(folder: &str) {
    for other in versions() {
        if other != folder {
            // One that is in use on Windows is removed by a later start.
            let _ = fs::remove_dir_all(other);
        }
    }
}
