//! The one check of who can change a folder: what lies where others can write is not believed, and not run.
//!
//! A folder is one's own if it belongs to this user (or to root, for what is only read), nobody else may write to
//! it, and the folder that it lies in is of that kind too: whoever can change that one can put another in its
//! place. Links on the way are followed, and the folders that hold them held to the same. A sticky folder such
//! as `/tmp` is everybody's. Where a system has no owners and modes, nothing is checked.

#[cfg(unix)]
use std::io;
use std::{
    fmt,
    path::{Path, PathBuf},
};

#[cfg(unix)]
use super::Error;
use super::{Result, create_private_dir_all};

/// The most links on the way to a folder, as the system has it.
#[cfg(unix)]
const MOST_LINKS: usize = 40;

/// The bits of a mode by which others than the owner may write.
#[cfg(unix)]
const OTHERS_WRITE: u32 = 0o022;

/// The bit of a mode by which everybody may write.
#[cfg(unix)]
const EVERYBODY_WRITES: u32 = 0o002;

/// Refuses a folder that anybody but this user or root can change, or put another in the place of. One that is
/// not there yet passes where it would be made in a folder that passes.
///
/// # Errors
/// An [`Error`] whose cause names the folder in doubt, its owner and its mode; or where something on the way is
/// no folder or cannot be looked at.
pub fn check_trusted(folder: &Path) -> Result<()> {
    check(folder, &[current_user(), ROOT])
}

/// Refuses a folder as [`check_trusted`] does, and one that belongs to root where this user is another: what is
/// written to must be this user's.
///
/// # Errors
/// As [`check_trusted`].
pub fn check_own(folder: &Path) -> Result<()> {
    check(folder, &[current_user()])
}

/// Creates a folder of this user's alone (mode 0700 where modes exist), and those above it; content with one
/// that is there and passes [`check_own`]. Nothing is created in a folder that does not pass.
///
/// # Errors
/// As [`check_own`], and where it cannot be created.
pub fn create_own_dir_all(folder: &Path) -> Result<()> {
    check_own(folder)?;
    create_private_dir_all(folder)?;
    check_own(folder)
}

fn is_own(metadata: &std::fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        std::os::unix::fs::MetadataExt::uid(metadata) == current_user()
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        true
    }
}

/// Whether a regular file of this user's lies at a path, not reached through a link there.
pub fn is_own_file(path: &Path) -> bool {
    super::symlink_metadata(path).is_ok_and(|it| it.is_file() && is_own(&it))
}

/// Whether a folder of this user's lies at a path, not reached through a link there.
pub fn is_own_folder(path: &Path) -> bool {
    super::symlink_metadata(path).is_ok_and(|it| it.is_dir() && is_own(&it))
}

const ROOT: u32 = 0;

fn current_user() -> u32 {
    #[cfg(unix)]
    {
        rustix::process::geteuid().as_raw()
    }
    #[cfg(not(unix))]
    {
        ROOT
    }
}

/// A folder that others can change, as the cause of an [`Error`].
#[derive(Debug, thiserror::Error)]
#[cfg_attr(not(unix), expect(dead_code, reason = "there is nothing to check"))]
pub(super) struct Foreign {
    folder: PathBuf,
    owner: u32,
    mode: u32,
    is_mine: bool,
}

impl fmt::Display for Foreign {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            folder,
            owner,
            mode,
            ..
        } = self;
        write!(
            formatter,
            "others can change `{}`: it belongs to user {owner}, with mode {mode:04o}",
            folder.display()
        )
    }
}

impl Foreign {
    /// The way out.
    pub(super) fn hint(&self) -> String {
        if self.is_mine {
            let folder = self.folder.display();
            format!("run `chmod go-w {folder}`, or choose another folder")
        } else {
            "choose a folder of your own, in one that only you can write to".into()
        }
    }
}

