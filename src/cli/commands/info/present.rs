//! An extension whose files are at hand: installed, or named by a path.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use annexe::{
    declarative::{Conflict, Declarative, Finding},
    manifest::{Loaded, Manifest, Warning},
    store::{Active, StoreError, Withdrawn},
    types::ExtensionId,
};
use serde::Serialize;

use super::summary::{self, Summary};
use crate::cli::{
    context::Context,
    wording::{self, Facts},
};

/// An extension that is installed, or a dev extension.
#[derive(Debug, Serialize)]
pub struct Present {
    #[serde(flatten)]
    active: Active,
    /// What its registry has said against the installed version.
    withdrawn: Option<Withdrawn>,
    tree_folder: PathBuf,
    work_dir: PathBuf,
    manifest: Manifest,
    warnings: Vec<Warning>,
    offers: Summary,
    findings: Vec<Finding>,
    conflicts: Vec<Conflict>,
}

impl Present {
    /// The extension, if it is installed, with the names that others bring as well.
    ///
    /// # Errors
    /// Where the store or the extension cannot be read.
    pub async fn find(id: &ExtensionId, context: &Context<'_>) -> anyhow::Result<Option<Self>> {
        let store = context.store()?;
        let active = match store.active(id) {
            Err(StoreError::NotInstalled { .. }) => return Ok(None),
            result => result?,
        };
        let Loaded {
            manifest, warnings, ..
        } = store.manifest(id)?;
        let all = store.contributions().await?;
        let own = all
            .extensions
            .into_iter()
            .find(|offered| offered.active.id() == id);
        let declarative = match own {
            Some(own) => own.declarative,
            // What is disabled contributes nothing, and offers it all the same.
            None => read(store.files_of(&active), manifest.clone()).await?,
        };
        let concerns = |conflict: &Conflict| {
            conflict.winner == *id || conflict.losers.iter().any(|loser| loser == id)
        };
        let withdrawals = store.withdrawals()?;
        let withdrawn = match &active {
            Active::Installed(installed) => withdrawals.of(installed).cloned(),
            _ => None,
        };
        Ok(Some(Self {
            withdrawn,
            tree_folder: store.files_of(&active),
            work_dir: store.work_dir(id, &active.origin())?,
            offers: Summary::of(&declarative, &manifest),
            findings: declarative.findings,
            conflicts: all.conflicts.into_iter().filter(concerns).collect(),
            manifest,
            warnings,
            active,
        }))
    }
}

impl fmt::Display for Present {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let active = &self.active;
        let mut facts = Facts::default();
        about(&mut facts, &self.manifest);
        facts.add("api", wording::api(active.api(), active.adapter()));
        facts.add("provides", wording::list(active.provides()));
        self.offers.add_to(&mut facts, &self.manifest);
        facts.add("may ask for", wording::capabilities(active.capabilities()));
        let withdrawn = self.withdrawn.as_ref();
        facts.add_some("withdrawn", withdrawn.map(wording::withdrawn_in_full));
        match active {
            Active::Installed(installed) => {
                if installed.disabled {
                    let way_back = format!("`annexe enable {}` takes it back", installed.id);
                    facts.add("disabled", way_back);
                }
                let (name, origin) = wording::origin(&installed.origin);
                facts.add(name, origin);
                facts.add("installed", installed.installed);
                facts.add("sha256", installed.sha256);
            }
            Active::Dev { folder, build, .. } => {
                facts.add("dev folder", folder.display());
                facts.add("built", build.built);
            }
            _ => {}
        }
        facts.add("files", self.tree_folder.display());
        facts.add("work", self.work_dir.display());
        write!(
            formatter,
            "{} {}: {}{facts}",
            active.id(),
            active.version(),
            active.name()
        )?;
        warnings(formatter, &self.warnings)?;
        summary::findings(formatter, &self.findings)?;
        summary::conflicts(formatter, &self.conflicts, active.id())
    }
}

/// Reads the declarative files of an extension in a folder.
async fn read(folder: PathBuf, manifest: Manifest) -> anyhow::Result<Declarative> {
    let reading = tokio::task::spawn_blocking(move || Declarative::read(&folder, &manifest));
    Ok(reading.await?)
}

/// An extension that is named by a path.
#[derive(Debug, Serialize)]
pub struct Named {
    id: ExtensionId,
    version: String,
    manifest: Manifest,
    warnings: Vec<Warning>,
    offers: Summary,
    findings: Vec<Finding>,
}

impl Named {
    /// Reads the extension in a folder.
    ///
    /// # Errors
    /// Where the task that reads is stopped.
    pub async fn read(folder: &Path, loaded: Loaded) -> anyhow::Result<Self> {
        let Loaded {
            manifest, warnings, ..
        } = loaded;
        let declarative = read(folder.to_path_buf(), manifest.clone()).await?;
        Ok(Self {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            offers: Summary::of(&declarative, &manifest),
            findings: declarative.findings,
            manifest,
            warnings,
        })
    }
}

impl fmt::Display for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = &self.manifest;
        let mut facts = Facts::default();
        about(&mut facts, manifest);
        facts.add("provides", wording::list(manifest.provides()));
        self.offers.add_to(&mut facts, manifest);
        facts.add("may ask for", wording::capabilities(&manifest.capabilities));
        write!(
            formatter,
            "{} {}: {}{facts}",
            self.id, self.version, manifest.name
        )?;
        warnings(formatter, &self.warnings)?;
        summary::findings(formatter, &self.findings)
    }
}

/// The description, as the author gives it.
fn about(facts: &mut Facts, manifest: &Manifest) {
    facts.add_some("description", manifest.description.as_ref());
    if !manifest.authors.is_empty() {
        facts.add("authors", wording::list(&manifest.authors));
    }
    facts.add_some("source", manifest.repository.as_ref());
}

fn warnings(formatter: &mut fmt::Formatter<'_>, warnings: &[Warning]) -> fmt::Result {
    warnings
        .iter()
        .try_for_each(|warning| write!(formatter, "\n  warning: {warning}"))
}
