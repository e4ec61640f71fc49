//! The keys of POSIX extension headers that matter: a long path, a long target, and that an entry is not
//! what it seems. All other keys are let through unread.

use super::error::ToolArchiveError;
use crate::package::archive::extension::record;

/// The attributes of the next entry that the headers before it give.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Description {
    pub(super) path: Option<Vec<u8>>,
    pub(super) target: Option<Vec<u8>>,
    /// The size of the content, which the entry's own header must say too.
    pub(super) size: Option<u64>,
    pub(super) is_sparse: bool,
}

/// Reads the content of an extension header at `offset` into what is known of the next entry.
pub(super) fn read(
    content: &[u8],
    known: &mut Description,
    offset: u64,
) -> Result<(), ToolArchiveError> {
    let malformed = |field| malformed(offset, field);
    let mut rest = content;
    while !rest.is_empty() {
        let (key, value, after) = record(rest).ok_or_else(|| malformed("records"))?;
        rest = after;
        match key {
            "path" => set(&mut known.path, value.to_vec()).ok_or_else(|| malformed("path"))?,
            "linkpath" => {
                set(&mut known.target, value.to_vec()).ok_or_else(|| malformed("linkpath"))?
            }
            "size" => {
                let size = std::str::from_utf8(value)
                    .ok()
                    .and_then(|text| text.parse().ok());
                let size = size.ok_or_else(|| malformed("size"))?;
                set(&mut known.size, size).ok_or_else(|| malformed("size"))?;
            }
            _ if key.starts_with("GNU.sparse.") || key == "SCHILY.realsize" => {
                known.is_sparse = true
            }
            _ => {}
        }
    }
    Ok(())
}

/// Reads a header that holds for all entries that follow, which none may describe.
pub(super) fn read_global(content: &[u8], offset: u64) -> Result<(), ToolArchiveError> {
    let mut all = Description::default();
    read(content, &mut all, offset)?;
    if all == Description::default() {
        Ok(())
    } else {
        Err(malformed(offset, "global path"))
    }
}

/// Sets what must not be set yet: which of two values holds differs between readers.
pub(super) fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

pub(super) fn malformed(offset: u64, field: &'static str) -> ToolArchiveError {
    ToolArchiveError::Structure {
        structure: "extension header",
        offset,
        field,
    }
}
