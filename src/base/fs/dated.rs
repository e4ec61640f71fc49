//! Modification times that tell one content of a file from the next. Web servers, and programs that copy folders, know a
//! file by its size and the second in which it was changed.

use std::{
    fs::File,
    io,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Dates the file that is to replace the one at `path` a second later than that, where it is not later anyway. A file
/// system that takes no dates keeps its own.
pub(super) fn date_after(file: &File, path: &Path) {
    if let Err(error) = try_to_date(file, path) {
        tracing::debug!(%error, path = %path.display(), "a file keeps the date that the system gave it");
    }
}

fn try_to_date(file: &File, path: &Path) -> io::Result<()> {
    let before = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?.modified()?,
    };
    let Some(earliest) = next_second(before) else {
        return Ok(());
    };
    if file.metadata()?.modified()? < earliest {
        file.set_modified(earliest)?;
    }
    Ok(())
}

/// The beginning of the second after the one in which a moment is; `None` before 1970.
fn next_second(moment: SystemTime) -> Option<SystemTime> {
    let seconds = moment.duration_since(UNIX_EPOCH).ok()?.as_secs();
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds.checked_add(1)?))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn each_content_of_a_shared_file_is_of_another_second() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut seconds = Vec::new();
        for content in ["one", "two", "six", "ten"] {
            let fill = |file: &mut File| file.write_all(content.as_bytes());
            super::super::replace_shared(&path, fill).unwrap();
            let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
            seconds.push(modified.duration_since(UNIX_EPOCH).unwrap().as_secs());
        }
        assert!(seconds.is_sorted_by(|one, next| one < next), "{seconds:?}");
    }
}
