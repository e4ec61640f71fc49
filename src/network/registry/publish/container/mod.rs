//! The writer of registries in container registries: brings a folder's registry there.
//!
//! 1. What is there is read: it must be an earlier state of the folder's registry.
//! 2. Of what was pushed before, each tag and each blob is asked for.
//! 3. The archive of each version that is not in its index is brought, and its tag made, and so is what is gone of others.
//!    A tag is never moved.
//! 4. The files are brought, and last the tag that leads to them is moved: every moment is readable.
//! 5. Tags of before that lead elsewhere and blobs that are damaged are an error only now: they keep no withdrawal back.
//!
//! Whoever is interrupted runs the same again. Of two who push at a time one may be told to run it again; a container
//! registry has no way to make sure of it, so let one machine push.

mod error;
mod examination;
mod snapshot;
mod upload;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde::Serialize;

pub use self::error::PushError;
use self::{
    examination::Examination,
    snapshot::{Archive, File, Snapshot},
    upload::{ConfigContent, Presence, Uploads},
};
use crate::{
    base::digest::Sha256Digest,
    network::registry::{
        access::Access,
        append_only::{Growth, growth},
        config::Config,
        index_file::{IndexFile, MAX_INDEX_BYTES},
        oci::{
            Answer, CATALOGUE_TAG, Descriptor, Manifest, OciAddress, OciSource, Rights, Session,
        },
        path::CONFIG_PATH,
        site::off_thread,
        source::{HttpClient, Source, SourceError},
    },
};

/// The type of the artifact of a registry's files.
const REGISTRY_TYPE: &str = "application/vnd.annexe.registry.v1";

/// The type of the artifact of an archive.
const EXTENSION_TYPE: &str = "application/vnd.annexe.extension.v1";

/// The media type of the layer of a registry's file.
const FILE_TYPE: &str = "application/vnd.annexe.registry.file.v1";

/// The media type of the layer of an archive.
const ARCHIVE_TYPE: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// Hears of each archive before it is brought: its id and version, its number from 1, and how many there are.
pub type PushProgress<'a> = dyn Fn(&str, usize, usize) + Send + Sync + 'a;

/// The result of pushing a registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pushed {
    /// The registry's name for itself.
    pub registry: String,
    /// The number of archives brought, or whose tag was made again.
    pub archives: usize,
    /// The number of files of the registry brought.
    pub files: usize,
    /// The digest of the manifest that the tag `catalogue` leads to now.
    pub sha256: Sha256Digest,
    /// Nothing was to be brought.
    pub unchanged: bool,
}

/// How a registry is pushed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PushOptions {
    /// The blobs that are there are read, and their digests compared: that shows what was damaged where they are kept.
    /// Otherwise the container registry is only asked for them, which it answers by their sizes. Off by default.
    pub verify: bool,
}

impl PushOptions {
    /// Says whether the blobs that are there are read.
    #[must_use]
    pub fn verify(self, verify: bool) -> Self {
        Self { verify }
    }
}

/// The content of the container registry.
struct There {
    /// The digest of the manifest, where there is one.
    sha256: Option<Sha256Digest>,
    /// The digests of the files, by their paths.
    files: BTreeMap<String, Sha256Digest>,
    /// The index files that differ from the folder's.
    older: BTreeMap<String, Vec<u8>>,
}

/// Brings the registry in `folder` to a container registry, reached as `access` says.
///
/// # Errors
/// [`PushError::Publish`] if the folder holds no registry, [`PushError::Behind`] if another state of it, or a newer one, is
/// there, [`PushError::OtherRegistry`] if another registry is, [`PushError::TagTaken`] if the tag of a version leads to
/// something else, [`PushError::Damaged`] if a blob is not what it was, and [`PushError::Source`] if the container registry
/// refuses or cannot be reached. What was there stays readable.
pub async fn push(
    folder: &Path,
    to: &OciAddress,
    access: &Access,
    options: PushOptions,
    progress: &PushProgress<'_>,
) -> Result<Pushed, PushError> {
    let (root, address) = (folder.to_owned(), to.clone());
    let reading = off_thread(move || Snapshot::read(&root, &address));
    let local = reading.await.map_err(PushError::from)??;
    let client = HttpClient::new(&access.http)?;
    let session = Session::new(to, access, client.clone());
    let source = OciSource::new(to.clone(), access, client);
    let there = look(&local, to, &session, &source).await?;

    let mut uploads = Uploads::new(&session);
    let (old, new): (Vec<&Archive>, Vec<&Archive>) = local
        .archives
        .iter()
        .partition(|archive| is_in(archive, &local, &there));
    let kept = local.files.iter().filter(|file| there.has(file));
    let kept: Vec<&File> = kept.collect();
    let examination = Examination {
        to,
        session: &session,
        uploads: &uploads,
        reads_blobs: options.verify,
    };
    let altered = examination.examine(&old, &kept).await?;

    let wanting = altered.archives.iter().chain(&new);
    let count = altered.archives.len() + new.len();
    let mut archives = 0;
    for (at, archive) in wanting.enumerate() {
        let shown = format!("{} {}", archive.id, archive.version);
        progress(&shown, at + 1, count);
        if push_archive(archive, to, &session, &mut uploads).await? {
            archives += 1;
        }
    }

    let (mut layers, mut files) = (Vec::new(), 0);
    for file in &local.files {
        let layer = Descriptor::new(FILE_TYPE, &file.content, Some(&file.path));
        if !there.has(file) || altered.files.contains(&file.path.as_str()) {
            let content = file.content.clone();
            uploads.blob(to.repository(), content).await?;
            files += 1;
        }
        layers.push(layer);
    }
    let unchanged = files == 0 && archives == 0;
    let sha256 = match there.sha256 {
        Some(sha256) if unchanged => sha256,
        before => {
            let now = manifest_now(to, &session).await?.map(|(sha256, _)| sha256);
            if now != before {
                return Err(PushError::Raced {
                    location: to.to_string(),
                });
            }
            let manifest =
                |config: ConfigContent| Manifest::new(REGISTRY_TYPE, config, layers.clone());
            let bringing = uploads.manifest(to.repository(), CATALOGUE_TAG, manifest);
            bringing.await?
        }
    };
    altered.check()?;
    Ok(Pushed {
        registry: local.config.registry,
        archives,
        files,
        sha256,
        unchanged,
    })
}

