//! Errors of reading a tool's archive. Names out of it are shown escaped and cut.

use std::{io, path::PathBuf};

use super::{super::path::PathError, content::Content, limits::ToolLimit};
use crate::{
    base::{
        fs,
        hint::{ErrorKind, Hint},
    },
    package::archive::error::shown,
};

/// The reason why a tool's archive is refused, or could not be read or unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolArchiveError {
    /// It is something else, an error page most often.
    #[error("it is {found}, not {expected}")]
    NotAnArchive {
        /// What it is, as far as its first bytes tell.
        found: Content,
        /// What was to be unpacked.
        expected: Content,
    },
    /// The compressed content is damaged, or its checksum does not fit.
    #[error("the compressed content is damaged")]
    Compression {
        /// What the decoder found.
        source: io::Error,
    },
    /// It ends before its content does.
    #[error("the archive is cut off")]
    Truncated,
    /// Bytes that belong to nothing follow the end of the archive.
    #[error("bytes follow the end of the archive")]
    TrailingBytes,
    /// The tar stream ends without the block of zeros that closes it.
    #[error("the archive lacks its end marker")]
    MissingEnd,
    /// A structure of the archive says what cannot be.
    #[error("the {structure} at offset {offset} of the archive has an unusable `{field}` field")]
    Structure {
        /// The structure's name: "header", "central directory entry".
        structure: &'static str,
        /// Where it stands, in bytes: of a tar archive in the stream, of a zip archive in the file.
        offset: u64,
        /// The field's name in the format's description.
        field: &'static str,
    },
    /// An entry is refused.
    #[error("the entry `{path}` is refused")]
    Entry {
        /// The entry's path.
        path: String,
        /// Why.
        source: EntryProblem,
    },
    /// The archive goes over one of the [`ToolLimits`](super::ToolLimits).
    #[error("the archive has more than {most} {limit}")]
    Limit {
        /// Which limit.
        limit: ToolLimit,
        /// The most that is allowed.
        most: u64,
    },
    /// The archive could not be read, for a reason that is not the archive's.
    #[error("failed to read the archive")]
    Read {
        /// What the reader answered.
        source: io::Error,
    },
    /// What was unpacked could not be written.
    #[error("failed to write what was unpacked")]
    Write {
        /// What the system answered.
        source: io::Error,
    },
    /// The folder to unpack into is not empty.
    #[error("`{}` is not an empty folder", path.display())]
    Destination {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] fs::Error),
}

