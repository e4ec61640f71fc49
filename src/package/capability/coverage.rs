//! Coverage of one pattern by another: how much of what a manifest asks for a grant allows.

use serde::Serialize;

use super::{
    Capability, normal,
    pattern::{
        domain_of, host_matches, is_any_or_same_host, is_same_host, lies_below, name_matches,
        package_matches,
    },
};

/// The part of a capability that is granted: all, some or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coverage {
    /// All of it.
    Full,
    /// Some of it: the one answer depends on what is asked for to the letter.
    Partial,
    /// Nothing of it.
    None,
}

impl Capability {
    /// Whether it allows all that `other` stands for.
    pub fn covers(&self, other: &Self) -> bool {
        let word = |own: &str, theirs: &str| own == "*" || own == theirs;
        match (self, other) {
            (
                Self::ProcessExec { command, args },
                Self::ProcessExec {
                    command: other,
                    args: theirs,
                },
            ) => word(command, other) && all_cover(args, theirs),
            (
                Self::DownloadFile { host, path },
                Self::DownloadFile {
                    host: other,
                    path: theirs,
                },
            ) => {
                is_any_or_same_host(host, other)
                    && all_cover(&words(host, other, path), &words(host, other, theirs))
            }
            (Self::NpmInstall { package }, Self::NpmInstall { package: other }) => {
                other != "*" && package_matches(package, other) || package == "*"
            }
            (Self::Http { host }, Self::Http { host: other }) => match domain_of(other) {
                // All that is below a domain is below those above it.
                Some(domain) => {
                    is_any_or_same_host(host, other)
                        || domain_of(host).is_some_and(|above| lies_below(domain, above))
                }
                None => host_matches(host, other),
            },
            (Self::Env { name }, Self::Env { name: other })
            | (Self::ProcessEnv { name }, Self::ProcessEnv { name: other }) => {
                match other.strip_suffix('*') {
                    Some(beginning) => name
                        .strip_suffix('*')
                        .is_some_and(|own| beginning.starts_with(own)),
                    None => name_matches(name, other),
                }
            }
            (
                Self::Mount {
                    host,
                    guest,
                    access,
                },
                Self::Mount {
                    host: other,
                    guest: name,
                    access: wanted,
                },
            ) => host == other && guest == name && (access == wanted || access.allows_writing()),
            _ => false,
        }
    }

    /// Whether there is something that both allow.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let word = |one: &str, two: &str| one == "*" || two == "*" || one == two;
        match (self, other) {
            (
                Self::ProcessExec { command, args },
                Self::ProcessExec {
                    command: other,
                    args: theirs,
                },
            ) => word(command, other) && all_overlap(args, theirs),
            (
                Self::DownloadFile { host, path },
                Self::DownloadFile {
                    host: other,
                    path: theirs,
                },
            ) => {
                (host == "*" || other == "*" || is_same_host(host, other))
                    && all_overlap(&words(host, other, path), &words(host, other, theirs))
            }
            // Two patterns of these kinds have something in common only where one holds the other.
            (Self::NpmInstall { .. }, Self::NpmInstall { .. })
            | (Self::Http { .. }, Self::Http { .. })
            | (Self::Env { .. }, Self::Env { .. })
            | (Self::ProcessEnv { .. }, Self::ProcessEnv { .. }) => {
                self.covers(other) || other.covers(self)
            }
            (
                Self::Mount { host, guest, .. },
                Self::Mount {
                    host: other,
                    guest: name,
                    ..
                },
            ) => host == other && guest == name,
            _ => false,
        }
    }
}

/// The words of a rule, of which two are compared: a host that one of them names decides which have no case.
fn words(host: &str, other: &str, path: &[String]) -> Vec<String> {
    let named = if host == "*" { other } else { host };
    normal::words_of_rule(named, path)
}

fn all_cover(own: &[String], theirs: &[String]) -> bool {
    match (own, theirs) {
        ([first, ..], _) if first == "**" => true,
        (_, [first, ..]) if first == "**" => false,
        ([], []) => true,
        ([own, rest @ ..], [theirs, others @ ..]) => {
            // A `*` that is meant to the letter is `%2a`.
            (own == "*" || own == theirs) && all_cover(rest, others)
        }
        _ => false,
    }
}

fn all_overlap(one: &[String], two: &[String]) -> bool {
    match (one, two) {
        ([first, ..], _) | (_, [first, ..]) if first == "**" => true,
        ([], []) => true,
        ([one, rest @ ..], [two, others @ ..]) => {
            (one == "*" || two == "*" || one == two) && all_overlap(rest, others)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        base::types::Access,
        package::capability::examples::{download, env, hook, http, mount, npm, process},
    };

    #[test]
    fn a_pattern_covers_what_it_holds_and_overlaps_what_it_meets() {
        let run = |args: &[&str]| process("npm", args);
        let folder = |access| mount("/a", "/b", access);
        for (one, other, covers, overlaps) in [
            (process("*", &["**"]), run(&["install", "**"]), true, true),
            (run(&["install", "**"]), process("*", &["**"]), false, true),
            (run(&["install", "*"]), run(&["install", "**"]), false, true),
            (run(&["install", "x"]), run(&["install", "**"]), false, true),
            (run(&["install", "x"]), run(&["remove", "**"]), false, false),
            (run(&["install"]), run(&["install", "**"]), false, true),
            (run(&["install"]), run(&["install", "*"]), false, false),
            (run(&["*"]), run(&["install"]), true, true),
            (
                download("GitHub.com", &["**"]),
                download("github.com", &["a"]),
                true,
                true,
            ),
            (
                download("github.com", &["a"]),
                download("*", &["*"]),
                false,
                true,
            ),
            (
                download("github.com.", &["%61"]),
                download("GitHub.com", &["a"]),
                true,
                true,
            ),
            (download("*", &["%2A"]), download("*", &["*"]), false, true),
            (npm("x"), npm("*"), false, true),
            (npm("x"), npm("y"), false, false),
            (http("*.a.org"), http("b.a.org"), true, true),
            (http("*.a.org"), http("*.b.a.org"), true, true),
            (http("*.b.a.org"), http("*.a.org"), false, true),
            (http("*.a.org"), http("a.org"), false, false),
            (http("*.a.org"), http("*"), false, true),
            (http("a.org"), http("A.org."), true, true),
            (http("*.a.org"), http("*.b.a.org."), true, true),
            (env("LC_*"), env("LC_ALL"), true, true),
            (env("LC_*"), env("*"), false, true),
            (env("LC_*"), env("LANG*"), false, false),
            (env("*"), http("*"), false, false),
            (hook("LD_*"), hook("LD_PRELOAD"), true, true),
            (hook("*"), env("*"), false, false),
            (process("*", &["**"]), hook("PATH"), false, false),
            (
                folder(Access::ReadWrite),
                folder(Access::ReadOnly),
                true,
                true,
            ),
            (
                folder(Access::ReadOnly),
                folder(Access::ReadWrite),
                false,
                true,
            ),
        ] {
            assert_eq!(one.covers(&other), covers, "{one} covers {other}");
            assert_eq!(one.overlaps(&other), overlaps, "{one} overlaps {other}");
            assert_eq!(other.overlaps(&one), overlaps, "{other} overlaps {one}");
        }
    }
}
