//! What an installation tells while it runs and when it is done.

use std::{cmp::Ordering, fmt};

use semver::Version;
use serde::{Serialize, Serializer};

use super::Installed;
use crate::{
    declarative::Finding,
    engine::{CacheSize, CodeOrigin},
    registry::Rejected,
    types::ExtensionId,
};

/// Hears how an installation gets on. Called from the task that installs: return quickly.
pub trait Reporter: Send + Sync {
    /// A step begins, goes on or is done.
    fn report(&self, event: Event);
}

/// A [`Reporter`] that nobody listens to.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoReporter;

impl Reporter for NoReporter {
    fn report(&self, _: Event) {}
}

/// A step of an installation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The version to install is known.
    Resolved {
        /// The extension.
        id: ExtensionId,
        /// The version.
        version: Version,
    },
    /// Another task or process changes the store; this installation waits for it.
    Waiting,
    /// The archive is being downloaded. Comes often, first with nothing received.
    Fetching {
        /// Bytes received.
        received: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The archive has the size and digest that the index announces.
    Verified,
    /// The archive's files are on the disk.
    Unpacked {
        /// How many they are.
        files: u64,
    },
    /// Something worth a person's attention.
    Warning(Warning),
    /// The component is being compiled, or mapped from the compiled cache.
    Compiling,
    /// The component is ready to run.
    Compiled(CodeOrigin),
    /// The extension is installed.
    Installed {
        /// The number of the generation in which it is for the first time.
        generation: u64,
    },
}

/// Something of an installation that is no error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A greater version is published and asked for, but cannot be installed.
    PassedOver(Rejected),
    /// So were more versions than are told one by one.
    MorePassedOver {
        /// How many more.
        count: usize,
    },
    /// The version installed before was greater.
    Downgrade {
        /// The version installed before.
        from: Version,
        /// The version installed now.
        to: Version,
    },
    /// What was installed before came from another registry.
    OtherRegistry {
        /// The name of the registry it came from.
        from: String,
        /// The name of the registry it comes from now.
        to: String,
    },
    /// The archive does not provide what the index announces.
    Provides {
        /// What the index announces.
        index: Vec<String>,
        /// What the archive holds.
        archive: Vec<String>,
    },
    /// Some of its declarative files, such as themes, cannot be used. The rest of it can.
    Broken {
        /// How many errors there are.
        errors: usize,
        /// The first one.
        first: Box<Finding>,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |words: &[String]| match words {
            [] => "nothing".into(),
            words => words.join(", ").escape_debug().to_string(),
        };
        match self {
            Self::PassedOver(rejected) => write!(formatter, "{rejected}"),
            Self::MorePassedOver { count: 1 } => {
                formatter.write_str("one more version was passed over")
            }
            Self::MorePassedOver { count } => {
                write!(formatter, "{count} more versions were passed over")
            }
            Self::Downgrade { from, to } => {
                write!(formatter, "{to} is older than {from}, which was installed")
            }
            Self::OtherRegistry { from, to } => write!(
                formatter,
                "it came from the registry `{}` and comes from `{}` now",
                from.escape_debug(),
                to.escape_debug()
            ),
            Self::Provides { index, archive } => write!(
                formatter,
                "the index announces {}, but the extension provides {}",
                list(index),
                list(archive)
            ),
            Self::Broken { errors: 1, first } => write!(formatter, "{first}"),
            Self::Broken { errors: 2, first } => write!(formatter, "{first}; and 1 more error"),
            Self::Broken { errors, first } => {
                write!(
                    formatter,
                    "{first}; and {} more errors",
                    errors.saturating_sub(1)
                )
            }
        }
    }
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What an installation came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// What is installed now.
    pub installed: Installed,
    /// The version that was installed before.
    pub previous: Option<Version>,
    /// Where the component's machine code came from; `None` without a component.
    pub origin: Option<CodeOrigin>,
    /// The size of the compiled cache now.
    pub cache: CacheSize,
    /// Bytes of the archive, downloaded now or earlier.
    pub archive_bytes: u64,
    /// Bytes of the extension's files.
    pub unpacked_bytes: u64,
    /// What is worth a person's attention.
    pub warnings: Vec<Warning>,
    /// It was installed already, and nothing has changed.
    pub unchanged: bool,
}

impl Receipt {
    /// What was done, in a word.
    pub fn action(&self) -> Action {
        let Some(previous) = &self.previous else {
            return Action::Installed;
        };
        match self.installed.version.cmp_precedence(previous) {
            _ if self.unchanged => Action::Unchanged,
            Ordering::Less => Action::Downgraded,
            // Build metadata does not distinguish versions, here as in the index.
            Ordering::Equal => Action::Reinstalled,
            Ordering::Greater => Action::Updated,
        }
    }
}

/// What an installation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Nothing: it was installed already.
    Unchanged,
    /// It was not installed before.
    Installed,
    /// An earlier version was.
    Updated,
    /// A later version was.
    Downgraded,
    /// The same version was: its files were damaged, or came from elsewhere.
    Reinstalled,
}
