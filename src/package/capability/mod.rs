//! Capabilities that an extension asks for, and grants by which the user allows them.
//!
//! A manifest lists [`Capability`]s, and the user grants some as [`Grants`]. Both write the same kinds, with
//! the same patterns. Three are Zed's:
//!
//! - `process:exec` names a `command`, exactly or by `*`, and its `args` one by one, where `*` stands for
//!   one argument and `**` for all that are left, even none;
//! - `download_file` names a `host`, exactly or by `*`, and the segments of the URL's `path` in the same
//!   way as arguments;
//! - `npm:install` names a `package`, exactly, by `*`, or by `@scope/*` for all of a scope.
//!
//! Four are this host's, and Zed does not read a manifest that lists one:
//!
//! - `process:env` names a variable that changes which code a program runs (`PATH`, `LD_PRELOAD`, `NODE_OPTIONS` and
//!   many more), and that a program may be given otherwise than the host has it: exactly, by `*`, or by the beginning of
//!   its name;
//! - `http` names a `host` that requests are sent to, GitHub's API among them: exactly, by `*`, or by
//!   `*.example.org` for all that lie below a domain;
//! - `env` names a variable of the worktree's shell that is shown: exactly, by `*`, or by the beginning of its
//!   name, `LC_*`;
//! - `mount` names a folder of the machine, its name in the sandbox, and whether it is `read-only` or
//!   `read-write`.
//!
//! Running a program needs both the manifest's word and the grant; all else needs the grant alone. So does a program
//! that an extension answers, to be started as a language server for example. What a pattern means by a program is said
//! by [`Program`]. An extension that may run any program needs no `process:env`: one of them sets variables for others.
//!
//! What servers take for the same is the same here, in rules and in what is asked for: a host in any case, with a dot at
//! its end, with its letters as they are or in ASCII, and an address in every spelling; a path with empty segments, with
//! characters written as `%` and their number, and the owner and name of a repository on GitHub in any case. A path that
//! servers read in two ways, with an encoded slash (`%2F`) for example, is allowed by what allows all paths alone, and
//! denied by what denies any.
//!
//! A [`Policy`] says what each extension is granted: a profile for all, and what differs for one of them.

mod coverage;
mod denied;
mod effect;
mod execution;
mod file;
mod grants;
mod hook_variables;
mod normal;
mod package_name;
mod pattern;
mod policy;
mod program;
mod reading;
mod short;
mod shortening;
mod wording;

use std::path::PathBuf;

use serde::Serialize;
use url::Url;

#[cfg(feature = "grants-editing")]
pub use self::file::GrantsChange;
pub use self::{
    coverage::Coverage,
    denied::{Denied, DeniedBy},
    execution::{Execution, SetVariable},
    file::{GrantsFile, GrantsFileError, GrantsMistake, GrantsSlip},
    grants::Grants,
    policy::{Decision, ExtensionPolicy, Policy, Profile, Reason},
    program::Program,
    short::ParseCapabilityError,
};
pub(crate) use self::{
    file::GrantsEntry,
    grants::NamedAddresses,
    package_name::{is_package_archive, is_package_name},
};
use self::{
    normal::Segments,
    pattern::{all_match, host_matches, is_any_or_same_host, name_matches, package_matches},
};
use crate::base::types::{Access, GuestPath};

/// An action that an extension may be allowed, exactly or as a pattern.
///
/// In TOML and JSON it is a table with a `kind`:
/// `{ kind = "process:exec", command = "npm", args = ["install", "**"] }`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind")]
#[non_exhaustive]
pub enum Capability {
    /// Run a program.
    #[serde(rename = "process:exec")]
    ProcessExec {
        /// The program, or `*` for any.
        command: String,
        /// Its arguments: `*` is any one, `**` is all that are left.
        args: Vec<String>,
    },
    /// Change a variable that decides which code a program runs.
    #[serde(rename = "process:env")]
    ProcessEnv {
        /// The variable: `*` is any, `LD_*` any that begins so.
        name: String,
    },
    /// Download a file.
    #[serde(rename = "download_file")]
    DownloadFile {
        /// The host, or `*` for any.
        host: String,
        /// The segments of the URL's path: `*` is any one, `**` is all that are left.
        path: Vec<String>,
    },
    /// Install a package from npm.
    #[serde(rename = "npm:install")]
    NpmInstall {
        /// The package, `*` for any, or `@scope/*` for any of a scope.
        package: String,
    },
    /// Send requests to a server.
    #[serde(rename = "http")]
    Http {
        /// Its host: `*` is any, `*.example.org` any below that domain.
        host: String,
    },
    /// See a variable of the worktree's shell.
    #[serde(rename = "env")]
    Env {
        /// The variable: `*` is any, `LC_*` any that begins so.
        name: String,
    },
    /// Reach a folder of the machine. A granted one is there when the extension starts.
    #[serde(rename = "mount")]
    Mount {
        /// The folder, by its absolute path.
        host: PathBuf,
        /// Its name in the sandbox.
        guest: GuestPath,
        /// What may be done with it.
        access: Access,
    },
    /// A kind that this program does not know, and never allows.
    #[serde(untagged)]
    Unknown {
        /// The kind, as it was written.
        kind: String,
    },
}

