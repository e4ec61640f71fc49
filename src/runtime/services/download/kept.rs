//! Files that need not be fetched: they were brought to this machine before.

use std::{
    fs::File,
    io::{Read as _, Seek as _, Write as _},
    path::Path,
};

use super::{
    super::{allowance::Taken, error::ServiceError},
    receive::Received,
};
use crate::{
    base::{digest::Sha256Hasher, fs, task::blocking},
    runtime::services::{ServiceResult, Services},
};

/// The size of the pieces that are copied, in bytes.
const PIECE: usize = 64 << 10;

impl Services {
    /// Copies a file of so many bytes in the place of what was received before.
    pub(super) async fn copy_kept(
        &self,
        kept: &Path,
        size: u64,
        mut file: File,
        taken: &mut Taken,
    ) -> ServiceResult<(File, Received)> {
        taken.clear();
        let grown = taken.grow_to(size).await;
        grown.map_err(|limit| self.reached(limit))?;
        let kept = kept.to_owned();
        let copied = blocking(move || {
            let emptied = file.set_len(0).and_then(|()| file.rewind());
            emptied.map_err(|source| fs::Error::new("write", &kept, source))?;
            let received = copy(&kept, &mut file, size)?;
            Ok::<_, ServiceError>((file, received))
        })
        .await?;
        taken.arrive(copied.1.size);
        Ok(copied)
    }
}

/// Copies a file, and says what it was. One that has more bytes than `most` is copied no further.
fn copy(kept: &Path, file: &mut File, most: u64) -> ServiceResult<Received> {
    let failed = |source| fs::Error::new("copy", kept, source);
    let mut source = fs::open_regular(kept)?.take(most.saturating_add(1));
    let mut hasher = Sha256Hasher::default();
    let mut piece = vec![0; PIECE];
    let mut size = 0;
    loop {
        let length = source.read(&mut piece).map_err(failed)?;
        if length == 0 {
            break;
        }
        let piece = piece.get(..length).unwrap_or_default();
        hasher.update(piece);
        file.write_all(piece).map_err(failed)?;
        size += length as u64;
    }
    Ok(Received {
        sha256: hasher.finish(),
        size,
        final_url: String::new(),
    })
}
