//! Where npm works for one extension: a folder beside the extension's work directory, which the extension
//! cannot write to. Both must lie on one file system.
//!
//! A guest writes what it likes into its work directory: a `package.json` with scripts, a `.npmrc` with
//! another shell or registry, a lock file with other URLs, links that lead out. So npm never works there. It
//! installs into a new folder, from a `package.json` that has nothing but names and versions, and only when
//! all is there do that folder's `node_modules` and the work directory's change places. What was there is
//! usable until then, and on Linux at every moment; elsewhere it is away between two renames.
//!
//! Every package that the work directory's own `package.json` names is installed with it, at the version it
//! is there in, if it is granted; the others of its keys stay as they are, and are never read by npm.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tokio::time::{Duration, Instant};

use super::{NodeError, installed, words};
use crate::{
    fs::{self, FileLock},
    services::{ServiceError, ServiceResult, Services},
};

const MODULES: &str = "node_modules";
pub(super) const MANIFEST: &str = "package.json";
const DEPENDENCIES: &str = "dependencies";

/// How often it is looked whether another installation has ended.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// The folder where npm works for one extension. It holds a lock file, and nothing else where nobody works.
pub(super) struct Yard {
    folder: PathBuf,
    work_dir: PathBuf,
}

/// A yard that nobody else works in.
pub(super) struct Site {
    yard: Yard,
    _lock: FileLock,
}

impl Yard {
    /// The yard of a work directory: `.npm-` and its name, beside it.
    pub(super) fn of(work_dir: &Path) -> ServiceResult<Self> {
        let work_dir = fs::canonicalize(work_dir)?;
        let mut name = std::ffi::OsString::from(".npm-");
        name.push(work_dir.file_name().unwrap_or_default());
        let folder = work_dir.with_file_name(name);
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, work_dir })
    }

    /// A folder that has nothing for npm to read.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits until no other process installs into the work directory, for as long as one may take.
    pub(super) async fn enter(self, package: &str, patience: Duration) -> ServiceResult<Site> {
        let lock = self.folder.join("lock");
        let began = Instant::now();
        loop {
            if let Some(lock) = FileLock::try_exclusive(&lock)? {
                return Ok(Site {
                    yard: self,
                    _lock: lock,
                });
            }
            if began.elapsed() > patience {
                let package = package.to_owned();
                return Err(NodeError::Busy { package }.into());
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

impl Site {
    /// The folder that npm installs into.
    pub(super) fn project(&self) -> PathBuf {
        self.yard.folder.join("project")
    }

    /// Makes the folder that npm installs into, with a `package.json` that names what is to stay. What an
    /// installation that was killed has left goes.
    pub(super) async fn prepare(&self, services: &Services, package: &str) -> ServiceResult<()> {
        self.clear().await?;
        let project = self.project();
        fs::create_dir_all(&project)?;
        let mut staying = Map::new();
        for (name, version) in self.dependencies() {
            if name == package {
                continue;
            }
            match services.allow_npm(&name) {
                Ok(()) => {
                    staying.insert(name, version.into());
                }
                Err(error) => tracing::warn!(
                    extension = %services.extension, %error, "an npm package is not kept"
                ),
            }
        }
        let manifest = json!({"private": true, DEPENDENCIES: staying});
        Ok(fs::write_new(
            &project.join(MANIFEST),
            manifest.to_string().as_bytes(),
        )?)
    }

    /// Puts what npm has installed into the work directory.
    pub(super) async fn deliver(&self) -> ServiceResult<()> {
        let project = self.project();
        let mut manifest = self.manifest();
        manifest.insert("private".into(), true.into());
        let made = installed::read_json(&project.join(MANIFEST)).unwrap_or_default();
        if let Some(dependencies) = made.get(DEPENDENCIES) {
            manifest.insert(DEPENDENCIES.into(), dependencies.clone());
        }
        let text = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
        fs::write_atomic(&self.yard.work_dir.join(MANIFEST), &text)?;
        replace(&project.join(MODULES), &self.yard.work_dir.join(MODULES))?;
        self.clear().await
    }

    /// The work directory's `package.json`, which a guest may have written.
    fn manifest(&self) -> Map<String, Value> {
        match installed::read_json(&self.yard.work_dir.join(MANIFEST)) {
            Some(Value::Object(manifest)) => manifest,
            _ => Map::new(),
        }
    }

    /// What the work directory is to have besides, by names and versions that npm may be given.
    fn dependencies(&self) -> Vec<(String, String)> {
        let manifest = self.manifest();
        let dependencies = manifest.get(DEPENDENCIES).and_then(Value::as_object);
        dependencies
            .into_iter()
            .flatten()
            .filter(|(name, _)| words::check_name(name).is_ok())
            .filter_map(|(name, version)| {
                let present = installed::version(&self.yard.work_dir, name).ok().flatten();
                let version = present
                    .filter(|version| semver::Version::parse(version).is_ok())
                    .or_else(|| version.as_str().map(Into::into))?;
                words::check_version(&version).ok()?;
                Some((name.clone(), version))
            })
            .collect()
    }

    /// Removes the folder that npm has worked in: tens of thousands of files, at times.
    async fn clear(&self) -> ServiceResult<()> {
        let project = self.project();
        let removing = tokio::task::spawn_blocking(move || fs::remove_dir_all(&project));
        match removing.await {
            Ok(removed) => Ok(removed?),
            Err(error) => Err(ServiceError::Argument(error.to_string())),
        }
    }
}

/// Puts a folder in the place of another, or of whatever is there; a link there is replaced, not followed.
/// What was there is then where the new folder was.
fn replace(new: &Path, place: &Path) -> ServiceResult<()> {
    if fs::symlink_metadata(new).is_err() {
        // npm makes no folder where a package asks for another system and is optional.
        fs::create_dir_all(new)?;
    }
    if fs::symlink_metadata(place).is_err() {
        return Ok(fs::rename(new, place)?);
    }
    match fs::exchange(new, place) {
        Ok(true) => return Ok(()),
        Ok(false) => {}
        // A layered file system may not move a folder of its lower layer.
        Err(error) if error.is_across_devices() => {
            fs::remove_dir_all(place)?;
            return Ok(fs::rename(new, place)?);
        }
        Err(error) => return Err(error.into()),
    }
    let old = new.with_file_name("old");
    fs::rename(place, &old)?;
    if let Err(error) = fs::rename(new, place) {
        fs::rename(&old, place)?;
        return Err(error.into());
    }
    Ok(())
}
