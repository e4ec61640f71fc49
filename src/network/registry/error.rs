//! Errors between a registry and its reader.

use std::{io, path::PathBuf, sync::Arc};

use super::{
    config::ConfigError,
    freshness::{AgedRegistry, OlderCatalogue},
    identity::RegistryIdError,
    resolve::ResolveError,
    skipped::LineProblem,
    source::SourceError,
};
use crate::base::timestamp::Timestamp;
use crate::base::{
    digest::Sha256Digest,
    hint::{ErrorKind, Hint},
    printable::printable,
    types::{ExtensionId, ExtensionVersion},
};

/// The reason why a registry cannot be opened, or does not give what was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot be used.
    #[error("the registry at `{location}` cannot be used")]
    Config {
        /// Where the registry is.
        location: String,
        /// What is wrong.
        #[source]
        source: ConfigError,
    },
    /// There is no registry there.
    #[error("there is no registry at `{location}`")]
    NoRegistry {
        /// Where none is.
        location: String,
        /// The file looked for.
        #[source]
        source: SourceError,
    },
    /// This library was built without the registry that comes with it: without its feature `embedded-registry`.
    #[error("the registry `embedded` was left out of this program")]
    NotBuiltIn,
    /// A file cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// No registry asked has such an extension.
    #[error("{}", unknown_words(.id, .registries))]
    UnknownExtension {
        /// The extension.
        id: ExtensionId,
        /// The identities of the registries asked, in order.
        registries: Vec<String>,
        /// The closest ids they have.
        nearest: Vec<ExtensionId>,
    },
    /// The registry is not one of those that may be asked.
    #[error("{}", no_such_words(.name))]
    NoSuchRegistry {
        /// The identity of the one that was to be asked.
        name: String,
        /// The identities of those there are, in order.
        known: Vec<String>,
    },
    /// An earlier version of this program has installed the extension, and noted but the name that its
    /// registry gave itself.
    #[error("it is not known where the registry is that called itself `{}`", printable(.label))]
    Unresolved {
        /// What it called itself.
        label: String,
    },
    /// The name it is configured under cannot be its own.
    #[error(transparent)]
    Identity(#[from] RegistryIdError),
    /// It is configured elsewhere than it was first, and the user has not agreed to that.
    #[error("the registry `{name}` was at `{}` and is configured at `{}` now", printable(.from), printable(.to))]
    Moved {
        /// Its name.
        name: String,
        /// Where it was.
        from: String,
        /// Where the configuration says it is.
        to: String,
    },
    /// The notes of where registries were first cannot be read or written.
    #[error("the notes `{}` of where registries are cannot be used", path.display())]
    Bindings {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A mirror calls itself otherwise than the registry that it should mirror.
    #[error("the mirror at `{location}` is one of the registry `{actual}`, not of `{}`", printable(.expected))]
    OtherName {
        /// Where it is.
        location: String,
        /// What the registry calls itself, or the name it is configured under where it was never read.
        expected: String,
        /// What its `config.json` says.
        actual: String,
    },
    /// A web server would have to be asked, and none may be.
    #[error("`{path}` of the registry at `{location}` was never read, and this is offline")]
    Offline {
        /// Where the registry is.
        location: String,
        /// The file.
        path: String,
    },
    /// The registry serves what it had earlier, without lines that were seen since.
    #[error(
        "the registry {} serves an older index of `{id}` than it did at {read}", at_words(.registry, .location)
    )]
    Stale {
        /// The extension.
        id: ExtensionId,
        /// The registry's identity.
        registry: String,
        /// Where it was read.
        location: String,
        /// When the newer index was read, or a version was installed that the older one lacks.
        read: Timestamp,
    },
    /// The registry serves an older catalogue than it did before, and what was seen before is not kept as a whole.
    #[error("{0}")]
    OlderCatalogue(OlderCatalogue),
    /// Nobody has renewed the registry for longer than it promises, or than the user wants.
    #[error(
        "what the registry {} says is of {}, {} days before {}, the clock of this machine", at_words(&.aged.registry, .location), .aged.made, .aged.days, .aged.now
    )]
    Aged {
        /// Where it is.
        location: String,
        /// How old it is.
        aged: AgedRegistry,
    },
    /// A line that was published has changed or is gone, which never happens in a sound registry.
    #[error(
        "the registry {} has changed line {line} of the index of `{id}`, which was published", at_words(.registry, .location)
    )]
    Rewritten {
        /// The extension.
        id: ExtensionId,
        /// The registry's identity.
        registry: String,
        /// Where it was read.
        location: String,
        /// The first line that is another, from 1.
        line: usize,
    },
    /// An error that several extensions share, because one request stood for all of theirs.
    #[error(transparent)]
    Shared(Arc<Self>),
    /// What lies at the index file's path is something else: an error page, most often.
    #[error("`{path}` in the registry at `{location}` is not an index file: {reason}")]
    NotAnIndex {
        /// The index file's path.
        path: String,
        /// Where the registry is.
        location: String,
        /// What its first line is.
        reason: LineProblem,
    },
    /// What lies at a catalogue file's path is something else, and was a catalogue before: an error page, most often.
    #[error("`{path}` in the registry at `{location}` is not a catalogue")]
    NotACatalogue {
        /// The catalogue file's path.
        path: String,
        /// Where the registry is.
        location: String,
    },
    /// No version can be installed.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The index promises an archive larger than any that is unpacked; nothing is fetched.
    #[error(
        "the index says that the archive of `{id}` {version} has {size} bytes, more than the {limit} that are unpacked"
    )]
    TooLarge {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: ExtensionVersion,
        /// The size in the index, in bytes.
        size: u64,
        /// The most bytes an archive may have.
        limit: u64,
    },
    /// The answer of a service is not one of a registry of its kind: a page that asks one to sign in, most often.
    #[error("`{location}{path}` does not answer as a registry of its kind does")]
    NotAnAnswer {
        /// The path that was asked for.
        path: String,
        /// Where the registry is.
        location: String,
        /// The problem with the answer.
        #[source]
        source: serde_json::Error,
    },
    /// The registry lists a version, or did, and does not have its archive.
    #[error("the registry at `{location}` has no archive of `{id}` {version}")]
    NoArchive {
        /// The extension.
        id: ExtensionId,
        /// The version.
        version: ExtensionVersion,
        /// Where the registry is.
        location: String,
        /// The answer it gave.
        #[source]
        source: SourceError,
    },
    /// Nothing says what the archive should be, and the registry's format promises that something does.
    #[error("nothing says which digest the archive of `{id}` {version} should have")]
    NoDigest {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: ExtensionVersion,
    },
    /// The archive has another size than the index promises.
    #[error(
        "the archive of `{id}` {version} at `{location}` has {actual} bytes, and should have {expected}"
    )]
    SizeMismatch {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: ExtensionVersion,
        /// Where it was read.
        location: String,
        /// The size in the index.
        expected: u64,
        /// The size announced, or how much had come when the download was stopped.
        actual: u64,
    },
    /// The archive has other content than the index promises.
    #[error(
        "the archive of `{id}` {version} at `{location}` has the sha256 `{actual}`, and should have `{expected}`"
    )]
    DigestMismatch {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: ExtensionVersion,
        /// Where it was read; several places for one that was put together.
        location: String,
        /// The digest in the index.
        expected: Box<Sha256Digest>,
        /// The digest of what arrived.
        actual: Box<Sha256Digest>,
    },
    /// The download stopped in the middle, and again when it was resumed.
    #[error("the download of `{id}` {version} stopped after {received} of {size} bytes")]
    Interrupted {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: ExtensionVersion,
        /// How many bytes had come.
        received: u64,
        /// How many were expected.
        size: u64,
        /// The last interruption.
        #[source]
        source: Box<SourceError>,
    },
    /// The archive cannot be written where the caller wants it.
    #[error("the archive of `{id}` {version} cannot be written")]
    Write {
        /// The extension.
        id: ExtensionId,
        /// Its version.
        version: ExtensionVersion,
        /// What the system answered.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// The registry does not have what was asked for; nothing else is wrong.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::UnknownExtension { .. } | Self::NoRegistry { .. } => true,
            Self::Source(error) => error.is_not_found(),
            Self::Shared(error) => error.is_not_found(),
            _ => false,
        }
    }

    /// The same request may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Interrupted { .. }
            | Self::Stale { .. }
            | Self::OlderCatalogue(_)
            | Self::NotAnAnswer { .. }
            | Self::Aged { .. } => true,
            Self::Source(error) => error.is_temporary(),
            Self::Shared(error) => error.is_temporary(),
            _ => false,
        }
    }
}

