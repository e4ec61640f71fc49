//! The swap of what npm has installed into the work directory. What is there goes last: never before the new one
//! has arrived in the work directory's own file system.

use std::path::{Path, PathBuf};

use super::super::error::ServiceError;
use super::error::NodeError;
use crate::{base::fs, runtime::services::ServiceResult};

/// Where a folder waits in the work directory, where it cannot change places with the one before.
const ARRIVING: &str = ".npm-arriving";

/// Checks that a folder of the staging project can be moved into the work directory. What a killed installation
/// has left there goes.
pub(super) fn check(project: &Path, work_dir: &Path) -> ServiceResult<()> {
    let arriving = clear_arriving(work_dir)?;
    let probe = project.join("probe");
    fs::create_dir_all(&probe)?;
    let moved = fs::rename(&probe, &arriving);
    fs::remove_dir_all(if moved.is_ok() { &arriving } else { &probe })?;
    moved.map_err(|error| {
        if error.is_across_devices() {
            let (work_dir, project) = (work_dir.to_owned(), project.to_owned());
            NodeError::Apart { work_dir, project }.into()
        } else {
            ServiceError::from(error)
        }
    })
}

/// Puts a folder in the place of the one of that name in the work directory, or of whatever is there; a link
/// there is replaced, not followed.
pub(super) fn replace(new: &Path, work_dir: &Path, name: &str) -> ServiceResult<()> {
    let place = work_dir.join(name);
    if fs::symlink_metadata(new).is_err() {
        // npm makes no folder where a package asks for another system and is optional.
        fs::create_dir_all(new)?;
    }
    if fs::symlink_metadata(&place).is_err() {
        return Ok(fs::rename(new, &place)?);
    }
    match fs::exchange(new, &place) {
        Ok(true) => Ok(()),
        Ok(false) => replace_by_renames(new, &place),
        // A layered file system may not move a folder of its lower layer, which can only be removed.
        Err(error) if error.is_across_devices() => replace_by_removal(new, work_dir, &place),
        Err(error) => Err(error.into()),
    }
}

/// Replaces a folder where two cannot change places: the one before is away between two renames.
fn replace_by_renames(new: &Path, place: &Path) -> ServiceResult<()> {
    let old = new.with_file_name("old");
    fs::rename(place, &old)?;
    if let Err(error) = fs::rename(new, place) {
        fs::rename(&old, place)?;
        return Err(error.into());
    }
    Ok(())
}

/// Replaces a folder that cannot be moved: it is removed once the new one has arrived beside it.
fn replace_by_removal(new: &Path, work_dir: &Path, place: &Path) -> ServiceResult<()> {
    let arriving = clear_arriving(work_dir)?;
    fs::rename(new, &arriving)?;
    if let Err(error) = fs::remove_dir_all(place) {
        fs::rename(&arriving, new)?;
        return Err(error.into());
    }
    Ok(fs::rename(&arriving, place)?)
}

/// Frees the place of a folder that arrives, where a guest may have put something.
fn clear_arriving(work_dir: &Path) -> ServiceResult<PathBuf> {
    let arriving = work_dir.join(ARRIVING);
    match fs::symlink_metadata(&arriving) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&arriving)?,
        Ok(_) => fs::remove_file(&arriving)?,
        Err(_) => {}
    }
    Ok(arriving)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::hint::Hint as _;

    const MODULES: &str = "node_modules";

    struct Scene {
        project: tempfile::TempDir,
        work: tempfile::TempDir,
    }

    impl Scene {
        fn new(project: tempfile::TempDir, work: tempfile::TempDir) -> Self {
            fs::create_dir_all(&work.path().join(MODULES)).unwrap();
            let scene = Self { project, work };
            fs::write_new(&scene.work.path().join(MODULES).join("old"), b"").unwrap();
            fs::create_dir_all(&scene.new_modules()).unwrap();
            fs::write_new(&scene.new_modules().join("new"), b"").unwrap();
            scene
        }

        fn new_modules(&self) -> PathBuf {
            self.project.path().join("project").join(MODULES)
        }

        /// The names of the work directory, and of what it has installed.
        fn names(&self) -> Vec<String> {
            let work = self.work.path();
            let paths = fs::read_dir(work).unwrap();
            let inner = fs::read_dir(&work.join(MODULES)).unwrap();
            let name = |path: &PathBuf| path.strip_prefix(work).unwrap().display().to_string();
            paths.iter().chain(&inner).map(name).collect()
        }
    }

    fn beside_each_other() -> Scene {
        Scene::new(tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap())
    }

    #[test]
    fn the_new_one_is_in_its_place_however_it_gets_there() {
        let ways: [fn(&Path, &Path) -> ServiceResult<()>; 3] = [
            |new, work| replace(new, work, MODULES),
            |new, work| replace_by_renames(new, &work.join(MODULES)),
            |new, work| replace_by_removal(new, work, &work.join(MODULES)),
        ];
        for way in ways {
            let scene = beside_each_other();
            check(scene.project.path(), scene.work.path()).unwrap();
            way(&scene.new_modules(), scene.work.path()).unwrap();
            assert_eq!(scene.names(), [MODULES, "node_modules/new"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_a_guest_puts_in_the_way_is_not_followed() {
        let scene = beside_each_other();
        let (work, outside) = (scene.work.path(), tempfile::tempdir().unwrap());
        fs::write_new(&outside.path().join("kept"), b"").unwrap();
        std::os::unix::fs::symlink(outside.path(), work.join(ARRIVING)).unwrap();
        check(scene.project.path(), work).unwrap();
        fs::write_new(&work.join(ARRIVING), b"").unwrap();
        replace_by_removal(&scene.new_modules(), work, &work.join(MODULES)).unwrap();
        assert_eq!(scene.names(), [MODULES, "node_modules/new"]);
        assert_eq!(fs::read_dir(outside.path()).unwrap().len(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn another_file_system_is_refused_and_loses_nothing() {
        use std::os::unix::fs::MetadataExt as _;
        let project = tempfile::tempdir().unwrap();
        let Ok(work) = tempfile::tempdir_in("/dev/shm") else {
            println!("skipped: there is no `/dev/shm` to write to");
            return;
        };
        let device = |path: &Path| fs::metadata(path).unwrap().dev();
        if device(project.path()) == device(work.path()) {
            println!("skipped: `/dev/shm` is on the file system of temporary files");
            return;
        }
        let scene = Scene::new(project, work);
        let (new, work) = (scene.new_modules(), scene.work.path());
        let refused = check(scene.project.path(), work).unwrap_err();
        assert!(
            matches!(&refused, ServiceError::Node(NodeError::Apart { .. })),
            "{refused}"
        );
        assert!(refused.hint().unwrap().contains("work directory"));
        replace(&new, work, MODULES).unwrap_err();
        replace_by_renames(&new, &work.join(MODULES)).unwrap_err();
        replace_by_removal(&new, work, &work.join(MODULES)).unwrap_err();
        assert_eq!(scene.names(), [MODULES, "node_modules/old"]);
        assert!(new.join("new").exists());
    }
}
