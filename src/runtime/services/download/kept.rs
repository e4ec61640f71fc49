//! Files that need not be fetched: they were brought to this machine before.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::Path,
};

use super::receive::Received;
use crate::{
    base::{digest::Sha256Hasher, fs},
    runtime::services::ServiceResult,
};

/// How much is copied at once.
const PIECE: usize = 64 << 10;

/// Copies a file, and says what it was. One that has more bytes than `most` is copied no further.
pub(super) fn copy(kept: &Path, file: &mut File, most: u64) -> ServiceResult<Received> {
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
