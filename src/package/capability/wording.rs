//! Capabilities in words: for a user who is asked, and as they are written in a manifest.

use std::fmt;

use super::Capability;
use crate::base::types::Access;

impl Capability {
    /// Returns the capability in words, with each of its words as `show` writes it.
    pub(super) fn describe(
        &self,
        formatter: &mut fmt::Formatter<'_>,
        show: impl Fn(&str) -> String,
    ) -> fmt::Result {
        let join = |first: &str, rest: &[String], separator: &str| {
            let rest = rest.iter().map(|word| show(word));
            std::iter::once(show(first))
                .chain(rest)
                .collect::<Vec<_>>()
                .join(separator)
        };
        match self {
            Self::ProcessExec { command, args } => {
                write!(formatter, "run `{}`", join(command, args, " "))
            }
            Self::DownloadFile { host, path } => {
                write!(formatter, "download `{}`", join(host, path, "/"))
            }
            Self::NpmInstall { package } => {
                write!(
                    formatter,
                    "install the package `{}` from npm",
                    show(package)
                )
            }
            Self::Http { host } => write!(formatter, "send requests to `{}`", show(host)),
            Self::Env { name } => write!(formatter, "see the variable `{}`", show(name)),
            Self::ProcessEnv { name } => write!(
                formatter,
                "start programs with another value of the variable `{}`",
                show(name)
            ),
            Self::Mount {
                host,
                guest,
                access,
            } => {
                let done = match access {
                    Access::ReadOnly => "read",
                    Access::ReadWrite => "read and change",
                };
                let (host, guest) = (show(&host.to_string_lossy()), show(guest.as_str()));
                write!(formatter, "{done} the folder `{host}` as `{guest}`")
            }
            Self::Unknown { kind } => write!(formatter, "use `{}`", show(kind)),
        }
    }

    /// Whether none of its words, written in a grant, would stand for other words too.
    pub fn is_literal(&self) -> bool {
        let is_literal = |word: &String| !matches!(word.as_str(), "*" | "**");
        match self {
            Self::ProcessExec {
                command: first,
                args: rest,
            }
            | Self::DownloadFile {
                host: first,
                path: rest,
            } => is_literal(first) && rest.iter().all(is_literal),
            Self::NpmInstall { package } => !package.ends_with('*'),
            Self::Http { host } => is_literal(host) && !host.starts_with("*."),
            Self::Env { name } | Self::ProcessEnv { name } => !name.ends_with('*'),
            Self::Mount { .. } | Self::Unknown { .. } => true,
        }
    }

    /// The capability as it is written in a manifest, on one line.
    pub fn to_toml(&self) -> String {
        let list = |texts: &[String]| {
            let quoted: Vec<_> = texts.iter().map(|text| format!("{text:?}")).collect();
            quoted.join(", ")
        };
        let kind = self.kind();
        match self {
            Self::ProcessExec { command, args } => {
                format!(
                    "{{ kind = {kind:?}, command = {command:?}, args = [{}] }}",
                    list(args)
                )
            }
            Self::DownloadFile { host, path } => {
                format!(
                    "{{ kind = {kind:?}, host = {host:?}, path = [{}] }}",
                    list(path)
                )
            }
            Self::NpmInstall { package } => format!("{{ kind = {kind:?}, package = {package:?} }}"),
            Self::Http { host } => format!("{{ kind = {kind:?}, host = {host:?} }}"),
            Self::Env { name } | Self::ProcessEnv { name } => {
                format!("{{ kind = {kind:?}, name = {name:?} }}")
            }
            Self::Mount {
                host,
                guest,
                access,
            } => {
                let (host, guest) = (host.to_string_lossy(), guest.as_str());
                let access = access.as_str();
                format!(
                    "{{ kind = {kind:?}, host = {host:?}, guest = {guest:?}, access = {access:?} }}"
                )
            }
            Self::Unknown { .. } => format!("{{ kind = {kind:?} }}"),
        }
    }
}

/// In the words of a user who is asked for leave: "run `npm install …`", where `…` is anything more
/// and `*` is any one word.
impl fmt::Display for Capability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_any = |patterns: &[String]| patterns.first().is_some_and(|first| first == "**");
        match self {
            Self::ProcessExec { command, args } if command == "*" && is_any(args) => {
                formatter.write_str("run any program")
            }
            Self::DownloadFile { host, path } if host == "*" && is_any(path) => {
                formatter.write_str("download any file")
            }
            Self::NpmInstall { package } if package == "*" => {
                formatter.write_str("install any package from npm")
            }
            Self::Http { host } if host == "*" => {
                formatter.write_str("send requests to any server")
            }
            Self::Env { name } if name == "*" => {
                formatter.write_str("see all variables of the shell")
            }
            Self::ProcessEnv { name } if name == "*" => {
                formatter.write_str("start programs with other variables that change their code")
            }
            Self::Unknown { kind } => {
                write!(
                    formatter,
                    "use `{}`, which this program does not know",
                    Word(kind)
                )
            }
            _ => self.describe(formatter, |pattern| match pattern {
                "**" => "…".into(),
                pattern => Word(pattern).to_string(),
            }),
        }
    }
}

/// A string of a guest's or manifest's choice, without what could move a terminal's cursor.
pub(super) struct Word<'text>(pub(super) &'text str);

impl fmt::Display for Word<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |character: char| !character.is_whitespace() && !"`'\"".contains(character);
        if !self.0.is_empty() && self.0.chars().all(is_plain) {
            // Escapes control and other invisible characters, and no more.
            write!(formatter, "{}", self.0.escape_debug())
        } else {
            write!(formatter, "{:?}", self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        base::types::Access,
        package::capability::examples::{download, env, hook, http, mount, npm, process},
    };

    #[test]
    fn receipts_are_in_plain_words() {
        let table = [
            (process("*", &["**"]), "run any program"),
            (process("npm", &["install", "**"]), "run `npm install …`"),
            (process("gem", &[]), "run `gem`"),
            (download("*", &["**"]), "download any file"),
            (
                download("github.com", &["a", "**"]),
                "download `github.com/a/…`",
            ),
            (npm("*"), "install any package from npm"),
            (npm("pyright"), "install the package `pyright` from npm"),
            (http("*"), "send requests to any server"),
            (http("*.a.org"), "send requests to `*.a.org`"),
            (env("*"), "see all variables of the shell"),
            (env("LC_*"), "see the variable `LC_*`"),
            (
                hook("LD_*"),
                "start programs with another value of the variable `LD_*`",
            ),
            (
                mount("/data", "/models", Access::ReadWrite),
                "read and change the folder `/data` as `/models`",
            ),
        ];
        for (capability, text) in table {
            assert_eq!(capability.to_string(), text);
        }
    }
}
