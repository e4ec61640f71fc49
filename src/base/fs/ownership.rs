//! The one check of who can change a folder: content of a folder that other users can write to is not trusted or run.
//!
//! What is checked, links followed and the folders that hold them held to the same:
//! - the folder itself: it belongs to this user (or to root, for what is only read), and no other user may write to it;
//! - its holder, the folder that it lies in: it belongs to this user or root, and no other user may write to it, not
//!   even where it is sticky as `/tmp` is: a user who may make the folder there could make another of it. A folder
//!   that is not there yet has as its holder the last one on the way that is;
//! - all above that, up to `/`: they belong to this user or root, and no other user may write to them, but to sticky
//!   ones: there, none but its owner can rename or remove what lies in them, and that is this user's or root's.
//!   In a user namespace, root's files may show as those of the kernel's overflow user, who passes here too.
//!
//! "No other user" leaves out the group that is this user's own private one ([`private_group`](super::private_group)).
//!
//! One holder that others may write to passes: the system's own folder for temporary files (`/tmp`, `/var/tmp`, root's
//! and sticky), for a folder that is there and belongs to this user. That is what `mktemp -d` makes, and many a
//! script works in: no other user can write to it, and no other user can put another in its place. A folder that is not
//! there yet could be made there by any user, and is refused.
//!
//! Where a system has no owners and modes, nothing is checked.

#[cfg(unix)]
use std::io;
use std::{
    fmt,
    path::{Path, PathBuf},
};

#[cfg(unix)]
use super::{Error, private_group};
use super::{Result, create_private_dir_all};
use crate::base::printable::shell_word;

/// The most links on the way to a folder, as the system has it.
#[cfg(unix)]
const MOST_LINKS: usize = 40;

/// The bits of a mode by which others than the owner may write.
#[cfg(unix)]
const OTHERS_WRITE: u32 = 0o022;

/// The bit of a mode by which a folder's group may write.
#[cfg(unix)]
const GROUP_WRITES: u32 = 0o020;

/// The bit of a mode by which what lies in a folder is its owner's alone to rename or remove.
#[cfg(unix)]
const STICKY: u32 = 0o1000;

/// The system's own folders for temporary files.
#[cfg(unix)]
const TEMPORARY_FOLDERS: [&str; 2] = ["/tmp", "/var/tmp"];

/// Refuses a folder that any user but this one or root can change or replace. One that is
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

/// Refuses a file that any user but this one or root can change or replace. One that is not
/// there passes: there is nothing to believe. Its folder is held to what [`check_trusted`] asks of a holder; one that is
/// sticky passes where that is root's and the file too, as on some systems every file of the system lies in such a
/// folder, or where it is the system's for temporary files and the file this user's.
///
/// # Errors
/// As [`check_trusted`].
pub fn check_trusted_file(path: &Path) -> Result<()> {
    #[cfg(unix)]
    return check_file(path).map_err(|source| Error::new("trust", path, source));
    #[cfg(not(unix))]
    {
        let _ = path;
        Ok(())
    }
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
            let folder = shell_word(&self.folder);
            format!("run `chmod go-w {folder}`, or choose another folder")
        } else if self.is_temporary() {
            "make the folder first, as `mktemp -d` does, or choose a folder of your own, in one that only you can write to"
                .into()
        } else {
            "choose a folder of your own, in one that only you can write to".into()
        }
    }

    fn is_temporary(&self) -> bool {
        #[cfg(unix)]
        return is_temporary_folder(&self.folder);
        #[cfg(not(unix))]
        false
    }
}

/// Refuses a folder as [`check_trusted`] does that lies in one which has passed already.
///
/// # Errors
/// As [`check_trusted`].
pub fn check_trusted_inside(folder: &Path) -> Result<()> {
    #[cfg(unix)]
    if !super::symlink_metadata(folder)?.is_symlink() {
        return check_one(folder, &[current_user(), ROOT])
            .map(drop)
            .map_err(|source| Error::new("use the folder", folder, source));
    }
    check_trusted(folder)
}

#[cfg(not(unix))]
fn check(_: &Path, _: &[u32]) -> Result<()> {
    Ok(())
}

