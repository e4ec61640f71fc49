//! Packs the extension of a repository's commit: what is built of its sources, or its files as they are, becomes an
//! archive that a store installs under the repository's name.
//!
//! Needs the feature `authoring`.
//!
//! 1. [`GitClient::checkout`](crate::network::git::GitClient::checkout) brings the files; nothing of them has run.
//! 2. Where [`needs_build`] says so, the user is asked: a build runs what the author has written, as this user.
//! 3. [`builder`] builds in the checkout's own folder: what a stranger's build leaves serves no other build, and goes
//!    with the checkout.
//! 4. [`pack`] makes the archive, canonically: the same files give the same bytes.

use std::path::Path;

use crate::{
    authoring::builder::{BuildConfiguration, BuildError, Builder, Built, NotBuilt},
    base::{
        fs,
        hint::{ErrorKind, Hint},
        task::{TaskError, blocking},
        types::{ExtensionId, ExtensionVersion, ParseExtensionVersionError},
    },
    network::git::Checkout,
    package::{
        archive::{self, ArchivePath, PathError},
        manifest,
    },
    store::{Origin, PackedExtension},
};

/// The file by which a folder has the sources of a component.
const SOURCE: &str = "Cargo.toml";

/// An extension that was packed of a commit. Its archive goes with the [`Checkout`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PackedCheckout {
    /// The extension.
    pub id: ExtensionId,
    /// Its version.
    pub version: ExtensionVersion,
    /// The packed extension, as it is installed.
    pub packed: PackedExtension,
    /// The grammars that are not in it, since nothing compiles them here.
    pub not_built: Vec<NotBuilt>,
}

/// The reason why a commit's extension cannot be packed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// Its files cannot be put together.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Its version is none.
    #[error("the manifest's version cannot be used")]
    Version(#[source] ParseExtensionVersionError),
    /// A path is none that an archive may have.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The archive cannot be written.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] fs::Error),
    /// The work has come to no end.
    #[error(transparent)]
    Task(#[from] TaskError),
}

impl Hint for PackError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Build(error) => error.kind(),
            Self::Version(error) => error.kind(),
            Self::Path(error) => error.kind(),
            Self::Archive(error) => error.kind(),
            Self::File(error) => error.kind(),
            Self::Task(_) => ErrorKind::Internal,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Build(error) => error.hint(),
            Self::Version(error) => error.hint(),
            Self::Path(error) => error.hint(),
            Self::Archive(error) => error.hint(),
            Self::File(error) => error.hint(),
            Self::Task(_) => None,
        }
    }
}

/// Whether the extension of a checkout is compiled, which runs what its author has written: build scripts, macros, and
/// the programs that its `.cargo` folder and `rust-toolchain.toml` name.
pub fn needs_build(checkout: &Checkout) -> bool {
    fs::symlink_metadata(&checkout.path().join(SOURCE)).is_ok()
}

/// A builder that works in a checkout's own folder.
pub fn builder(checkout: &Checkout) -> Builder {
    Builder::new(BuildConfiguration {
        folder: checkout.scratch().join("build"),
    })
}

/// Packs what was built of a checkout.
///
/// # Errors
/// A [`PackError`] where a file that the manifest names is missing, or the archive would be refused.
pub async fn pack(checkout: &Checkout, built: Built) -> Result<PackedCheckout, PackError> {
    let origin = origin(checkout);
    let is_compiled = needs_build(checkout);
    let scratch = checkout.scratch();
    blocking(move || {
        let manifest = &built.manifest.manifest;
        let version = manifest.extension_version().map_err(PackError::Version)?;
        // An old manifest has no id but its folder's name.
        let folder = scratch.join("extension").join(manifest.id.as_str());
        built.assemble(&folder)?;
        let members = members(&folder, &built)?;
        let archive = scratch.join("extension.tar.gz");
        archive::pack(&folder, &members, fs::create_new(&archive)?)?;
        Ok(PackedCheckout {
            id: manifest.id.clone(),
            version,
            packed: PackedExtension {
                archive,
                origin,
                is_compiled,
            },
            not_built: built.not_built,
        })
    })
    .await
}

/// The files of an assembled extension, without the grammars that are not in it.
fn members(folder: &Path, built: &Built) -> Result<Vec<ArchivePath>, PackError> {
    let mut manifest = built.manifest.manifest.clone();
    for grammar in &built.not_built {
        manifest.grammars.remove(&grammar.name);
    }
    let files = manifest::files(folder, &manifest).map_err(BuildError::from)?;
    let members = files.iter().map(|path| ArchivePath::parse(path.as_str()));
    Ok(members.collect::<Result<_, _>>()?)
}

/// The origin of what a checkout holds.
pub fn origin(checkout: &Checkout) -> Origin {
    Origin::Git {
        git: checkout.repository().clone(),
        revision: checkout.revision().clone(),
        reference: checkout.reference().cloned(),
        folder: checkout.folder().cloned(),
    }
}
