//! The extension that is called: an installed one, or one that a path names.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use annexe::{
    Extension, Host, Identity, Package, check_own_folder,
    manifest::Manifest,
    store::{ExtensionStore, ProjectExtensions, StoreError},
    types::ExtensionId,
};
use anyhow::Context as _;
use semver::Version;
use tempfile::TempDir;

use crate::cli::{
    context::Context, failure::Complaint, lockfile::LockOption, output::Output, paths,
    progress::Progress, subject,
};

/// The name of a work directory in its temporary folder, beside which npm has its project too.
const WORK: &str = "work";

/// An extension that is found, and not started yet.
pub struct CallTarget {
    /// The extension as the user named it.
    pub name: String,
    /// Its manifest; a component alone has none.
    pub manifest: Option<Manifest>,
    /// The API version of its component, if it has one.
    pub api: Option<Version>,
    host: Host,
    origin: Origin,
    /// The folder the user gave for it to write to.
    work_dir: Option<PathBuf>,
}

enum Origin {
    Installed {
        store: ExtensionStore,
        id: ExtensionId,
    },
    Path {
        package: Box<Package>,
        /// The temporary folder, removed after the call: the one it writes to where the user gave none, and what lies
        /// beside that.
        temporary: TempDir,
    },
}

impl CallTarget {
    /// Finds an extension by its id or its path; a path that could be an id is tried second. One that is to start as a
    /// lockfile says must be installed.
    ///
    /// # Errors
    /// Where nothing of that name is installed and no such path can be read.
    pub async fn find(
        name: &str,
        work_dir: Option<&Path>,
        context: &Context<'_>,
        host: Host,
        locked: Option<&LockOption>,
    ) -> anyhow::Result<Self> {
        let work_dir = work_dir.map(paths::absolute).transpose()?;
        // What lies in it may be run, and npm works beside it.
        work_dir.as_deref().map_or(Ok(()), check_own_folder)?;
        let name = name.to_owned();
        if !subject::is_path(&name) {
            let id: ExtensionId = name.parse()?;
            let store = context.store_on(host.clone())?;
            match store.active(&id) {
                Ok(active) => {
                    let store = match locked {
                        Some(lock) => lock.apply(store)?,
                        None => store,
                    };
                    let manifest = Some(store.manifest(&id)?.manifest);
                    let origin = Origin::Installed { store, id };
                    return Ok(Self {
                        name,
                        manifest,
                        api: active.api().cloned(),
                        host,
                        origin,
                        work_dir,
                    });
                }
                // The folder of that name is most likely its own.
                Err(error @ StoreError::NotBuilt { .. }) => return Err(error.into()),
                Err(_) if Path::new(&name).exists() => {}
                Err(error) => return Err(error.into()),
            }
        }
        if locked.is_some() {
            let message = format!("`{name}` is not installed, so the lockfile does not have it");
            return Err(Complaint::usage(message)
                .with_hint("leave out `--locked` and `--frozen` to call what a path names")
                .into());
        }
        let package = Box::new(Package::open(Path::new(&name)).await?);
        let api = match &package.wasm {
            Some(wasm) => Some(host.families().inspect(wasm)?.api),
            None => None,
        };
        let temporary = tempfile::Builder::new()
            .prefix("annexe-work-")
            .tempdir()
            .context("cannot create a temporary folder")?;
        let manifest = package
            .manifest
            .as_ref()
            .map(|loaded| loaded.manifest.clone());
        Ok(Self {
            name,
            manifest,
            api,
            host,
            origin: Origin::Path { package, temporary },
            work_dir,
        })
    }

    /// Starts the extension.
    ///
    /// # Errors
    /// Where it has no component, or one that cannot be compiled or started.
    pub async fn start(&self, output: &Output) -> anyhow::Result<Extension> {
        let progress = Arc::new(Progress::new(output));
        progress.doing(&self.name, "starting");
        let started = self.start_with(&progress).await;
        // Its listener may live on.
        progress.end();
        started
    }

    async fn start_with(&self, progress: &Arc<Progress>) -> anyhow::Result<Extension> {
        let (component, id, origin, work_dir) = match &self.origin {
            Origin::Installed { store, id } => match &self.work_dir {
                None => {
                    let store = store.clone().with_listener(progress.clone());
                    return Ok(store.start(id).await?);
                }
                Some(folder) => return Ok(store.start_in(id, folder.clone()).await?),
            },
            Origin::Path { package, temporary } => {
                let compiled = subject::compile(package, &self.host).await?;
                let component = compiled.map(|(_, component)| component);
                let folder = self
                    .work_dir
                    .clone()
                    .unwrap_or_else(|| temporary.path().join(WORK));
                (component, package.id(), package.origin()?, folder)
            }
        };
        let component = component.ok_or_else(|| self.no_component())?;
        let manifest = self.manifest.as_ref();
        let capabilities = manifest
            .map(|manifest| manifest.capabilities.clone())
            .unwrap_or_default();
        Ok(self
            .host
            .start(
                &component,
                Identity {
                    id,
                    work_dir,
                    capabilities,
                    origin,
                },
            )
            .await?)
    }

    /// Refuses an installed extension that the project in a folder does without.
    ///
    /// # Errors
    /// So, and where the project's file cannot be read.
    pub fn check_project(&self, project: &Path) -> anyhow::Result<()> {
        if let Origin::Installed { id, .. } = &self.origin {
            ProjectExtensions::read(project)?.refuse_disabled(id)?;
        }
        Ok(())
    }

    /// The folder that goes when the call is done, where the extension writes to it.
    pub fn temporary_folder(&self) -> Option<&Path> {
        match &self.origin {
            Origin::Path { temporary, .. } if self.work_dir.is_none() => Some(temporary.path()),
            _ => None,
        }
    }

    /// Says that there is nothing to call, and why.
    pub fn no_component(&self) -> Complaint {
        let complaint = Complaint::new(format!("`{}` has no component", self.name));
        let is_source = self
            .manifest
            .as_ref()
            .is_some_and(|manifest| manifest.lib.kind.is_some());
        complaint.with_hint(if is_source {
            let name = &self.name;
            let component = Path::new(name).join(annexe::manifest::COMPONENT);
            format!(
                "build it first: `annexe build {name} --output {}`",
                component.display()
            )
        } else {
            "it has declarative parts alone, such as themes and languages: there is nothing to call"
                .into()
        })
    }
}
