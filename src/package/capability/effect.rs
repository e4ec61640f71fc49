//! Rules that can match nothing, because no request ever has their form.

use super::{Capability, normal, package_name::is_part, pattern::domain_of};

/// The reason why a rule can match nothing, or not what is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ineffective {
    /// The field of the capability: `host`, `path` …
    pub(crate) field: &'static str,
    /// Which of the field's words, where it has several.
    pub(crate) at: Option<usize>,
    /// Why.
    pub(crate) problem: String,
}

impl Capability {
    /// Returns the reason why it can match nothing, or not what is meant, where there is one.
    pub(crate) fn ineffective(&self) -> Option<Ineffective> {
        match self {
            Self::ProcessExec { command, args } => of_command(command)
                .map(|problem| of("command", None, problem))
                .or_else(|| after_rest("args", args)),
            Self::DownloadFile { host, path } => of_host(host, false)
                .map(|problem| of("host", None, problem))
                .or_else(|| after_rest("path", path))
                .or_else(|| {
                    let mut words = path.iter().enumerate();
                    words.find_map(|(at, word)| Some(of("path", Some(at), of_segment(word)?)))
                }),
            Self::NpmInstall { package } => {
                of_package(package).map(|problem| of("package", None, problem))
            }
            Self::Http { host } => of_host(host, true).map(|problem| of("host", None, problem)),
            Self::Env { name } | Self::ProcessEnv { name } => {
                of_variable(name).map(|problem| of("name", None, problem))
            }
            Self::Mount { .. } | Self::Unknown { .. } => None,
        }
    }
}

fn of(field: &'static str, at: Option<usize>, problem: impl Into<String>) -> Ineffective {
    let problem = problem.into();
    Ineffective { field, at, problem }
}

fn of_command(command: &str) -> Option<String> {
    if command.trim().is_empty() {
        return Some("no program is called nothing".into());
    }
    if command.starts_with("~/") {
        return Some(format!(
            "`{command}` is nowhere: nobody puts the home in the place of `~`, so its whole path is written"
        ));
    }
    (command != "*" && command.contains('*')).then(|| {
        format!("`{command}` is not a name of a program: `*` stands alone, for any of them")
    })
}

fn of_host(host: &str, takes_domains: bool) -> Option<String> {
    if host == "*" {
        return None;
    }
    let is_alone = !host.contains(['/', '@']) && (host.starts_with('[') || !host.contains(':'));
    if host.is_empty() || !is_alone {
        return Some(format!(
            "`{host}` is not a host, which stands alone: `github.com`"
        ));
    }
    let domain = domain_of(host).filter(|_| takes_domains);
    let name = domain.unwrap_or(host);
    if name.contains('*') {
        return Some(match takes_domains {
            true => format!("`{host}` has a `*` elsewhere than in `*.` at the beginning"),
            false => format!("`{host}` is not a host: `*` stands alone, for any of them"),
        });
    }
    let has_gap = || name.trim_end_matches('.').split('.').any(str::is_empty);
    match normal::parsed_host(name) {
        Some(_) if !name.starts_with('[') && has_gap() => Some(format!(
            "`{name}` is not the name of a host: there is nothing between two dots"
        )),
        Some(address) if domain.is_some() && normal::is_address(&address) => {
            Some(format!("nothing lies below the address `{address}`"))
        }
        Some(_) => None,
        None => Some(format!("`{name}` is not the name of a host")),
    }
}

fn of_segment(word: &str) -> Option<String> {
    let has_star = word.contains('*') && !matches!(word, "*" | "**");
    if normal::is_ambiguous(word) || word.contains('/') {
        Some(format!("`{word}` is more than one segment of a path"))
    } else if is_dots(word) {
        Some(format!(
            "`{word}` is in no path: what it leads to is asked for"
        ))
    } else if word.contains(['?', '#']) {
        Some(format!(
            "`{word}` has more than a segment of a path, and only that is compared"
        ))
    } else if has_star {
        let problem = "is not a segment of a path: `*` stands alone, for any one";
        Some(format!("`{word}` {problem}; a star itself is `%2A`"))
    } else {
        None
    }
}

/// Whether a segment leads to its folder, or the one above it.
fn is_dots(word: &str) -> bool {
    let word = word.to_ascii_lowercase().replace("%2e", ".");
    matches!(word.as_str(), "." | "..")
}

