//! `annexe cache`: what is kept to be quick, and how much of it.

use std::{fmt, path::PathBuf, process::ExitCode};

use annexe::{CacheSize, registry::clear_cache};
use serde::Serialize;

use crate::cli::{
    context::Context,
    failure::Outcome,
    files, paths,
    wording::{self, Facts},
};

/// Shows what is kept to be quick, where, and how much space it takes
///
/// That is compiled components, and beside them what was seen of registries, what servers have answered extensions, and
/// what the compiler has made of extensions' sources. All of it can be had again.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Deletes all of it; it is compiled and asked for again when it is needed. Without a network, what was
    /// answered before is not known any more then
    #[arg(long)]
    clear: bool,
}

#[derive(Debug, Serialize)]
struct Answer {
    folder: PathBuf,
    #[serde(flatten)]
    size: CacheSize,
    /// The size is that of what was deleted.
    cleared: bool,
    /// What else is kept.
    others: Vec<Other>,
}

/// One kind of what is kept beside compiled components.
#[derive(Debug, Serialize)]
struct Other {
    name: &'static str,
    folder: PathBuf,
    bytes: u64,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cleared = if self.cleared { "deleted " } else { "" };
        write!(
            formatter,
            "{}: {cleared}{}",
            self.folder.display(),
            wording::cache(self.size)
        )?;
        let mut facts = Facts::default();
        for other in self.others.iter().filter(|other| other.bytes > 0) {
            let (bytes, folder) = (wording::bytes(other.bytes), other.folder.display());
            facts.add(other.name, format_args!("{cleared}{bytes} in {folder}"));
        }
        write!(formatter, "{facts}")
    }
}

/// Whether a name is one that the entries of a kind have.
type IsOurs = fn(&str) -> bool;

/// Measures what is kept beside compiled components, and deletes it where `clear` says so. Blocks.
fn others(clear: bool) -> anyhow::Result<Vec<Other>> {
    let index = paths::index_cache()?;
    let (answers, fetches, build) = (paths::answers()?, paths::fetches()?, paths::build()?);
    let kinds: [(_, _, IsOurs); 4] = [
        ("registries", index.clone(), |name| ends_in_digits(name, 32)),
        ("answers", answers, |name| {
            let name = name.strip_suffix(".json");
            name.is_some_and(|name| is_hexadecimal(name, 64))
        }),
        ("fetches", fetches, |name| is_hexadecimal(name, 32)),
        ("builds", build, |name| {
            ["begun", "shared"].contains(&name) || ends_in_digits(name, 16)
        }),
    ];
    let mut others = Vec::new();
    for (name, folder, is_ours) in kinds {
        // The library knows best what is a registry's.
        let is_index = folder == index;
        let bytes = files::entries_below(&folder, is_ours, clear && !is_index)?;
        if clear && is_index {
            clear_cache(&folder)?;
        }
        others.push(Other {
            name,
            folder,
            bytes,
        });
    }
    Ok(others)
}

/// Whether a name is of those that end in a digest.
fn ends_in_digits(name: &str, digits: usize) -> bool {
    let ending = name.rsplit_once('-').map(|(_, ending)| ending);
    ending.is_some_and(|ending| is_hexadecimal(ending, digits))
}

fn is_hexadecimal(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let host = context.cache_host()?;
        let clear = self.clear;
        let others = tokio::task::spawn_blocking(move || others(clear)).await??;
        let size = match clear {
            true => host.clear_cache()?,
            false => host.cache_size()?,
        };
        let folder = context.cache()?.folder;
        context.output.result(&Answer {
            folder,
            size,
            cleared: clear,
            others,
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
