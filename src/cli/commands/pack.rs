//! `annexe pack`: an extension's folder as an archive.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use annexe::{
    Hint as _, Package, PackageKind,
    archive::{self, ArchivePath},
    builder::{self, FollowedLink, LinkFreeFolder, Profile},
    check::{Code, Ruleset},
    digest::Sha256Digest,
    manifest::{self, COMPONENT},
};
use anyhow::Context as _;
use serde::Serialize;
use tempfile::TempDir;

use super::check;
use crate::cli::{
    build_output,
    context::Context,
    failure::{Complaint, Outcome},
    paths, replacement, subject,
    wording::{self, Facts},
};

/// The folder of what is packed: one that goes when this is dropped, or the author's.
enum Temporary {
    None,
    Built(#[expect(dead_code, reason = "it is kept for the sake of its folder")] TempDir),
    LinkFree(LinkFreeFolder),
}

/// The file by which a folder has the sources of a component.
const SOURCE: &str = "Cargo.toml";

/// Packs an extension's folder into an archive that a registry can publish
///
/// A folder of sources, with a `Cargo.toml`, is built for release first, as `annexe build` does, which runs what its
/// author has written; nothing is written into it. The same files give the same archive, byte for byte. The component
/// must fit this host, every file the manifest names must be there, and no rule of a registry be broken, as
/// `annexe check` finds.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The extension's folder
    folder: PathBuf,
    /// The archive, or the folder to put it in; replaces nothing but an archive
    /// [default: <id>-<version>.tar.gz in the current folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Takes the `extension.wasm` that lies beside a `Cargo.toml`, where no source is newer
    #[arg(long)]
    prebuilt: bool,
    /// Packs what breaks a rule: `licence-missing`; may be given several times
    #[arg(long, value_name = "CODE", value_parser = check::code)]
    allow: Vec<Code>,
    /// Packs a component built with a newer API than this program serves, unchecked
    #[arg(long)]
    newer_api: bool,
}

#[derive(Debug, Serialize)]
struct Answer {
    path: PathBuf,
    sha256: Sha256Digest,
    bytes: u64,
    unpacked_bytes: u64,
    files: Vec<String>,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut facts = Facts::default();
        facts.add("sha256", self.sha256);
        facts.add("size", wording::bytes(self.bytes));
        facts.add("unpacked", wording::bytes(self.unpacked_bytes));
        facts.add("files", wording::list(&self.files));
        write!(formatter, "packed {}{facts}", self.path.display())
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let (package, temporary) = self.package(context).await?;
        let (PackageKind::Folder, Some(folder), Some(loaded)) =
            (package.kind, &package.folder, &package.manifest)
        else {
            let message = format!("`{}` is not an extension's folder", self.folder.display());
            return Err(Complaint::usage(message).into());
        };
        let manifest = &loaded.manifest;
        let version = manifest.extension_version().map_err(|error| {
            let message = format!("the manifest's version cannot be used: {error}");
            Complaint::new(message).with_way_out(error.hint())
        })?;
        for warning in &loaded.warnings {
            context
                .output
                .warn(format_args!("{}: {warning}", loaded.source));
        }
        let members = manifest::files(folder, manifest)
            .map_err(|error| match &temporary {
                Temporary::LinkFree(copy) => copy.explain(error),
                _ => error,
            })?
            .iter()
            .map(|path| ArchivePath::parse(path.as_str()))
            .collect::<Result<Vec<_>, _>>()?;
        let built = subject::check(&package, &context.host()?, self.newer_api).await?;
        if let Some(warning) = built.and_then(|built| built.warning()) {
            context
                .output
                .warn(format_args!("{}: {warning}", manifest.id));
        }

        self.hold(folder.clone()).await?;

