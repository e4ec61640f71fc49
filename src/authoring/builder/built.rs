//! The result of a build: the extension, complete but for what cannot be built here.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use semver::Version;
use serde::Serialize;

use super::{
    error::BuildError,
    links::{FollowedLink, LinkFreeFolder},
};
use crate::{
    base::{fs, printable::printable},
    package::manifest::{self, COMPONENT, Loaded, RelativePath},
};

/// An extension that was built.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Built {
    /// Its manifest, and what reading it brought to light.
    pub manifest: Loaded,
    /// Its component, without the sections that no host reads where it was compiled here; `None` where it
    /// has none.
    pub component: Option<Vec<u8>>,
    /// The API version the component was built with.
    pub api: Option<Version>,
    /// The files and folders outside the extension's folder that the build has read, absolute, resolved
    /// and sorted: what its packages there consist of, and the manifests, lock file and settings that
    /// apply. A change in one of them, or in the extension's folder, calls for another build.
    pub sources: Vec<PathBuf>,
    /// What could not be built.
    pub not_built: Vec<NotBuilt>,
    pub(super) folder: PathBuf,
    /// The folder without its links, where there are some that could be followed.
    link_free: Option<Arc<LinkFreeFolder>>,
}

/// A grammar that the manifest names and that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotBuilt {
    /// The grammar's name.
    pub name: String,
    /// Why it is not built.
    pub reason: String,
}

impl fmt::Display for NotBuilt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, reason } = self;
        write!(
            formatter,
            "the grammar `{}` is not built: {reason}",
            printable(name)
        )
    }
}

impl NotBuilt {
    /// The way out.
    pub fn hint(&self) -> String {
        let name = printable(&self.name);
        format!(
            "compile it with `tree-sitter build --wasm` in its own folder, and put the result at `grammars/{name}.wasm`"
        )
    }
}

impl Built {
    /// The extension in a folder, before its component is built.
    pub(super) fn new(folder: PathBuf, manifest: Loaded) -> Self {
        Self {
            not_built: not_built(&folder, &manifest),
            manifest,
            component: None,
            api: None,
            sources: Vec::new(),
            folder,
            link_free: None,
        }
    }

    /// Follows the links in the folder; what they lead to elsewhere is among the sources.
    pub(super) fn follow_links(&mut self) -> Result<(), BuildError> {
        self.link_free = LinkFreeFolder::of(&self.folder)?.map(Arc::new);
        if let Some(link_free) = &self.link_free {
            let targets = link_free.followed().iter().map(|it| it.target.clone());
            self.sources.extend(targets);
            self.sources.sort();
            self.sources.dedup();
        }
        Ok(())
    }

    /// The links that were followed out of the extension's folder.
    pub fn followed(&self) -> &[FollowedLink] {
        let link_free = self.link_free.as_deref();
        link_free.map_or(&[], LinkFreeFolder::followed)
    }

    /// The component that lies in the folder, made by another toolchain.
    pub(super) fn own_component(&self) -> Result<Option<Vec<u8>>, BuildError> {
        let path = self.folder.join(COMPONENT);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => Ok(Some(fs::read(&path)?)),
            // Reading a pipe would wait for ever.
            Ok(_) => Err(manifest::Error::WrongKind {
                path,
                expected: "file",
            }
            .into()),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The folder of its sources, resolved.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes the complete extension into a folder, which is empty or not there yet: the files that
    /// [`manifest::files`](crate::package::manifest::files) lists, with this component as `extension.wasm` and
    /// without the grammars that are not built. Links that stay in the repository are written as what they led to when
    /// it was built.
    ///
    /// # Errors
    /// [`BuildError::Manifest`] where a file that the manifest names is missing, [`BuildError::File`]
    /// where one cannot be read or written.
    pub fn assemble(&self, into: &Path) -> Result<(), BuildError> {
        let mut manifest = self.manifest.manifest.clone();
        for grammar in &self.not_built {
            manifest.grammars.remove(&grammar.name);
        }
        // The component is written from memory, and need not be there.
        manifest.lib.kind = None;
        let link_free = self.link_free.as_deref();
        let folder = link_free.map_or(self.folder.as_path(), LinkFreeFolder::path);
        let files = manifest::files(folder, &manifest).map_err(|error| match link_free {
            Some(copy) => copy.explain(error),
            None => error,
        })?;
        fs::create_dir_all(into)?;
        for file in files.iter().filter(|file| file.as_str() != COMPONENT) {
            let target = file.below(into);
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::copy(&file.below(folder), &target)?;
        }
        if let Some(component) = &self.component {
            fs::write_new(&into.join(COMPONENT), component)?;
        }
        Ok(())
    }
}

/// The grammars that the manifest names and whose file is not there.
fn not_built(folder: &Path, loaded: &Loaded) -> Vec<NotBuilt> {
    let is_there = |name: &str| {
        let path = format!("grammars/{name}.wasm").parse::<RelativePath>();
        // A name that makes no path is one that listing the files complains of.
        path.map_or(true, |path| fs::metadata(&path.below(folder)).is_ok())
    };
    let grammars = loaded.manifest.grammars.iter();
    grammars
        .filter(|(name, _)| !is_there(name))
        .map(|(name, grammar)| {
            let reason = if grammar.repository.is_empty() {
                "nothing says where its source is".to_owned()
            } else {
                let repository = printable(&grammar.repository);
                format!(
                    "it must be compiled from `{repository}`, which this program does not do yet"
                )
            };
            NotBuilt {
                name: name.clone(),
                reason,
            }
        })
        .collect()
}
