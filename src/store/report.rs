//! Reports of an installation, while it runs and when it is done.

use std::{cmp::Ordering, fmt};

use semver::Version;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};

use super::{
    added_permissions::AddedPermissions,
    disk::installed::{Installed, Origin},
};
use crate::{
    base::{
        fs::Holder,
        types::{ExtensionId, ExtensionVersion},
    },
    network::registry::{FreshnessWarning, Rejected},
    package::declarative::Finding,
    runtime::engine::{CacheSize, CodeOrigin},
};

/// A step of a change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChangeStep {
    /// The version to install is known.
    Resolved {
        /// The extension.
        id: ExtensionId,
        /// The version.
        version: ExtensionVersion,
    },
    /// The archive of this name is an extension: what follows is told under its id.
    Identified {
        /// The extension.
        id: ExtensionId,
    },
    /// Another task or process changes the store; this change waits for it.
    Waiting {
        /// Which process, as far as it has said so.
        holder: Option<Holder>,
    },
    /// The version is from a lockfile that the user has not named: it was found where the work is done.
    Locked {
        /// The version.
        version: ExtensionVersion,
        /// Updates are to leave it alone.
        pinned: bool,
    },
    /// A registry could not be asked whether it has blocked what was chosen before, as by a lockfile. The subject is its name.
    StateUnknown {
        /// Why not. May hold a server's own text.
        reason: String,
    },
    /// The archive is being downloaded. Comes often, first with nothing received.
    Fetching {
        /// Bytes received.
        received: u64,
        /// Bytes in all; as many as received where the server does not say.
        total: u64,
    },
    /// The archive has the size and digest that the index announces.
    Verified,
    /// The archive's files are on the disk.
    Unpacked {
        /// How many they are.
        files: u64,
    },
    /// Something worth a user's attention.
    #[serde(serialize_with = "message")]
    Warning(Warning),
    /// The component is being compiled, or mapped from the compiled cache.
    Compiling,
    /// The component is ready to run.
    #[serde(serialize_with = "code_origin")]
    Compiled(CodeOrigin),
    /// So many of the extensions that are to be installed are on the disk, with components that can run. Told of each, and
    /// of none with an empty subject before the first.
    Ready {
        /// How many are.
        ready: u64,
        /// How many there are in all.
        of: u64,
    },
    /// The extension is installed, or is again, as it was before.
    Installed {
        /// The number of the generation that this change has made.
        generation: u64,
    },
    /// The extension is installed no longer.
    Removed {
        /// The version that was.
        version: ExtensionVersion,
    },
    /// The change is made: the last step of each that changes something, a pin or a removal as well. The subject is
    /// empty. A change that fails is told by its result alone.
    Committed {
        /// The number of the generation that it has made.
        generation: u64,
        /// What it was, as [`Generation::reason`](crate::store::Generation::reason) has it: `install taplo 0.1.0`.
        reason: String,
    },
}

fn message<S: Serializer>(warning: &Warning, to: S) -> Result<S::Ok, S::Error> {
    let mut fields = to.serialize_struct("Warning", 1)?;
    fields.serialize_field("message", warning)?;
    fields.end()
}

fn code_origin<S: Serializer>(origin: &CodeOrigin, to: S) -> Result<S::Ok, S::Error> {
    let mut fields = to.serialize_struct("Compiled", 1)?;
    fields.serialize_field("origin", origin)?;
    fields.end()
}

/// An updated version did not start the first time, and the one before is back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RolledBack {
    /// The extension.
    pub id: ExtensionId,
    /// The version that did not start.
    pub from: ExtensionVersion,
    /// The version that is installed again.
    pub to: ExtensionVersion,
    /// Why it did not start. May hold the extension's own text.
    pub reason: String,
    /// The number of the generation this has made.
    pub generation: u64,
}

impl fmt::Display for RolledBack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            from,
            to,
            reason,
            ..
        } = self;
        let reason = reason.escape_debug();
        write!(
            formatter,
            "`{id}` {from} did not start ({reason}), so {to} is back; updates pass {from} over"
        )
    }
}

