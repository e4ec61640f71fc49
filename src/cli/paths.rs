//! The folders the command uses, and the one place where it reads the environment.
//!
//! ```text
//! <data>/store/                 installed extensions      --store, ANNEXE_STORE
//! <cache>/compiled/             compiled components       ANNEXE_CACHE
//! <cache>/index/                files of registries       `index` in ANNEXE_CACHE where that is set
//! <cache>/answers/              what servers answered     `answers` in ANNEXE_CACHE where that is set
//! <cache>/fetches/              when servers were fetched last  `fetches` in ANNEXE_CACHE where that is set
//! <cache>/build/                what the compiler makes   `build` in ANNEXE_CACHE where that is set
//! <cache>/git/                  repositories while they are read  `git` in ANNEXE_CACHE where that is set
//! <data>/state/<digest>/        what extensions write that are run from a store which the user may only read
//!                               ANNEXE_STATE, with the same digest in it
//! <data>/cache.key              the key of that cache     beside the folder where ANNEXE_CACHE is set
//! <config>/config.toml          the configuration         ANNEXE_CONFIG
//! <config>/grants.toml          what extensions may do    beside ANNEXE_CONFIG where that is set
//! <data>/registries.json        where they were first   beside ANNEXE_CONFIG where that is set
//! <config>/settings.json        settings for extensions   ANNEXE_SETTINGS, or beside ANNEXE_CONFIG
//! ```
//!
//! `<data>`, `<cache>` and `<config>` are the user's own: on Linux `~/.local/share/annexe`,
//! `~/.cache/annexe` and `~/.config/annexe`.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use annexe::{
    CacheConfiguration, SearchPath, digest::Blake3Digest, editor::EditorFolders, registry::Location,
};
use anyhow::Context as _;
use directories::{BaseDirs, ProjectDirs};

use super::{arguments, failure::Complaint};

/// The folder of installed extensions.
///
/// # Errors
/// Where none is given and the user has no data folder.
pub fn store(option: Option<&Path>) -> anyhow::Result<PathBuf> {
    let given = option
        .map(Path::to_path_buf)
        .or_else(|| variable("ANNEXE_STORE").map(PathBuf::from));
    match given {
        Some(folder) => absolute(&folder),
        None => Ok(user("ANNEXE_STORE")?.data_dir().join("store")),
    }
}

/// Whether this is the folder of installed extensions that is used where none is given.
pub fn is_usual_store(folder: &Path) -> bool {
    user("ANNEXE_STORE").is_ok_and(|user| user.data_dir().join("store") == folder)
}

/// The absolute path of this program: the one by which it was called or is found on `PATH`, since that of an installed
/// version may be gone after an update; else the system's.
///
/// # Errors
/// Where the system does not tell.
pub fn program() -> anyhow::Result<PathBuf> {
    let program = env::current_exe().context("cannot find this program's own path")?;
    let itself = resolved(&program)?;
    let called = env::args_os().next().map(PathBuf::from);
    let called = called.filter(|path| path.components().count() > 1);
    let called = called.and_then(|path| absolute(&path).ok());
    let name = itself.file_name().and_then(|name| name.to_str());
    let found = name.and_then(|name| SearchPath::of_process().find(name));
    let mut ways = called.into_iter().chain(found);
    let way = ways.find(|path| resolved(path).is_ok_and(|it| it == itself));
    Ok(way.unwrap_or(program))
}

/// The folders of editors' configurations.
///
/// # Errors
/// For a user without a home.
pub fn editor_folders() -> anyhow::Result<EditorFolders> {
    let Some(base) = BaseDirs::new() else {
        let complaint = Complaint::new("the user has no home folder");
        return Err(complaint.with_hint("set HOME").into());
    };
    let home = base.home_dir().to_path_buf();
    // Editors keep to it on macOS, too.
    let config = match cfg!(windows) {
        true => base.config_dir().to_path_buf(),
        false => folder("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config")),
    };
    let of_neovim = match cfg!(windows) {
        true => base.data_local_dir(),
        false => &config,
    };
    let name = variable("NVIM_APPNAME").unwrap_or_else(|| "nvim".into());
    Ok(EditorFolders {
        neovim: of_neovim.join(name),
        kakoune: folder("KAKOUNE_CONFIG_DIR").unwrap_or_else(|| config.join("kak")),
        codex: folder("CODEX_HOME").unwrap_or_else(|| home.join(".codex")),
        home,
        config,
    })
}

