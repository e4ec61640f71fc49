//! The obtaining of what is to be installed: brings its files onto the disk, and examines them: everything but the
//! compilation that can go wrong before anything changes.
//!
//! 1. Where the store still has the archive's files, whole, nothing is fetched.
//! 2. Otherwise the archive is brought into the staging folder, verified against its digest, and unpacked
//!    there.
//! 3. The manifest and the component must be what was announced.
//! 4. A component that cannot run here is never installed. One that was not compiled before is left to be
//!    [compiled](super::compiling) without the store's lock.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;

use super::{
    bringing::other_bytes,
    brought::Brought,
    examine::{Examined, examine},
    install_request::PackedExtension,
    plan::Step,
    release::Release,
};
use crate::{
    base::{fs, task::blocking},
    network::registry::{ArchiveDigest, Sources},
    package::{
        archive::{self, Limits, Unpacked},
        manifest::{self, Manifest},
    },
    runtime::{
        api::Families,
        engine::CodeOrigin,
        host::{Fit, Found, Host},
    },
    store::{
        disk::{
            archive::ArchiveLocation,
            contents::{component_in, load_manifest},
            installed::{Installed, Origin},
            seen_archives::{SeenArchives, Sighting},
            staging::StagingSlot,
            transaction::Change,
            tree::Tree,
        },
        error::StoreError,
        listener::ListenerSink,
        report::ChangeStep,
    },
};

/// The context that obtaining works with.
pub(in crate::store) struct Obtaining<'a> {
    pub(in crate::store) change: Arc<Change>,
    pub(in crate::store) host: Host,
    pub(in crate::store) sources: &'a Sources,
    /// Archives that need not be fetched.
    pub(in crate::store) archives: Option<&'a Path>,
    /// The extensions packed for this change.
    pub(in crate::store) packed: &'a [PackedExtension],
    /// A version may have other bytes than when it was installed first.
    pub(in crate::store) accepts_other_archives: bool,
    pub(in crate::store) sink: ListenerSink,
    /// What was brought before, in vain.
    pub(in crate::store) brought: &'a Brought,
}

/// An archive of the user's own, which says itself what it is.
#[derive(Debug, Clone)]
pub(in crate::store) enum OwnArchive {
    /// One that the user has named.
    Named(ArchiveLocation),
    /// One that was made of something else.
    Packed(PackedExtension),
}

/// An extension whose files are on the disk.
pub(in crate::store) struct Obtained {
    pub(in crate::store) installed: Installed,
    pub(in crate::store) wasm: Option<Bytes>,
    pub(in crate::store) tree: Tree,
    /// Where its files are staged; `None` where they are in their place already.
    pub(in crate::store) staged: Option<PathBuf>,
    /// The origin of its machine code, where that is there already.
    pub(in crate::store) code: Option<CodeOrigin>,
    /// Its component, where that is to be compiled.
    pub(in crate::store) fit: Option<Fit>,
    pub(in crate::store) step: Step,
}

impl Obtained {
    /// The note to be taken of its archive, where its registry does not say what that is.
    pub(super) fn sighting(&self) -> Option<Sighting> {
        let release = &self.step.release;
        let registry = release.origin.registry().filter(|_| release.by_sight)?;
        Some(Sighting {
            registry: registry.to_owned(),
            id: release.id.clone(),
            version: release.version.clone(),
            content: release.content?,
        })
    }
}

