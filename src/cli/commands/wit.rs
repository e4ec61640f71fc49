//! `annexe wit`: the world of an API version, for toolchains that generate bindings from it.

use std::{fmt, io::Write as _, path::PathBuf, process::ExitCode};

use annexe::api::{Form, Wit};
use semver::Version;
use serde::Serialize;

use crate::cli::{context::Context, failure::Outcome, files, paths, replacement, wording};

/// Prints the world of an API version in WIT
///
/// Tools for other languages than Rust generate bindings from it: componentize-js, componentize-py,
/// wit-bindgen. The world is called `extension`. What they make becomes an extension's component with
/// `annexe build --component`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The API version: `0.7.0`
    version: Version,
    /// Puts the world's resources into an interface, for tools that cannot bind them at its root
    #[arg(long)]
    portable: bool,
    /// A folder to write the world's files to, in the place of printing them as one
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Written {
    folder: PathBuf,
    world: &'static str,
    files: Vec<String>,
}

impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "wrote the world `{}` to {}: {}",
            self.world,
            self.folder.display(),
            wording::list(&self.files)
        )
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let form = match self.portable {
            true => Form::Portable,
            false => Form::Plain,
        };
        let wit = annexe::api::wit(&self.version, form)?;
        match self.output {
            Some(folder) => {
                let written = write(wit, folder, context)?;
                context.output.result(&written)?;
            }
            None if context.output.is_json() => context.output.json(&wit)?,
            None => context.output.raw(&wit.to_string())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn write(wit: Wit, folder: PathBuf, context: &Context<'_>) -> anyhow::Result<Written> {
    let target = paths::absolute(&folder)?;
    files::create_folders(&target)?;
    for file in &wit.files {
        replacement::check_alike(&target.join(&file.name), "a file of a world", is_wit)?;
    }
    for file in &wit.files {
        let content = file.text.as_bytes();
        replacement::replace(
            &target.join(&file.name),
            |file| Ok(file.write_all(content)?),
        )?;
    }
    let names: Vec<String> = wit.files.into_iter().map(|file| file.name).collect();
    for other in files::names(&target)? {
        let other = other.to_string_lossy().into_owned();
        if other.ends_with(".wit") && !names.contains(&other) {
            context.output.warn(format_args!(
                "`{}` does not belong to this world, but tools will read it",
                folder.join(other).display()
            ));
        }
    }
    Ok(Written {
        folder,
        world: wit.world,
        files: names,
    })
}

/// Whether text begins as WIT does, after comments.
fn is_wit(beginning: &[u8]) -> bool {
    let text = String::from_utf8_lossy(beginning);
    let mut lines = text.lines().map(str::trim_start);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with("//"));
    first.is_some_and(|line| {
        ["package ", "interface ", "world "]
            .iter()
            .any(|word| line.starts_with(word))
    })
}
