//! Errors of reading and writing archives. Names from an archive are shown escaped and
//! cut, so that a hostile one cannot write to a terminal through an error message.

use std::{io, path::PathBuf};

use super::{limits::Limit, path::PathError};
use crate::base::{
    fs,
    hint::{ErrorKind, Hint},
};

/// The reason why an archive is refused, or could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The content does not start as a gzip stream does.
    #[error("the content is not a gzip archive")]
    NotGzip,
    /// The gzip stream is damaged, or its checksum does not fit its content.
    #[error("the gzip stream is damaged")]
    Gzip {
        /// What the decoder found.
        source: io::Error,
    },
    /// A second gzip stream follows the first.
    #[error("the archive holds more than one gzip member")]
    SeveralMembers,
    /// Bytes follow the end of the gzip stream.
    #[error("bytes follow the end of the archive")]
    TrailingBytes,
    /// The archive ends in the middle of its gzip stream, a header or a file.
    #[error("the archive is cut off")]
    Truncated,
    /// The tar stream ends without the two blocks of zeros that close it.
    #[error("the archive lacks its end marker")]
    MissingEnd,
    /// Something other than zeros follows the tar stream's end marker.
    #[error("data follows the end marker of the archive")]
    DataAfterEnd,
    /// The padding after a file's content is not zeros.
    #[error("the padding before offset {offset} of the archive is not empty")]
    Padding {
        /// Where in the tar stream the padding was read, in bytes.
        offset: u64,
    },
    /// A header's checksum does not fit the header.
    #[error("the header at offset {offset} of the archive has a wrong checksum")]
    Checksum {
        /// Where in the tar stream the header stands, in bytes.
        offset: u64,
    },
    /// A header is of neither tar format that is read (POSIX and GNU).
    #[error("the header at offset {offset} of the archive is of an unknown format")]
    Format {
        /// Where in the tar stream the header stands, in bytes.
        offset: u64,
    },
    /// A field of a header holds what no plain archive has there.
    #[error("the header at offset {offset} of the archive has an unusable `{field}` field")]
    Field {
        /// Where in the tar stream the header stands, in bytes.
        offset: u64,
        /// The field's name in the format's description.
        field: &'static str,
    },
    /// An entry is a symbolic link.
    #[error("`{path}` is a symbolic link")]
    SymbolicLink {
        /// The entry's path.
        path: String,
    },
    /// An entry is a hard link.
    #[error("`{path}` is a hard link")]
    HardLink {
        /// The entry's path.
        path: String,
    },
    /// An entry is a character or block device.
    #[error("`{path}` is a device")]
    Device {
        /// The entry's path.
        path: String,
    },
    /// An entry is a named pipe.
    #[error("`{path}` is a named pipe")]
    Fifo {
        /// The entry's path.
        path: String,
    },
    /// An entry is a sparse file, which can claim any size from a few bytes.
    #[error("`{path}` is a sparse file")]
    Sparse {
        /// The entry's path.
        path: String,
    },
    /// An entry is of a type that is neither a file nor a folder.
    #[error("`{path}` is of the unknown type {kind:?}")]
    UnknownType {
        /// The entry's path.
        path: String,
        /// The type's character in the header.
        kind: char,
    },
    /// An entry's path is not UTF-8.
    #[error("the path `{path}` is not UTF-8")]
    NotUtf8 {
        /// The entry's path, what is not UTF-8 replaced.
        path: String,
    },
    /// An entry's path is one that not every system can hold inside a folder.
    #[error("the path `{path}` cannot be used")]
    Path {
        /// The entry's path.
        path: String,
        /// The rule it breaks.
        source: PathError,
    },
    /// Two entries have the same path, or paths that some system takes for the same.
    #[error(
        "`{path}` stands in the archive twice, or differs only in case or accents from another"
    )]
    Duplicate {
        /// The second entry's path.
        path: String,
    },
    /// A path is a file for one entry and a folder for another.
    #[error("`{path}` is both a file and a folder")]
    FileAndFolder {
        /// The path.
        path: String,
    },
    /// A folder's header claims content.
    #[error("the folder `{path}` claims to have content")]
    FolderContent {
        /// The folder's path.
        path: String,
    },
    /// An extension header is malformed, stands twice before one entry, or before none.
    #[error("the extension header at offset {offset} of the archive is malformed or misplaced")]
    Extension {
        /// Where in the tar stream the header stands, in bytes.
        offset: u64,
    },
    /// An extension header sets something that changes how the archive is read.
    #[error("an extension header sets `{key}`, which is not allowed")]
    ExtensionKey {
        /// The key.
        key: String,
    },
    /// The archive goes over one of the [`Limits`](super::Limits).
    #[error("the archive has more than {most} {limit}")]
    Limit {
        /// Which limit.
        limit: Limit,
        /// The most that is allowed.
        most: u64,
    },
    /// The archive could not be read, for a reason that is not the archive's.
    #[error("failed to read the archive")]
    Read {
        /// What the reader answered.
        source: io::Error,
    },
    /// The archive could not be written.
    #[error("failed to write the archive")]
    Write {
        /// What the writer answered.
        source: io::Error,
    },
    /// The folder to unpack into is not a folder, or is not empty.
    #[error("`{}` is not an empty folder", path.display())]
    Destination {
        /// The folder.
        path: PathBuf,
    },
    /// A path to pack is not ASCII, or too long for the ustar format.
    #[error("the path `{path}` does not fit a canonical archive")]
    NotCanonical {
        /// The path.
        path: String,
    },
    /// What is to be packed is not a regular file, or is reached through a link.
    #[error("`{path}` is not a regular file")]
    NotAFile {
        /// The path.
        path: String,
    },
    /// A file changed its size while it was packed.
    #[error("`{path}` changed while it was read")]
    Changed {
        /// The path.
        path: String,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] fs::Error),
}