impl There {
    /// Whether it has a file as it is in the folder.
    fn has(&self, file: &File) -> bool {
        self.files.get(&file.path) == Some(&Sha256Digest::of(&file.content))
    }
}

/// The manifest of the files, with its digest.
async fn manifest_now(
    to: &OciAddress,
    session: &Session,
) -> Result<Option<(Sha256Digest, Arc<Manifest>)>, SourceError> {
    let reading = session.manifest(to.repository(), CATALOGUE_TAG, Rights::Push, None);
    Ok(match reading.await? {
        Some(Answer::Manifest {
            manifest, sha256, ..
        }) => Some((sha256, manifest)),
        Some(Answer::Unchanged) | None => None,
    })
}

/// Reads what is there, which must be an earlier state of the folder's registry.
async fn look(
    local: &Snapshot,
    to: &OciAddress,
    session: &Session,
    source: &OciSource,
) -> Result<There, PushError> {
    let mut there = There {
        sha256: None,
        files: BTreeMap::new(),
        older: BTreeMap::new(),
    };
    let Some((sha256, manifest)) = manifest_now(to, session).await? else {
        return Ok(there);
    };
    there.sha256 = Some(sha256);
    for layer in &manifest.layers {
        if let (Some(path), Some(sha256)) = (layer.title(), layer.sha256()) {
            there.files.insert(path.to_owned(), sha256);
        }
    }
    let location = || to.to_string();
    let same = local.files.iter().find(|file| file.path == CONFIG_PATH);
    // What is the same is not read: its blob may be gone, and is brought again then.
    let config = match same.filter(|file| there.has(file)) {
        Some(same) => same.content.to_vec(),
        None => source.read(CONFIG_PATH, MAX_INDEX_BYTES).await?,
    };
    let config = Config::parse(&config).map_err(|source| PushError::Config {
        location: location(),
        source,
    })?;
    if config.registry != local.config.registry {
        return Err(PushError::OtherRegistry {
            location: location(),
            name: config.registry,
        });
    }
    let behind = |path: &str| PushError::Behind {
        location: location(),
        path: path.to_owned(),
    };
    if config.made > local.config.made {
        return Err(behind(CONFIG_PATH));
    }
    let indexes = there
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("index/"));
    for (path, sha256) in indexes {
        let file = local.files.iter().find(|file| file.path == *path);
        let file = file.ok_or_else(|| behind(path))?;
        if Sha256Digest::of(&file.content) == *sha256 {
            continue;
        }
        let old = source.read(path, MAX_INDEX_BYTES).await?;
        let id = file.id.as_ref().ok_or_else(|| behind(path))?;
        match growth(id, &old, &file.content) {
            Growth::Grown => there.older.insert(path.clone(), old),
            Growth::Shrunk | Growth::Rewritten { .. } => return Err(behind(path)),
        };
    }
    Ok(there)
}

/// Whether the index that is there has the version: then its archive was brought before that was.
fn is_in(archive: &Archive, local: &Snapshot, there: &There) -> bool {
    let of_id = |file: &&File| file.id.as_ref() == Some(&archive.id);
    let Some(file) = local.files.iter().find(of_id) else {
        return false;
    };
    match there.older.get(&file.path) {
        Some(old) => IndexFile::parse(&archive.id, old)
            .version(&archive.version)
            .is_some(),
        None => there.files.contains_key(&file.path),
    }
}

/// Brings an archive and makes its tag; says whether that was to be done.
async fn push_archive(
    archive: &Archive,
    to: &OciAddress,
    session: &Session,
    uploads: &mut Uploads<'_>,
) -> Result<bool, PushError> {
    let Archive {
        repository,
        tag,
        sha256,
        size,
        ..
    } = archive;
    let known = session.manifest(repository, tag, Rights::Push, None);
    let is_tagged = match known.await? {
        Some(Answer::Manifest { manifest, .. }) if archive.is_of(&manifest) => true,
        Some(Answer::Manifest { .. }) => {
            return Err(PushError::TagTaken {
                location: archive.location(to),
                more: 0,
            });
        }
        Some(Answer::Unchanged) | None => false,
    };
    if is_tagged && uploads.presence(repository, *sha256, *size).await? == Presence::There {
        return Ok(false);
    }
    let path: Arc<Path> = archive.path.clone().into();
    let expected = (archive.sha256, archive.size);
    let reading = off_thread(move || snapshot::read_archive(&path, expected));
    let content = reading.await.map_err(PushError::from)??;
    uploads.blob(repository, content).await?;
    if !is_tagged {
        let manifest = |config: ConfigContent| archive.manifest(config);
        uploads.manifest(repository, tag, manifest).await?;
    }
    Ok(true)
}