/// Checks a folder whose owner must be one of these, its holder, and all above.
#[cfg(unix)]
fn check(folder: &Path, owners: &[u32]) -> Result<()> {
    let checked = || {
        let (found, is_there) = walk_to(folder)?;
        if !is_there {
            return check_holder(&found);
        }
        let made_by_me = check_one(&found, owners)?;
        match found.parent() {
            Some(holder) if made_by_me && is_temporary_folder(holder) => check_above(holder),
            Some(holder) => check_holder(holder),
            None => Ok(()),
        }
    };
    checked().map_err(|source| Error::new("use the folder", folder, source))
}

/// Does what [`check_trusted_file`] does.
#[cfg(unix)]
fn check_file(path: &Path) -> io::Result<()> {
    let (found, is_there) = walk_to(path)?;
    let Some(holder) = found.parent().filter(|_| is_there) else {
        return Ok(());
    };
    let file = Seen::any(&found)?;
    let is_ours = [current_user(), ROOT].contains(&file.owner);
    file.pass_if(is_ours && !file.others_write(), &found)?;
    let is_roots = || {
        file.owner == ROOT
            && Seen::of(holder).is_ok_and(|it| it.owner == ROOT && it.mode & STICKY != 0)
    };
    match is_roots() || file.owner == current_user() && is_temporary_folder(holder) {
        true => check_above(holder),
        false => check_holder(holder),
    }
}

/// Checks a folder that holds another, or is to, and all above it.
#[cfg(unix)]
fn check_holder(holder: &Path) -> io::Result<()> {
    check_one(holder, &[current_user(), ROOT])?;
    check_above(holder)
}

/// Checks all that is above a holder.
#[cfg(unix)]
fn check_above(holder: &Path) -> io::Result<()> {
    holder.ancestors().skip(1).try_for_each(|folder| {
        let seen = Seen::of(folder)?;
        let is_safe = seen.mode & STICKY != 0 || !seen.others_write();
        let is_ours = [current_user(), ROOT].contains(&seen.owner)
            || Some(seen.owner) == private_group::unmapped_user();
        seen.pass_if(is_safe && is_ours, folder)
    })
}

/// Whether a folder is one of the system's own for temporary files, as it should be.
#[cfg(unix)]
fn is_temporary_folder(folder: &Path) -> bool {
    let is_one = TEMPORARY_FOLDERS
        .iter()
        .any(|it| super::canonicalize(Path::new(it)).is_ok_and(|it| it == folder));
    is_one && Seen::of(folder).is_ok_and(|it| it.owner == ROOT && it.mode & STICKY != 0)
}

/// Checks one folder alone. Whether it is this user's.
#[cfg(unix)]
fn check_one(folder: &Path, owners: &[u32]) -> io::Result<bool> {
    let seen = Seen::of(folder)?;
    seen.pass_if(owners.contains(&seen.owner) && !seen.others_write(), folder)?;
    Ok(seen.owner == current_user())
}

/// Owner, group and mode of a folder or a file.
#[cfg(unix)]
struct Seen {
    owner: u32,
    group: u32,
    mode: u32,
}

#[cfg(unix)]
impl Seen {
    fn of(folder: &Path) -> io::Result<Self> {
        if !super::symlink_metadata(folder).is_ok_and(|it| !it.is_dir()) {
            return Self::any(folder);
        }
        let words = format!("`{}` is not a folder", folder.display());
        Err(io::Error::new(io::ErrorKind::NotADirectory, words))
    }

    /// What is seen of a file or a folder.
    fn any(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = super::symlink_metadata(path).map_err(|error| error.source)?;
        Ok(Self {
            owner: metadata.uid(),
            group: metadata.gid(),
            mode: metadata.mode() & 0o7777,
        })
    }

    /// Whether a user other than its owner may write to the folder, whose group is not a private one.
    fn others_write(&self) -> bool {
        match self.mode & OTHERS_WRITE {
            0 => false,
            GROUP_WRITES => !private_group::is_private(self.group),
            _ => true,
        }
    }

    fn pass_if(&self, passes: bool, folder: &Path) -> io::Result<()> {
        if passes {
            return Ok(());
        }
        let foreign = Foreign {
            folder: folder.to_path_buf(),
            owner: self.owner,
            mode: self.mode,
            is_mine: self.owner == current_user() && self.mode & STICKY == 0,
        };
        Err(io::Error::new(io::ErrorKind::PermissionDenied, foreign))
    }
}

