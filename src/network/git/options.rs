//! What git is given of this machine, and the bounds of what it may bring.

use std::{collections::BTreeMap, ffi::OsString, time::Duration};

/// The variables that git and what it starts need of the user's environment: where their configuration and their
/// credentials are, and how a server is reached. Whoever has an environment gives these of it, and no others:
/// [`GitOptions::environment`].
pub const GIT_VARIABLES: &[&str] = &[
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "GIT_ASKPASS",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_EXEC_PATH",
    "GIT_PROXY_SSL_CAINFO",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
    "GNUPGHOME",
    "SSH_AGENT_PID",
    "SSH_ASKPASS",
    "SSH_ASKPASS_REQUIRE",
    "SSH_AUTH_SOCK",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "ALL_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    // What Windows' own programs do not start without.
    "APPDATA",
    "COMSPEC",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "PROGRAMDATA",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "USERPROFILE",
    "WINDIR",
];

/// The options of a [`GitClient`](super::GitClient).
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct GitOptions {
    /// The variables that git is started with, but for `PATH` and those that this program sets: of the user's, those of
    /// [`GIT_VARIABLES`]. Default: none, by which git finds no configuration and no credentials of the user's.
    pub environment: BTreeMap<OsString, OsString>,
    /// No connection is opened. Default: connections are.
    pub offline: bool,
    /// Repositories in folders of this machine (`file`) may be read, because the user has named them. Default: no.
    pub local: bool,
    /// Plain `http` may be used with another machine: whoever is on the way can read and change what comes. Default: no.
    pub plain_http: bool,
    /// The bounds of what is brought.
    pub limits: GitLimits,
}

/// The bounds of what is brought of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GitLimits {
    /// The bytes on the disk while git fetches. Default: 1 GiB.
    pub fetched_bytes: u64,
    /// The time for which git may neither say nor write anything. Default: one minute.
    pub silence: Duration,
    /// The time that one run of git may take in all. Default: one hour.
    pub time: Duration,
    /// The files of one commit. Default: 50,000.
    pub files: usize,
    /// The bytes of these files together. Default: 1 GiB.
    pub bytes: u64,
}

impl Default for GitLimits {
    fn default() -> Self {
        Self {
            fetched_bytes: 1 << 30,
            silence: Duration::from_secs(60),
            time: Duration::from_secs(60 * 60),
            files: 50_000,
            bytes: 1 << 30,
        }
    }
}
