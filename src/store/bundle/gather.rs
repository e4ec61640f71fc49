//! The gathering of a bundle's parts: from the store and npm's cache, or from where they were fetched. Each must have
//! the digest that is locked.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha512};
use url::Url;

use super::{error::BundleError, index::Needed};
use crate::{
    base::{
        digest::{Sha256Digest, Sha256Hasher},
        fs,
        task::blocking,
        types::NpmPackage,
    },
    network::registry::{self, SourceError, Sources},
    package::archive::{self, ArchivePath, Limits},
    store::{
        change::release::Release,
        disk::{
            archive::ArchiveLocation,
            installed::{Installed, Origin},
            lockfile::Locked,
            store::Store,
            tree::Tree,
        },
        error::StoreError,
    },
};

/// The size of the pieces a file is read in, in bytes.
const PIECE: usize = 64 << 10;

/// The most bytes that an archive of npm may have: 4 GiB.
const MOST_PACKAGE_BYTES: u64 = 4 << 30;

/// The options for making a bundle.
#[derive(Debug)]
#[non_exhaustive]
pub struct BundleOptions<'a> {
    /// Where archives come from that the store cannot pack again, and by whose means files are fetched.
    pub sources: &'a Sources,
    /// npm's cache, in which the archives of packages are looked for. Default: none.
    pub npm_cache: Option<PathBuf>,
    /// An empty folder for the parts, on a disk that has room for all of them.
    pub folder: &'a Path,
}

impl<'a> BundleOptions<'a> {
    /// The defaults, with what is fetched by `sources`, and parts that are gathered in `folder`.
    pub fn new(sources: &'a Sources, folder: &'a Path) -> Self {
        Self {
            sources,
            npm_cache: None,
            folder,
        }
    }
}

/// The digests and the size of a file.
pub(super) struct Measured {
    pub(super) sha256: Sha256Digest,
    pub(super) sha512: [u8; 64],
    pub(super) size: u64,
}

/// Reads a whole file.
pub(super) fn measure(path: &Path) -> fs::Result<Measured> {
    let failed = |source| fs::Error::new("read", path, source);
    let mut file = fs::open_regular(path)?;
    let (mut sha256, mut sha512) = (Sha256Hasher::new(), Sha512::new());
    let mut piece = vec![0; PIECE];
    let mut size = 0;
    loop {
        let length = file.read(&mut piece).map_err(failed)?;
        let read = piece.get(..length).unwrap_or_default();
        if read.is_empty() {
            break;
        }
        sha256.update(read);
        sha512.update(read);
        size += length as u64;
    }
    Ok(Measured {
        sha256: sha256.finish(),
        sha512: sha512.finalize().into(),
        size,
    })
}

impl Needed {
    /// Whether a file is what the lockfile has.
    pub(super) fn is(&self, measured: &Measured) -> bool {
        match self {
            Self::Package(package) => package.sha512() == Some(measured.sha512),
            _ => {
                self.sha256() == Some(measured.sha256)
                    && self.size().is_none_or(|size| size == measured.size)
            }
        }
    }
}

impl Store {
    /// Brings a part into the file `target`, which is not there yet.
    pub(super) async fn gather(
        &self,
        needed: &Needed,
        target: &Path,
        options: &BundleOptions<'_>,
    ) -> Result<Measured, StoreError> {
        let found = match needed {
            Needed::Archive(locked) => self.pack_again(locked, target).await?,
            Needed::File(download) => {
                let kept = self.layout().files();
                let kept = kept.join(format!("sha256-{}", download.sha256));
                copied(kept, needed, target).await?
            }
            Needed::Package(package) => {
                let mut found = None;
                for place in self.places_of(package, options) {
                    found = copied(place, needed, target).await?;
                    if found.is_some() {
                        break;
                    }
                }
                found
            }
        };
        if let Some(found) = found {
            return Ok(found);
        }
        let mut file = fs::create_new(target)?;
        match needed {
            Needed::Archive(locked) => self.fetch_archive(locked, &mut file, options).await?,
            Needed::File(download) => {
                fetch(&download.url, download.size, &mut file, options).await?;
            }
            Needed::Package(package) => {
                let url = package.resolved.clone().unwrap_or_default();
                fetch(&url, MOST_PACKAGE_BYTES, &mut file, options).await?;
            }
        }
        drop(file);
        let path = target.to_owned();
        let measured = blocking(move || Ok::<_, StoreError>(measure(&path)?)).await?;
        if !needed.is(&measured) {
            let problem = format!(
                "it has the sha256 {} and {} bytes",
                measured.sha256, measured.size
            );
            let what = format!("`{}`", needed.name());
            return Err(BundleError::Differs { what, problem }.into());
        }
        Ok(measured)
    }