impl Obtaining<'_> {
    /// Obtains a version of a registry, a lockfile or an earlier generation.
    pub(in crate::store) async fn release(&self, mut step: Step) -> Result<Obtained, StoreError> {
        // What this change has brought already need not come again; that it is what others have seen is looked at below.
        let is_locked = step.release.content.is_some();
        step.release.content =
            (step.release.content).or_else(|| self.brought.digest(&step.release));
        if let Some(seen) = self.seen(&step.release).await?
            && !self.accepts_other_archives
        {
            let known = *step.release.content.get_or_insert(seen);
            if known.sha256 != seen.sha256 {
                let registry = step.release.origin.registry().unwrap_or_default();
                return Err(other_bytes(&step.release, registry, seen, is_locked));
            }
            step.release.was_seen = true;
        }
        if let Some(content) = step.release.content
            && let Some(obtained) = self.kept(&step, content).await?
        {
            let (tree, examined, staged) = obtained;
            return self.obtained(step, tree, examined, staged).await;
        }
        let place = self.place().await?;
        let content = self.bring_release(&mut step, &place).await?;
        step.release.content = Some(content);
        self.sink
            .step(step.release.id.as_str(), ChangeStep::Verified);
        let (unpacking, release) = (place.clone(), step.release.clone());
        let change = self.change.clone();
        let families = self.host.families().clone();
        let (unpacked, tree, examined) = blocking(move || {
            let unpacked = unpack(&unpacking, &release)?;
            let tree = Tree::read(&unpacking.tree())?;
            let examined = examine(&unpacking.tree(), &tree, &release, content, &families)?;
            drop(change);
            Ok::<_, StoreError>((unpacked, tree, examined))
        })
        .await?;
        self.sink.step(
            step.release.id.as_str(),
            ChangeStep::Unpacked {
                files: unpacked.files,
            },
        );
        self.obtained(step, tree, examined, Some(place.tree()))
            .await
    }

    /// The digest of an archive of which no registry says one: when it was brought by this change, or installed first.
    async fn seen(&self, release: &Release) -> Result<Option<ArchiveDigest>, StoreError> {
        let (change, release) = (self.change.clone(), release.clone());
        blocking(move || {
            let Some(registry) = release.origin.registry() else {
                return Ok(None);
            };
            let seen = SeenArchives::read(change.layout())?;
            if let Some(seen) = seen.find(registry, &release.id, &release.version) {
                return Ok(Some(ArchiveDigest {
                    sha256: seen.sha256,
                    size: seen.size,
                }));
            }
            let installed = change.generation().extensions.get(&release.id);
            let is_it = |installed: &&Installed| {
                release.by_sight
                    && installed.origin == release.origin
                    && installed.version.published() == release.version.published()
            };
            Ok(installed.filter(is_it).map(|installed| ArchiveDigest {
                sha256: installed.sha256,
                size: installed.archive_bytes,
            }))
        })
        .await
    }

    /// The files of an archive that are on the disk already, and where they are staged if they are not in their place.
    async fn kept(
        &self,
        step: &Step,
        content: ArchiveDigest,
    ) -> Result<Option<(Tree, Examined, Option<PathBuf>)>, StoreError> {
        let (change, release) = (self.change.clone(), step.release.clone());
        let families = self.host.families().clone();
        let kept = blocking(move || {
            // What only claims to come from somewhere, as a lockfile does, must have come from there before.
            let of = release.announced.is_none().then_some(&release.origin);
            let Some(tree) = change.kept(&release.id, content.sha256, of)? else {
                return Ok::<_, StoreError>(None);
            };
            let folder = change.layout().tree(&tree.digest);
            let examined = examine(&folder, &tree, &release, content, &families)?;
            Ok(Some((tree, examined)))
        });
        if let Some((tree, examined)) = kept.await? {
            return Ok(Some((tree, examined, None)));
        }
        let Some((tree, folder)) = self.brought.tree(&content.sha256) else {
            return Ok(None);
        };
        let (release, staged) = (step.release.clone(), folder.to_owned());
        let families = self.host.families().clone();
        let examining = move || {
            let examined = examine(&staged, &tree, &release, content, &families)?;
            Ok::<_, StoreError>(Some((tree, examined, Some(staged))))
        };
        blocking(examining).await
    }

    /// Obtains an archive of the user's own, which says itself what it is. Where the store has its files
    /// already, whole, those are taken.
    pub(in crate::store) async fn archive(
        &self,
        archive: OwnArchive,
    ) -> Result<Obtained, StoreError> {
        let (archive, origin) = match archive {
            OwnArchive::Named(archive) => (archive.absolute_in(Path::new("")), None),
            OwnArchive::Packed(packed) => {
                (ArchiveLocation::File(packed.archive), Some(packed.origin))
            }
        };
        let name = match &origin {
            Some(origin) => origin.to_string(),
            None => archive.to_string(),
        };
        let place = self.place().await?;
        let content = self.bring(&archive, &name, &place).await?;
        let change = self.change.clone();
        let stem = match &origin {
            Some(origin) => origin.stem(),
            None => archive.stem(),
        };
        let subject = name.clone();
        let families = self.host.families().clone();
        let (files, staged, tree, release, examined) = blocking(move || {
            let kept = match change.known(&content.sha256)? {
                Some(known) => Tree::kept(change.layout(), &known.tree)?,
                None => None,
            };
            let (files, folder, tree) = match kept {
                Some(tree) => (None, change.layout().tree(&tree.digest), tree),
                None => {
                    let unpacked = unpack_into(&place, Limits::default()).map_err(|source| {
                        StoreError::ForeignArchive {
                            archive: subject.clone(),
                            source,
                        }
                    })?;
                    (
                        Some(unpacked.files),
                        place.tree(),
                        Tree::read(&place.tree())?,
                    )
                }
            };
            let release = identify(&folder, &stem, &subject, content, &families)?;
            let release = match origin {
                Some(origin) => Release { origin, ..release },
                None => release,
            };
            let examined = examine(&folder, &tree, &release, content, &families)?;
            drop(change);
            let staged = files.is_some().then_some(folder);
            Ok::<_, StoreError>((files, staged, tree, release, examined))
        })
        .await?;
        let id = release.id.clone();
        self.sink
            .step(&name, ChangeStep::Identified { id: id.clone() });
        let report = |event| self.sink.step(id.as_str(), event);
        report(ChangeStep::Resolved {
            id: id.clone(),
            version: release.version.clone(),
        });
        if let Some(files) = files {
            report(ChangeStep::Unpacked { files });
        }
        let step = Step::chosen(release);
        self.obtained(step, tree, examined, staged).await
    }

    async fn place(&self) -> Result<StagingSlot, StoreError> {
        let change = self.change.clone();
        blocking(move || Ok(change.place()?)).await
    }

    async fn obtained(
        &self,
        step: Step,
        tree: Tree,
        examined: Examined,
        staged: Option<PathBuf>,
    ) -> Result<Obtained, StoreError> {
        let Examined {
            installed,
            wasm,
            warnings,
        } = examined;
        let wasm = wasm.map(Bytes::from);
        let (code, fit) = match &wasm {
            Some(wasm) => self.find(&installed, wasm.clone()).await?,
            None => (None, None),
        };
        let mut step = step;
        step.warnings.extend(warnings);
        Ok(Obtained {
            installed,
            wasm,
            tree,
            staged,
            code,
            fit,
            step,
        })
    }

    /// The origin of the machine code, where that is there, or else what is to be compiled.
    async fn find(
        &self,
        installed: &Installed,
        wasm: Bytes,
    ) -> Result<(Option<CodeOrigin>, Option<Fit>), StoreError> {
        let found = self.host.find(wasm).await;
        let found = found
            .map_err(|source| StoreError::unusable(&installed.id, &installed.version, source))?;
        // Without a compiled cache too, what was compiled before is known to be.
        let before = |component| self.brought.code(&component);
        Ok(match found {
            Found::Fit(fit) => match before(fit.digest()) {
                None => (None, Some(fit)),
                before => (before, None),
            },
            Found::Compiled(component) => {
                let before = before(component.digest());
                if before.is_none() {
                    let report = |event| self.sink.step(installed.id.as_str(), event);
                    report(ChangeStep::Compiling);
                    report(ChangeStep::Compiled(component.origin()));
                }
                (before.or(Some(component.origin())), None)
            }
        })
    }
}

