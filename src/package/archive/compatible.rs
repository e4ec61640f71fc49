//! Headers for files whose names no canonical archive can hold, as GNU tar writes them.

use super::{canonical, header::BLOCK_BYTES, path::ArchivePath};

/// The name that GNU tar gives the entry that has the name of the next one.
const LONG_NAME: &str = "././@LongLink";

/// The bytes of a name in a header.
const NAME_BYTES: usize = 100;

/// The headers before a file's content: an entry with its name where that is too long for a header, and its header.
/// `None` where the size is above 8 GiB.
pub(super) fn headers(path: &ArchivePath, size: u64) -> Option<Vec<u8>> {
    if size >= 1 << 33 {
        return None;
    }
    let name = path.as_str();
    let mut blocks = Vec::new();
    if name.len() > NAME_BYTES {
        // A zero ends it.
        let bytes = name.len() + 1;
        let long = header(LONG_NAME, bytes as u64, tar::EntryType::GNULongName)?;
        blocks.extend_from_slice(long.as_bytes());
        blocks.extend_from_slice(name.as_bytes());
        blocks.resize(BLOCK_BYTES + bytes.next_multiple_of(BLOCK_BYTES), 0);
    }
    let mut end = name.len().min(NAME_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let own = header(name.get(..end)?, size, tar::EntryType::Regular)?;
    blocks.extend_from_slice(own.as_bytes());
    Some(blocks)
}

fn header(name: &str, size: u64, kind: tar::EntryType) -> Option<tar::Header> {
    let mut header = tar::Header::new_gnu();
    let field = &mut header.as_gnu_mut()?.name;
    field
        .get_mut(..name.len())?
        .copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(canonical::MODIFIED_SECONDS);
    header.set_size(size);
    header.set_cksum();
    Some(header)
}