/// The reason for which an entry of a tool's archive is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryProblem {
    /// Its path is one that is not written to.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Its path is not UTF-8.
    #[error("its path is not UTF-8")]
    NotUtf8,
    /// Its path, or one that a system may take for the same, stands in the archive twice.
    #[error("it stands in the archive twice, or differs only in case or accents from `{other}`")]
    Duplicate {
        /// The path that was there first.
        other: String,
    },
    /// Its path is a file or link for one entry and a folder for another.
    #[error("it is both a folder and something else")]
    FileAndFolder,
    /// It is to be written through a link of the archive.
    #[error("its path leads through the link `{link}` of the archive")]
    ThroughLink {
        /// The link's path.
        link: String,
    },
    /// A link without a target, or with one that cannot be written down.
    #[error("it is a link to the unusable target `{target}`")]
    LinkTarget {
        /// The target as the archive has it.
        target: String,
    },
    /// A link to an absolute path.
    #[error("it is a link to the absolute path `{target}`")]
    AbsoluteLink {
        /// The target.
        target: String,
    },
    /// A link that leads out of the archive.
    #[error("it is a link to `{target}`, which leads out of the archive")]
    LinkOut {
        /// The target.
        target: String,
    },
    /// A link whose `..` depends on where another link leads, or on what is not in the archive.
    #[error("it is a link to `{target}`, which climbs out of a link or of what is not there")]
    LinkClimbs {
        /// The target.
        target: String,
    },
    /// A link that leads back to itself.
    #[error("it is a link to `{target}`, which leads round in a circle")]
    LinkLoop {
        /// The target.
        target: String,
    },
    /// A link through a file, as if it were a folder.
    #[error("it is a link to `{target}`, which leads through a file")]
    LinkThroughFile {
        /// The target.
        target: String,
    },
    /// A hard link to something that is not a regular file earlier in the archive.
    #[error("it is a hard link to `{target}`, which is not a file that comes before it")]
    HardLink {
        /// The target.
        target: String,
    },
    /// A symbolic link, on a system where not every user may create one.
    #[error("it is a symbolic link, which this system does not let every user create")]
    LinksUnsupported,
    /// A link or folder with content.
    #[error("it claims to have content, which its type does not have")]
    UnexpectedContent,
    /// A character or block device.
    #[error("it is a device")]
    Device,
    /// A named pipe.
    #[error("it is a named pipe")]
    Fifo,
    /// A socket.
    #[error("it is a socket")]
    Socket,
    /// A sparse file, which can claim any size from a few bytes.
    #[error("it is a sparse file")]
    Sparse,
    /// Neither file nor folder nor link.
    #[error("it is of the unknown type {kind:?}")]
    UnknownType {
        /// The type's character in the header, or its number.
        kind: String,
    },
    /// It is encrypted.
    #[error("it is encrypted")]
    Encrypted,
    /// It is compressed in a way that is not read.
    #[error("it is compressed by {method}, which is not supported")]
    Method {
        /// The method's name.
        method: String,
    },
    /// Two places of the archive say different things of it.
    #[error("the archive says two different things of its {field}")]
    Contradiction {
        /// What is told twice.
        field: &'static str,
    },
    /// Its content is longer or shorter than the archive says.
    #[error("its content does not have the size that the archive says")]
    Size,
    /// Its content does not have the checksum that the archive says.
    #[error("its content does not fit its checksum")]
    Checksum,
    /// Its bytes in the archive belong to another entry too, or to the archive's directory.
    #[error("its content lies over that of another entry")]
    Overlap,
}

impl ToolArchiveError {
    /// The archive itself is at fault: the same would be refused again. What is left are failures of
    /// the reader and the disk.
    pub fn is_refusal(&self) -> bool {
        !matches!(
            self,
            Self::Read { .. } | Self::Write { .. } | Self::Destination { .. } | Self::File(_)
        )
    }

    pub(super) fn entry(path: &str, source: EntryProblem) -> Self {
        let path = shown(path.as_bytes());
        Self::Entry { path, source }
    }

    /// Carries a typed error through a reader whose errors must be `io::Error`.
    pub(super) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }
}

impl Hint for ToolArchiveError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Compression { .. } | Self::Truncated => ErrorKind::Damaged,
            Self::Limit { .. } => ErrorKind::Limit,
            Self::Read { .. } | Self::Write { .. } => ErrorKind::Io,
            Self::File(error) => error.kind(),
            _ => ErrorKind::Invalid,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NotAnArchive { found, .. } => return Some(found.hint().into()),
            Self::Compression { .. } | Self::Truncated => {
                "download it again; if it stays damaged, tell its publisher".into()
            }
            Self::Limit { limit, .. } => format!(
                "if the tool is meant to be that large, raise the limit on {limit}; otherwise tell its publisher"
            ),
            Self::Entry { source, .. } => return source.hint(),
            Self::Read { .. } => "try again".into(),
            Self::Write { .. } => "check that the disk has space left".into(),
            Self::Destination { .. } => "give a new, empty folder".into(),
            Self::File(error) => return error.hint(),
            _ => "nothing was unpacked; tell its publisher that the archive is malformed".into(),
        })
    }
}

impl Hint for EntryProblem {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::LinksUnsupported => "choose the tool's release for Windows, which has no links",
            Self::Encrypted => "choose a release that needs no password",
            Self::Method { .. } => {
                "choose a zip archive that is compressed by deflate, or a tar.gz archive"
            }
            Self::Size | Self::Checksum => {
                "download it again; if it stays damaged, tell its publisher"
            }
            Self::Duplicate { .. } | Self::FileAndFolder => {
                "nothing was unpacked; tell its publisher that systems which ignore case cannot hold both"
            }
            _ => "nothing was unpacked; the archive may be meant to harm: tell its publisher",
        };
        Some(hint.into())
    }
}
