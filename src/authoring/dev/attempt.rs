//! One attempt: builds the folder, starts the build, and puts it into service.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use super::{
    Dev,
    error::DevError,
    event::{DevEvent, Served},
};
use crate::{
    authoring::builder::{Built, OutputListener},
    base::{
        digest::Blake3Digest,
        task::blocking,
        timestamp::Timestamp,
        types::{ExtensionId, ExtensionOrigin, ExtensionVersion},
    },
    package::{declarative::Declarative, manifest::Manifest},
    runtime::{api::Compatibility, engine::Component, extension::Extension, host::Identity},
    store::{Active, DevBuild, DevLease, Staged},
};

/// A build that has started, and is not in service yet.
pub(super) struct Started {
    built: Built,
    staged: Staged,
    build: DevBuild,
    declarative: Declarative,
    component: Option<Component>,
    extension: Option<Extension>,
    began: Instant,
}

/// A listener that passes the compiler's lines on.
struct Lines<'a, F>(&'a F);

impl<F: Fn(DevEvent) + Send + Sync> OutputListener for Lines<'_, F> {
    fn line(&self, line: &str) {
        (self.0)(DevEvent::Line(line.to_owned()));
    }
}

/// Builds the folder and starts the build; `None` where it is `serving`, the build that this session has
/// put into service. May be dropped at any point.
pub(super) async fn start<F: Fn(DevEvent) + Send + Sync>(
    dev: &Dev,
    lease: &Arc<DevLease>,
    serving: Option<Blake3Digest>,
    follow: &F,
) -> Result<(Option<Started>, Vec<PathBuf>), Failure> {
    let began = Instant::now();
    let (builder, folder) = (&dev.builder, lease.folder());
    let built = match builder.build(folder, dev.profile, &Lines(follow)).await {
        Ok(built) => built,
        Err(error) => {
            let sources = builder.expected_sources(folder).await;
            return Err(Failure {
                error: error.into(),
                sources,
            });
        }
    };
    let sources = built.sources.clone();
    let started = start_built(dev, lease, serving, built, began).await;
    match started {
        Ok(started) => Ok((started, sources)),
        Err(error) => Err(Failure { error, sources }),
    }
}

/// The failure of an attempt, and what it has read outside of the folder until then.
pub(super) struct Failure {
    pub(super) error: DevError,
    pub(super) sources: Vec<PathBuf>,
}

impl<E: Into<DevError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            sources: Vec::new(),
        }
    }
}

async fn start_built(
    dev: &Dev,
    lease: &Arc<DevLease>,
    serving: Option<Blake3Digest>,
    built: Built,
    began: Instant,
) -> Result<Option<Started>, DevError> {
    let manifest = &built.manifest.manifest;
    if manifest.id != *lease.id() {
        return Err(DevError::IdChanged {
            before: lease.id().clone(),
            now: manifest.id.clone(),
        });
    }
    let version = manifest
        .extension_version()
        .map_err(|source| DevError::Version { source })?;
    let staging = lease.clone();
    let (built, staged, tree, declarative) = blocking(move || {
        let staged = staging.stage()?;
        built.assemble(staged.folder())?;
        let tree = staged.digest()?;
        let declarative = Declarative::read(staged.folder(), &built.manifest.manifest);
        Ok::<_, DevError>((built, staged, tree, declarative))
    })
    .await?;
    if serving == Some(tree) {
        return Ok(None);
    }
    let families = dev.store.host().families();
    let component = built.component.as_deref();
    let compatibility = component.map(|it| families.inspect(it)).transpose()?;
    let (component, extension) = run(dev, lease, &built, &version).await?;
    let build = describe(
        &built.manifest.manifest,
        version,
        tree,
        compatibility,
        component.as_ref(),
    );
    Ok(Some(Started {
        built,
        staged,
        build,
        declarative,
        component,
        extension,
        began,
    }))
}

/// Compiles and starts what was built, where it has a component.
async fn run(
    dev: &Dev,
    lease: &DevLease,
    built: &Built,
    version: &ExtensionVersion,
) -> Result<(Option<Component>, Option<Extension>), DevError> {
    let Some(wasm) = &built.component else {
        return Ok((None, None));
    };
    let host = dev.store.host();
    let component = host.compile(wasm.clone()).await?;
    let origin = ExtensionOrigin::Folder(lease.folder().to_path_buf());
    let identity = Identity {
        id: lease.id().clone(),
        work_dir: dev.store.work_dir(lease.id(), &origin)?,
        capabilities: built.manifest.manifest.capabilities.clone(),
        origin,
    };
    let starting =
        dev.store
            .start_recorded(&component, identity, version, crate::store::Held::default());
    let extension = starting.await?;
    Ok((Some(component), Some(extension)))
}

fn describe(
    manifest: &Manifest,
    version: ExtensionVersion,
    tree: Blake3Digest,
    compatibility: Option<Compatibility>,
    component: Option<&Component>,
) -> DevBuild {
    let family = compatibility
        .as_ref()
        .map(|compatibility| compatibility.family.to_owned());
    let (api, adapter) = compatibility
        .map(|compatibility| (compatibility.api, compatibility.adapter.to_owned()))
        .unzip();
    DevBuild {
        name: manifest.name.clone(),
        description: manifest.description.clone(),
        version,
        family,
        api,
        adapter,
        tree,
        component: component.map(Component::digest),
        provides: manifest.provides(),
        triggers: Some(manifest.triggers()),
        capabilities: manifest.capabilities.clone(),
        built: Timestamp::now(),
    }
}

/// Puts a started build into service: the store names it, and it takes the place of what runs. `None` where
/// the dev extension was stopped meanwhile.
pub(super) async fn put_into_service(
    dev: &Dev,
    lease: &Arc<DevLease>,
    started: Started,
) -> Result<Option<Box<Served>>, DevError> {
    let Started {
        built,
        staged,
        build,
        declarative,
        component,
        extension,
        began,
    } = started;
    // To its end, even where the caller waits no more: the store and what runs must say the same.
    let (live, lease) = (dev.live.clone(), lease.clone());
    let putting = tokio::spawn(async move {
        // Others in this process that follow the store wait for this turn, and then find the new build running.
        let turn = match &live {
            Some(live) => Some(live.turn(lease.id()).await),
            None => None,
        };
        let placed =
            blocking(move || Ok::<_, DevError>(lease.put_into_service(staged, build)?)).await?;
        let active = placed.clone().and_then(Active::of_dev);
        if let (Some(turn), Some(active)) = (turn, active) {
            match extension {
                Some(extension) => turn.put(&active, extension),
                None => turn.stop(active.id()),
            }
        }
        Ok::<_, DevError>(placed)
    });
    let placed = putting.await.map_err(|error| DevError::Task {
        message: error.to_string(),
    })??;
    let Some(placed) = placed else {
        return Ok(None);
    };
    Ok(Some(Box::new(Served {
        extension: placed,
        not_built: built.not_built,
        warnings: built.manifest.warnings,
        findings: declarative.findings,
        code: component.map(|component| component.origin()),
        took: began.elapsed(),
    })))
}

/// Reads the id of the extension in a folder.
pub(super) fn id_in(folder: &Path) -> Result<ExtensionId, DevError> {
    let loaded = Manifest::from_folder(folder).map_err(|source| DevError::Manifest {
        folder: folder.to_path_buf(),
        source: Box::new(source),
    })?;
    Ok(loaded.manifest.id)
}
