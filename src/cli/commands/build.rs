//! `annexe build`: an extension's component, from its sources.

use std::{
    fmt,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use annexe::{
    Package, api,
    builder::{self, Profile},
    types::ExtensionId,
};
use semver::Version;
use serde::Serialize;

use crate::cli::{
    build_output,
    context::Context,
    failure::Outcome,
    paths, replacement,
    wording::{self, Facts},
};

/// Builds the component of an extension from its sources
///
/// A folder with a `Cargo.toml` is compiled with the Rust toolchain that is chosen there; nothing is
/// written into it but the component, where that is the current folder and no other is named. As with cargo, that runs
/// what the author has written, with your rights: build scripts, macros, what `.cargo` and `rust-toolchain.toml` name. What another toolchain has made is given with `--component`, and the API version that
/// it was made for with `--api`: the component is checked against that version, and says so from then on.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The extension's folder
    #[arg(default_value = ".", conflicts_with = "component")]
    folder: PathBuf,
    /// Compiles quickly and with checks, for trying out
    #[arg(long, conflicts_with = "component")]
    debug: bool,
    /// A component that another toolchain has made
    #[arg(long, value_name = "WASM", requires = "api")]
    component: Option<PathBuf>,
    /// The API version that `--component` was made for: `0.7.0`
    #[arg(long, value_name = "VERSION", requires = "component")]
    api: Option<Version>,
    /// The file to write, or the folder to put it in; replaces nothing but a component [default: <id>.wasm in
    /// the current folder, with --component extension.wasm]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Opens no connection: uses the crates that this machine has
    #[arg(long, conflicts_with = "component")]
    offline: bool,
    /// Lets rustup add a target that is missing, without asking
    #[arg(long, conflicts_with = "component")]
    yes: bool,
}

#[derive(Debug, Default, Serialize)]
struct Answer {
    id: Option<ExtensionId>,
    version: Option<String>,
    path: Option<PathBuf>,
    api: Option<Version>,
    adapter: Option<&'static str>,
    bytes: Option<u64>,
    not_built: Vec<String>,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(path) = &self.path else {
            return formatter.write_str("nothing to build: the extension has no component");
        };
        let mut facts = Facts::default();
        facts.add("api", wording::api(self.api.as_ref(), self.adapter));
        facts.add("size", wording::bytes(self.bytes.unwrap_or_default()));
        write!(formatter, "built {}{facts}", path.display())
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let answer = match (&self.component, &self.api) {
            (Some(component), Some(api)) => self.stamp(component, api)?,
            _ => self.build(context).await?,
        };
        context.output.result(&answer)?;
        Ok(ExitCode::SUCCESS)
    }

    async fn build(&self, context: &Context<'_>) -> anyhow::Result<Answer> {
        let profile = match self.debug {
            true => Profile::Debug,
            false => Profile::Release,
        };
        let builder = context.builder()?.offline(self.offline);
        let output = context.output;
        let built = build_output::build(&builder, &self.folder, profile, output, self.yes).await?;
        build_output::warn(&built, output);
        let manifest = &built.manifest.manifest;
        let answer = match &built.component {
            Some(wasm) => self.write(wasm, &format!("{}.wasm", manifest.id))?,
            None => Answer::default(),
        };
        let not_built = built.not_built.iter().map(|it| it.name.clone());
        Ok(Answer {
            id: Some(manifest.id.clone()),
            version: Some(manifest.version.clone()),
            not_built: not_built.collect(),
            ..answer
        })
    }

    fn stamp(&self, component: &Path, api: &Version) -> anyhow::Result<Answer> {
        let wasm = Package::read_component(component)?;
        self.write(&builder::stamp(&wasm, api)?, annexe::manifest::COMPONENT)
    }

    /// Writes a component that fits.
    fn write(&self, wasm: &[u8], name: &str) -> anyhow::Result<Answer> {
        let path = match &self.output {
            Some(output) if output.is_dir() => output.join(name),
            Some(output) => output.clone(),
            None => PathBuf::from(name),
        };
        let fit = api::inspect(wasm)?;
        replacement::replace_alike(&paths::absolute(&path)?, "a component", is_wasm, |file| {
            Ok(file.write_all(wasm)?)
        })?;
        Ok(Answer {
            path: Some(path),
            api: Some(fit.api),
            adapter: Some(fit.adapter),
            bytes: Some(wasm.len() as u64),
            ..Answer::default()
        })
    }
}

fn is_wasm(beginning: &[u8]) -> bool {
    beginning.starts_with(b"\0asm")
}