impl Capability {
    /// The kind that runs programs.
    pub const PROCESS_EXEC: &'static str = "process:exec";
    /// The kind that changes variables of programs.
    pub const PROCESS_ENV: &'static str = "process:env";
    /// The kind that downloads files.
    pub const DOWNLOAD_FILE: &'static str = "download_file";
    /// The kind that installs packages from npm.
    pub const NPM_INSTALL: &'static str = "npm:install";
    /// The kind that sends requests.
    pub const HTTP: &'static str = "http";
    /// The kind that shows variables.
    pub const ENV: &'static str = "env";
    /// The kind that reaches folders.
    pub const MOUNT: &'static str = "mount";
    /// Every kind that is known.
    pub const KINDS: [&'static str; 7] = [
        Self::PROCESS_EXEC,
        Self::PROCESS_ENV,
        Self::DOWNLOAD_FILE,
        Self::NPM_INSTALL,
        Self::HTTP,
        Self::ENV,
        Self::MOUNT,
    ];

    /// The kind, as it is written.
    pub fn kind(&self) -> &str {
        match self {
            Self::ProcessExec { .. } => Self::PROCESS_EXEC,
            Self::ProcessEnv { .. } => Self::PROCESS_ENV,
            Self::DownloadFile { .. } => Self::DOWNLOAD_FILE,
            Self::NpmInstall { .. } => Self::NPM_INSTALL,
            Self::Http { .. } => Self::HTTP,
            Self::Env { .. } => Self::ENV,
            Self::Mount { .. } => Self::MOUNT,
            Self::Unknown { kind } => kind,
        }
    }

    /// Whether the capability, as a pattern of what is granted, allows running a program.
    pub fn allows_process<S: AsRef<str>>(&self, program: &Program, arguments: &[S]) -> bool {
        self.is_of_process(|command| program.is_meant_by(command), arguments)
    }

    /// Whether the capability, as a pattern of a manifest, lists running a program.
    pub(super) fn lists_process<S: AsRef<str>>(&self, program: &Program, arguments: &[S]) -> bool {
        self.is_of_process(|command| program.is_listed_as(command), arguments)
    }

    /// Whether the capability, as a pattern of what is denied, denies running a program.
    pub(super) fn denies_process<S: AsRef<str>>(&self, program: &Program, arguments: &[S]) -> bool {
        self.is_of_process(|command| program.is_denied_by(command), arguments)
    }

    fn is_of_process<S: AsRef<str>>(&self, is_it: impl Fn(&str) -> bool, arguments: &[S]) -> bool {
        match self {
            Self::ProcessExec { command, args } => {
                let arguments = arguments.iter().map(AsRef::as_ref);
                is_it(command) && all_match(args, arguments)
            }
            _ => false,
        }
    }

    /// Whether the capability, as a pattern, allows running any program.
    pub(super) fn allows_any_process(&self) -> bool {
        matches!(self, Self::ProcessExec { command, args }
            if command == "*" && args.first().is_some_and(|first| first == "**"))
    }

    /// Whether the capability, as a pattern, allows changing a variable that decides which code runs.
    pub fn allows_hook(&self, variable: &str) -> bool {
        matches!(self, Self::ProcessEnv { name } if name_matches(name, variable))
    }

    /// Whether the capability, as a pattern of what is granted, allows downloading from a URL. A URL without a host is
    /// never allowed, and one whose path servers read in two ways only by what allows all paths.
    pub fn allows_download(&self, url: &Url) -> bool {
        self.is_of_download(url, |path| path.first().is_some_and(|first| first == "**"))
    }

    /// Whether the capability, as a pattern of what is denied, denies downloading from a URL: one whose path servers
    /// read in two ways, where it denies any path of the host.
    pub(super) fn denies_download(&self, url: &Url) -> bool {
        self.is_of_download(url, |_| true)
    }

