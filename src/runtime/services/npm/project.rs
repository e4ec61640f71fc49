//! The project that npm works in for one extension: a folder beside its work directory, which the extension
//! cannot write to. Both must lie on one file system, or nothing is installed.
//!
//! A guest writes what it likes into its work directory: a `package.json` with scripts, a `.npmrc` with
//! another shell or registry, a lock file with other URLs, links that lead out. So npm never works there. It
//! installs into a new folder, from a `package.json` that has nothing but names and versions, and only when
//! all is there do that folder's `node_modules` and the work directory's change places. What was there is
//! usable until then, and on Linux at every moment; elsewhere it is away between two renames.
//!
//! Every package that the work directory's own `package.json` names is installed with it, at the version it
//! is there in, if it is granted; the others of its keys stay as they are, and are never read by npm.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::{Map, Value, json};
use tokio::time::{Duration, Instant};

use super::super::{allowance::Room, error::ServiceError};
use super::{
    error::NodeError,
    installed::{self, MANIFEST},
    spec, swap, tree,
};
use crate::{
    base::{
        fs::{self, FileLock},
        npm_folder::npm_folder,
        task::blocking,
        types::NpmPackage,
    },
    runtime::services::{ServiceResult, Services},
};

const MODULES: &str = "node_modules";
const DEPENDENCIES: &str = "dependencies";

/// The most packages of the work directory that stay when another is installed: a guest writes the list.
const MOST_KEPT: usize = 1000;

/// How often it is looked whether another installation has ended.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// The folder where npm works for one extension. It holds a lock file, and nothing else while no process works there.
pub(super) struct StagingProject {
    folder: PathBuf,
    work_dir: PathBuf,
}

/// A staging project that this process has locked, for as long as its work on the disk goes
/// on, even if the caller leaves.
pub(super) struct LockedProject {
    project: StagingProject,
    // Dropped before the lock is.
    _signature: fs::Signature,
    _lock: FileLock,
}

impl StagingProject {
    /// The yard of a work directory.
    pub(super) fn of(work_dir: &Path) -> ServiceResult<Self> {
        let work_dir = fs::canonicalize(work_dir)?;
        let folder = npm_folder(&work_dir);
        // What npm installs there is run: no other user may write to it, or to the folder that both lie in.
        fs::check_own(&work_dir)?;
        fs::create_own_dir_all(&folder)?;
        Ok(Self { folder, work_dir })
    }

