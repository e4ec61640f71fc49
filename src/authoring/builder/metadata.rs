//! Metadata from cargo about the package in an extension's folder, before anything is compiled.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{MOST_TEXT_BYTES, diagnose, error::BuildError, program, toolchain};
use crate::base::{fs, process::Launcher};

/// The answer of `cargo metadata`, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Found>,
    workspace_root: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Found {
    id: String,
    name: String,
    manifest_path: PathBuf,
    edition: String,
    rust_version: Option<String>,
    targets: Vec<Target>,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
    kind: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    /// Where it lies, if it is named by that.
    path: Option<PathBuf>,
}

/// A package that makes a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    /// Its id, as cargo's options take it.
    pub(super) id: String,
    pub(super) name: String,
    /// Its `Cargo.toml`.
    pub(super) manifest: PathBuf,
    pub(super) rust_version: Option<String>,
    /// The folder of its workspace's `Cargo.toml` and `Cargo.lock`: its own, where it is in none.
    pub(super) workspace_root: PathBuf,
    /// The edition of the package in the workspace's root; `None` where that is not a package.
    pub(super) root_edition: Option<String>,
    /// Whether it names `zed_extension_api` among its dependencies.
    pub(super) depends_on_api: bool,
    /// The name of its library, where nothing is compiled but it and what comes from registries and repositories: of two
    /// workspaces with packages of the same name and place, cargo takes what it has compiled of one for the other's.
    pub(super) stands_alone: Option<String>,
}

/// Reads what cargo says of the package in a folder, which must be resolved.
///
/// # Errors
/// [`BuildError::MissingProgram`] without cargo, [`BuildError::NotAMember`], [`BuildError::NoWorkspace`]
/// or [`BuildError::CargoManifest`] where cargo does not accept its manifest,
/// [`BuildError::VirtualWorkspace`] where that has no package, [`BuildError::NoLibrary`] and
/// [`BuildError::NotCdylib`] where the package makes no component.
pub(super) async fn read(launcher: &Launcher, folder: &Path) -> Result<Package, BuildError> {
    package(ask(launcher, folder).await?, folder)
}

/// The folders of the packages that the one in a folder depends on by their paths, and those that they
/// depend on, as far as manifests say so. Empty where cargo cannot read the manifest.
pub(super) async fn beside(launcher: &Launcher, folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(folder) = pending.pop() {
        let Ok(metadata) = ask(launcher, &folder).await else {
            continue;
        };
        let dependencies = metadata.packages.into_iter().flat_map(|it| it.dependencies);
        for path in dependencies.filter_map(|dependency| dependency.path) {
            if !found.contains(&path) {
                found.push(path.clone());
                pending.push(path);
            }
        }
    }
    found
}

async fn ask(launcher: &Launcher, folder: &Path) -> Result<Metadata, BuildError> {
    let mut cargo = toolchain::command("cargo", folder)?;
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]);
    cargo.args(["--color", "never", "--manifest-path"]);
    cargo.arg(folder.join("Cargo.toml"));
    let answer = program::ask(launcher, "cargo", cargo).await?;
    if !answer.succeeded {
        return Err(diagnose::manifest_error(&answer.stderr));
    }
    serde_json::from_str(&answer.stdout).map_err(|error| BuildError::Toolchain {
        message: format!("`cargo metadata` cannot be understood: {error}"),
    })
}

fn package(metadata: Metadata, folder: &Path) -> Result<Package, BuildError> {
    let Metadata {
        packages,
        workspace_root,
    } = metadata;
    let is_in = |package: &Found, folder: &Path| {
        let parent = package.manifest_path.parent();
        parent == Some(folder)
            || parent.is_some_and(|parent| fs::canonicalize(parent).is_ok_and(|it| it == folder))
    };
    let root = packages
        .iter()
        .find(|package| is_in(package, &workspace_root));
    let root_edition = root.map(|root| root.edition.clone());
    let Some(found) = packages.iter().find(|package| is_in(package, folder)) else {
        let members = packages.into_iter().map(|package| package.name);
        return Err(BuildError::VirtualWorkspace {
            folder: folder.to_path_buf(),
            members: members.collect(),
        });
    };
    let library = check_library(found)?;
    let is_alone = packages.len() == 1
        && found.dependencies.iter().all(|it| it.path.is_none())
        && (found.targets.iter()).all(|it| it.kind.iter().all(|kind| kind != "custom-build"))
        && !replaces_packages(&workspace_root);
    Ok(Package {
        stands_alone: is_alone.then(|| library.to_owned()),
        id: found.id.clone(),
        name: found.name.clone(),
        manifest: found.manifest_path.clone(),
        rust_version: found.rust_version.clone(),
        workspace_root,
        root_edition,
        depends_on_api: found
            .dependencies
            .iter()
            .any(|dependency| dependency.name == "zed_extension_api"),
    })
}

/// Whether a workspace may have packages compiled from its own folders in the place of a registry's.
fn replaces_packages(root: &Path) -> bool {
    let manifest = fs::read_bounded(&root.join("Cargo.toml"), MOST_TEXT_BYTES);
    let text = manifest.map(|text| String::from_utf8_lossy(&text).into_owned());
    text.is_ok_and(|text| text.contains("patch") || text.contains("replace"))
        || fs::symlink_metadata(&root.join(".cargo")).is_ok()
}

/// Checks that a package's library is one that is linked into a component. Returns its name.
fn check_library(package: &Found) -> Result<&str, BuildError> {
    let is_library = |target: &&Target| {
        let others = ["bin", "example", "test", "bench", "custom-build"];
        !target.kind.iter().any(|kind| others.contains(&&**kind))
    };
    let Some(library) = package.targets.iter().find(is_library) else {
        return Err(BuildError::NoLibrary {
            package: package.name.clone(),
        });
    };
    if library.crate_types.iter().any(|it| it == "cdylib") {
        return Ok(&library.name);
    }
    Err(BuildError::NotCdylib {
        package: package.name.clone(),
        crate_types: library.crate_types.clone(),
    })
}