    fn is_of_download(&self, url: &Url, if_ambiguous: impl Fn(&[String]) -> bool) -> bool {
        let (Self::DownloadFile { host, path }, Some(found)) = (self, url.host_str()) else {
            return false;
        };
        if !is_any_or_same_host(host, found) {
            return false;
        }
        let Segments {
            words,
            is_ambiguous,
        } = Segments::of(url);
        match is_ambiguous {
            true => if_ambiguous(path),
            false => {
                let path = normal::words_of_rule(found, path);
                all_match(&path, words.iter().map(String::as_str))
            }
        }
    }

    /// Whether the capability, as a pattern, allows installing a package from npm.
    pub fn allows_npm(&self, name: &str) -> bool {
        matches!(self, Self::NpmInstall { package } if package_matches(package, name))
    }

    /// Whether the capability, as a pattern, allows sending requests to a URL's host. A URL without one is
    /// never allowed.
    pub fn allows_http(&self, url: &Url) -> bool {
        match (self, url.host_str()) {
            (Self::Http { host }, Some(found)) => host_matches(host, found),
            _ => false,
        }
    }

    /// Whether the capability, as a pattern, allows seeing a variable.
    pub fn allows_variable(&self, variable: &str) -> bool {
        matches!(self, Self::Env { name } if name_matches(name, variable))
    }
}

/// What is asked for, to the letter.
impl Capability {
    /// Running a program.
    pub(crate) fn of_program<S: AsRef<str>>(command: &str, args: &[S]) -> Self {
        Self::ProcessExec {
            command: command.to_owned(),
            args: args.iter().map(|arg| arg.as_ref().to_owned()).collect(),
        }
    }

    /// Changing a variable of a program.
    pub(crate) fn of_hook(name: &str) -> Self {
        Self::ProcessEnv {
            name: name.to_owned(),
        }
    }

    /// Downloading a file. A URL's password and query may hold secrets: the host and the path are all that
    /// is kept.
    pub(crate) fn of_download(url: &Url) -> Self {
        Self::DownloadFile {
            host: url.host_str().unwrap_or_default().to_owned(),
            path: normal::written_segments(url).map(str::to_owned).collect(),
        }
    }

    /// Installing a package.
    pub(crate) fn of_package(package: &str) -> Self {
        Self::NpmInstall {
            package: package.to_owned(),
        }
    }

    /// Sending a request.
    pub(crate) fn of_request(url: &Url) -> Self {
        Self::Http {
            host: url.host_str().unwrap_or_default().to_owned(),
        }
    }

    /// Seeing a variable.
    pub(crate) fn of_variable(name: &str) -> Self {
        Self::Env {
            name: name.to_owned(),
        }
    }
}

#[cfg(test)]
mod examples {
    use super::Capability;
    use crate::base::types::Access;

    pub(super) fn process(command: &str, args: &[&str]) -> Capability {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Capability::ProcessExec {
            command: command.into(),
            args,
        }
    }

    pub(super) fn download(host: &str, path: &[&str]) -> Capability {
        let path = path.iter().map(|segment| (*segment).to_owned()).collect();
        Capability::DownloadFile {
            host: host.into(),
            path,
        }
    }

    pub(super) fn http(host: &str) -> Capability {
        Capability::Http { host: host.into() }
    }

    pub(super) fn env(name: &str) -> Capability {
        Capability::Env { name: name.into() }
    }

    pub(super) fn hook(name: &str) -> Capability {
        Capability::ProcessEnv { name: name.into() }
    }

    pub(super) fn mount(host: &str, guest: &str, access: Access) -> Capability {
        Capability::Mount {
            host: host.into(),
            guest: guest.parse().unwrap(),
            access,
        }
    }

