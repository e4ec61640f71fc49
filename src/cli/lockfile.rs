//! The lockfile that a command keeps to and keeps up to date.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use annexe::{
    store::{ExtensionStore, Generation, Installed, Lockfile, Outcome},
    types::{ExtensionId, Tools},
};
use anyhow::Context as _;

use super::{failure::Complaint, output::Output, paths};

/// The lockfile's name.
pub const NAME: &str = "annexe.lock";

/// The option for the lockfile to keep to.
#[derive(Debug, Clone, clap::Args)]
pub struct LockOption {
    /// The lockfile; one named here or by ANNEXE_LOCKFILE is used as it is [default: `annexe.lock` in the current
    /// folder if it is there, which may be a stranger's: what it has from elsewhere is asked about]
    #[arg(long, value_name = "FILE")]
    lockfile: Option<PathBuf>,
}

/// The options for how strictly to keep to the lockfile.
#[derive(Debug, Default, clap::Args)]
pub struct StrictOptions {
    /// Installs what the lockfile has and nothing else; of one that was not named, archives, other origins than
    /// what is installed, and other digests than the registry's are asked about
    #[arg(long)]
    locked: bool,
    /// As --locked and --offline together: what this machine has is all there is
    #[arg(long)]
    pub frozen: bool,
}

impl StrictOptions {
    /// Only what is locked may be installed.
    pub fn is_locked(&self) -> bool {
        self.locked || self.frozen
    }
}

/// The options for starts that keep to a lockfile.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct StartLock {
    /// Gives extensions the tools that the lockfile has, refuses others, and asks nobody what is newest
    #[arg(long)]
    locked: bool,
    /// The lockfile for --locked [default: `annexe.lock` in the current folder, of which only what this machine has
    /// had before counts]
    #[arg(long, value_name = "FILE", requires = "locked")]
    lockfile: Option<PathBuf>,
}

impl StartLock {
    /// Has the extensions of a store start as the lockfile says, if they are to.
    ///
    /// # Errors
    /// Where there is no lockfile, or it cannot be read.
    pub fn apply(&self, store: ExtensionStore) -> anyhow::Result<ExtensionStore> {
        match self.locked {
            true => self.option().apply(store),
            false => Ok(store),
        }
    }

    /// Whether starts keep to a lockfile.
    pub fn is_locked(&self) -> bool {
        self.locked
    }

    /// The lockfile that is kept to, or kept up to date.
    pub fn option(&self) -> LockOption {
        LockOption {
            lockfile: self.lockfile.clone(),
        }
    }

    /// The same options as arguments of another process, which may run in another folder.
    ///
    /// # Errors
    /// Where the current folder cannot be found.
    pub fn arguments(&self) -> anyhow::Result<Vec<OsString>> {
        let mut arguments = Vec::new();
        if self.locked {
            arguments.push("--locked".into());
        }
        if let Some(lockfile) = &self.lockfile {
            arguments.extend(["--lockfile".into(), paths::absolute(lockfile)?.into()]);
        }
        Ok(arguments)
    }
}

/// A lockfile in use.
#[derive(Debug)]
pub struct LockInUse {
    /// Where it is.
    pub path: PathBuf,
    /// It lies in the current folder, and the user has not named it: it may be a stranger's.
    pub is_found: bool,
    /// What it held when the command began.
    pub lockfile: Lockfile,
}

impl LockOption {
    /// The lockfile of a path.
    pub fn named(path: &Path) -> Self {
        Self {
            lockfile: Some(path.to_owned()),
        }
    }

    /// The lockfile's path, whether it is there or not.
    ///
    /// # Errors
    /// Where the current folder cannot be found.
    pub fn path(&self) -> anyhow::Result<PathBuf> {
        let given = self.lockfile.clone();
        let given = given.or_else(|| paths::variable("ANNEXE_LOCKFILE").map(PathBuf::from));
        paths::absolute(&given.unwrap_or_else(|| Path::new(NAME).to_path_buf()))
    }

