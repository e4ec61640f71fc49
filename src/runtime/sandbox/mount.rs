//! Folders of this machine under names of the guest's.

use std::path::{Path, PathBuf};

use super::error::SandboxError;
use crate::base::{
    fs,
    types::{Access, GuestPath},
};

/// A folder of this machine under a name of the guest's. The folder must be there when an instance starts.
///
/// A guest that knows a mount's name finds what is in it; the mount is not listed in the folder around it. It
/// gets to nothing outside, by `..` or a symbolic link that leads out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mount {
    /// The folder, by its absolute path.
    pub host: PathBuf,
    /// Its name in the guest: neither the work directory's nor another mount's. A relative one lies in the
    /// work directory. WASI's C library, which most guests are built with, takes no notice of the `/` that a
    /// path begins with, so `/models` and `models` are one name, and either hides what the work directory may
    /// have under it.
    pub guest: GuestPath,
    /// What the guest may do with it.
    pub access: Access,
}

impl Mount {
    /// Describes a mount; it is made when an instance starts.
    pub fn new(host: impl Into<PathBuf>, guest: GuestPath, access: Access) -> Self {
        Self {
            host: host.into(),
            guest,
            access,
        }
    }

    /// The folder itself, with no link on the way.
    fn resolve(&self) -> Result<PathBuf, SandboxError> {
        if !self.host.is_absolute() {
            return Err(self.unusable("its path is not absolute", "give its absolute path"));
        }
        let resolved = fs::canonicalize(&self.host).and_then(|folder| {
            let is_folder = fs::metadata(&folder)?.is_dir();
            Ok((folder, is_folder))
        });
        match resolved {
            Ok((folder, true)) => Ok(folder),
            Ok((_, false)) => Err(self.unusable(
                "it is not a folder",
                "mount the folder it lies in, or take the mount away",
            )),
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                Err(self.unusable(
                    format!("it cannot be opened: {}", cause.unwrap_or_default()),
                    "create the folder, or take the mount away",
                ))
            }
        }
    }

    /// Every name it has in the guest: guests find the same file by its path in the work directory and by the
    /// whole path, so what lies in the work directory needs both names.
    fn names(&self, work_dir: &str) -> Result<Vec<String>, SandboxError> {
        let path = self.guest.as_str();
        let work_dir = work_dir.trim_end_matches('/');
        let relative = match path.strip_prefix(work_dir) {
            Some("") => {
                return Err(self.unusable(
                    "the name is that of the work directory",
                    "give it another guest path",
                ));
            }
            Some(rest) => rest.strip_prefix('/'),
            None if self.guest.is_absolute() => None,
            None => Some(path),
        };
        Ok(match relative {
            Some(relative) => vec![format!("{work_dir}/{relative}"), relative.into()],
            None => vec![path.into()],
        })
    }

    fn unusable(&self, problem: impl Into<String>, hint: impl Into<String>) -> SandboxError {
        SandboxError::Mount {
            host: self.host.clone(),
            guest: self.guest.clone(),
            problem: problem.into(),
            hint: hint.into(),
        }
    }
}

/// A folder that a guest is given.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) host: PathBuf,
    pub(crate) names: Vec<String>,
    pub(crate) access: Access,
}

impl Folder {
    fn has_one_of(&self, names: &[String]) -> bool {
        let bare = |name: &str| name.trim_start_matches('/').to_owned();
        let own: Vec<String> = self.names.iter().map(|name| bare(name)).collect();
        names.iter().any(|name| own.contains(&bare(name)))
    }
}

/// The work directory under two names, both of which published extensions need, and the mounts. The work
/// directory is given as this machine and as the guest names it.
///
/// # Errors
/// A [`SandboxError`] for a mount that cannot be made.
pub(crate) fn folders(
    work_dir: &Path,
    work_dir_name: &str,
    mounts: &[Mount],
) -> Result<Vec<Folder>, SandboxError> {
    let mut folders = vec![Folder {
        host: work_dir.to_owned(),
        names: vec![".".into(), work_dir_name.into()],
        access: Access::ReadWrite,
    }];
    for mount in mounts {
        let names = mount.names(work_dir_name)?;
        if folders.iter().any(|folder| folder.has_one_of(&names)) {
            return Err(mount.unusable(
                "another folder of the guest's has the same name",
                "give one of them another guest path",
            ));
        }
        folders.push(Folder {
            host: mount.resolve()?,
            names,
            access: mount.access,
        });
    }
    check_read_only(&folders, mounts)?;
    Ok(folders)
}

/// Checks that no folder is read-only under one name and writable under another.
fn check_read_only(folders: &[Folder], mounts: &[Mount]) -> Result<(), SandboxError> {
    let is_read_only = |folder: &Folder| folder.access == Access::ReadOnly;
    if !folders.iter().any(is_read_only) {
        return Ok(());
    }
    // The work directory was made or found a moment ago: where it cannot be resolved, it cannot be opened.
    let work_dir = fs::canonicalize(&folders[0].host).ok();
    let writable = work_dir.iter().chain(
        folders[1..]
            .iter()
            .filter(|folder| !is_read_only(folder))
            .map(|folder| &folder.host),
    );
    for around in writable {
        for (folder, mount) in folders[1..].iter().zip(mounts) {
            if is_read_only(folder) && folder.host.starts_with(around) {
                let problem = format!(
                    "it lies in `{}`, which the extension may write to",
                    around.display()
                );
                return Err(mount.unusable(
                    problem,
                    "mount a folder that lies elsewhere, or make the one around it read-only",
                ));
            }
        }
    }
    Ok(())
}