/// Refuses a folder as [`check_trusted`] does that lies in one which has passed already.
///
/// # Errors
/// As [`check_trusted`].
pub fn check_trusted_inside(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    if !super::symlink_metadata(folder)?.is_symlink() {
        return check_one(folder, &[current_user(), ROOT], OTHERS_WRITE)
            .map_err(|source| Error::new("use the folder", folder, source));
    }
    check_trusted(folder)
}

#[cfg(not(unix))]
fn check(_: &Path, _: &[u32]) -> Result<()> {
    Ok(())
}

/// Checks a folder whose owner must be one of these, and the one that it lies in, which may be root's too.
#[cfg(unix)]
fn check(folder: &Path, owners: &[u32]) -> Result<()> {
    let failed = |source| Error::new("use the folder", folder, source);
    let (found, missing) = walk_to(folder).map_err(failed)?;
    let mine_or_roots = [current_user(), ROOT];
    match missing {
        0 => {
            check_one(&found, owners, OTHERS_WRITE).map_err(failed)?;
            let holder = found.parent().unwrap_or(&found);
            check_one(holder, &mine_or_roots, OTHERS_WRITE)
        }
        1 => check_one(&found, &mine_or_roots, OTHERS_WRITE),
        // What holds the folder will be made too, for this user alone. Under many a mask a home's folders can be
        // written to by a group that nobody else is in.
        _ => check_one(&found, &mine_or_roots, EVERYBODY_WRITES),
    }
    .map_err(failed)
}

#[cfg(unix)]
fn check_one(folder: &Path, owners: &[u32], refused: u32) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = super::symlink_metadata(folder).map_err(|error| error.source)?;
    if !metadata.is_dir() {
        let words = format!("`{}` is not a folder", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotADirectory, words));
    }
    let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
    if owners.contains(&owner) && mode & refused == 0 {
        return Ok(());
    }
    let foreign = Foreign {
        folder: folder.to_path_buf(),
        owner,
        mode,
        is_mine: owner == current_user() && mode & 0o1000 == 0,
    };
    Err(io::Error::new(io::ErrorKind::PermissionDenied, foreign))
}

