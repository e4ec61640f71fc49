//! Errors of the store. Whatever the error, what was installed is as it was.

mod hint;
mod wording;

use std::{fmt, path::PathBuf};

use self::wording::{because, by, in_words, listed, lockfile_in_words, removals};
use super::{
    bundle::error::BundleError,
    difference::LockDifference,
    disk::{
        installed::{Installed, Origin},
        mark::FolderError,
        withdrawal::Withdrawn,
    },
    import::error::ImportError,
    report::Receipt,
};
use crate::{
    base::{
        digest::Sha256Digest,
        fs,
        printable::printable,
        task::TaskError,
        types::{ExtensionId, ExtensionVersion, ParseExtensionVersionError, VersionRequirement},
    },
    network::registry::{self, SourceError},
    package::{archive, capability::Capability, manifest},
    runtime::{api::HostError, extension::CallError},
};

/// The reason why the store cannot do what was asked. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No such extension is installed.
    #[error("`{id}` is not installed")]
    NotInstalled {
        /// The extension.
        id: ExtensionId,
        /// The closest ids that are installed.
        nearest: Vec<ExtensionId>,
    },
    /// The user does without the extension for now.
    #[error("`{id}` is disabled")]
    Disabled {
        /// The extension.
        id: ExtensionId,
    },
    /// The project does without the extension.
    #[error("`{id}` is disabled in this project, by `{}`", file.display())]
    DisabledInProject {
        /// The extension.
        id: ExtensionId,
        /// The project's file that says so.
        file: PathBuf,
    },
    /// The extension has no component to start: it brings themes, languages and the like.
    #[error("`{id}` has no component to start")]
    NoComponent {
        /// The extension.
        id: ExtensionId,
    },
    /// The registry does not give what was asked for.
    #[error(transparent)]
    Registry(Box<registry::Error>),
    /// An archive that the user has named by its address cannot be downloaded.
    #[error(transparent)]
    Download(Box<SourceError>),
    /// The folder that an extension was imported from cannot be packed.
    #[error(transparent)]
    Import(#[from] Box<ImportError>),
    /// There is nothing where the user has named an archive.
    #[error("there is no archive `{}`", path.display())]
    NoArchive {
        /// The path.
        path: PathBuf,
    },
    /// There is nothing any more where the archive or the folder was that a version came from, and the store has not
    /// kept it.
    #[error("`{}`, which `{id}` {version} came from, is not there", path.display())]
    OriginGone {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: ExtensionVersion,
        /// Where it was.
        path: PathBuf,
    },
    /// What the user has named in the place of an archive is a folder, or nothing that could be read
    /// like a file.
    #[error("`{}` is not a file", path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// The archive is refused, or cannot be unpacked.
    #[error("the archive of `{id}` {version} cannot be unpacked")]
    Archive {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: ExtensionVersion,
        /// Why.
        #[source]
        source: archive::Error,
    },
    /// The extension's manifest cannot be read.
    #[error("the manifest of `{id}` {version} cannot be read")]
    Manifest {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: ExtensionVersion,
        /// Why.
        #[source]
        source: Box<manifest::Error>,
    },
    /// The archive is of something other than what the registry's index, or the lockfile, says.
    #[error(
        "the archive of `{id}` {version} does not hold what was announced: its {what} is `{archive}`, not `{announced}`"
    )]
    Disagrees {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: ExtensionVersion,
        /// In what they differ.
        what: Fact,
        /// What was announced, safe to show.
        announced: String,
        /// What the archive holds, safe to show.
        archive: String,
    },
    /// The extension asks for more than the registry's index says, so for more than a user who read
    /// the index agreed to.
    #[error("`{id}` {version} asks to {capability}, which the index does not announce")]
    Undeclared {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: ExtensionVersion,
        /// What it asks for.
        capability: Capability,
    },
    /// The component cannot be run by this host.
    #[error("the component of `{id}` {version} cannot be used")]
    Component {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: ExtensionVersion,
        /// Why.
        #[source]
        source: Box<HostError>,
    },
    /// An archive that the user has named is refused, or cannot be unpacked.
    #[error("the archive `{}` cannot be unpacked", printable(.archive))]
    ForeignArchive {
        /// The archive.
        archive: String,
        /// Why.
        #[source]
        source: archive::Error,
    },
    /// The manifest in an archive that the user has named cannot be read.
    #[error("the manifest in `{}` cannot be read", printable(.archive))]
    ForeignManifest {
        /// The archive.
        archive: String,
        /// Why.
        #[source]
        source: Box<manifest::Error>,
    },
    /// The manifest in an archive that the user has named gives no version that can be put in order.
    #[error("the version of `{id}` cannot be used")]
    NoVersion {
        /// The extension.
        id: ExtensionId,
        /// Why.
        #[source]
        source: ParseExtensionVersionError,
    },
    /// An extension was asked for twice.
    #[error("`{id}` is asked for twice")]
    Twice {
        /// The extension.
        id: ExtensionId,
    },
    /// Only what is locked may be installed, and this is not.
    #[error("`{id}` is not in the lockfile")]
    NotLocked {
        /// The extension.
        id: ExtensionId,
    },
    /// Only what is locked may be installed, and archives are not.
    #[error("`{}` is not in the lockfile", printable(.archive))]
    ArchiveNotLocked {
        /// The archive.
        archive: String,
    },
    /// An extension of a repository that a lockfile has is not on this machine, and was not packed for the change.
    #[error("the files of `{id}` {version} from {origin} are not on this machine")]
    NotPacked {
        /// The extension.
        id: ExtensionId,
        /// The version that is locked.
        version: ExtensionVersion,
        /// Where it comes from.
        origin: Box<Origin>,
    },
    /// The archive packed of the same origin is not the one the lockfile has.
    #[error(
        "`{id}` {version} from {origin} has the sha256 {actual} as it was packed here, where the lockfile has {expected}"
    )]
    PackedDiffers {
        /// The extension.
        id: ExtensionId,
        /// The version that is locked.
        version: ExtensionVersion,
        /// Where it comes from.
        origin: Box<Origin>,
        /// The digest that is locked.
        expected: Sha256Digest,
        /// The digest of what was packed.
        actual: Sha256Digest,
        /// It was compiled on this machine.
        is_compiled: bool,
    },
    /// Only what is locked may be installed, and another version is.
    #[error("the lockfile has `{id}` {locked}, which is not in `{requirement}`")]
    LockedOtherwise {
        /// The extension.
        id: ExtensionId,
        /// The version that is locked.
        locked: ExtensionVersion,
        /// The versions that were asked for.
        requirement: VersionRequirement,
    },
    /// An update would change the lockfile, which must stay as it is.
    #[error("`{id}` would be updated to {version}, which the lockfile does not have")]
    LockOutdated {
        /// The extension.
        id: ExtensionId,
        /// The version it would be updated to.
        version: ExtensionVersion,
    },
    /// A lockfile that the user has not named has what the extension's registry does not say.
    #[error(
        "{} was not named, and has what is not the registry's own: {}",
        lockfile_in_words(lockfile.as_deref()),
        listed(differences)
    )]
    LockDiffers {
        /// The lockfile, where it was read from a file.
        lockfile: Option<PathBuf>,
        /// What differs.
        differences: Vec<LockDifference>,
    },
    /// The registry cannot confirm an entry of a lockfile that the user has not named.
    #[error(
        "{} was not named, and the registry cannot be asked whether `{id}` {version} is its own",
        lockfile_in_words(lockfile.as_deref())
    )]
    LockUnproven {
        /// The lockfile, where it was read from a file.
        lockfile: Option<PathBuf>,
        /// The extension.
        id: ExtensionId,
        /// The version that is locked.
        version: ExtensionVersion,
        /// Why not.
        #[source]
        source: Box<registry::Error>,
    },
    /// Starts keep to a lockfile, and this is not what it has.
    #[error(
        "`{id}` {version} is not in the lockfile{}",
        match locked {
            Some(locked) => format!(", which has {locked}"),
            None => String::new(),
        }
    )]
    StartNotLocked {
        /// The extension.
        id: ExtensionId,
        /// The version that would start.
        version: ExtensionVersion,
        /// The version that is locked; the same where the archive is another one.
        locked: Option<ExtensionVersion>,
    },
    /// Starts keep to a lockfile, and the extension has fetched something else before.
    #[error(
        "what `{id}` has fetched from `{}` is not the file that is locked",
        printable(url)
    )]
    FetchedOtherwise {
        /// The extension.
        id: ExtensionId,
        /// The address.
        url: String,
        /// Where it keeps what it has fetched.
        work_dir: PathBuf,
    },
    /// A bundle is refused, or cannot be made.
    #[error(transparent)]
    Bundle(Box<BundleError>),
    /// Extensions would be removed that the user has not named, and the user has not said yes.
    #[error("not allowed: {} would be removed", removals(removed))]
    RemovalNotAllowed {
        /// What would have been removed.
        removed: Vec<Installed>,
    },
    /// The user was asked and does not allow the change.
    #[error("not allowed: {}", in_short(changes))]
    NotAllowed {
        /// What would have changed.
        changes: Vec<Box<Receipt>>,
    },
    /// The version is known to do harm: it is neither installed nor started.
    #[error("`{id}` {} is blocked by its registry{}", withdrawn.version, because(withdrawn))]
    Blocked {
        /// The extension.
        id: ExtensionId,
        /// What its registry says.
        withdrawn: Box<Withdrawn>,
    },
    /// A registry that publishes no digests, or a lockfile, has other bytes than when the version was installed first.
    #[error(
        "{} another archive of `{id}` {version} than when it was installed first: its sha256 was `{seen}`",
        match is_locked {
            true => format!("the lockfile has, for the registry `{}`,", printable(registry)),
            false => format!("the registry `{}` has", printable(registry)),
        }
    )]
    OtherBytes {
        /// The extension.
        id: ExtensionId,
        /// The version.
        version: ExtensionVersion,
        /// The registry's identity.
        registry: String,
        /// The digest that the archive had.
        seen: Sha256Digest,
        /// The lockfile says so; the registry was not asked.
        is_locked: bool,
    },
    /// There is no generation to go back to.
    #[error("there is nothing to go back to: the history begins here")]
    NothingBefore,
    /// There is no generation of this number.
    #[error("there is no generation {number}")]
    NoGeneration {
        /// The number.
        number: u64,
    },
    /// The files of an installed extension are not what was installed.
    #[error("the files of `{id}` in `{}` are damaged", path.display())]
    Damaged {
        /// The extension.
        id: ExtensionId,
        /// The file or folder that is missing or changed.
        path: PathBuf,
    },
    /// There is no dev extension of this id.
    #[error("`{id}` is not a dev extension")]
    NoDevExtension {
        /// The id.
        id: ExtensionId,
        /// The ids of those there are.
        others: Vec<ExtensionId>,
    },
    /// The extension is a dev extension, and cannot be changed as long as it is one.
    #[error("`{id}` is a dev extension, from `{}`", folder.display())]
    Dev {
        /// The extension.
        id: ExtensionId,
        /// The folder of its sources.
        folder: PathBuf,
    },
    /// A lockfile was asked for, and cannot hold dev extensions: no other machine has them.
    #[error("dev extensions cannot be locked: {}", in_words(extensions))]
    DevNotLocked {
        /// The dev extensions, each with the folder of its sources.
        extensions: Vec<(ExtensionId, PathBuf)>,
    },
    /// The dev extension has never been built, and nothing is installed under its id.
    #[error("the dev extension `{id}` has no build yet")]
    NotBuilt {
        /// The extension.
        id: ExtensionId,
        /// The folder of its sources.
        folder: PathBuf,
    },
    /// Another process keeps the dev extension live.
    #[error(
        "the dev extension `{id}` is kept live from `{}`{}", folder.display(), by(*process)
    )]
    KeptLive {
        /// The extension.
        id: ExtensionId,
        /// The folder of its sources.
        folder: PathBuf,
        /// The process, where it is known.
        process: Option<u32>,
    },
    /// The files of a dev extension's build are not what was built.
    #[error("the build of the dev extension `{id}` in `{}` is damaged", path.display())]
    DamagedDev {
        /// The extension.
        id: ExtensionId,
        /// The file or folder that is missing or changed.
        path: PathBuf,
        /// The folder of its sources.
        folder: PathBuf,
    },
    /// What is known of a dev extension cannot be understood.
    #[error("`{}` is damaged: {message}", path.display())]
    BrokenDev {
        /// The extension.
        id: ExtensionId,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A file of the store cannot be understood.
    #[error("`{}` is damaged: {message}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A file of the store is of a form that this program does not know.
    #[error("`{}` has format {format}, which this program does not know", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// A file of the store cannot be read or written.
    #[error(transparent)]
    File(#[from] fs::Error),
    /// The folder is not a store, or one that this user may not change.
    #[error(transparent)]
    Folder(FolderError),
    /// The store's folder cannot be watched.
    #[error("the folder `{}` cannot be watched: {message}", folder.display())]
    Watch {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        message: String,
    },
    /// A part of the work ended without a result.
    #[error("a task of the store ended early: {message}")]
    Task {
        /// What the runtime says.
        message: String,
    },
}

/// Returns the change, and the permissions that it adds.
fn in_short(changes: &[Box<Receipt>]) -> String {
    let powerful = changes
        .iter()
        .filter(|change| !change.added_permissions.is_empty());
    let words: Vec<String> = powerful
        .map(|change| format!("{} may {}", change.reason(), change.added_permissions))
        .collect();
    match words.as_slice() {
        [] => "the change was refused".into(),
        words => words.join("; "),
    }
}

impl From<TaskError> for StoreError {
    fn from(error: TaskError) -> Self {
        Self::Task {
            message: error.to_string(),
        }
    }
}

impl From<BundleError> for StoreError {
    fn from(error: BundleError) -> Self {
        Self::Bundle(Box::new(error))
    }
}

impl From<registry::Error> for StoreError {
    fn from(error: registry::Error) -> Self {
        Self::Registry(Box::new(error))
    }
}

/// A fact that the index announces of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// The extension's id.
    Id,
    /// The extension's version.
    Version,
    /// The manifest's schema version.
    Schema,
    /// The API family of the component.
    Family,
    /// The API version of the component; `none` without one.
    Api,
    /// The size of all files together, in bytes.
    UnpackedBytes,
}

