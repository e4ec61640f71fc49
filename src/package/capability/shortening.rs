//! Requests as they are kept: a guest chooses how long they are.

use super::Capability;
use crate::base::digest::Blake3Digest;

/// The most words of a request that are kept, and the most characters of each.
pub(super) const WORDS: usize = 24;
const CHARACTERS: usize = 160;

/// How many digits stand for what is left out, so that two requests that differ only there are told apart.
const DIGITS: usize = 16;

impl Capability {
    /// The capability with no more than the beginning of what is long in it; for the rest `…` and a digest.
    pub(crate) fn in_short(&self) -> Self {
        match self {
            Self::ProcessExec { command, args } => Self::ProcessExec {
                command: word(command),
                args: words(args),
            },
            Self::DownloadFile { host, path } => Self::DownloadFile {
                host: word(host),
                path: words(path),
            },
            Self::NpmInstall { package } => Self::NpmInstall {
                package: word(package),
            },
            Self::Http { host } => Self::Http { host: word(host) },
            Self::Env { name } => Self::Env { name: word(name) },
            Self::ProcessEnv { name } => Self::ProcessEnv { name: word(name) },
            // The user's own words.
            Self::Mount { .. } => self.clone(),
            Self::Unknown { kind } => Self::Unknown { kind: word(kind) },
        }
    }

    /// Returns the capability that stands for all of its kind.
    pub(crate) fn any_of_kind(&self) -> Self {
        let any = || "*".to_owned();
        let rest = || vec!["**".to_owned()];
        match self {
            Self::ProcessExec { .. } => Self::ProcessExec {
                command: any(),
                args: rest(),
            },
            Self::DownloadFile { .. } => Self::DownloadFile {
                host: any(),
                path: rest(),
            },
            Self::NpmInstall { .. } => Self::NpmInstall { package: any() },
            Self::Http { .. } => Self::Http { host: any() },
            Self::Env { .. } => Self::Env { name: any() },
            Self::ProcessEnv { .. } => Self::ProcessEnv { name: any() },
            Self::Mount { .. } | Self::Unknown { .. } => self.clone(),
        }
    }
}

/// The beginning of a long string, and a digest of all of it.
pub(super) fn word(text: &str) -> String {
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}{}", &text[..end], rest_of([text])),
        None => text.to_owned(),
    }
}

/// The placeholder for strings that are left out.
pub(super) fn rest_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut all = Vec::new();
    for text in texts {
        // With its length, so that different lists never have the same placeholder.
        all.extend_from_slice(&(text.len() as u64).to_le_bytes());
        all.extend_from_slice(text.as_bytes());
    }
    let mut digits = Blake3Digest::of(&all).to_string();
    digits.truncate(DIGITS);
    format!("…{digits}")
}

fn words(texts: &[String]) -> Vec<String> {
    let (kept, left) = texts.split_at(texts.len().min(WORDS));
    let mut words: Vec<String> = kept.iter().map(|text| word(text)).collect();
    if !left.is_empty() {
        words.push(rest_of(left.iter().map(String::as_str)));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_only_in_what_is_left_out_is_told_apart() {
        let run = |args: Vec<String>| Capability::of_program("sh", &args).in_short();
        let long = |end: &str| format!("{}{end}", "x".repeat(1 << 12));
        let many = |last: &str| [vec!["x".to_owned(); 1 << 12], vec![last.to_owned()]].concat();
        for (one, other) in [
            (vec![long("a")], vec![long("b")]),
            (many("a"), many("b")),
            (many("ab"), [many("a"), vec!["b".to_owned()]].concat()),
        ] {
            let (one, other) = (run(one), run(other));
            assert_ne!(one, other);
            assert!(one.to_string().len() < 8 << 10, "{one}");
        }
        assert_eq!(run(vec![long("a")]), run(vec![long("a")]));
    }
}