/// The folders in which Zed has its data on this system, whether they are there or not, the usual one first.
///
/// # Errors
/// For a user without a home.
pub fn zed() -> anyhow::Result<Vec<PathBuf>> {
    let Some(base) = BaseDirs::new() else {
        let complaint = Complaint::new("the user has no home folder");
        return Err(complaint
            .with_hint("set HOME, or give the folder with `--from`")
            .into());
    };
    if cfg!(windows) {
        return Ok(vec![base.data_local_dir().join("Zed")]);
    }
    if cfg!(target_os = "macos") {
        return Ok(vec![base.data_dir().join("Zed")]);
    }
    let flatpak = base.home_dir().join(".var/app/dev.zed.Zed/data/zed");
    Ok(vec![base.data_dir().join("zed"), flatpak])
}

/// A folder that a variable names by its absolute path.
fn folder(name: &str) -> Option<PathBuf> {
    let folder = variable(name).map(PathBuf::from);
    folder.filter(|folder| folder.is_absolute())
}

/// Docker's configuration, which has the logins at container registries; `None` for a user without a home.
pub fn docker_configuration() -> Option<PathBuf> {
    let of_user = || Some(BaseDirs::new()?.home_dir().join(".docker"));
    let folder = folder("DOCKER_CONFIG").or_else(of_user)?;
    Some(folder.join("config.json"))
}

/// Returns the folder of working directories, logs and audit of a store that the user may only read; `None` for a user
/// without a home who names no other.
pub fn state(store: &Path) -> Option<PathBuf> {
    let store = resolved(store).ok()?;
    let digest = Blake3Digest::of(store.as_os_str().as_encoded_bytes()).to_string();
    let all = match variable("ANNEXE_STATE") {
        Some(folder) => absolute(Path::new(&folder)).ok()?,
        None => user("ANNEXE_STATE").ok()?.data_dir().join("state"),
    };
    Some(all.join(digest.get(..16)?))
}

/// Returns the folder of compiled components.
///
/// # Errors
/// Where no folder is given and the user has no cache folder.
pub fn cache() -> anyhow::Result<CacheConfiguration> {
    if let Some(folder) = variable("ANNEXE_CACHE") {
        let folder = absolute(Path::new(&folder))?;
        let mut key_file = folder.clone().into_os_string();
        key_file.push(".key");
        return Ok(CacheConfiguration::new(folder, key_file));
    }
    let user = user("ANNEXE_CACHE")?;
    Ok(CacheConfiguration::new(
        user.cache_dir().join("compiled"),
        user.data_dir().join("cache.key"),
    ))
}

/// Returns the folder of registries' files.
///
/// # Errors
/// Where no folder is given and the user has no cache folder.
pub fn index_cache() -> anyhow::Result<PathBuf> {
    in_cache("index")
}

/// Returns the folder of servers' answers.
///
/// # Errors
/// Where no folder is given and the user has no cache folder.
pub fn answers() -> anyhow::Result<PathBuf> {
    in_cache("answers")
}

/// Returns the folder of the marks of what was fetched for language servers.
///
/// # Errors
/// Where no folder is given and the user has no cache folder.
pub fn fetches() -> anyhow::Result<PathBuf> {
    in_cache("fetches")
}

/// Returns the folder of the capabilities that debug adapters had last.
///
/// # Errors
/// Where no folder is given and the user has no cache folder.
pub fn capabilities() -> anyhow::Result<PathBuf> {
    in_cache("capabilities")
}

/// Returns the folder in which extensions are built.
///
/// # Errors
/// Where no folder is given and the user has no cache folder.
pub fn build() -> anyhow::Result<PathBuf> {
    in_cache("build")
}

/// Returns the folder in which repositories are read.
///
/// # Errors
/// Where no folder is given and the user has no cache folder.
pub fn repositories() -> anyhow::Result<PathBuf> {
    in_cache("git")
}