    pub(super) fn npm(package: &str) -> Capability {
        Capability::NpmInstall {
            package: package.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::capability::examples::{download, env, http, npm, process};

    #[test]
    fn arguments_match_one_by_one() {
        let table: [(&[&str], &[&str], bool); 12] = [
            (&[], &[], true),
            (&[], &["x"], false),
            (&["install"], &["install"], true),
            (&["install"], &[], false),
            (&["install"], &["Install"], false),
            (&["install", "*"], &["install", "x"], true),
            (&["install", "*"], &["install"], false),
            (&["install", "*"], &["install", "x", "y"], false),
            (&["install", "**"], &["install"], true),
            (&["install", "**"], &["install", "x", "y"], true),
            (&["*", "**"], &[], false),
            (&["**"], &["x", "*"], true),
        ];
        for (patterns, args, is_allowed) in table {
            let capability = process("npm", patterns);
            assert_eq!(
                capability.allows_process(&"npm".into(), args),
                is_allowed,
                "{patterns:?} {args:?}"
            );
            assert!(!capability.allows_process(&"npx".into(), args));
            assert_eq!(
                process("*", patterns).allows_process(&"npx".into(), args),
                is_allowed
            );
        }
    }

    #[test]
    fn downloads_match_by_host_and_segments() {
        let table = [
            (download("*", &["**"]), "https://example.com/a/b", true),
            (download("*", &["**"]), "https://example.com", true),
            (download("*", &["**"]), "file:///etc/passwd", false),
            (download("*", &["**"]), "data:text/plain,x", false),
            (
                download("GitHub.com", &["**"]),
                "https://github.com/a",
                true,
            ),
            (
                download("github.com", &["**"]),
                "https://api.github.com/a",
                false,
            ),
            (
                download("github.com", &["**"]),
                "https://github.com@evil.example/a",
                false,
            ),
            (download("github.com", &[]), "https://github.com/", true),
            (download("github.com", &[]), "https://github.com/a", false),
            (
                download("github.com", &["a", "*"]),
                "https://github.com/a/b?x=1#y",
                true,
            ),
            (
                download("github.com", &["a", "*"]),
                "https://github.com/a",
                false,
            ),
            (
                download("github.com", &["a", "**"]),
                "https://github.com/a/../b/c",
                false,
            ),
            (
                download("github.com", &["a", "**"]),
                "https://github.com/a/%2e%2e/b/c",
                false,
            ),
            (
                download("github.com", &["a", "**"]),
                "https://github.com/a/b/c",
                true,
            ),
            // Other spellings of the same.
            (download("evil.org", &["**"]), "https://evil.org./x", true),
            (download("Evil.org.", &["**"]), "https://evil.ORG/x", true),
            (
                download("github.com", &["evil", "**"]),
                "https://github.com/%65vi%6C/x",
                true,
            ),
            (
                download("github.com", &["%65vil", "a+b"]),
                "https://github.com/evil/a%2bb",
                true,
            ),
            // An encoded slash does not begin another segment, and a doubly encoded one is another name.
            (
                download("github.com", &["a", "b"]),
                "https://github.com/a%2Fb",
                false,
            ),
            (
                download("github.com", &["%61"]),
                "https://github.com/%2561",
                false,
            ),
            (
                download("github.com", &["%2a"]),
                "https://github.com/a",
                false,
            ),
            (
                download("github.com", &["100%", "%zz"]),
                "https://github.com/100%/%zz",
                true,
            ),
            (npm("*"), "https://github.com/a", false),
        ];
        for (capability, url, is_allowed) in table {
            let url = Url::parse(url).unwrap();
            assert_eq!(
                capability.allows_download(&url),
                is_allowed,
                "{capability} {url}"
            );
        }
    }

    #[test]
    fn requests_match_by_host_and_variables_by_name() {
        for (pattern, host, is_allowed) in [
            ("*", "example.org", true),
            ("Example.org", "example.org", true),
            ("example.org", "a.example.org", false),
            ("*.example.org", "a.example.org", true),
            ("*.EXAMPLE.org", "a.b.example.org", true),
            ("*.example.org", "example.org", false),
            ("*.example.org", "notexample.org", false),
            ("a*", "a.example.org", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("[::1]", "[::1]", true),
            ("example.org", "example.org.", true),
            ("example.org.", "example.org", true),
            ("*.example.org", "a.example.org.", true),
            ("*.example.org.", "a.example.org", true),
            ("*.example.org", "example.org.", false),
            ("", "example.org", false),
        ] {
            let url = Url::parse(&format!("https://u:p@{host}:8080/x?y#z")).unwrap();
            let allows = http(pattern).allows_http(&url);
            assert_eq!(allows, is_allowed, "{pattern} {host}");
            assert!(!http(pattern).allows_download(&url));
        }
        let no_host = Url::parse("data:text/plain,x").unwrap();
        assert!(!http("*").allows_http(&no_host));
        for (pattern, name, is_allowed) in [
            ("*", "HOME", true),
            ("HOME", "HOME", true),
            ("HOME", "home", false),
            ("HOME", "HOME_2", false),
            ("LC_*", "LC_ALL", true),
            ("LC_*", "LC_", true),
            ("LC_*", "LANG", false),
            ("*_PROXY", "HTTP_PROXY", false),
        ] {
            assert_eq!(
                env(pattern).allows_variable(name),
                is_allowed,
                "{pattern} {name}"
            );
        }
    }
}
