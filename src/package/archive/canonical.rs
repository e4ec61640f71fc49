//! The bytes of a canonical archive: which header a file has, and how the gzip stream begins.
//!
//! Everything that differs between two machines is fixed, so that the same files give the same
//! archive. The packer writes these bytes, and the reader calls an archive canonical when it finds
//! exactly them.

use super::{
    header::{BLOCK_BYTES, Block},
    path::ArchivePath,
};

/// The time of every file: 1980-01-01T00:00:00Z, in seconds since 1970. Archivers warn of the more
/// obvious zero as an implausible date, and zip files cannot hold anything earlier than this.
pub(super) const MODIFIED_SECONDS: u64 = 315_532_800;

/// How a canonical gzip stream begins: deflate, no name, no time, strongest level, unknown system.
pub(super) const GZIP_START: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];

/// What closes a tar stream: two blocks of zeros, and in a canonical archive nothing more.
pub(super) const END_BYTES: usize = 2 * BLOCK_BYTES;

const NAME_BYTES: usize = 100;
const PREFIX_BYTES: usize = 155;

/// The header of a file: ustar, mode 0644, owner 0 without a name. `None` where the path is not
/// ASCII or does not fit, or the size is above 8 GiB.
pub(super) fn header(path: &ArchivePath, size: u64) -> Option<Block> {
    if size >= 1 << 33 {
        return None;
    }
    let (prefix, name) = split(path.as_str())?;
    let mut fields = Vec::with_capacity(BLOCK_BYTES);
    let mut put = |text: &str, width: usize| {
        fields.extend_from_slice(text.as_bytes());
        fields.resize(fields.len() + width - text.len(), 0);
    };
    put(name, NAME_BYTES);
    put("0000644", 8);
    put("0000000", 8);
    put("0000000", 8);
    put(&format!("{size:011o}"), 12);
    put(&format!("{MODIFIED_SECONDS:011o}"), 12);
    put("        ", 8);
    put("0", 1);
    put("", 100);
    put("ustar\x0000", 8);
    put("", 32);
    put("", 32);
    put("0000000", 8);
    put("0000000", 8);
    put(prefix, PREFIX_BYTES);
    put("", 12);

    let mut block: Block = fields.try_into().ok()?;
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Some(block)
}

/// Splits a path at a `/` into what fits the prefix and the name field; short ones have no prefix.
fn split(path: &str) -> Option<(&str, &str)> {
    if !path.is_ascii() {
        return None;
    }
    if path.len() <= NAME_BYTES {
        return Some(("", path));
    }
    let earliest = path.len() - NAME_BYTES - 1;
    let slash = earliest + path.get(earliest..)?.find('/')?;
    let (prefix, name) = (path.get(..slash)?, path.get(slash + 1..)?);
    (prefix.len() <= PREFIX_BYTES && !prefix.is_empty()).then_some((prefix, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_what_the_tar_crate_reads() {
        let path = ArchivePath::parse(&format!("{}/{}", "p".repeat(155), "n".repeat(100))).unwrap();
        let block = header(&path, 0o1234).unwrap();
        let header = tar::Header::from_byte_slice(&block);
        assert_eq!(header.path().unwrap().to_str(), Some(path.as_str()));
        assert_eq!(header.size().unwrap(), 0o1234);
        assert_eq!(header.mtime().unwrap(), MODIFIED_SECONDS);
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
        assert_eq!(header.mode().unwrap(), 0o644);
        assert_eq!(header.device_major().unwrap(), Some(0));
        assert_eq!(header.entry_type(), tar::EntryType::Regular);
        let mut summed = header.clone();
        summed.set_cksum();
        assert_eq!(summed.cksum().unwrap(), header.cksum().unwrap());
    }

    #[test]
    fn paths_split_only_where_both_parts_fit() {
        let name = "n".repeat(100);
        assert_eq!(split(&name), Some(("", name.as_str())));
        assert_eq!(split(&format!("p/{name}")), Some(("p", name.as_str())));
        assert_eq!(split(&format!("p/q/{}", "n".repeat(98))).unwrap().0, "p");
        assert_eq!(split(&"n".repeat(101)), None);
        assert_eq!(split(&format!("{}/n/{name}", "p".repeat(154))), None);
        assert_eq!(split("é"), None);
    }
}