/// The variables of the process that are set, of these names.
pub fn variables(names: &[&str]) -> BTreeMap<OsString, OsString> {
    let set = names
        .iter()
        .filter_map(|name| Some((OsString::from(name), env::var_os(name)?)));
    set.collect()
}

fn in_cache(name: &str) -> anyhow::Result<PathBuf> {
    match variable("ANNEXE_CACHE") {
        Some(folder) => Ok(absolute(Path::new(&folder))?.join(name)),
        None => Ok(user("ANNEXE_CACHE")?.cache_dir().join(name)),
    }
}

/// The configuration, whether it is there or not; `None` for a user without a home.
///
/// # Errors
/// Where the path that is given cannot be resolved.
pub fn configuration() -> anyhow::Result<Option<PathBuf>> {
    match variable("ANNEXE_CONFIG") {
        Some(path) => absolute(Path::new(&path)).map(Some),
        None => Ok(user("ANNEXE_CONFIG")
            .ok()
            .map(|user| user.config_dir().join("config.toml"))),
    }
}

/// Returns the path of the file of grants, whether it is there or not; `None` for a user without a home.
///
/// # Errors
/// As [`configuration`].
pub fn grants() -> anyhow::Result<Option<PathBuf>> {
    Ok(configuration()?.map(|path| path.with_file_name("grants.toml")))
}

/// Returns the path of the bindings of registries' names, whether it is there or not; `None` for a user without a
/// home. It is the user's, whatever store they use, and goes with the configuration that has the names.
///
/// # Errors
/// Where the path that is given cannot be resolved.
pub fn registries() -> anyhow::Result<Option<PathBuf>> {
    const NAME: &str = "registries.json";
    match variable("ANNEXE_CONFIG") {
        Some(path) => Ok(Some(absolute(Path::new(&path))?.with_file_name(NAME))),
        None => Ok(user("ANNEXE_CONFIG")
            .ok()
            .map(|user| user.data_dir().join(NAME))),
    }
}

/// Returns the path of the user's settings, whether it is there or not; `None` for a user without a home.
///
/// # Errors
/// Where the path that is given cannot be resolved.
pub fn settings() -> anyhow::Result<Option<PathBuf>> {
    match variable("ANNEXE_SETTINGS") {
        Some(path) => absolute(Path::new(&path)).map(Some),
        None => Ok(configuration()?.map(|path| path.with_file_name("settings.json"))),
    }
}

/// The registry that the environment names, if it does.
///
/// # Errors
/// Where what it names cannot be understood.
pub fn registry() -> anyhow::Result<Option<Location>> {
    let Some(text) = variable("ANNEXE_REGISTRY") else {
        return Ok(None);
    };
    arguments::location(&text.to_string_lossy())
        .map(Some)
        .map_err(|message| Complaint::usage(format!("ANNEXE_REGISTRY: {message}")).into())
}

/// Returns the folder of temporary files.
pub fn temporary() -> PathBuf {
    env::temp_dir()
}

/// A path that stays the same wherever the process goes.
pub fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("`{}` cannot be resolved", path.display()))
}

/// A path by which a folder is known: without links where it is there, else as it stands.
pub fn resolved(path: &Path) -> anyhow::Result<PathBuf> {
    match path.canonicalize() {
        Ok(resolved) => Ok(resolved),
        Err(_) => absolute(path),
    }
}

/// The environment of the command's own process, as far as it is text: what an extension is told of
/// the worktree's shell.
pub fn environment() -> Vec<(String, String)> {
    env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The user's home, if there is one.
pub fn home() -> Option<PathBuf> {
    directories::BaseDirs::new().map(|it| it.home_dir().to_path_buf())
}

/// The path of a program that the `PATH` has.
pub fn program_on_path(name: &str) -> Option<String> {
    let found = SearchPath::of_process().find(name)?;
    Some(found.to_string_lossy().into_owned())
}

/// A variable that is set to more than nothing.
pub fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn user(variable: &str) -> anyhow::Result<ProjectDirs> {
    ProjectDirs::from("", "", "annexe").ok_or_else(|| {
        let complaint = Complaint::new("the user has no home folder");
        complaint
            .with_hint(format!("set HOME, or give the folder in {variable}"))
            .into()
    })
}
