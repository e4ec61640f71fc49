//! `annexe bundle`: writes all that a lockfile needs into one file.

use std::{
    fmt,
    path::PathBuf,
    process::{ExitCode, Stdio},
    time::Duration,
};

use annexe::{
    one_line,
    store::{BundleOptions, BundlePart, Lockfile, Store},
};
use anyhow::Context as _;
use serde::Serialize;

use crate::cli::{
    arguments::RegistryOption,
    context::Context,
    failure::{Complaint, Outcome},
    files,
    lockfile::LockOption,
    paths,
    progress::Progress,
    registries, replacement, wording,
};

/// The most characters of a cell of the table.
const MOST_IN_CELL: usize = 100;

/// How long npm may take to say where its cache is: what is in it is fetched where it does not.
const NPM_TIME: Duration = Duration::from_secs(30);

/// The beginning of a bundle: the name of its first file.
const BEGINNING: &[u8] = b"bundle.json\0";

/// Writes what is installed, and all that its servers need, into one file for machines without a network
///
/// There `annexe sync --from FILE` makes the same, and the servers start. What starts need is what `annexe fetch` and starts
/// have fetched here: archives of extensions, files that they download, and packages of npm. Each part is listed with its
/// licence and its repository, as far as it says; you are told of those without the text of a licence, which you may have to
/// pass on with them. The same parts give the same file, byte for byte.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The file to write; replaces nothing but a bundle
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// A lockfile whose extensions and tools are bundled [default: what is installed]
    #[arg(long, value_name = "FILE")]
    lockfile: Option<PathBuf>,
    #[command(flatten)]
    registry: RegistryOption,
    /// Agrees that a file comes over plain http from another machine
    #[arg(long)]
    insecure: bool,
}

#[derive(Debug, Serialize)]
struct Answer {
    path: PathBuf,
    bytes: u64,
    parts: Vec<BundlePart>,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["PART", "SIZE", "LICENCE", "REPOSITORY"];
        let mut rows = vec![heads.map(str::to_owned).to_vec()];
        for part in &self.parts {
            let licence = match (&part.licence, part.has_licence_text) {
                (Some(licence), _) => licence.clone(),
                (None, Some(true)) => "its text is inside".into(),
                (None, _) => "-".into(),
            };
            let repository = part.repository.clone().unwrap_or("-".into());
            let cells = [
                part.name.clone(),
                wording::bytes(part.size),
                licence,
                repository,
            ];
            rows.push(cells.map(|cell| one_line(&cell, MOST_IN_CELL)).to_vec());
        }
        let count = wording::count(self.parts.len() as u64, "part", "parts");
        let (path, bytes) = (self.path.display(), wording::bytes(self.bytes));
        write!(
            formatter,
            "{}\n\nbundled {count} into {path}: {bytes}",
            wording::table(&rows)
        )
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let store = context.store()?;
        let path = paths::absolute(&self.output)?;
        // Before anything is fetched.
        replacement::check_alike(&path, "a bundle", is_bundle)?;
        let lockfile = self.lockfile(&store)?;
        let configuration = context.configuration()?;
        let sources = registries::sources_for(
            &self.registry,
            &configuration,
            context,
            Some(&lockfile),
            self.insecure,
        )
        .await?;
        let folder = files::temporary_folder()?;
        let mut options = BundleOptions::new(&sources, folder.path());
        let mut extensions = lockfile.extensions();
        if extensions.any(|locked| !locked.packages.is_empty()) {
            options.npm_cache = npm_cache(configuration.services()?.node.npm).await;
        }
        let progress = Progress::new(context.output);
        progress.beginning("gathering what is needed");
        let gathered = store.gather_bundle(&lockfile, &options).await;
        progress.end();
        let gathered = gathered?;
        let target = path.clone();
        let writing = tokio::task::spawn_blocking(move || {
            let bytes = replacement::replace_alike(&target, "a bundle", is_bundle, |file| {
                let mut writer = std::io::BufWriter::new(file);
                let bytes = gathered.write(&mut writer)?;
                std::io::Write::flush(&mut writer)?;
                Ok(bytes)
            });
            let bytes = bytes.with_context(|| format!("`{}` is not written", target.display()))?;
            anyhow::Ok((bytes, gathered.parts().to_vec()))
        });
        let (bytes, mut parts) = writing.await??;
        parts.sort_by(|one, other| (one.kind, &one.name).cmp(&(other.kind, &other.name)));
        for part in parts.iter().filter(|part| lacks_text(part)) {
            context.output.warn(format_args!(
                "no text of a licence is in {}: see whether you may pass it on so",
                one_line(&part.name, MOST_IN_CELL)
            ));
        }
        context.output.result(&Answer { path, bytes, parts })?;
        Ok(ExitCode::SUCCESS)
    }

    /// The lockfile to bundle: the one that is named, or that of what is installed.
    fn lockfile(&self, store: &Store) -> anyhow::Result<Lockfile> {
        if let Some(path) = &self.lockfile {
            return Ok(LockOption::named(path).open_existing()?.lockfile);
        }
        store.refuse_dev_extensions()?;
        let generation = store.generation()?;
        if generation.extensions.is_empty() {
            return Err(Complaint::new("nothing is installed".to_owned())
                .with_hint("install what is to be bundled, or name a lockfile with `--lockfile`")
                .into());
        }
        let mut lockfile = Lockfile::of(&generation);
        for id in generation.extensions.keys() {
            lockfile.set_tools(id, &store.tools(id)?);
        }
        Ok(lockfile)
    }
}

/// Whether the beginning of a file is that of a bundle.
fn is_bundle(beginning: &[u8]) -> bool {
    beginning.starts_with(BEGINNING)
}

/// Whether a part has no text of a licence, as far as can be told. A single program is one as well.
fn lacks_text(part: &BundlePart) -> bool {
    part.has_licence_text != Some(true)
}

/// The folder of npm's cache, as npm itself says.
async fn npm_cache(npm: Option<PathBuf>) -> Option<PathBuf> {
    let npm = match npm {
        Some(npm) => npm,
        None => paths::program_on_path("npm")?.into(),
    };
    let asked = tokio::process::Command::new(npm)
        .args(["config", "get", "cache"])
        // Not in the current folder: a project may have an `.npmrc` of its own.
        .current_dir(paths::temporary())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let asked = tokio::time::timeout(NPM_TIME, asked).await.ok()?;
    let output = asked.ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let path = PathBuf::from(text.trim());
    path.is_absolute().then_some(path)
}