    /// Packs the files of an extension again, where the store has them; `None` where that gives other bytes.
    async fn pack_again(
        &self,
        locked: &Locked,
        target: &Path,
    ) -> Result<Option<Measured>, StoreError> {
        let _reading = self.reading().await?;
        let installed = self.generation()?.extensions.remove(&locked.id);
        let Some(installed) = installed.filter(|it| it.sha256 == locked.sha256) else {
            return Ok(None);
        };
        let (layout, target, sha256) = (self.layout().clone(), target.to_owned(), locked.sha256);
        blocking(move || {
            let Installed { tree, .. } = installed;
            let folder = layout.tree(&tree);
            if Tree::whole(&folder, &tree)?.is_none() {
                return Ok(None);
            }
            let mut files = Vec::new();
            for path in fs::walk(&folder)? {
                if !fs::symlink_metadata(&path)?.is_file() {
                    continue;
                }
                let parts = path.strip_prefix(&folder).unwrap_or(&path).iter();
                let parts: Option<Vec<&str>> = parts.map(|part| part.to_str()).collect();
                let name = parts.unwrap_or_default().join("/");
                match ArchivePath::parse(&name) {
                    Ok(path) => files.push(path),
                    Err(_) => return Ok(None),
                }
            }
            let packed = archive::pack(&folder, &files, fs::create_new(&target)?);
            if packed.is_ok_and(|packed| packed.sha256 == sha256) {
                return Ok(Some(measure(&target)?));
            }
            fs::remove_file(&target)?;
            Ok::<_, StoreError>(None)
        })
        .await
    }

    async fn fetch_archive(
        &self,
        locked: &Locked,
        file: &mut File,
        options: &BundleOptions<'_>,
    ) -> Result<(), StoreError> {
        match &locked.origin {
            Origin::Registry { registry } => {
                let failed = |source| BundleError::Archive {
                    id: locked.id.to_string(),
                    source: Box::new(source),
                };
                let registry = options.sources.registry(registry).await.map_err(failed)?;
                let archive = Release::locked(locked).archive();
                let fetched = registry.fetch(&archive, file, &|_, _| ()).await;
                fetched.map_err(failed)?;
                Ok(())
            }
            // Its files are packed by who installs it, and are not in the store any more.
            Origin::Git { .. } => Err(BundleError::Missing {
                what: format!("the files of `{}`", locked.id),
            }
            .into()),
            Origin::Archive { archive } => match ArchiveLocation::named(archive) {
                ArchiveLocation::Url(url) => {
                    fetch(
                        url.as_str(),
                        Limits::default().compressed_bytes,
                        file,
                        options,
                    )
                    .await
                }
                ArchiveLocation::File(path) => {
                    let mut source = fs::open_regular(&path)?.take(locked.size.saturating_add(1));
                    let copied = std::io::copy(&mut source, file);
                    copied.map_err(|source| fs::Error::new("copy", &path, source))?;
                    Ok(())
                }
            },
        }
    }

    /// The files in which the archive of a package may be.
    fn places_of(&self, package: &NpmPackage, options: &BundleOptions<'_>) -> Vec<PathBuf> {
        let Some(sha512) = package.sha512() else {
            return Vec::new();
        };
        let kept = self.layout().files();
        let kept = kept.join(NpmPackage::file_name_of(&sha512));
        let cached = options.npm_cache.as_ref().and_then(|cache| {
            // https://github.com/npm/cacache: content by its digest, in folders of its first two bytes.
            let digest: String = sha512.iter().map(|byte| format!("{byte:02x}")).collect();
            let (first, rest) = digest.split_at_checked(2)?;
            let (second, rest) = rest.split_at_checked(2)?;
            let content = cache.join("_cacache").join("content-v2").join("sha512");
            Some(content.join(first).join(second).join(rest))
        });
        std::iter::once(kept).chain(cached).collect()
    }
}

/// Copies a file, if it is there and is what is needed.
async fn copied(
    place: PathBuf,
    needed: &Needed,
    target: &Path,
) -> Result<Option<Measured>, StoreError> {
    let (needed, target) = (needed.clone(), target.to_owned());
    blocking(move || {
        let is_alike = fs::symlink_metadata(&place)
            .is_ok_and(|it| it.is_file() && needed.size().is_none_or(|size| size == it.len()));
        // npm's cache may be another user's, with files that cannot be read: they are fetched then.
        if !is_alike || fs::open_regular(&place).is_err() {
            return Ok(None);
        }
        fs::copy(&place, &target)?;
        let measured = measure(&target)?;
        if needed.is(&measured) {
            return Ok(Some(measured));
        }
        fs::remove_file(&target)?;
        Ok::<_, StoreError>(None)
    })
    .await
}

async fn fetch(
    url: &str,
    most: u64,
    file: &mut File,
    options: &BundleOptions<'_>,
) -> Result<(), StoreError> {
    let failed = |source: SourceError| BundleError::File {
        url: url.to_owned(),
        source: Box::new(source),
    };
    let address: Url = url.parse().map_err(|_| {
        failed(SourceError::Scheme {
            location: url.to_owned(),
        })
    })?;
    let access = options.sources.access();
    let fetched = registry::fetch_url(&address, access, most, file, &|_, _| ()).await;
    fetched.map_err(failed)?;
    Ok(())
}
