//! `annexe pack`: an extension's folder as an archive.

use std::{fmt, path::PathBuf, process::ExitCode};

use annexe::{
    archive::{self, ArchivePath},
    builder::Profile,
    digest::Sha256Digest,
    manifest,
};
use anyhow::Context as _;
use serde::Serialize;
use tempfile::TempDir;

use crate::cli::{
    build_output,
    context::Context,
    failure::{Complaint, Outcome},
    files, paths,
    subject::{Kind, Subject},
    wording::{self, Facts},
};

/// Packs an extension's folder into an archive that a registry can publish
///
/// A folder of sources, with a `Cargo.toml` and no `extension.wasm`, is built for release first, as
/// `annexe build` does, which runs what its author has written; nothing is written into it. The same files give the same archive, byte for byte.
/// The component must fit this host, and every file the manifest names must be there.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The extension's folder
    folder: PathBuf,
    /// The archive, or the folder to put it in; replaces nothing but an archive
    /// [default: <id>-<version>.tar.gz in the current folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
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
        let (subject, _assembled) = self.subject(context).await?;
        let (Kind::Folder, Some(folder), Some(loaded)) =
            (subject.kind, &subject.folder, &subject.manifest)
        else {
            let message = format!("`{}` is not an extension's folder", self.folder.display());
            return Err(Complaint::usage(message).into());
        };
        let manifest = &loaded.manifest;
        let version = manifest.semantic_version().ok_or_else(|| {
            let message = format!(
                "the manifest's version `{}` is not a semantic version",
                manifest.version
            );
            Complaint::new(message).with_hint("write three numbers: `version = \"0.1.0\"`")
        })?;
        for warning in &loaded.warnings {
            context
                .output
                .warn(format_args!("{}: {warning}", loaded.source));
        }
        let members = manifest::files(folder, manifest)?
            .iter()
            .map(|path| ArchivePath::parse(path.as_str()))
            .collect::<Result<Vec<_>, _>>()?;
        let built = subject.check(&context.host()?, self.newer_api).await?;
        if let Some(warning) = built.and_then(|built| built.warning()) {
            context
                .output
                .warn(format_args!("{}: {warning}", manifest.id));
        }

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
            let packed = files::replace_alike(&target, "an archive", is_archive, |file| {
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

    /// The extension to pack: the one in the folder, or what is built of it, in a folder that goes when
    /// the second is dropped.
    async fn subject(&self, context: &Context<'_>) -> anyhow::Result<(Subject, Option<TempDir>)> {
        let subject = Subject::open(&self.folder).await?;
        let (Kind::Folder, Some(folder), None) = (subject.kind, &subject.folder, &subject.wasm)
        else {
            return Ok((subject, None));
        };
        let (builder, release) = (context.builder()?, Profile::Release);
        let built = build_output::build(&builder, folder, release, context.output, false).await?;
        if let Some(missing) = built.not_built.first() {
            let complaint = Complaint::new(missing.to_string());
            return Err(complaint.with_hint(missing.hint()).into());
        }
        let temporary = tempfile::Builder::new()
            .prefix("annexe-")
            .tempdir()
            .context("cannot create a temporary folder")?;
        // A legacy manifest has no id but its folder's name.
        let into = temporary.path().join(built.manifest.manifest.id.as_str());
        let assembled = into.clone();
        tokio::task::spawn_blocking(move || built.assemble(&assembled)).await??;
        Ok((Subject::open(&into).await?, Some(temporary)))
    }
}
