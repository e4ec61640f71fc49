//! The content of a 512-byte header, in both formats that are read: POSIX ustar and GNU.
//!
//! ```text
//!   0 name 100 │ 100 mode 8 │ 108 uid 8 │ 116 gid 8 │ 124 size 12 │ 136 mtime 12 │ 148 checksum 8
//! 156 type 1 │ 157 linkname 100 │ 257 magic 6, version 2 │ 265 uname 32 │ 297 gname 32
//! 329 devmajor 8 │ 337 devminor 8 │ POSIX: 345 prefix 155 │ GNU: 345 times 24, 369 sparse 143
//! ```
//!
//! Each field is read here and nowhere else, strictly: where two readers could understand a field
//! differently, it is refused. Owner, mode and time are never looked at.

use std::ops::Range;

use super::error::{Error, shown};

/// The size of a header and of the unit that file content is padded to, in bytes.
pub(super) const BLOCK_BYTES: usize = 512;

/// A header or a unit of content.
pub(super) type Block = [u8; BLOCK_BYTES];

const NAME: Range<usize> = 0..100;
const SIZE: Range<usize> = 124..136;
const CHECKSUM: Range<usize> = 148..156;
const KIND: usize = 156;
const LINK_NAME: Range<usize> = 157..257;
const MAGIC: Range<usize> = 257..265;
const PREFIX: Range<usize> = 345..500;
const POSIX_REST: Range<usize> = 500..512;
const GNU_REST: Range<usize> = 369..512;

/// The kind of entry that a header describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// GNU's long name: the content is the next entry's path.
    LongName,
    /// POSIX's extension header: the content is keys and values for the next entry.
    Extension,
    /// The same for all entries that follow.
    GlobalExtension,
}

/// A header that passed every check which needs no other header.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) kind: Kind,
    /// Bytes of content.
    pub(super) size: u64,
    /// The path as the header spells it, prefix and name joined.
    pub(super) path: Vec<u8>,
}

impl Header {
    /// Checks the header that stands at `offset` of the tar stream, whose checksum is right.
    pub(super) fn parse(block: &Block, offset: u64) -> Result<Self, Error> {
        let field = |field| Error::Field { offset, field };
        let is_posix = match &block[MAGIC] {
            b"ustar\x0000" => true,
            b"ustar  \0" => false,
            _ => return Err(Error::Format { offset }),
        };

        let mut path = text(&block[NAME]).ok_or_else(|| field("name"))?.to_vec();
        if is_posix {
            let prefix = text(&block[PREFIX]).ok_or_else(|| field("prefix"))?;
            if !prefix.is_empty() {
                path = [prefix, b"/", &path].concat();
            }
        }

        let kind = Self::kind(block[KIND], &path)?;
        let size = octal(&block[SIZE]).ok_or_else(|| field("size"))?;
        if !is_zero(&block[LINK_NAME]) {
            return Err(field("linkname"));
        }
        if !is_zero(&block[if is_posix { POSIX_REST } else { GNU_REST }]) {
            return Err(field(if is_posix { "padding" } else { "sparse" }));
        }
        Ok(Self { kind, size, path })
    }

    fn kind(byte: u8, path: &[u8]) -> Result<Kind, Error> {
        let path = || shown(path);
        Ok(match byte {
            b'0' => Kind::File,
            b'5' => Kind::Folder,
            b'L' => Kind::LongName,
            b'x' => Kind::Extension,
            b'g' => Kind::GlobalExtension,
            b'1' => return Err(Error::HardLink { path: path() }),
            b'2' | b'K' => return Err(Error::SymbolicLink { path: path() }),
            b'3' | b'4' => return Err(Error::Device { path: path() }),
            b'6' => return Err(Error::Fifo { path: path() }),
            b'S' => return Err(Error::Sparse { path: path() }),
            other => {
                return Err(Error::UnknownType {
                    path: path(),
                    kind: char::from(other),
                });
            }
        })
    }
}

/// Whether the header's checksum is right.
pub(super) fn has_checksum(block: &Block) -> bool {
    let mut sum = 0;
    for (index, &byte) in block.iter().enumerate() {
        sum += u64::from(if CHECKSUM.contains(&index) {
            b' '
        } else {
            byte
        });
    }
    octal(&block[CHECKSUM]) == Some(sum)
}

/// Returns the reason why a header could not be read at all, for the two reasons that stop the `tar` crate before it
/// shows the header; `None` where neither holds.
pub(super) fn unreadable(block: &Block, offset: u64) -> Option<Error> {
    if !has_checksum(block) {
        Some(Error::Checksum { offset })
    } else if octal(&block[SIZE]).is_none() {
        Some(Error::Field {
            offset,
            field: "size",
        })
    } else {
        None
    }
}

/// A field's text: what stands before the first NUL, after which there must be nothing else.
pub(super) fn text(field: &[u8]) -> Option<&[u8]> {
    let end = field
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(field.len());
    let (text, rest) = field.split_at(end);
    is_zero(rest).then_some(text)
}

/// An octal number: digits, perhaps spaces before them, and NULs or spaces up to the end. Neither
/// signs nor the binary form for numbers above 8 GiB.
pub(super) fn octal(field: &[u8]) -> Option<u64> {
    let is_end = |byte: &u8| matches!(byte, 0 | b' ');
    let start = field.iter().position(|byte| *byte != b' ')?;
    let (_, field) = field.split_at(start);
    let (digits, rest) = field.split_at(field.iter().position(is_end).unwrap_or(field.len()));
    if digits.is_empty() || !rest.iter().all(is_end) {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| match digit {
        b'0'..=b'7' => number.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

pub(super) fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_every_reader_reads_them_or_not_at_all() {
        for (field, expected) in [
            (&b"00000000017\0"[..], Some(15)),
            (b"17          ", Some(15)),
            (b"   17 \0\0\0\0\0\0", Some(15)),
            (b"777777777777", Some((1 << 36) - 1)),
            (b"\0\0\0\0\0\0\0\0\0\0\0\0", None),
            (b"            ", None),
            (b"-0000000001\0", None),
            (b"+0000000001\0", None),
            (b"00000000018\0", None),
            (b"17\x000000000\0", None),
            (b"\x80\0\0\0\0\0\0\0\0\0\0\x01", None),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", None),
        ] {
            assert_eq!(octal(field), expected, "{}", field.escape_ascii());
        }
    }

    #[test]
    fn text_after_a_nul_is_refused() {
        assert_eq!(text(b"ab\0\0"), Some(&b"ab"[..]));
        assert_eq!(text(b"abcd"), Some(&b"abcd"[..]));
        assert_eq!(text(b"ab\0c"), None);
    }
}
