//! What an extension asks to be allowed, and what the person allows.
//!
//! A manifest lists [`Capability`]s, and the person grants some as [`Grants`]. Both write the same three
//! kinds, with the same patterns:
//!
//! - `process:exec` names a `command`, exactly or by `*`, and its `args` one by one, where `*` stands for
//!   one argument and `**` for all that are left, even none;
//! - `download_file` names a `host`, exactly or by `*`, and the segments of the URL's `path` in the same
//!   way as arguments;
//! - `npm:install` names a `package`, exactly or by `*`.
//!
//! Running a program needs both the manifest's word and the grant; downloads and packages need the grant
//! alone.

mod denied;
mod grants;
mod pattern;
mod wording;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};
use url::Url;

use self::pattern::{all_match, is_match, segments};
pub use self::{
    denied::{Denied, DeniedBy},
    grants::Grants,
};

/// Something an extension may be allowed to do, exactly or as a pattern.
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
        /// The package, or `*` for any.
        package: String,
    },
    /// A kind that this program does not know, and never allows.
    #[serde(untagged)]
    Unknown {
        /// The kind, as it was written.
        kind: String,
    },
}

#[derive(Deserialize)]
struct ProcessExec {
    command: String,
    args: Vec<String>,
}

#[derive(Deserialize)]
struct DownloadFile {
    host: String,
    path: Vec<String>,
}

#[derive(Deserialize)]
struct NpmInstall {
    package: String,
}

impl<'de> Deserialize<'de> for Capability {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By hand, for the derived fallback would take a known kind with a wrong field as well.
        fn fields<T: de::DeserializeOwned, E: de::Error>(
            fields: BTreeMap<String, serde_json::Value>,
        ) -> Result<T, E> {
            serde_json::from_value(fields.into_iter().collect()).map_err(E::custom)
        }
        let mut table = BTreeMap::<String, serde_json::Value>::deserialize(deserializer)?;
        let kind = match table.remove("kind") {
            Some(serde_json::Value::String(kind)) => kind,
            Some(_) => return Err(de::Error::custom("`kind` must be a text")),
            None => return Err(de::Error::missing_field("kind")),
        };
        Ok(match kind.as_str() {
            Self::PROCESS_EXEC => {
                let ProcessExec { command, args } = fields(table)?;
                Self::ProcessExec { command, args }
            }
            Self::DOWNLOAD_FILE => {
                let DownloadFile { host, path } = fields(table)?;
                Self::DownloadFile { host, path }
            }
            Self::NPM_INSTALL => {
                let NpmInstall { package } = fields(table)?;
                Self::NpmInstall { package }
            }
            _ => Self::Unknown { kind },
        })
    }
}

impl Capability {
    /// The kind that runs programs.
    pub const PROCESS_EXEC: &'static str = "process:exec";
    /// The kind that downloads files.
    pub const DOWNLOAD_FILE: &'static str = "download_file";
    /// The kind that installs packages from npm.
    pub const NPM_INSTALL: &'static str = "npm:install";
    /// Every kind that is known.
    pub const KINDS: [&'static str; 3] =
        [Self::PROCESS_EXEC, Self::DOWNLOAD_FILE, Self::NPM_INSTALL];

    /// The kind, as it is written.
    pub fn kind(&self) -> &str {
        match self {
            Self::ProcessExec { .. } => Self::PROCESS_EXEC,
            Self::DownloadFile { .. } => Self::DOWNLOAD_FILE,
            Self::NpmInstall { .. } => Self::NPM_INSTALL,
            Self::Unknown { kind } => kind,
        }
    }

    /// Whether the capability, as a pattern, allows running a program.
    pub fn allows_process<S: AsRef<str>>(&self, program: &str, arguments: &[S]) -> bool {
        match self {
            Self::ProcessExec { command, args } => {
                is_match(command, program) && all_match(args, arguments.iter().map(AsRef::as_ref))
            }
            _ => false,
        }
    }

    /// Whether the capability, as a pattern, allows downloading from a URL. A URL without a host is
    /// never allowed.
    pub fn allows_download(&self, url: &Url) -> bool {
        match (self, url.host_str()) {
            (Self::DownloadFile { host, path }, Some(found)) => {
                // A host's name has no case, and a parsed URL has it in lower case.
                (host == "*" || host.eq_ignore_ascii_case(found)) && all_match(path, segments(url))
            }
            _ => false,
        }
    }

    /// Whether the capability, as a pattern, allows installing a package from npm.
    pub fn allows_npm(&self, name: &str) -> bool {
        matches!(self, Self::NpmInstall { package } if is_match(package, name))
    }
}

#[cfg(test)]
mod examples {
    use super::Capability;

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

    pub(super) fn npm(package: &str) -> Capability {
        Capability::NpmInstall {
            package: package.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::examples::{download, npm, process};

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
                capability.allows_process("npm", args),
                is_allowed,
                "{patterns:?} {args:?}"
            );
            assert!(!capability.allows_process("npx", args));
            assert_eq!(
                process("*", patterns).allows_process("npx", args),
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
    fn the_form_on_disk_is_a_table_with_a_kind() {
        let json = r#"[
            {"kind":"process:exec","command":"gem","args":["install","*"]},
            {"kind":"download_file","host":"github.com","path":["**"]},
            {"kind":"npm:install","package":"pyright","comment":"ignored"},
            {"kind":"clipboard:read","path":7}
        ]"#;
        let grants: Grants = serde_json::from_str(json).unwrap();
        assert_eq!(
            grants.capabilities(),
            [
                process("gem", &["install", "*"]),
                download("github.com", &["**"]),
                npm("pyright"),
                Capability::Unknown {
                    kind: "clipboard:read".into()
                },
            ]
        );
        let written = serde_json::to_value(&grants).unwrap();
        assert_eq!(
            written[0],
            serde_json::json!({"kind":"process:exec","command":"gem","args":["install","*"]})
        );
        assert_eq!(written[3], serde_json::json!({"kind":"clipboard:read"}));
        assert_eq!(serde_json::from_value::<Grants>(written).unwrap(), grants);
        // A known kind with a wrong field is a mistake, and no unknown kind.
        for wrong in [
            r#"{"kind":"npm:install"}"#,
            r#"{"kind":"process:exec","command":"x","args":"y"}"#,
            r#"{"kind":1}"#,
            r#"{"package":"x"}"#,
        ] {
            assert!(
                serde_json::from_str::<Capability>(wrong).is_err(),
                "{wrong}"
            );
        }
        let toml: Capability = toml::from_str("kind = 'npm:install'\npackage = '*'").unwrap();
        assert_eq!(toml, npm("*"));
    }
}