    /// A folder that has nothing for npm to read.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits until no other process installs into the work directory, for as long as one may take.
    pub(super) async fn enter(
        self,
        package: &str,
        patience: Duration,
    ) -> ServiceResult<Arc<LockedProject>> {
        let lock = self.folder.join("lock");
        let began = Instant::now();
        let mut is_told = false;
        loop {
            if let Some(held) = FileLock::try_exclusive(&lock)? {
                return Ok(Arc::new(LockedProject {
                    project: self,
                    _signature: fs::Holder::sign(&lock, "npm install"),
                    _lock: held,
                }));
            }
            if began.elapsed() > patience {
                let (package, holder) = (package.to_owned(), fs::Holder::of(&lock));
                return Err(NodeError::Busy { package, holder }.into());
            }
            if !is_told {
                is_told = true;
                let holder = fs::Holder::of(&lock).map(|holder| holder.to_string());
                tracing::warn!(
                    package,
                    "waiting for another installation{}{}",
                    if holder.is_some() { ": " } else { "" },
                    holder.unwrap_or_default()
                );
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

impl LockedProject {
    /// The folder that npm installs into.
    pub(super) fn project(&self) -> PathBuf {
        self.project.folder.join("project")
    }

    /// Makes the folder that npm installs into, with a `package.json` that names what is to stay. What an
    /// installation that was killed has left goes.
    pub(super) async fn prepare(
        self: &Arc<Self>,
        services: &Services,
        package: &str,
    ) -> ServiceResult<()> {
        let site = Arc::clone(self);
        let dependencies = blocking(move || {
            site.clear()?;
            swap::check(&site.project.folder, &site.project.work_dir)?;
            Ok::<_, ServiceError>(site.dependencies())
        });
        let mut staying = Map::new();
        for (name, version) in dependencies.await? {
            if name == package {
                continue;
            }
            match services.allow_npm(&name) {
                Ok(()) => {
                    staying.insert(name, version.into());
                }
                // A package that is left out would be removed, which an audit that failed must not cause.
                Err(error @ ServiceError::Unrecorded { .. }) => return Err(error),
                Err(error) => tracing::warn!(
                    extension = %services.extension, %error, "an npm package is not kept"
                ),
            }
        }
        let manifest = json!({"private": true, DEPENDENCIES: staying}).to_string();
        self.write([(MANIFEST, manifest)]).await
    }

    /// Makes the folder that npm installs into, with these files and nothing else.
    pub(super) async fn prepare_with(
        self: &Arc<Self>,
        files: impl IntoIterator<Item = (&'static str, String)> + Send + 'static,
    ) -> ServiceResult<()> {
        let site = Arc::clone(self);
        blocking(move || {
            site.clear()?;
            swap::check(&site.project.folder, &site.project.work_dir)
        })
        .await?;
        self.write(files).await
    }

    async fn write(
        self: &Arc<Self>,
        files: impl IntoIterator<Item = (&'static str, String)> + Send + 'static,
    ) -> ServiceResult<()> {
        let site = Arc::clone(self);
        blocking(move || {
            let project = site.project();
            fs::create_dir_all(&project)?;
            for (name, text) in files {
                fs::write_new(&project.join(name), text.as_bytes())?;
            }
            Ok(())
        })
        .await
    }

    /// The packages that npm has installed, which are to be delivered.
    pub(super) async fn packages(self: &Arc<Self>) -> ServiceResult<Vec<NpmPackage>> {
        let site = Arc::clone(self);
        blocking(move || Ok(tree::read(&site.project())?)).await
    }

    /// Puts what npm has installed into the work directory, where there is room for it.
    pub(super) async fn deliver(self: Arc<Self>, room: &Arc<Room>) -> ServiceResult<()> {
        let room = Arc::clone(room);
        blocking(move || {
            let (new, old) = (
                self.project().join(MODULES),
                self.project.work_dir.join(MODULES),
            );
            if let Err(limit) = room.check_exchange(&new, &old) {
                self.clear()?;
                return Err(limit.into());
            }
            self.put_in_place()
        })
        .await
    }

    /// Removes what npm has installed.
    pub(super) async fn abandon(self: Arc<Self>) -> ServiceResult<()> {
        blocking(move || self.clear()).await
    }

    fn put_in_place(&self) -> ServiceResult<()> {
        let project = self.project();
        let mut manifest = self.manifest();
        manifest.insert("private".into(), true.into());
        let made = installed::read_json(&project.join(MANIFEST)).unwrap_or_default();
        if let Some(dependencies) = made.get(DEPENDENCIES) {
            manifest.insert(DEPENDENCIES.into(), dependencies.clone());
        }
        let text = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
        fs::write_atomic(&self.project.work_dir.join(MANIFEST), &text)?;
        swap::replace(&project.join(MODULES), &self.project.work_dir, MODULES)?;
        self.clear()
    }

    /// The work directory's `package.json`, which a guest may have written.
    fn manifest(&self) -> Map<String, Value> {
        match installed::read_json(&self.project.work_dir.join(MANIFEST)) {
            Some(Value::Object(manifest)) => manifest,
            _ => Map::new(),
        }
    }

    /// Returns the packages that the work directory is to keep, by names and versions that npm may be given.
    fn dependencies(&self) -> Vec<(String, String)> {
        let manifest = self.manifest();
        let dependencies = manifest.get(DEPENDENCIES).and_then(Value::as_object);
        let listed = dependencies.map_or(0, Map::len);
        if listed > MOST_KEPT {
            tracing::warn!(
                work_dir = %self.project.work_dir.display(), listed, most = MOST_KEPT,
                "more npm packages are listed than are kept"
            );
        }
        dependencies
            .into_iter()
            .flatten()
            .filter(|(name, _)| spec::check_name(name).is_ok())
            .take(MOST_KEPT)
            .filter_map(|(name, version)| {
                let present = installed::version(&self.project.work_dir, name)
                    .ok()
                    .flatten();
                let version = present
                    .filter(|version| semver::Version::parse(version).is_ok())
                    .or_else(|| version.as_str().map(Into::into))?;
                spec::check_version(&version).ok()?;
                Some((name.clone(), version))
            })
            .collect()
    }

    /// Removes the folder that npm has worked in: tens of thousands of files, at times.
    fn clear(&self) -> ServiceResult<()> {
        Ok(fs::remove_dir_all(&self.project())?)
    }
}
