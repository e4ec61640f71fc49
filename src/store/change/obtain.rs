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
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;

use super::{
    brought::Brought,
    examine::{Examined, examine},
    install_request::PackedExtension,
    plan::Step,
    release::Release,
};
use crate::{
    base::{
        digest::{Sha256Digest, Sha256Hasher},
        fs,
        task::blocking,
    },
    network::registry::{self, SourceError, Sources},
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
            staging::StagingSlot,
            transaction::Change,
            tree::Tree,
        },
        error::StoreError,
        import::{error::ImportError, snapshot::pack_folder},
        listener::ListenerSink,
        report::ChangeStep,
    },
};

/// How much of a file is copied at a time, in bytes.
const PIECE_BYTES: usize = 64 << 10;

/// The context that obtaining works with.
pub(in crate::store) struct Obtaining<'a> {
    pub(in crate::store) change: Arc<Change>,
    pub(in crate::store) host: Host,
    pub(in crate::store) sources: &'a Sources,
    /// What was packed for this change.
    pub(in crate::store) packed: &'a [PackedExtension],
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

impl Obtaining<'_> {
    /// Obtains a version of a registry, a lockfile or an earlier generation.
    pub(in crate::store) async fn release(&self, step: Step) -> Result<Obtained, StoreError> {
        let (change, release) = (self.change.clone(), step.release.clone());
        let families = self.host.families().clone();
        let kept = blocking(move || {
            // What only claims to come from somewhere, as a lockfile does, must have come from there before.
            let of = release.announced.is_none().then_some(&release.origin);
            let Some(tree) = change.kept(&release.id, release.sha256, of)? else {
                return Ok::<_, StoreError>(None);
            };
            let folder = change.layout().tree(&tree.digest);
            Ok(Some((tree, examine(&folder, &tree, &release, &families)?)))
        });
        if let Some((tree, examined)) = kept.await? {
            return self.obtained(step, tree, examined, None).await;
        }
        if let Some((tree, folder)) = self.brought.tree(&step.release.sha256) {
            let (release, staged) = (step.release.clone(), folder.to_owned());
            let families = self.host.families().clone();
            let examining = move || {
                let examined = examine(&staged, &tree, &release, &families)?;
                Ok::<_, StoreError>((staged, examined))
            };
            let (staged, examined) = blocking(examining).await?;
            return self.obtained(step, tree, examined, Some(staged)).await;
        }
        let release = &step.release;
        let place = self.place().await?;
        match &release.origin {
            Origin::Registry { registry } => self.fetch(registry, &step, &place).await?,
            Origin::Archive { archive } => {
                let archive = ArchiveLocation::named(archive);
                match &archive {
                    // What was imported from another editor lies in a folder of that one's.
                    ArchiveLocation::File(path)
                        if fs::metadata(path).is_ok_and(|it| it.is_dir()) =>
                    {
                        self.pack(path, release, &place).await?;
                    }
                    _ => self.bring_again(&archive, release, &place).await?,
                }
            }
            Origin::Git { .. } => self.packed(release, &place).await?,
        }
        self.sink.step(release.id.as_str(), ChangeStep::Verified);
        let (unpacking, release) = (place.clone(), step.release.clone());
        let change = self.change.clone();
        let families = self.host.families().clone();
        let (unpacked, tree, examined) = blocking(move || {
            let unpacked = unpack(&unpacking, &release)?;
            let tree = Tree::read(&unpacking.tree())?;
            let examined = examine(&unpacking.tree(), &tree, &release, &families)?;
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
        let (sha256, bytes) = self.bring(&archive, &name, &place).await?;
        let change = self.change.clone();
        let stem = match &origin {
            Some(origin) => origin.stem(),
            None => archive.stem(),
        };
        let subject = name.clone();
        let families = self.host.families().clone();
        let (files, staged, tree, release, examined) = blocking(move || {
            let kept = match change.known(&sha256)? {
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
            let release = identify(&folder, &stem, &subject, sha256, bytes, &families)?;
            let release = match origin {
                Some(origin) => Release { origin, ..release },
                None => release,
            };
            let examined = examine(&folder, &tree, &release, &families)?;
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

    /// Brings an archive of the user's own anew, which must be what it was.
    async fn bring_again(
        &self,
        archive: &ArchiveLocation,
        release: &Release,
        place: &StagingSlot,
    ) -> Result<(), StoreError> {
        let (actual, _) = self.bring(archive, release.id.as_str(), place).await?;
        if actual == release.sha256 {
            return Ok(());
        }
        Err(StoreError::from(registry::Error::DigestMismatch {
            id: release.id.clone(),
            version: release.version.clone(),
            location: archive.to_string(),
            expected: release.sha256.into(),
            actual: actual.into(),
        }))
    }

    /// Packs a folder that a locked release was packed of, which must be what it was.
    async fn pack(
        &self,
        folder: &Path,
        release: &Release,
        place: &StagingSlot,
    ) -> Result<(), StoreError> {
        let (folder, archive) = (folder.to_path_buf(), place.archive());
        let change = self.change.clone();
        let packed = blocking(move || {
            let packed = pack_folder(&folder, &archive)?;
            drop(change);
            Ok::<_, ImportError>(packed)
        });
        let packed = packed.await.map_err(Box::new)?;
        match packed.sha256 == release.sha256 {
            true => Ok(()),
            false => Err(StoreError::PackedDiffers {
                id: release.id.clone(),
                version: release.version.clone(),
                origin: Box::new(release.origin.clone()),
                expected: release.sha256,
                actual: packed.sha256,
                is_compiled: false,
            }),
        }
    }

    /// Brings what was packed of a locked release's origin, which must be what was locked.
    async fn packed(&self, release: &Release, place: &StagingSlot) -> Result<(), StoreError> {
        let (id, version) = (release.id.clone(), release.version.clone());
        let origin = Box::new(release.origin.clone());
        let packed = self.packed.iter().find(|it| it.origin == release.origin);
        let Some(packed) = packed else {
            return Err(StoreError::NotPacked {
                id,
                version,
                origin,
            });
        };
        let archive = ArchiveLocation::File(packed.archive.clone());
        let (actual, _) = self.bring(&archive, id.as_str(), place).await?;
        match actual == release.sha256 {
            true => Ok(()),
            false => Err(StoreError::PackedDiffers {
                id,
                version,
                origin,
                expected: release.sha256,
                actual,
                is_compiled: packed.is_compiled,
            }),
        }
    }

    async fn place(&self) -> Result<StagingSlot, StoreError> {
        let change = self.change.clone();
        blocking(move || Ok(change.place()?)).await
    }

    async fn fetch(&self, name: &str, step: &Step, place: &StagingSlot) -> Result<(), StoreError> {
        let registry = match &step.registry {
            Some(registry) => registry.clone(),
            None => self.sources.registry(name).await?,
        };
        let id = step.release.id.as_str();
        let mut file = fs::create_new(&place.archive())?;
        let progress =
            |received, total| self.sink.step(id, ChangeStep::Fetching { received, total });
        let archive = step.release.archive();
        let fetched = registry.fetch(&archive, &mut file, &progress).await;
        fetched.map_err(|error| match error {
            registry::Error::Write { source, .. } => unwritten(source, &place.archive()),
            error => error.into(),
        })
    }

    /// Copies a file or downloads an address; gives the digest and size of what came.
    async fn bring(
        &self,
        archive: &ArchiveLocation,
        subject: &str,
        place: &StagingSlot,
    ) -> Result<(Sha256Digest, u64), StoreError> {
        let limit = Limits::default().compressed_bytes;
        let target = place.archive();
        match archive {
            ArchiveLocation::File(path) => {
                let (path, change) = (path.clone(), self.change.clone());
                blocking(move || {
                    let copied = copy(&path, &target, limit)?;
                    drop(change);
                    Ok(copied)
                })
                .await
            }
            ArchiveLocation::Url(url) => {
                let mut file = fs::create_new(&target)?;
                let progress = |received, total| {
                    self.sink
                        .step(subject, ChangeStep::Fetching { received, total });
                };
                let access = self.sources.access();
                let fetched = registry::fetch_url(url, access, limit, &mut file, &progress).await;
                fetched.map_err(|error| match error {
                    SourceError::Write { source, .. } => unwritten(source, &target),
                    error => StoreError::Download(Box::new(error)),
                })
            }
        }
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

/// Names the file of a failed download, of which the registry knows none.
fn unwritten(source: std::io::Error, path: &Path) -> StoreError {
    fs::Error::new("write", path, source).into()
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

/// Copies a file that a user has named, as far as an archive may be large.
fn copy(from: &Path, to: &Path, limit: u64) -> Result<(Sha256Digest, u64), StoreError> {
    let too_large = || {
        let source = std::io::Error::new(
            std::io::ErrorKind::FileTooLarge,
            format!("it has more than {limit} bytes, the most an archive may have"),
        );
        fs::Error::new("read", from, source)
    };
    let path = || from.to_owned();
    let mut source = match fs::open_regular(from) {
        Err(error) if error.is_not_a_file() => return Err(StoreError::NoFile { path: path() }),
        Err(error) if error.is_not_found() => return Err(StoreError::NoArchive { path: path() }),
        opened => opened?,
    };
    let mut target = fs::create_new(to)?;
    let mut hasher = Sha256Hasher::new();
    let mut buffer = vec![0; PIECE_BYTES];
    let mut bytes = 0;
    loop {
        let read = std::io::Read::read(&mut source, &mut buffer)
            .map_err(|source| fs::Error::new("read", from, source))?;
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.is_empty() {
            return Ok((hasher.finish(), bytes));
        }
        bytes += read as u64;
        if bytes > limit {
            return Err(too_large().into());
        }
        hasher.update(piece);
        target
            .write_all(piece)
            .map_err(|source| fs::Error::new("write", to, source))?;
    }
}

/// Reads from an unpacked archive what it is.
fn identify(
    folder: &Path,
    stem: &str,
    archive: &str,
    sha256: Sha256Digest,
    archive_bytes: u64,
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
        sha256,
        archive_bytes,
        announced: None,
    })
}
