//! Requests as they are kept: a guest chooses how long they are.

use super::Capability;

/// The most words of a request that are kept, and the most characters of each.
pub(super) const WORDS: usize = 24;
const CHARACTERS: usize = 160;

impl Capability {
    /// The capability with no more than the beginning of what is long in it, and `…` for the rest.
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
            // The person's own words.
            Self::Mount { .. } => self.clone(),
            Self::Unknown { kind } => Self::Unknown { kind: word(kind) },
        }
    }

    /// Whatever there is of its kind.
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

/// The beginning of a text that is long.
pub(super) fn word(text: &str) -> String {
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn words(texts: &[String]) -> Vec<String> {
    let mut words: Vec<String> = texts.iter().take(WORDS).map(|text| word(text)).collect();
    if texts.len() > WORDS {
        words.push("…".into());
    }
    words
}
