//! A registry's folder as it is at one moment: its files, and where its archives are.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::{
    super::{IndexContent, error::PublishError, open},
    error::PushError,
};
use crate::{
    base::{
        digest::Sha256Digest,
        fs,
        types::{ExtensionId, ExtensionVersion},
    },
    network::registry::{
        catalogue::Catalogue,
        config::Config,
        index_file::State,
        oci::{OciAddress, tag_of},
        path::CONFIG_PATH,
    },
};

/// A registry's folder.
pub(super) struct Snapshot {
    pub(super) config: Config,
    /// The configuration, the catalogue and the index files.
    pub(super) files: Vec<File>,
    pub(super) archives: Vec<Archive>,
}

/// A file of a registry.
pub(super) struct File {
    pub(super) path: String,
    pub(super) content: Bytes,
    /// The extension whose index it is.
    pub(super) id: Option<ExtensionId>,
}

/// An archive, and what it is called in the container registry.
pub(super) struct Archive {
    pub(super) id: ExtensionId,
    pub(super) version: ExtensionVersion,
    pub(super) sha256: Sha256Digest,
    pub(super) size: u64,
    pub(super) path: PathBuf,
    pub(super) repository: String,
    pub(super) tag: String,
    /// Its version is blocked: what is gone of it may have been deleted for that.
    pub(super) is_blocked: bool,
}

impl Snapshot {
    /// Reads the folder while nobody else writes there.
    ///
    /// # Errors
    /// Where it holds no registry, or one whose names a container registry does not take.
    pub(super) fn read(folder: &Path, to: &OciAddress) -> Result<Self, PushError> {
        let (locked, config) = open(folder)?;
        // The path of an archive tells its blob, and a reader finds both by it.
        let usual = Config::new(&config.registry).map_err(PublishError::from)?;
        if config.archives != usual.archives {
            return Err(PushError::Template {
                template: config.archives,
                usual: usual.archives,
            });
        }
        let mut files = Vec::new();
        let mut add = |path: &str, content: Vec<u8>, id| {
            files.push(File {
                path: path.to_owned(),
                content: content.into(),
                id,
            });
        };
        // A catalogue file may not be written yet.
        let read = |path: &str| Ok::<_, PublishError>(locked.read(path)?.unwrap_or_default());
        add(CONFIG_PATH, read(CONFIG_PATH)?, None);
        let mut catalogue = Vec::new();
        for path in &config.catalogue {
            let content = read(path)?;
            catalogue.push(content.clone());
            add(path, content, None);
        }
        let catalogue = Catalogue::parse(catalogue.iter().map(Vec::as_slice));
        let mut archives = Vec::new();
        for line in &catalogue.lines {
            let index = IndexContent::read(&locked, &line.id)?;
            for known in &index.parse().versions {
                let line = &known.line;
                let (id, version) = (line.id.clone(), line.version.clone());
                let (Some(repository), Some(tag)) = (to.repository_of(&id), tag_of(&version))
                else {
                    return Err(PushError::Name { id, version });
                };
                let Some(digest) = line.digest() else {
                    return Err(PublishError::NoDigest { id, version }.into());
                };
                let path = config.archive_path(&line.into(), &digest.sha256);
                let path = path.map_err(PublishError::from)?;
                archives.push(Archive {
                    id,
                    version,
                    sha256: digest.sha256,
                    size: digest.size,
                    path: locked.path(&path),
                    repository,
                    tag,
                    is_blocked: matches!(known.state, State::Blocked(_)),
                });
            }
            add(&index.path, index.content, Some(index.id));
        }
        Ok(Self {
            config,
            files,
            archives,
        })
    }
}

impl Archive {
    /// The name that another tool may give it.
    pub(super) fn file_name(&self) -> String {
        format!("{}-{}.tar.gz", self.id, self.version)
    }
}

/// Reads an archive, which must be what its line says.
pub(super) fn read_archive(
    path: &Path,
    (sha256, size): (Sha256Digest, u64),
) -> Result<Bytes, PushError> {
    let content = fs::read_bounded(path, size).map_err(PublishError::from)?;
    let (actual, actual_size) = (Sha256Digest::of(&content), content.len() as u64);
    if (actual, actual_size) == (sha256, size) {
        return Ok(content.into());
    }
    Err(PushError::Publish(PublishError::OtherArchive {
        path: path.to_owned(),
        expected_size: size,
        expected: sha256,
        actual_size,
        actual,
    }))
}