    /// The lockfile in use, if there is one. One that is named is made where it is missing.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn open(&self) -> anyhow::Result<Option<LockInUse>> {
        let is_named = self.is_named();
        let path = self.path()?;
        let lockfile = read(&path)?;
        if lockfile.is_none() && !is_named {
            return Ok(None);
        }
        Ok(Some(LockInUse {
            path,
            is_found: !is_named,
            lockfile: lockfile.unwrap_or_default(),
        }))
    }

    fn is_named(&self) -> bool {
        self.lockfile.is_some() || paths::variable("ANNEXE_LOCKFILE").is_some()
    }

    /// Has the extensions of a store start as the lockfile says.
    ///
    /// # Errors
    /// As [`open_existing`](Self::open_existing).
    pub fn apply(&self, store: ExtensionStore) -> anyhow::Result<ExtensionStore> {
        let lock = self.open_existing()?;
        Ok(store.locked_to(lock.lockfile, lock.is_found))
    }

    /// The lockfile in use, which must be there: a command that cannot do without one names it.
    ///
    /// # Errors
    /// Where it is not, or cannot be read.
    pub fn open_existing(&self) -> anyhow::Result<LockInUse> {
        let path = self.path()?;
        match read(&path)? {
            Some(lockfile) => Ok(LockInUse {
                path,
                is_found: !self.is_named(),
                lockfile,
            }),
            None => {
                let complaint =
                    Complaint::new(format!("there is no lockfile `{}`", path.display()));
                Err(complaint
                    .with_hint("write one with `annexe lock` where the extensions are installed, or name one with `--lockfile`")
                    .into())
            }
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Option<Lockfile>> {
    Lockfile::read(path).with_context(|| unusable(path))
}

/// Changes a lockfile, or makes one where there is none; says whether anything differs now.
///
/// # Errors
/// Where it cannot be read or written.
pub fn edit(path: &Path, change: impl Fn(&mut Lockfile)) -> anyhow::Result<bool> {
    Lockfile::edit(path, change).with_context(|| unusable(path))
}

/// The words for a lockfile that cannot be read or written.
pub fn unusable(path: &Path) -> String {
    format!("the lockfile `{}` cannot be used", path.display())
}

impl LockInUse {
    /// Notes what an outcome has installed and removed.
    ///
    /// # Errors
    /// Where the lockfile cannot be written.
    pub fn take(&self, outcome: &Outcome, output: &Output) -> anyhow::Result<()> {
        self.edit(output, |lockfile| {
            for installed in &outcome.removed {
                lockfile.remove(&installed.id);
            }
            for receipt in &outcome.receipts {
                lockfile.set(&receipt.installed);
            }
        })
    }

    /// Notes that extensions were pinned, or let go.
    ///
    /// # Errors
    /// Where the lockfile cannot be written.
    pub fn set(&self, changed: &[Installed], output: &Output) -> anyhow::Result<()> {
        self.edit(output, |lockfile| {
            changed.iter().for_each(|one| lockfile.set(one));
        })
    }

    /// Notes that extensions are gone.
    ///
    /// # Errors
    /// Where the lockfile cannot be written.
    pub fn remove(&self, ids: &[ExtensionId], output: &Output) -> anyhow::Result<()> {
        self.edit(output, |lockfile| {
            ids.iter().for_each(|id| lockfile.remove(id));
        })
    }

    /// Notes what differs between two generations.
    ///
    /// # Errors
    /// Where the lockfile cannot be written.
    pub fn follow(
        &self,
        before: &Generation,
        after: &Generation,
        output: &Output,
    ) -> anyhow::Result<()> {
        self.edit(output, |lockfile| lockfile.follow(before, after))
    }

    /// Notes the tools of extensions that are locked as they are installed.
    ///
    /// # Errors
    /// Where the lockfile cannot be written.
    pub fn set_tools(&self, tools: &[(Installed, Tools)], output: &Output) -> anyhow::Result<()> {
        self.edit(output, |lockfile| {
            for (installed, tools) in tools {
                let locked = lockfile.get(&installed.id);
                if locked.is_some_and(|locked| locked.sha256 == installed.sha256) {
                    lockfile.set_tools(&installed.id, tools);
                }
            }
        })
    }

    fn edit(&self, output: &Output, change: impl Fn(&mut Lockfile)) -> anyhow::Result<()> {
        if edit(&self.path, change)? {
            output.note(format_args!("updated `{}`", self.path.display()));
        }
        Ok(())
    }
}