impl Error {
    /// Whether the input is at fault, the archive or the files to pack: the same would be refused
    /// again. The other errors are failures of the reader, the writer and the disk.
    pub fn is_refusal(&self) -> bool {
        !matches!(
            self,
            Self::Read { .. }
                | Self::Write { .. }
                | Self::Destination { .. }
                | Self::Changed { .. }
                | Self::File(_)
        )
    }

    /// Carries a typed error through a reader whose errors must be `io::Error`.
    pub(super) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }

    /// The typed error that an `io::Error` carries, or that error back.
    pub(super) fn from_io(error: io::Error) -> Result<Self, io::Error> {
        error.downcast::<Self>()
    }
}

impl Hint for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Gzip { .. } | Self::Truncated | Self::Checksum { .. } => ErrorKind::Damaged,
            Self::Limit { .. } => ErrorKind::Limit,
            Self::Read { .. } | Self::Write { .. } => ErrorKind::Io,
            Self::Changed { .. } => ErrorKind::Busy,
            Self::File(error) => error.kind(),
            _ => ErrorKind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotGzip => {
                "the server may have answered with an error page; try again later or from another mirror"
                    .into()
            }
            Self::Gzip { .. } | Self::Truncated | Self::Checksum { .. } => {
                "download the archive again; if it stays damaged, tell its publisher".into()
            }
            Self::SymbolicLink { .. } | Self::HardLink { .. } => {
                "replace the link by a copy of the file it points to, and pack again".into()
            }
            Self::Path { source, .. } => return source.hint(),
            Self::Duplicate { .. } | Self::FileAndFolder { .. } => {
                "rename one of the two, so that systems which ignore case can hold both".into()
            }
            Self::Limit { limit: Limit::Depth | Limit::PathBytes, .. } => {
                "give the files shorter paths with fewer folders".into()
            }
            Self::Limit { .. } => {
                "leave out what the extension does not need; it can download large files when it runs"
                    .into()
            }
            Self::Read { .. } => "try again".into(),
            Self::Write { .. } => "check that there is space left where the archive is written".into(),
            Self::Destination { .. } => "give a new, empty folder".into(),
            Self::NotCanonical { .. } => {
                "use ASCII letters, and paths of at most 255 bytes with names of at most 100".into()
            }
            Self::NotAFile { .. } => "only regular files can be packed; leave this one out".into(),
            Self::Changed { .. } => "pack again when nothing else writes to the folder".into(),
            Self::File(error) => return error.hint(),
            _ => "pack the extension again with `annexe pack`, or with plain `tar -czf <archive> -C <folder> .`"
                .into(),
        })
    }
}

/// A name out of an archive, safe to show: escaped, and cut where it is long.
pub(super) fn shown(name: &[u8]) -> String {
    const MOST_CHARACTERS: usize = 200;
    let name = String::from_utf8_lossy(name.get(..MOST_CHARACTERS * 4).unwrap_or(name));
    let mut characters = name.chars();
    let mut shown: String = characters
        .by_ref()
        .take(MOST_CHARACTERS)
        .flat_map(|character| {
            // A quote or an accent is harmless; only what cannot be seen needs escaping.
            let plain = !character.is_control() && character.escape_debug().len() == 1;
            let escaped =
                (!plain && !matches!(character, '\'' | '"')).then(|| character.escape_default());
            let kept = escaped.is_none().then_some(character);
            escaped.into_iter().flatten().chain(kept)
        })
        .collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_cannot_write_to_a_terminal() {
        assert_eq!(shown(b"a\x1b[31m\r\n"), "a\\u{1b}[31m\\r\\n");
        assert_eq!(shown("gpj.\u{202e}exe".as_bytes()), "gpj.\\u{202e}exe");
        assert_eq!(shown("größe's 日本".as_bytes()), "größe's 日本");
        assert_eq!(shown(b"\xff"), "\u{fffd}");
        assert_eq!(shown(&[b'a'; 5000]).chars().count(), 201);
    }

    #[test]
    fn a_typed_error_survives_an_io_error() {
        assert!(matches!(
            Error::from_io(Error::NotGzip.into_io()),
            Ok(Error::NotGzip)
        ));
        assert!(Error::from_io(io::ErrorKind::UnexpectedEof.into()).is_err());
    }
}