impl fmt::Display for Fact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Id => "id",
            Self::Version => "version",
            Self::Schema => "schema version",
            Self::Family => "API family",
            Self::Api => "API version",
            Self::UnpackedBytes => "unpacked size in bytes",
        })
    }
}

impl StoreError {
    /// This host cannot run the component of a version.
    pub(super) fn unusable(
        id: &ExtensionId,
        version: &ExtensionVersion,
        source: HostError,
    ) -> Self {
        Self::Component {
            id: id.clone(),
            version: version.clone(),
            source: Box::new(source),
        }
    }

    /// The fault of a component that was run and stopped while it started, which another version of it might
    /// not.
    pub(super) fn start_fault(&self) -> Option<&CallError> {
        let Self::Component { source, .. } = self else {
            return None;
        };
        match &**source {
            HostError::Start(call) => Some(call).filter(|call| call.is_fault()),
            _ => None,
        }
    }

    /// The same request may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Registry(error) | Self::LockUnproven { source: error, .. } => {
                error.is_temporary()
            }
            Self::Download(error) => error.is_temporary(),
            _ => false,
        }
    }

    /// The archive, its manifest or its component is refused: it would be again, until the author
    /// publishes another.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Disagrees { .. } | Self::Undeclared { .. } | Self::Component { .. } => true,
            Self::Archive { source, .. } => source.is_refusal(),
            Self::Manifest { source, .. } => !matches!(**source, manifest::Error::File(_)),
            _ => false,
        }
    }

    /// A file that must be there is not.
    pub(super) fn is_missing_file(&self) -> bool {
        matches!(self, Self::File(error) if error.is_not_found())
    }
}
