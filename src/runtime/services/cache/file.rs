//! Files of cached answers, named by the digests of their keys.

use std::path::PathBuf;

use crate::base::{digest::Blake3Digest, fs};

/// The most answers that are kept: beyond it the oldest go.
const MOST_FILES: usize = 2_000;

/// Bytes of all answers together: 64 MiB.
const MOST_BYTES_IN_ALL: u64 = 64 << 20;

/// The longest answer that is read back, in bytes.
const MOST_BYTES: u64 = 8 << 20;

fn path(folder: &std::path::Path, key: &str) -> PathBuf {
    folder.join(format!("{}.json", Blake3Digest::of(key.as_bytes())))
}

pub(super) async fn read(folder: PathBuf, key: &str) -> Option<Vec<u8>> {
    let path = path(&folder, key);
    let reading = move || {
        let metadata = fs::symlink_metadata(&path).ok()?;
        // Content that other users could have put there is not believed.
        if let Err(error) = fs::check_own(&folder) {
            tracing::warn!(%error, "what servers have answered is not read");
            return None;
        }
        (metadata.is_file() && metadata.len() <= MOST_BYTES)
            .then(|| fs::read(&path).ok())
            .flatten()
    };
    tokio::task::spawn_blocking(reading).await.ok()?
}

pub(super) async fn write(folder: PathBuf, key: &str, bytes: Vec<u8>) {
    let path = path(&folder, key);
    let writing = move || {
        fs::create_own_dir_all(&folder)?;
        let is_new = fs::symlink_metadata(&path).is_err();
        fs::replace_unsynced(&path, &[&bytes])?;
        if is_new {
            collect(&folder)?;
        }
        Ok::<_, fs::Error>(())
    };
    if let Ok(Err(error)) = tokio::task::spawn_blocking(writing).await {
        tracing::warn!(%error, "what a server has answered is not kept");
    }
}

/// Whether a file is of the form of ours; one that was not complete yet when its program was killed counts too.
fn is_answer(file: &std::path::Path) -> bool {
    fs::is_temporary(file)
        || file.extension().is_some_and(|it| it == "json")
            && Blake3Digest::of_name(&file.with_extension("")).is_some()
            && fs::is_own_file(file)
}

/// Removes the oldest answers where there are too many, or too much of them.
fn collect(folder: &std::path::Path) -> fs::Result<()> {
    let mut by_age: Vec<_> = fs::read_dir(folder)?
        .into_iter()
        .filter(|file| is_answer(file))
        .filter_map(|file| {
            let metadata = fs::symlink_metadata(&file).ok()?;
            Some((metadata.modified().ok()?, metadata.len(), file))
        })
        .collect();
    by_age.sort();
    let (mut files, mut bytes) = (0, 0);
    let keeps = |(_, length, _): &&(std::time::SystemTime, u64, PathBuf)| {
        files += 1;
        bytes += length;
        files <= MOST_FILES && bytes <= MOST_BYTES_IN_ALL
    };
    let kept = by_age.iter().rev().take_while(keeps).count();
    let too_many = by_age.len() - kept;
    for (_, _, file) in by_age.into_iter().take(too_many) {
        match fs::remove_file(&file) {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