/// A warning of an installation, which is not an error.
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
        from: ExtensionVersion,
        /// The version installed now.
        to: ExtensionVersion,
    },
    /// What was installed before came from elsewhere.
    OtherOrigin {
        /// Where it came from.
        from: Origin,
        /// Where it comes from now.
        to: Origin,
    },
    /// An earlier version of this program has installed it, from a registry that called itself as another one
    /// is called, and nothing else of that registry is known.
    UnknownRegistry {
        /// What it called itself.
        label: String,
    },
    /// The archive does not provide what the index announces.
    Provides {
        /// What the index announces.
        index: Vec<String>,
        /// What the archive holds.
        archive: Vec<String>,
    },
    /// The subject is a registry, and what it says is old or older than it was.
    Freshness(FreshnessWarning),
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
            Self::OtherOrigin { from, to } => {
                write!(formatter, "it came from {from} and comes from {to} now")
            }
            Self::UnknownRegistry { label } => write!(
                formatter,
                "it came from a registry that called itself `{}` and is not the one: it is granted nothing of what that one's is, and no update finds it until it is installed anew",
                label.escape_debug()
            ),
            Self::Provides { index, archive } => write!(
                formatter,
                "the index announces {}, but the extension provides {}",
                list(index),
                list(archive)
            ),
            Self::Freshness(warning) => warning.fmt(formatter),
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

/// The receipt of an installation: its result.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// What is installed now.
    pub installed: Installed,
    /// The version that was installed before.
    pub previous: Option<ExtensionVersion>,
    /// The API version that one was built with.
    pub previous_api: Option<Version>,
    /// The adapter that served it.
    pub previous_adapter: Option<String>,
    /// What it may do that the version before could not.
    pub added_permissions: AddedPermissions,
    /// Where the component's machine code came from; `None` without a component.
    #[serde(rename = "origin")]
    pub code: Option<CodeOrigin>,
    /// The size of the compiled cache now.
    pub cache: CacheSize,
    /// Bytes of the archive, downloaded now or earlier.
    pub archive_bytes: u64,
    /// Bytes of the extension's files.
    pub unpacked_bytes: u64,
    /// What is worth a user's attention.
    pub warnings: Vec<Warning>,
    /// It was installed already, and nothing has changed.
    pub unchanged: bool,
}

impl Receipt {
    /// Returns the action, in a word.
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

    /// Returns the action, in a sentence's words, for the history.
    pub(super) fn reason(&self) -> String {
        let Installed { id, version, .. } = &self.installed;
        let verb = match self.action() {
            Action::Unchanged | Action::Reinstalled => "reinstall",
            Action::Installed => "install",
            Action::Updated => "update",
            Action::Downgraded => "downgrade",
        };
        let mut words = match self.previous.as_ref().filter(|one| *one != version) {
            Some(previous) => format!("{verb} {id} {previous} to {version}"),
            None => format!("{verb} {id} {version}"),
        };
        // Another identity under the same id.
        let is_of_another = |warning: &Warning| matches!(warning, Warning::OtherOrigin { .. });
        if self.warnings.iter().any(is_of_another) {
            words.push_str(&format!(" from {}", self.installed.origin));
        }
        words
    }
}

/// The action of an installation.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_step_is_an_object_that_says_which_it_is() {
        for (step, expected) in [
            (ChangeStep::Compiling, json!({"step": "compiling"})),
            (
                ChangeStep::Compiled(CodeOrigin::Cached),
                json!({"step": "compiled", "origin": "cached"}),
            ),
            (
                ChangeStep::Compiled(CodeOrigin::Compiled { milliseconds: 7 }),
                json!({"step": "compiled", "origin": {"compiled": {"milliseconds": 7}}}),
            ),
            (
                ChangeStep::Warning(Warning::Downgrade {
                    from: ExtensionVersion::new(1, 2, 3),
                    to: ExtensionVersion::new(1, 0, 0),
                }),
                json!({
                    "step": "warning",
                    "message": "1.0.0 is older than 1.2.3, which was installed"
                }),
            ),
            (
                ChangeStep::Installed { generation: 4 },
                json!({"step": "installed", "generation": 4}),
            ),
            (
                ChangeStep::Removed {
                    version: ExtensionVersion::new(1, 2, 3),
                },
                json!({"step": "removed", "version": "1.2.3"}),
            ),
            (
                ChangeStep::Committed {
                    generation: 4,
                    reason: "remove one 1.2.3".into(),
                },
                json!({"step": "committed", "generation": 4, "reason": "remove one 1.2.3"}),
            ),
        ] {
            assert_eq!(serde_json::to_value(&step).unwrap(), expected);
        }
    }
}
