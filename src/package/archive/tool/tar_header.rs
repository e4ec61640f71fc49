//! The content of a 512-byte header of a tool's tar archive, in the formats that archivers write: POSIX, GNU
//! and the old one without a magic. See [`header`](crate::package::archive::header) for where each field stands.

use super::{
    error::{EntryProblem, ToolArchiveError},
    pax::Description,
};
use crate::package::archive::{
    error::shown,
    header::{Block, has_checksum, octal, text},
};

/// The kind of entry that a header describes, or of the header itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TarKind {
    File,
    Folder,
    SymbolicLink,
    HardLink,
    LongName,
    LongTarget,
    Extension,
    GlobalExtension,
}

/// A header by itself, as it is written.
#[derive(Debug)]
pub(super) struct TarHeader {
    pub(super) kind: TarKind,
    pub(super) size: u64,
    pub(super) path: Vec<u8>,
    pub(super) target: Vec<u8>,
    /// Some user may run it.
    pub(super) executable: bool,
}

impl TarHeader {
    /// Reads the header at `offset`, for which `known` may hold a path.
    pub(super) fn parse(
        block: &Block,
        offset: u64,
        known: &Description,
    ) -> Result<Self, ToolArchiveError> {
        let field = |field| ToolArchiveError::Structure {
            structure: "header",
            offset,
            field,
        };
        if !has_checksum(block) {
            return Err(field("checksum"));
        }
        let is_posix = match &block[257..265] {
            [b'u', b's', b't', b'a', b'r', 0, ..] => true,
            b"ustar  \0" => false,
            [0, 0, 0, 0, 0, 0, 0, 0] => false,
            _ => return Err(field("magic")),
        };
        let mut path = text(&block[..100]).ok_or_else(|| field("name"))?.to_vec();
        if is_posix {
            let prefix = text(&block[345..500]).ok_or_else(|| field("prefix"))?;
            if !prefix.is_empty() {
                path = [prefix, b"/", &path].concat();
            }
        }
        let named = known.path.as_ref().unwrap_or(&path);
        let kind = kind(block[156], named)?;
        if kind == TarKind::File && known.is_sparse {
            return Err(refused(named, EntryProblem::Sparse));
        }
        let size = octal(&block[124..136]).ok_or_else(|| field("size"))?;
        if known.size.is_some_and(|known| known != size) {
            return Err(refused(
                named,
                EntryProblem::Contradiction { field: "size" },
            ));
        }
        let has_content = !matches!(
            kind,
            TarKind::Folder | TarKind::SymbolicLink | TarKind::HardLink
        );
        if size > 0 && !has_content {
            return Err(refused(named, EntryProblem::UnexpectedContent));
        }
        let mode = octal(&block[100..108]).unwrap_or_default();
        // Before there was a type for them, folders were files with a slash.
        let is_old_folder = kind == TarKind::File && size == 0 && named.ends_with(b"/");
        Ok(Self {
            kind: if is_old_folder { TarKind::Folder } else { kind },
            size,
            target: text(&block[157..257])
                .ok_or_else(|| field("linkname"))?
                .to_vec(),
            path,
            executable: mode & 0o111 != 0,
        })
    }
}

fn kind(byte: u8, path: &[u8]) -> Result<TarKind, ToolArchiveError> {
    Ok(match byte {
        b'0' | 0 | b'7' => TarKind::File,
        b'1' => TarKind::HardLink,
        b'2' => TarKind::SymbolicLink,
        b'5' => TarKind::Folder,
        b'L' => TarKind::LongName,
        b'K' => TarKind::LongTarget,
        b'x' => TarKind::Extension,
        b'g' => TarKind::GlobalExtension,
        b'3' | b'4' => return Err(refused(path, EntryProblem::Device)),
        b'6' => return Err(refused(path, EntryProblem::Fifo)),
        b'S' => return Err(refused(path, EntryProblem::Sparse)),
        other => {
            let kind = shown(&[other]);
            return Err(refused(path, EntryProblem::UnknownType { kind }));
        }
    })
}

fn refused(path: &[u8], source: EntryProblem) -> ToolArchiveError {
    let path = shown(path);
    ToolArchiveError::Entry { path, source }
}