/// The folder without links and `..`, as far as it is there, and how many of its names are missing. Each folder on the
/// way that holds a link is checked: whoever can change it chooses where the way leads.
#[cfg(unix)]
fn walk_to(folder: &Path) -> io::Result<(PathBuf, usize)> {
    use std::{collections::VecDeque, path::Component};

    let absolute = std::path::absolute(folder)?;
    let mut found = PathBuf::from("/");
    let mut links = 0;
    let owned = |path: &Path| -> VecDeque<PathBuf> {
        path.components()
            .map(|it| PathBuf::from(it.as_os_str()))
            .collect()
    };
    let mut ahead = owned(&absolute);
    while let Some(part) = ahead.pop_front() {
        match part.components().next() {
            Some(Component::RootDir) => found = PathBuf::from("/"),
            Some(Component::ParentDir) => {
                found.pop();
            }
            Some(Component::Normal(name)) => {
                let next = found.join(name);
                let metadata = match super::symlink_metadata(&next) {
                    Ok(metadata) => metadata,
                    Err(error) if error.is_not_found() => return Ok((found, ahead.len() + 1)),
                    Err(error) => return Err(error.source),
                };
                if !metadata.is_symlink() {
                    found = next;
                    continue;
                }
                links += 1;
                if links > MOST_LINKS {
                    return Err(io::Error::other("too many links on the way"));
                }
                check_one(&found, &[current_user(), ROOT], OTHERS_WRITE)?;
                let target = super::read_link(&next).map_err(|error| error.source)?;
                let mut rest = owned(&target);
                rest.append(&mut ahead);
                ahead = rest;
            }
            _ => {}
        }
    }
    Ok((found, 0))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::fs::{create_dir, set_mode, write_new};

    /// Why a folder is refused: the cause and the way out.
    fn refused(folder: &Path) -> (String, String) {
        let error = check_trusted(folder).unwrap_err();
        assert_eq!(error.path(), folder);
        let cause = std::error::Error::source(&error).unwrap().to_string();
        (cause, error.hint().unwrap_or_default())
    }

    #[test]
    fn a_folder_of_mine_in_one_of_mine_passes_and_one_in_a_sticky_folder_does_not() {
        let place = tempfile::tempdir().unwrap();
        let own = place.path().join("a/b");
        create_own_dir_all(&own).unwrap();
        check_own(&own).unwrap();
        // A home's folder, as some masks have it; what holds the new one is made for its owner alone.
        let shared = place.path().join("shared");
        create_dir(&shared).unwrap();
        set_mode(&shared, 0o775).unwrap();
        create_own_dir_all(&shared.join("annexe/store")).unwrap();
        create_own_dir_all(&shared.join("store")).unwrap_err();
        check_trusted(&own.join("not/there/yet")).unwrap();
        check_trusted(Path::new("/usr/bin")).unwrap();

        let sticky = place.path().join("sticky");
        create_dir(&sticky).unwrap();
        set_mode(&sticky, 0o1777).unwrap();
        refused(&sticky.join("mine/store"));
        let inside = sticky.join("mine");
        for exists in [false, true] {
            let (cause, hint) = refused(&inside);
            assert!(
                cause.contains("sticky`") && cause.contains("mode 1777"),
                "{cause}"
            );
            assert!(hint.contains("of your own"), "{hint}");
            if !exists {
                create_own_dir_all(&inside).unwrap_err();
                assert!(!inside.exists(), "nothing is created there");
                create_dir(&inside).unwrap();
            }
        }
        // One folder further down, nobody else has a say.
        create_dir(&inside.join("store")).unwrap();
        check_own(&inside.join("store")).unwrap();
    }

    #[test]
    fn a_folder_or_one_above_it_that_others_may_write_to_is_named_with_the_way_out() {
        let place = tempfile::tempdir().unwrap();
        let (above, folder) = (place.path().join("above"), place.path().join("above/it"));
        create_own_dir_all(&folder).unwrap();
        for (changed, mode) in [(&folder, 0o770), (&folder, 0o702), (&above, 0o775)] {
            set_mode(changed, mode).unwrap();
            let (cause, hint) = refused(&folder);
            assert!(
                cause.contains(&format!("`{}`", changed.display())),
                "{cause}"
            );
            assert!(cause.contains(&format!("{mode:04o}")), "{cause}");
            assert_eq!(
                hint,
                format!(
                    "run `chmod go-w {}`, or choose another folder",
                    changed.display()
                )
            );
            set_mode(changed, 0o755).unwrap();
            check_own(&folder).unwrap();
        }
    }

    #[test]
    fn the_way_may_lead_through_links_that_nobody_else_can_change() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        create_own_dir_all(&root.join("real/store")).unwrap();
        symlink("real", root.join("link")).unwrap();
        check_own(&root.join("link/store")).unwrap();
        check_own(&root.join("link/../link/store/.")).unwrap();
        symlink("round", root.join("round")).unwrap();
        assert!(refused(&root.join("round")).0.contains("too many links"));

        create_dir(&root.join("open")).unwrap();
        symlink(root.join("real"), root.join("open/link")).unwrap();
        set_mode(&root.join("open"), 0o1777).unwrap();
        let (cause, _) = refused(&root.join("open/link/store"));
        assert!(cause.contains("open`"), "{cause}");

        write_new(&root.join("file"), b"").unwrap();
        assert!(refused(&root.join("file")).0.contains("is not a folder"));
    }

    #[test]
    fn a_folder_of_another_user_is_refused() {
        if current_user() != ROOT {
            println!("skipped: only root can give a folder away");
            return;
        }
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("theirs");
        create_dir(&folder).unwrap();
        std::os::unix::fs::chown(&folder, Some(65534), None).unwrap();
        for path in [folder.clone(), folder.join("store")] {
            let (cause, hint) = refused(&path);
            assert!(cause.contains("user 65534"), "{cause}");
            assert!(hint.contains("of your own"), "{hint}");
        }
    }
}