/// The folder without links and `..`, as far as it is there, and whether all of it is. Each folder on the way that holds
/// a link is checked as a holder: a user who can change it chooses where the way leads.
#[cfg(unix)]
fn walk_to(folder: &Path) -> io::Result<(PathBuf, bool)> {
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
                    Err(error) if error.is_not_found() => return Ok((found, false)),
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
                check_holder(&found)?;
                let target = super::read_link(&next).map_err(|error| error.source)?;
                let mut rest = owned(&target);
                rest.append(&mut ahead);
                ahead = rest;
            }
            _ => {}
        }
    }
    Ok((found, true))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::base::fs::{create_dir, mode::set_mode, write_new};
    use crate::base::hint::Hint as _;

    /// Returns the reason why a folder is refused: the cause and the way out.
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
        // One folder further down, no other user has a say.
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
    fn what_is_above_the_holder_may_be_sticky_and_nothing_else_that_others_can_change() {
        let place = tempfile::tempdir().unwrap();
        let above = place.path().join("it's above");
        let (holder, store) = (above.join("holder"), above.join("holder/store"));
        create_own_dir_all(&store).unwrap();
        for mode in [0o777, 0o757] {
            set_mode(&above, mode).unwrap();
            for path in [&store, &store.join("not/there"), &holder] {
                let (cause, hint) = refused(path);
                assert!(cause.contains("above`"), "{cause}");
                assert!(hint.contains(r"'\''s above'"), "{hint}");
            }
        }
        set_mode(&above, 0o1777).unwrap();
        check_own(&store).unwrap();
        // A link's folder is a holder: what is above it counts as well.
        symlink(place.path(), holder.join("link")).unwrap();
        create_dir(&place.path().join("other")).unwrap();
        check_own(&holder.join("link/other")).unwrap();
        set_mode(&above, 0o777).unwrap();
        assert!(refused(&holder.join("link/other")).0.contains("mode 0777"));
        if current_user() == ROOT {
            std::os::unix::fs::chown(&above, Some(65534), None).unwrap();
            set_mode(&above, 0o1755).unwrap();
            assert!(refused(&store).0.contains("user 65534"));
        }
    }

    #[test]
    fn a_folder_of_mine_passes_among_the_systems_temporary_ones() {
        let seen = Seen::of(Path::new("/tmp"));
        if !seen.is_ok_and(|it| it.owner == ROOT && it.mode & STICKY != 0) {
            crate::base::skip::skip("tmp", "`/tmp` is not the system's");
            return;
        }
        let made = tempfile::tempdir_in("/tmp").unwrap();
        for mode in [0o700, 0o755] {
            set_mode(made.path(), mode).unwrap();
            check_own(made.path()).unwrap();
        }
        for mode in [0o770, 0o702, 0o1777] {
            set_mode(made.path(), mode).unwrap();
            refused(made.path());
        }
        let name = format!("annexe-not-there-{}", std::process::id());
        let (_, hint) = refused(&Path::new("/tmp").join(&name));
        assert!(hint.starts_with("make the folder first"), "{hint}");
        refused(&Path::new("/tmp").join(&name).join("store"));
    }

    #[test]
    fn a_file_is_trusted_where_nobody_else_can_change_or_replace_it() {
        let place = tempfile::tempdir().unwrap();
        let (folder, file) = (place.path().join("own"), place.path().join("own/file"));
        check_trusted_file(&file).unwrap();
        create_own_dir_all(&folder).unwrap();
        check_trusted_file(&file).unwrap();
        write_new(&file, b"").unwrap();
        check_trusted_file(&file).unwrap();
        symlink(&file, folder.join("link")).unwrap();
        let refused = |path: &Path| check_trusted_file(path).unwrap_err().hint().unwrap();
        for path in [&file, &folder.join("link")] {
            set_mode(&file, 0o622).unwrap();
            assert!(refused(path).contains(&format!("go-w {}`", file.display())));
            set_mode(&file, 0o644).unwrap();
            for mode in [0o777, 0o757] {
                set_mode(&folder, mode).unwrap();
                assert!(refused(path).contains(&format!("go-w {}`", folder.display())));
            }
            set_mode(&folder, 0o700).unwrap();
        }
        set_mode(place.path(), 0o777).unwrap();
        refused(&file);
        set_mode(place.path(), 0o700).unwrap();
        if current_user() == ROOT {
            std::os::unix::fs::chown(&file, Some(65534), None).unwrap();
            refused(&file);
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
            crate::base::skip::skip("root", "only root can give a folder away");
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
