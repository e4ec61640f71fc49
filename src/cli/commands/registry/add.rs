//! `annexe registry add`: publishes archives.

use std::{
    collections::BTreeSet,
    fmt,
    io::Read as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use annexe::{
    FileError, Host, Package, Timestamp,
    check::{Code, Ruleset},
    declarative::Declarative,
    digest::{Sha256Digest, Sha256Hasher},
    manifest,
    registry::{
        CatalogueEntry, Channel,
        format::{ArchiveFacts, LINE_FORM, Requires, VersionLine},
        publish::{self, Added},
    },
};
use anyhow::Context as _;
use serde::Serialize;

use crate::cli::{
    arguments,
    commands::check,
    context::Context,
    failure::{Complaint, Outcome},
    files,
    progress::Progress,
    subject::{self, Built},
    wording::{self, Facts},
};

/// Publishes archives in a registry, once each is known to be whole, to break no rule that `annexe check` finds, and its
/// component to fit this host and to start there
///
/// What is published never changes: the same archive may be added again, another of the same version
/// is refused.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The registry's folder
    folder: PathBuf,
    /// Archives, as `annexe pack` writes them
    #[arg(required = true)]
    archives: Vec<PathBuf>,
    /// When they were published, in RFC 3339 form [default: now]
    #[arg(long, value_parser = arguments::timestamp)]
    published: Option<Timestamp>,
    /// Who should get them: everyone, or those who ask for previews
    #[arg(long, value_enum, default_value = "stable")]
    channel: ChannelName,
    /// Publishes what breaks a rule: `licence-missing`; may be given several times
    #[arg(long, value_name = "CODE", value_parser = check::code)]
    allow: Vec<Code>,
    /// Publishes components built with a newer API than this program serves, unchecked
    #[arg(long)]
    newer_api: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ChannelName {
    Stable,
    Preview,
}

impl From<ChannelName> for Channel {
    fn from(name: ChannelName) -> Self {
        match name {
            ChannelName::Stable => Self::Stable,
            ChannelName::Preview => Self::Preview,
        }
    }
}

/// The result of publishing.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Vec<Published>);

#[derive(Debug, Serialize)]
struct Published {
    archive: PathBuf,
    /// It was not there before.
    new: bool,
    adapter: Option<&'static str>,
    /// Its component was checked, or it has none.
    checked: bool,
    line: VersionLine,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (
            position,
            Published {
                new, adapter, line, ..
            },
        ) in self.0.iter().enumerate()
        {
            if position > 0 {
                formatter.write_str("\n")?;
            }
            let verb = if *new {
                "published"
            } else {
                "already published:"
            };
            let mut facts = Facts::default();
            facts.add("api", wording::api(line.api.as_ref(), *adapter));
            if let Some(archive) = &line.archive {
                facts.add("sha256", archive.sha256);
                facts.add("size", wording::bytes(archive.size));
            }
            facts.add("provides", wording::list(&line.provides));
            write!(formatter, "{verb} {} {}{facts}", line.id, line.version)?;
        }
        Ok(())
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let host = subject::trial_host(context)?;
        let published = self.published.unwrap_or_else(Timestamp::now);
        // All are checked before the first is published.
        let mut releases = Vec::new();
        let of = self.archives.len();
        for (at, path) in self.archives.iter().enumerate() {
            let progress = Progress::new(context.output);
            progress.doing_one(&path.display().to_string(), "checking", at + 1, of);
            let release = Release::read(&host, path, published, &self).await;
            drop(progress);
            let release = release.with_context(|| format!("`{}` does not pass", path.display()))?;
            if let Some(warning) = release.built.as_ref().and_then(Built::warning) {
                let path = path.display();
                context.output.warn(format_args!("`{path}`: {warning}"));
            }
            releases.push(release);
        }
        let mut answer = Vec::new();
        for (release, archive) in releases.into_iter().zip(self.archives) {
            let folder = self.folder.clone();
            let adding = tokio::task::spawn_blocking(move || {
                let added = publish::add(&folder, &archive, &release.line, &release.entry)?;
                let new = added == Added::New;
                let built = release.built.as_ref();
                anyhow::Ok(Published {
                    archive,
                    new,
                    adapter: built.and_then(|built| built.adapter),
                    checked: built.is_none_or(|built| built.adapter.is_some()),
                    line: release.line,
                })
            });
            answer.push(adding.await??);
        }
        context.output.result(&Answer(answer))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// An archive that passes, and what is to be published of it.
struct Release {
    line: VersionLine,
    entry: CatalogueEntry,
    built: Option<Built>,
}

impl Release {
    async fn read(
        host: &Host,
        path: &Path,
        published: Timestamp,
        arguments: &Arguments,
    ) -> anyhow::Result<Self> {
        let package = Package::open(path).await?;
        let (Some(unpacked), Some(loaded)) = (&package.unpacked, &package.manifest) else {
            let complaint = Complaint::usage("it is not an archive");
            return Err(complaint
                .with_hint("pack it first, with `annexe pack`")
                .into());
        };
        let manifest = &loaded.manifest;
        if let Some(folder) = &package.folder {
            // Whatever wrote the archive, it must be whole.
            manifest::files(folder, manifest).map_err(|error| package.explain(error))?;
        }
        let built = subject::check(&package, host, arguments.newer_api).await?;
        let version = manifest.extension_version().map_err(|error| {
            let message = format!("its version cannot be used: {error}");
            Complaint::new(message).with_hint("change the manifest's version and pack it again")
        })?;
        let capabilities = manifest
            .capabilities
            .iter()
            .map(serde_json::to_value)
            .collect::<Result<Vec<_>, _>>()?;
        hold(&package, host, built.as_ref(), arguments).await?;
        let (sha256, size) = digest(path)?;
        // An extension without a component is of the family whose form its manifest has.
        let family = built
            .as_ref()
            .map_or(manifest.family(), |built| built.family);
        let line = VersionLine {
            v: LINE_FORM,
            id: manifest.id.clone(),
            version,
            family: family.into(),
            api: built.as_ref().map(|built| built.api.clone()),
            schema: u32::try_from(manifest.schema_version).unwrap_or_default(),
            archive: Some(ArchiveFacts {
                sha256,
                size,
                unpacked: unpacked.unpacked_bytes,
            }),
            provides: manifest
                .provides()
                .iter()
                .map(ToString::to_string)
                .collect(),
            capabilities,
            requires: Requires::default(),
            channel: arguments.channel.into(),
            published,
            unknown: serde_json::Map::new(),
        };
        let entry = CatalogueEntry {
            name: manifest.name.clone(),
            description: manifest.description.clone().unwrap_or_default(),
            authors: manifest.authors.clone(),
            languages: languages(&package).await?,
            language_servers: Some(manifest.language_servers.keys().cloned().collect()),
        };
        Ok(Self { line, entry, built })
    }
}

/// Holds what is published to the rules of a registry, and starts its component on trial.
async fn hold(
    package: &Package,
    host: &Host,
    built: Option<&Built>,
    arguments: &Arguments,
) -> anyhow::Result<()> {
    let (Some(folder), Some(unpacked)) = (package.folder.clone(), package.unpacked.clone()) else {
        return Ok(());
    };
    let checking = tokio::task::spawn_blocking(move || {
        annexe::check::unpacked(&folder, &unpacked, Ruleset::Annexe)
    });
    let mut checked = checking.await?;
    if let Some(component) = built.and_then(|built| built.component.as_ref()) {
        let manifest = package.manifest.as_ref();
        let capabilities = manifest.map(|it| it.manifest.capabilities.clone());
        let capabilities = capabilities.unwrap_or_default();
        if let Err(error) = subject::try_start(host, component, package.id(), capabilities).await? {
            checked.not_started(&error);
        }
    }
    let mut allow = arguments.allow.clone();
    let newer = Code::ComponentApiUnsupported;
    allow.extend(arguments.newer_api.then_some(newer));
    subject::hold(&checked, &allow)
}

/// The names of the languages that an extension brings or has servers for, sorted.
async fn languages(package: &Package) -> anyhow::Result<Option<Vec<String>>> {
    let (Some(folder), Some(loaded)) = (package.folder.clone(), &package.manifest) else {
        return Ok(None);
    };
    let manifest = loaded.manifest.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let servers = manifest.language_servers.values();
        let served = servers.flat_map(|server| server.languages.iter().cloned());
        let mut names: BTreeSet<String> = served.collect();
        let brought = Declarative::read(&folder, &manifest).languages.into_iter();
        names.extend(brought.map(|language| language.name));
        names.into_iter().collect()
    });
    Ok(Some(reading.await?))
}

/// The digest and size of a file.
fn digest(path: &Path) -> Result<(Sha256Digest, u64), FileError> {
    let mut file = files::open(path)?;
    let mut hasher = Sha256Hasher::new();
    let mut buffer = vec![0; 64 << 10];
    let mut size = 0;
    loop {
        let read = file
            .read(&mut buffer)
            .map_err(|source| FileError::new("read", path, source))?;
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.is_empty() {
            return Ok((hasher.finish(), size));
        }
        hasher.update(piece);
        size += read as u64;
    }
}
