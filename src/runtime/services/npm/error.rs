//! Errors of Node.js and npm.

use std::path::PathBuf;

use crate::base::{
    fs::Holder,
    hint::{ErrorKind, Hint},
    printable::printable,
};

/// The reason why Node.js or npm did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// There is no such program on the search path.
    #[error("{program} was not found")]
    Missing {
        /// `Node.js` or `npm`.
        program: &'static str,
    },
    /// A program that is configured is not there.
    #[error("{program} is not at `{}`, where it is configured to be", path.display())]
    Misplaced {
        /// `Node.js` or `npm`.
        program: &'static str,
        /// Where it is configured to be.
        path: PathBuf,
    },
    /// Not the name of a package in a registry.
    #[error("`{}` is not the name of an npm package", printable(name))]
    Name {
        /// What was given.
        name: String,
    },
    /// Not a version, a range of versions or a tag.
    #[error("`{}` is not a version of an npm package", printable(version))]
    Version {
        /// What was given.
        version: String,
    },
    /// Another installation into the same folder has not ended.
    #[error(
        "npm package `{package}` has to wait for another installation that does not end{}",
        by(holder.as_ref())
    )]
    Busy {
        /// The package.
        package: String,
        /// The process that installs, as far as it has said so.
        holder: Option<Holder>,
    },
    /// The work directory is on another file system than its parent folder, where npm works.
    #[error(
        "npm installs into `{}`, and nothing can be moved from there to the work directory `{}`, which is on another file system",
        project.display(),
        work_dir.display()
    )]
    Apart {
        /// The work directory.
        work_dir: PathBuf,
        /// Where npm works, beside it.
        project: PathBuf,
    },
    /// npm has failed. Its code is what tells the cases apart: `E404`, `ETARGET`, `ENOTCACHED`, `E401`.
    #[error("npm failed for package `{package}`: {message}")]
    Npm {
        /// The package, with the version that was asked for.
        package: String,
        /// The code of npm's error; empty where it gave none.
        code: String,
        /// The first line of what it said, cut to 200 characters.
        message: String,
    },
    /// A package that npm has installed, or is to install, is not bound to the digest of an archive.
    #[error("npm package `{}` cannot be locked: it {problem}", printable(package))]
    Unlockable {
        /// Where it lies, from the project's folder.
        package: String,
        /// The problem, as the rest of a sentence.
        problem: &'static str,
    },
    /// npm has not told a version.
    #[error("npm told no newest version of package `{package}`")]
    NoVersion {
        /// The package.
        package: String,
    },
}

/// The codes with which npm says that a registry has no such package, or no such version of it.
const FINAL: [&str; 3] = ["E404", "E410", "ETARGET"];

/// The codes with which npm says that it has not reached a registry.
const UNREACHED: [&str; 12] = [
    "E407",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENOTFOUND",
    "EPIPE",
    "EPROTO",
    "ERR_SOCKET_TIMEOUT",
    "ETIMEDOUT",
    "FETCH_ERROR",
];

/// How the codes begin with which it says that a certificate does not hold.
const UNTRUSTED: [&str; 6] = [
    "CERT_",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "ERR_TLS_",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_GET_ISSUER_CERT",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

fn by(holder: Option<&Holder>) -> String {
    holder.map_or_else(String::new, |holder| format!(": {holder}"))
}

impl NodeError {
    /// The registry itself has said so of the name, or it is no name. Whatever else keeps npm from answering
    /// may pass: the network, the disk, a login, and npm itself.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Name { .. } | Self::Version { .. } => true,
            Self::Npm { code, .. } => FINAL.contains(&code.as_str()),
            _ => false,
        }
    }

    fn hint_for(code: &str) -> Option<&'static str> {
        match code {
            "E404" | "E410" => {
                Some("check the name, and that the registry in `.npmrc` has the package")
            }
            "ETARGET" => Some("the registry has no such version of it, or of what it needs"),
            "E401" | "E403" | "ENEEDAUTH" => {
                Some("the registry refuses access: log in with `npm login`, or correct `.npmrc`")
            }
            "E429" => Some("the registry wants to be asked less often: try again later"),
            "E451" => Some("something on the way forbids it: check proxy and registry in `.npmrc`"),
            "ENOTCACHED" => Some("go online once, so that npm keeps what is needed"),
            "ENOSPC" => Some("the disk is full: free some space"),
            "EINTEGRITY" => {
                Some("what arrived is not what the registry announced: try `npm cache verify`")
            }
            code if UNREACHED.contains(&code) => Some(
                "the registry cannot be reached: check the network, and proxy and registry in `.npmrc`",
            ),
            code if UNTRUSTED.iter().any(|start| code.starts_with(start)) => Some(
                "the registry's certificate is not trusted: set `cafile` in `.npmrc`, and check what is on the way",
            ),
            code if code.starts_with("E5") => Some("the registry has failed: try again later"),
            _ => None,
        }
    }
}

impl Hint for NodeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Missing { .. } | Self::Misplaced { .. } | Self::Npm { .. } => ErrorKind::Program,
            Self::Name { .. } | Self::Version { .. } | Self::Unlockable { .. } => {
                ErrorKind::Invalid
            }
            Self::Busy { .. } => ErrorKind::Busy,
            Self::Apart { .. } => ErrorKind::Io,
            Self::NoVersion { .. } => ErrorKind::NotFound,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Missing { program: "npm" } => {
                "install npm, which comes with Node.js from https://nodejs.org, or configure its path"
            }
            Self::Missing { .. } => {
                "install Node.js from https://nodejs.org or with the system's packages, add its folder to `PATH`, or configure its path"
            }
            Self::Misplaced { .. } => "correct the path, or leave it out to have it looked up",
            Self::Name { .. } => {
                "a name has letters, digits, `-`, `_` and `.`, and may have a scope: `@scope/name`"
            }
            Self::Version { .. } => {
                "give a version as `1.2.3`, a range without spaces as `^1.2`, or a tag as `latest`"
            }
            Self::Busy { .. } => "look for an `npm` that hangs, and end it",
            Self::Apart { .. } => {
                "choose a work directory that is on the file system of its parent folder: not a mount point"
            }
            Self::Npm { code, .. } => return Self::hint_for(code).map(Into::into),
            Self::Unlockable { .. } => {
                "only packages of a registry that gives their sha512 can be locked"
            }
            Self::NoVersion { .. } => return None,
        };
        Some(hint.into())
    }
}
