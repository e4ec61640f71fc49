//! The writing of a bundle: its parts are gathered first, and written once all are there.

use std::{io::Write, path::PathBuf};

use super::{
    error::BundleError,
    gather::BundleOptions,
    index::{BundlePart, FORMAT, INDEX, Index, length, needed, this_machine},
    licence::{self, Facts},
};
use crate::{
    base::{fs, task::blocking, types::NpmPackage},
    package::archive::{ArchivePath, PlainWriter},
    store::{
        disk::{lockfile::Lockfile, store::Store},
        error::StoreError,
    },
};

/// The parts of a bundle, which lie in a folder and are to be written.
#[derive(Debug)]
pub struct Gathered {
    index: Index,
    /// The file of each part.
    files: Vec<PathBuf>,
}

impl Store {
    /// Gathers all that a lockfile needs, in the folder of `options`: from the store and npm's cache, or from where it
    /// was fetched. The lockfile is used as it is: it is the person's own.
    ///
    /// # Errors
    /// [`BundleError`] in a [`StoreError::Bundle`].
    pub async fn gather_bundle(
        &self,
        lockfile: &Lockfile,
        options: &BundleOptions<'_>,
    ) -> Result<Gathered, StoreError> {
        let mut parts = Vec::new();
        let mut files = Vec::new();
        let all = needed(lockfile, is_for_this_machine)?;
        for (number, (path, (needed, extensions))) in all.into_iter().enumerate() {
            let target = options.folder.join(number.to_string());
            let measured = self.gather(&needed, &target, options).await?;
            let (look_at, at, folder) = (
                needed.clone(),
                target.clone(),
                options.folder.join(format!("{number}.look")),
            );
            let looking = move || Ok::<_, StoreError>(licence::look(&look_at, &at, &folder)?);
            let Facts {
                licence,
                has_text,
                repository,
            } = blocking(looking).await?;
            let path = ArchivePath::parse(&path).map_err(|error| BundleError::Part {
                path,
                problem: error.to_string(),
            })?;
            parts.push(BundlePart {
                path,
                kind: needed.kind(),
                name: needed.name(),
                extensions,
                sha256: measured.sha256,
                size: measured.size,
                licence,
                has_licence_text: has_text,
                repository,
            });
            files.push(target);
        }
        let index = Index {
            format: FORMAT,
            machine: this_machine(),
            lockfile: lockfile.to_string(),
            parts,
        };
        Ok(Gathered { index, files })
    }
}

impl Gathered {
    /// The parts, as they follow in the bundle.
    pub fn parts(&self) -> &[BundlePart] {
        &self.index.parts
    }

    /// Writes the bundle, and gives its bytes. What was written until an error is of no use.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn write(&self, writer: impl Write) -> Result<u64, BundleError> {
        let Self { index, files } = self;
        let text = serde_json::to_vec_pretty(index).map_err(BundleError::Index)?;
        let mut writer = PlainWriter::new(writer);
        let path = ArchivePath::parse(INDEX).map_err(|error| BundleError::Part {
            path: INDEX.into(),
            problem: error.to_string(),
        })?;
        let written = writer.file(&path, text.len() as u64, text.as_slice());
        written.map_err(BundleError::Unwritten)?;
        for (part, file) in index.parts.iter().zip(files) {
            let file = fs::open_regular(file)?;
            let written = writer.file(&part.path, part.size, file);
            written.map_err(BundleError::Unwritten)?;
        }
        writer.finish().map_err(BundleError::Unwritten)?;
        Ok(length(text.len() as u64, &index.parts))
    }
}

/// Whether npm installs a package on a machine as this one. What it can do without and is for another system is left
/// out.
fn is_for_this_machine(package: &NpmPackage) -> bool {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "x86" => "ia32",
        other => other,
    };
    let fits = |list: &[String], own: &str| {
        let refused = list.iter().any(|it| it.strip_prefix('!') == Some(own));
        let mut wanted = list.iter().filter(|it| !it.starts_with('!')).peekable();
        !refused && (wanted.peek().is_none() || wanted.any(|it| it == own || it == "any"))
    };
    !package.optional || (fits(&package.os, system) && fits(&package.cpu, processor))
}