impl Hint for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Config { source, .. } => source.kind(),
            Self::NoRegistry { .. }
            | Self::NotBuiltIn
            | Self::UnknownExtension { .. }
            | Self::NoSuchRegistry { .. }
            | Self::NoArchive { .. }
            | Self::Unresolved { .. } => ErrorKind::NotFound,
            Self::Source(error) => error.kind(),
            Self::Shared(error) => error.kind(),
            Self::Identity(error) => error.kind(),
            Self::Resolve(error) => error.kind(),
            Self::Moved { .. } | Self::Aged { .. } => ErrorKind::Refused,
            Self::OtherName { .. } => ErrorKind::Invalid,
            Self::Offline { .. }
            | Self::Stale { .. }
            | Self::OlderCatalogue(_)
            | Self::Interrupted { .. } => ErrorKind::Network,
            Self::Bindings { .. }
            | Self::Rewritten { .. }
            | Self::NotAnIndex { .. }
            | Self::NotACatalogue { .. }
            | Self::NotAnAnswer { .. }
            | Self::NoDigest { .. }
            | Self::SizeMismatch { .. }
            | Self::DigestMismatch { .. } => ErrorKind::Damaged,
            Self::TooLarge { .. } => ErrorKind::Limit,
            Self::Write { .. } => ErrorKind::Io,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Config { source, .. } => source.hint(),
            Self::NoRegistry { .. } => {
                Some("give the folder or address that holds the registry's config.json".into())
            }
            Self::NotBuiltIn => {
                Some("give the folder or address of a registry; programs with the feature `embedded-registry` have one".into())
            }
            Self::Source(SourceError::NotFound { .. }) => {
                Some("the registry lacks a file that it should have: tell its owner".into())
            }
            Self::Source(source) => source.hint(),
            Self::Shared(error) => error.hint(),
            Self::UnknownExtension {
                nearest,
                registries,
                ..
            } => Some(match (nearest.as_slice(), registries.as_slice()) {
                ([], []) => "add a registry to the configuration".into(),
                ([], _) => "`annexe search` finds what registries have".into(),
                (nearest, _) => {
                    let ids: Vec<String> = nearest.iter().map(|id| format!("`{id}`")).collect();
                    format!("did you mean {}?", ids.join(" or "))
                }
            }),
            Self::NoSuchRegistry { name, known } => {
                let add = match name.as_str() {
                    "zed" => "add it with `annexe source add zed`".into(),
                    name if name.contains(['/', ':']) => "add it to the configuration".into(),
                    name => format!(
                        "add it to the configuration with `name = \"{}\"`",
                        printable(name)
                    ),
                };
                let add = format!("{add}, or say where it is with `--registry`");
                Some(match known.as_slice() {
                    [] => add,
                    known => format!("{add}; there is {}", listed(known)),
                })
            }
            Self::Unresolved { .. } => Some(
                "install the extension anew from where it should come: `annexe install <id> --registry <location>`, with `embedded` for the built-in one"
                    .into(),
            ),
            Self::Identity(error) => error.hint(),
            Self::Moved { .. } => Some(
                "if it is the same registry, say so with `--accept-location`: its extensions keep what they were granted and have written; else give the new one another name"
                    .into(),
            ),
            Self::Bindings { .. } => Some(
                "correct the file; without it, every registry is taken to be where the configuration says"
                    .into(),
            ),
            Self::OtherName { .. } => {
                Some("check the address, or take it out of the registry's `mirrors`".into())
            }
            Self::Offline { .. } => Some("run it once without `--offline`".into()),
            Self::Aged { aged, .. } => Some(format!(
                "something that was withdrawn since may be offered: ask its owner to renew it with `annexe registry refresh`, check the clock, or allow more than {} days with `oldest_catalogue_days` in the registry's table of the configuration",
                aged.limit_days
            )),
            Self::Stale { .. } | Self::OlderCatalogue(_) => Some(
                "a mirror or something on the way is behind: try again later, or another mirror"
                    .into(),
            ),
            Self::Rewritten { .. } => Some(
                "tell the registry's owner; if the registry was made anew on purpose, forget what was seen with `annexe cache --clear`"
                    .into(),
            ),
            Self::TooLarge { .. } => {
                Some("nothing was fetched: report it to the registry's owner".into())
            }
            Self::NoArchive { id, .. } => Some(format!(
                "nothing was changed; `annexe explain {id}` shows the versions that there are"
            )),
            Self::NotAnIndex { .. }
            | Self::NotACatalogue { .. }
            | Self::NotAnAnswer { .. }
            | Self::SizeMismatch { .. } => Some(
                "the server or something on the way answers with another file; nothing was installed"
                    .into(),
            ),
            Self::DigestMismatch { .. } => Some(
                "the archive was changed after it was published: tell the registry's owner; nothing was installed"
                    .into(),
            ),
            Self::NoDigest { .. } => {
                Some("tell the registry's owner: each version of its format has one".into())
            }
            Self::Interrupted { source, .. } => source.hint(),
            Self::Resolve(error) => error.hint(),
            Self::Write { .. } => Some("check that the disk has space left".into()),
        }
    }
}

/// Returns the registry's name and where it was asked, once where that is the same.
fn at_words(registry: &str, location: &str) -> String {
    match registry == location {
        true => format!("at `{location}`"),
        false => format!("`{registry}` at `{location}`"),
    }
}

fn no_such_words(id: &str) -> String {
    let shown = printable(id);
    match id.contains(['/', ':']) {
        true => format!("the registry at `{shown}` is not one of those to ask"),
        false => format!("there is no registry called `{shown}` to ask"),
    }
}

fn unknown_words(id: &ExtensionId, registries: &[String]) -> String {
    match registries {
        [] => format!("there is no registry to ask for the extension `{id}`"),
        [one] => format!("the registry `{one}` has no extension `{id}`"),
        several => format!(
            "none of the registries {} has an extension `{id}`",
            listed(several)
        ),
    }
}

fn listed(names: &[String]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", printable(name)))
        .collect();
    names.join(", ")
}