        let name = format!("{}-{version}.tar.gz", manifest.id);
        let path = match self.output {
            Some(output) if output.is_dir() => output.join(name),
            Some(output) => output,
            None => PathBuf::from(name),
        };
        let (folder, target) = (folder.clone(), paths::absolute(&path)?);
        let (path, members, packed) = tokio::task::spawn_blocking(move || {
            // https://www.rfc-editor.org/rfc/rfc1952: how gzip begins.
            let is_archive = |beginning: &[u8]| beginning.starts_with(b"\x1f\x8b");
            let packed = replacement::replace_alike(&target, "an archive", is_archive, |file| {
                Ok(archive::pack(&folder, &members, file)?)
            })?;
            anyhow::Ok((path, members, packed))
        })
        .await??;
        context.output.result(&Answer {
            path,
            sha256: packed.sha256,
            bytes: packed.compressed_bytes,
            unpacked_bytes: packed.unpacked_bytes,
            files: members.iter().map(ToString::to_string).collect(),
        })?;
        Ok(ExitCode::SUCCESS)
    }

    /// Holds what is packed to the rules of a registry.
    async fn hold(&self, folder: PathBuf) -> anyhow::Result<()> {
        let mut allow = self.allow.clone();
        allow.extend(self.newer_api.then_some(Code::ComponentApiUnsupported));
        let checking = tokio::task::spawn_blocking(move || {
            let checked = annexe::check::folder(&folder, Ruleset::Annexe);
            subject::hold(&checked, &allow)
        });
        checking.await?
    }

    /// Refuses to take a component that is not there, or older than its sources.
    fn check_prebuilt(&self, folder: &Path, has_component: bool) -> anyhow::Result<()> {
        const BUILD: &str = "leave out `--prebuilt`, so that it is built";
        if !has_component {
            let message = format!("there is no `{COMPONENT}` in `{}`", self.folder.display());
            return Err(Complaint::new(message).with_hint(BUILD).into());
        }
        let is_allowed = self.allow.contains(&Code::SourceNewer);
        let Some(source) = builder::newer_source(folder).filter(|_| !is_allowed) else {
            return Ok(());
        };
        let message = format!("`{COMPONENT}` is older than `{}`", source.display());
        let hint = format!(
            "{BUILD}, or say `--allow {}` if you know that it is of these sources",
            Code::SourceNewer
        );
        Err(Complaint::new(message).with_hint(hint).into())
    }

    /// The extension to pack: the one in the folder, or what is built of it, in a folder that goes when
    /// the second is dropped.
    async fn package(&self, context: &Context<'_>) -> anyhow::Result<(Package, Temporary)> {
        let package = Package::open(&self.folder).await?;
        let (PackageKind::Folder, Some(folder)) = (package.kind, &package.folder) else {
            return Ok((package, Temporary::None));
        };
        let has_component = package.wasm.is_some();
        if self.prebuilt {
            self.check_prebuilt(folder, has_component)?;
        }
        if self.prebuilt || (has_component && !folder.join(SOURCE).is_file()) {
            let owned = folder.clone();
            let copying = tokio::task::spawn_blocking(move || LinkFreeFolder::of(&owned));
            return Ok(match copying.await?? {
                Some(copy) => {
                    tell_followed(copy.followed(), context);
                    (Package::open(copy.path()).await?, Temporary::LinkFree(copy))
                }
                None => (package, Temporary::None),
            });
        }
        let (builder, release) = (context.builder()?, Profile::Release);
        let built = build_output::build(&builder, folder, release, context.output, false).await?;
        if let Some(missing) = built.not_built.first() {
            let complaint = Complaint::new(missing.to_string());
            return Err(complaint.with_hint(missing.hint()).into());
        }
        tell_followed(built.followed(), context);
        let temporary = tempfile::Builder::new()
            .prefix("annexe-")
            .tempdir()
            .context("cannot create a temporary folder")?;
        // A legacy manifest has no id but its folder's name.
        let into = temporary.path().join(built.manifest.manifest.id.as_str());
        let assembled = into.clone();
        tokio::task::spawn_blocking(move || built.assemble(&assembled)).await??;
        Ok((Package::open(&into).await?, Temporary::Built(temporary)))
    }
}

/// Says what is packed of elsewhere: the author may not know the links that another has added.
fn tell_followed(followed: &[FollowedLink], context: &Context<'_>) {
    for FollowedLink { link, target } in followed {
        let (link, target) = (link.display(), target.display());
        context.output.announce(format_args!(
            "`{link}` is a link: `{target}` is packed in its place"
        ));
    }
}
