//! Errors of host operations.

use super::{download::DownloadError, github::GithubError, npm::NodeError, process::ProcessError};
use crate::{
    base::{
        causes::chain,
        hint::{ErrorKind, Hint},
        task::TaskError,
    },
    network::http::RequestError,
    package::capability::Denied,
    runtime::{
        delegate::{DelegateError, Unrecorded},
        limits::LimitExceeded,
    },
};

/// The reason why a host operation was not done. The guest sees the words of the whole chain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// The network would have to be asked, and may not be.
    #[error("{what} is not known, and this is offline")]
    Offline {
        /// The thing that was asked for.
        what: String,
    },
    /// The extension is held to what is locked, and this is not.
    #[error(
        "{what} is {}",
        match is_withheld {
            true => "locked by a file that was found, and was never so on this machine",
            false => "not locked",
        }
    )]
    NotLocked {
        /// The thing that was asked for.
        what: String,
        /// A lockfile has it that the person has not named.
        is_withheld: bool,
    },
    /// The user holds the tool somewhere else.
    #[error("{what} is not taken: it is held at `{held}`")]
    Held {
        /// The thing that was asked for.
        what: String,
        /// Where it is held: the tag, the version, or the digest.
        held: String,
    },
    /// The user holds the tool where it is not to be had: the one who would have it says so.
    #[error("the configuration holds {what} at `{held}`, which is not to be had")]
    HeldInVain {
        /// The thing that is held.
        what: String,
        /// Where it is held: the tag or the version.
        held: String,
        /// The answer to the question for it.
        source: Box<Self>,
    },
    /// A request has no answer.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// It is at an address that the extension may not ask.
    #[error("{source}")]
    Address {
        /// Which one.
        source: RequestError,
        /// The grant that allows it, as it is written in TOML; `None` where nothing does.
        grant: Option<String>,
    },
    /// An answer stopped in the middle, or nothing came for too long.
    #[error("the answer of `{url}` was interrupted")]
    Interrupted {
        /// The address.
        url: String,
        /// What failed.
        source: reqwest::Error,
    },
    /// A server has not answered for as long as it is waited for where an answer is known.
    #[error("`{server}` has not answered within {} s", limit.as_secs_f64())]
    Silent {
        /// Who was asked.
        server: String,
        /// How long it is waited for.
        limit: std::time::Duration,
    },
    /// An answer took too long in all.
    #[error("the answer of `{url}` took longer than {} s", limit.as_secs_f64())]
    TooSlow {
        /// The address.
        url: String,
        /// How long it could take.
        limit: std::time::Duration,
    },
    /// A server refused what an extension asked for. The words are those that extensions know from Zed.
    #[error("failed to fetch '{url}': status code {status}")]
    Fetch {
        /// The address.
        url: String,
        /// The status of the answer.
        status: u16,
    },
    /// A download failed.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// What arrives cannot be written.
    #[error("what `{url}` sends cannot be written")]
    Unwritten {
        /// The address.
        url: String,
        /// Where it was to be written, and what the system answered.
        source: crate::base::fs::Error,
    },
    /// GitHub does not answer as asked.
    #[error(transparent)]
    Github(#[from] GithubError),
    /// The manifest does not ask for it, or the user does not allow it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A server leads to where the extension may not go.
    #[error(transparent)]
    RedirectDenied(Denied),
    /// It is allowed, but could not be recorded, so it was not done.
    #[error("{request} is refused, since it cannot be recorded")]
    Unrecorded {
        /// What was asked for, in words.
        request: String,
        /// Why it cannot be recorded.
        source: Unrecorded,
    },
    /// The extension uses more than it may of what its host holds for it.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// The path is not one that the operation accepts.
    #[error("path `{path}` {problem}")]
    Path {
        /// The path as the guest gave it.
        path: String,
        /// What is wrong with it, as the rest of a sentence.
        problem: &'static str,
    },
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] crate::base::fs::Error),
    /// The embedder's delegate answered with an error.
    #[error(transparent)]
    Delegate(#[from] DelegateError),
    /// The answer is longer than a guest can take.
    #[error("{what} is longer than {} MiB", crate::runtime::delegate::MAX_TEXT_BYTES >> 20)]
    TooLong {
        /// What is too long.
        what: String,
    },
    /// An argument has no meaning here.
    #[error("{0}")]
    Argument(String),
    /// A program did not run to its end.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// Something was not had from Node.js or npm.
    #[error(transparent)]
    Node(#[from] NodeError),
}

impl From<TaskError> for ServiceError {
    fn from(error: TaskError) -> Self {
        Self::Argument(error.to_string())
    }
}

impl ServiceError {
    /// Asking again would not help: the one who knows has said so, or the question itself is refused or
    /// meaningless. Everything else is trouble on the way, also what nobody has thought of, and what was answered
    /// before holds.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Denied(_)
            | Self::NotLocked { .. }
            | Self::Held { .. }
            | Self::HeldInVain { .. }
            | Self::Unrecorded { .. }
            | Self::Argument(_)
            | Self::Path { .. }
            | Self::Limit(_)
            | Self::Fetch {
                status: 404 | 410, ..
            } => true,
            // One at an address that is private may be what a network to sign in to says of every name, and what a
            // server leads to may be its page.
            Self::Address { source, .. } => matches!(source, RequestError::Denied { .. }),
            Self::Request(error) => error.is_final(),
            Self::Github(error) => error.is_final(),
            Self::Node(error) => error.is_final(),
            _ => false,
        }
    }

    /// The words for the guest, which shows them to the user: this error and its causes, joined by colons,
    /// and the way out.
    pub fn for_guest(&self) -> String {
        let mut words = self.in_words();
        if let Some(hint) = self.hint() {
            words.push_str("; ");
            words.push_str(&hint);
        }
        words
    }

    /// This error and its causes, joined by colons.
    pub(crate) fn in_words(&self) -> String {
        let mut words = self.to_string();
        for cause in chain(self).skip(1) {
            let more = cause.to_string();
            if !words.ends_with(&more) {
                words.push_str(": ");
                words.push_str(&more);
            }
        }
        words
    }
}