fn of_package(package: &str) -> Option<String> {
    if package == "*" {
        return None;
    }
    if package.is_empty() {
        return Some("no package is called nothing".into());
    }
    let (scope, name) = match package.strip_prefix('@').map(|it| it.split_once('/')) {
        None => (None, package),
        Some(Some((scope, name))) => (Some(scope), name),
        Some(None) => (Some(""), ""),
    };
    let is_name = is_part(name) || (scope.is_some() && name == "*");
    if scope.is_none_or(is_part) && is_name {
        return None;
    }
    let problem = "is not the name of a package, such as `pyright` or `@scope/name`";
    let way_out = match name.rsplit_once('@') {
        Some(_) => "; its version is not compared",
        None => ", nor all of a scope, `@scope/*`",
    };
    Some(format!("`{package}` {problem}{way_out}"))
}

fn of_variable(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("no variable is called nothing".into());
    }
    let bare = name.strip_suffix('*').unwrap_or(name);
    bare.contains(['*', '=', '\0'])
        .then(|| format!("`{name}` is not a name of a variable, nor the beginning of one and `*`"))
}

/// Finds words behind `**`, which are never looked at.
fn after_rest(field: &'static str, patterns: &[String]) -> Option<Ineffective> {
    let at = patterns.iter().position(|pattern| pattern == "**")?;
    (at + 1 < patterns.len()).then(|| {
        let problem = "`**` stands for all that are left, so what follows it is never looked at";
        of(field, Some(at), problem)
    })
}

#[cfg(test)]
mod tests {
    use super::super::short::ParseCapabilityError;
    use super::*;

    #[test]
    fn a_rule_that_can_match_nothing_is_refused_when_it_is_written() {
        for text in [
            "http a*b.example",
            "http *.*.org",
            "http 'exa mple'",
            "http *.",
            "http *..",
            "http .github.com",
            "http a..b",
            "download_file .github.com **",
            "http *.127.0.0.1",
            "http 1.2.3.4.5",
            "download_file *.example.org",
            "download_file github.com/../x",
            "download_file github.com/a/%2e%2E/b",
            "download_file github.com/a%2Fb",
            "download_file github.com/a/b?x=1",
            "download_file github.com/a/b#c",
            "download_file github.com owner ** x",
            "download_file github.com a/b",
            "download_file github.com v*",
            "npm:install lodash@4",
            "npm:install @scope/name@1",
            "npm:install @scope",
            "npm:install @scope/",
            "npm:install 'a b'",
            "npm:install a*",
            "npm:install a/*",
            "npm:install ''",
            "npm:install .x",
            "npm:install lodash.tgz",
            "npm:install node_modules",
            "http example..org",
            r"npm:install 'x\y'",
            "npm:install @.s/x",
            "process:exec git* **",
            "process:exec npm ** x",
            "process:exec ''",
            "process:exec ~/bin/x **",
            "env A*B",
            "env A=B",
            "env ''",
            "process:env *_X",
        ] {
            let refused = Capability::from_short(text);
            let is_it = matches!(refused, Err(ParseCapabilityError::Nothing { .. }));
            assert!(is_it, "{text}: {refused:?}");
        }
    }

    #[test]
    fn a_rule_that_matches_in_some_spelling_is_taken() {
        for text in [
            "http münchen.example",
            "http 0x7f.1",
            "http 127.1",
            "http [0:0:0:0:0:0:0:1]",
            "http *.EXAMPLE.org.",
            "http localhost",
            "download_file * **",
            "download_file github.com//owner/name/**",
            "download_file github.com owner * **",
            "download_file github.com a%2Ab",
            "npm:install @scope/*",
            "npm:install *",
            "npm:install @scope/name",
            "process:exec find -name *.rs",
            "process:exec * **",
            "env LC_*",
            "env *",
        ] {
            let taken = Capability::from_short(text);
            assert!(taken.is_ok(), "{text}: {taken:?}");
        }
        let scope = Capability::from_short("npm:install @scope/*").unwrap();
        for (package, is_it) in [
            ("@scope/name", true),
            ("@scope/", true),
            ("@scopes/name", false),
            ("name", false),
        ] {
            assert_eq!(scope.allows_npm(package), is_it, "{package}");
            assert_eq!(scope.covers(&Capability::of_package(package)), is_it);
        }
        let any = Capability::of_package("*");
        assert!(any.covers(&scope) && !scope.covers(&any) && scope.overlaps(&any));
    }
}