/// Unpacks the archive of a release beside itself.
fn unpack(place: &StagingSlot, release: &Release) -> Result<Unpacked, StoreError> {
    let defaults = Limits::default();
    let announced = release.announced.as_ref();
    let limits = Limits {
        // More than the index announces is refused before it fills the disk.
        unpacked_bytes: announced.map_or(defaults.unpacked_bytes, |announced| {
            defaults.unpacked_bytes.min(announced.unpacked_bytes)
        }),
        ..defaults
    };
    unpack_into(place, limits).map_err(|source| StoreError::Archive {
        id: release.id.clone(),
        version: release.version.clone(),
        source,
    })
}

fn unpack_into(place: &StagingSlot, limits: Limits) -> Result<Unpacked, archive::Error> {
    let (archive, folder) = (place.archive(), place.tree());
    fs::create_dir(&folder)?;
    let unpacked = archive::unpack(fs::open(&archive)?, &folder, &limits)?;
    // Room for the rest, where the disk is nearly full.
    fs::remove_file(&archive)?;
    Ok(unpacked)
}

/// Reads from an unpacked archive what it is.
fn identify(
    folder: &Path,
    stem: &str,
    archive: &str,
    content: ArchiveDigest,
    families: &Families,
) -> Result<Release, StoreError> {
    let unidentified = |source: manifest::Error| StoreError::ForeignManifest {
        archive: archive.to_owned(),
        source: Box::new(source),
    };
    // The old form of a manifest has no id: the extension is named after its archive.
    let loaded = match stem.parse() {
        Ok(named) => load_manifest(folder, &named),
        Err(_) => Manifest::from_folder(folder),
    };
    let manifest = loaded.map_err(unidentified)?.manifest;
    let version = manifest
        .extension_version()
        .map_err(|source| StoreError::NoVersion {
            id: manifest.id.clone(),
            source,
        })?;
    // A component that says no version is refused when it is examined.
    let wasm = component_in(folder)?;
    let found = wasm.and_then(|wasm| families.recognise(&wasm).ok());
    let family = (found.as_ref()).map_or_else(|| manifest.family(), |found| found.family);
    Ok(Release {
        id: manifest.id,
        version,
        family: family.to_owned(),
        api: found.map(|found| found.api),
        origin: Origin::Archive {
            archive: archive.to_owned(),
        },
        content: Some(content),
        by_sight: false,
        was_seen: false,
        announced: None,
    })
}