impl Hint for ServiceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Offline { .. }
            | Self::Interrupted { .. }
            | Self::Silent { .. }
            | Self::TooSlow { .. }
            | Self::Fetch { .. } => ErrorKind::Network,
            Self::HeldInVain { source, .. } => source.kind(),
            Self::Request(error) => error.kind(),
            Self::Download(error) => error.kind(),
            Self::Github(error) => error.kind(),
            Self::Denied(error) | Self::RedirectDenied(error) => error.kind(),
            Self::Limit(error) => error.kind(),
            Self::File(error) => error.kind(),
            Self::Delegate(error) => error.kind(),
            Self::Process(error) => error.kind(),
            Self::Node(error) => error.kind(),
            Self::Unwritten { source, .. } => source.kind(),
            Self::Unrecorded { .. }
            | Self::Address { .. }
            | Self::NotLocked { .. }
            | Self::Held { .. } => ErrorKind::Refused,
            Self::TooLong { .. } => ErrorKind::Limit,
            Self::Path { .. } | Self::Argument(_) => ErrorKind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Denied(denied) | Self::RedirectDenied(denied) => return denied.hint(),
            Self::Unrecorded { source, .. } => return source.hint(),
            Self::Limit(error) => return error.hint(),
            Self::Process(error) => return error.hint(),
            Self::Node(error) => return error.hint(),
            Self::NotLocked { is_withheld, .. } => match is_withheld {
                true => "if the lockfile is yours, name it with `--lockfile`".into(),
                false => "start it once without `--locked`, then write the lockfile anew with `annexe lock`".into(),
            },
            Self::Held { .. } => "`[tools.hold]` in the configuration says so: take it out, or put the newer one there".into(),
            Self::HeldInVain { .. } => "take it out of `[tools.hold]` in the configuration, or put one there that there is".into(),
            Self::Offline { .. } => "do it once with a network".into(),
            Self::Request(error) => return error.hint(),
            Self::Address { source, grant } => {
                let hint = source.hint()?;
                match grant {
                    Some(grant) => {
                        format!("if you trust the extension with it, grant `{grant}`; {hint}")
                    }
                    None => hint,
                }
            }
            Self::Interrupted { .. } | Self::TooSlow { .. } => {
                "check the network, then try again".into()
            }
            Self::Silent { .. } => "a host that goes on running asks on, for the next time".into(),
            Self::Github(error) => return error.hint(),
            Self::Download(error) => return error.hint(),
            Self::Unwritten { source, .. } => return source.hint(),
            Self::File(error) => return error.hint(),
            _ => return None,
        })
    }
}
