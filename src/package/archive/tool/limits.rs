//! Limits on what unpacking a tool's archive may cost.

use std::fmt;

/// Limits on the content of a tool's archive. Every number counts from zero and is inclusive: an archive
/// right at a limit is unpacked, one above it is refused as
/// [`ToolArchiveError::Limit`](super::ToolArchiveError::Limit).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolLimits {
    /// Bytes of the archive. Default 2 GiB: the largest tools, with a compiler in them, are below 1 GiB.
    pub compressed_bytes: u64,
    /// Bytes of all files together; a hard link adds none. Default 4 GiB: twice a whole LLVM release.
    pub unpacked_bytes: u64,
    /// Bytes that describe the entries: of a tar stream all that is not file content, of a zip archive
    /// its central directory. Default 512 MiB: about 2.5 KiB for each of the entries allowed. Of a central
    /// directory, which is held in memory, never more than [`MOST_DIRECTORY_BYTES`](Self::MOST_DIRECTORY_BYTES).
    pub overhead_bytes: u64,
    /// Members of a gzip file, one after the other. Default 100,000: a writer that compresses in blocks of 64 KiB
    /// makes 32,768 of 2 GiB.
    pub members: u64,
    /// Members of a gzip file in a row that hold nothing. Default 16: a writer that compresses in blocks ends with
    /// one.
    pub empty_members: u64,
    /// Unpacked bytes for each byte of the archive. Default 200: programs reach 5, text 10, tables of
    /// zeros in a program 50; a run of zeros reaches 1030, the most there is.
    pub ratio: u64,
    /// Unpacked bytes up to which the ratio does not matter. Default 64 MiB: so little does no harm.
    pub ratio_free_bytes: u64,
    /// Files, folders and links together, the folders only implied by a path included. Default 200,000:
    /// a JavaScript tool with all its packages reaches 100,000.
    pub entries: u64,
    /// Components of one path. Default 64: packages nested in packages reach 40.
    pub depth: usize,
    /// Bytes of one path or of a link's target. Default 4 KiB, what Linux takes in one call.
    pub path_bytes: usize,
    /// Bytes of all links' targets together, which are held in memory. Default 16 MiB: 80 for each of
    /// the entries allowed.
    pub link_bytes: u64,
    /// Bytes of one extension header of a tar archive, which are held in memory. Default 1 MiB: room
    /// for the file attributes that some systems add.
    pub header_bytes: u64,
    /// Whether two names that differ only in case, or in how accents are spelled, are the same name, so that an
    /// archive with both is refused. Default: where the file system of the folder takes them for the same.
    pub folds_names: Option<bool>,
}

impl Default for ToolLimits {
    fn default() -> Self {
        Self {
            compressed_bytes: 2 << 30,
            unpacked_bytes: 4 << 30,
            overhead_bytes: 512 << 20,
            members: 100_000,
            empty_members: 16,
            ratio: 200,
            ratio_free_bytes: 64 << 20,
            entries: 200_000,
            depth: 64,
            path_bytes: 4096,
            link_bytes: 16 << 20,
            header_bytes: 1 << 20,
            folds_names: None,
        }
    }
}

impl ToolLimits {
    /// The most bytes of a zip archive's central directory, whatever
    /// [`overhead_bytes`](Self::overhead_bytes) says: 64 MiB, about 335 for each of the entries allowed.
    pub const MOST_DIRECTORY_BYTES: u64 = 64 << 20;

    /// Whether so many unpacked bytes from so many of the archive are more than the ratio allows.
    pub(super) fn exceeds_ratio(&self, unpacked_bytes: u64, compressed_bytes: u64) -> bool {
        unpacked_bytes > self.ratio_free_bytes
            && unpacked_bytes > self.ratio.saturating_mul(compressed_bytes)
    }
}

/// One of the [`ToolLimits`], which an archive exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolLimit {
    /// [`ToolLimits::compressed_bytes`].
    CompressedBytes,
    /// [`ToolLimits::unpacked_bytes`].
    UnpackedBytes,
    /// [`ToolLimits::overhead_bytes`].
    OverheadBytes,
    /// [`ToolLimits::members`].
    Members,
    /// [`ToolLimits::empty_members`].
    EmptyMembers,
    /// [`ToolLimits::ratio`].
    Ratio,
    /// [`ToolLimits::entries`].
    Entries,
    /// [`ToolLimits::depth`].
    Depth,
    /// [`ToolLimits::path_bytes`].
    PathBytes,
    /// [`ToolLimits::link_bytes`].
    LinkBytes,
    /// [`ToolLimits::header_bytes`].
    HeaderBytes,
}

impl fmt::Display for ToolLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::CompressedBytes => "bytes",
            Self::UnpackedBytes => "bytes of files",
            Self::OverheadBytes => "bytes of headers and padding",
            Self::Members => "compressed members",
            Self::EmptyMembers => "empty compressed members in a row",
            Self::Ratio => "unpacked bytes for each byte of its own",
            Self::Entries => "files, folders and links",
            Self::Depth => "components in one path",
            Self::PathBytes => "bytes in one path",
            Self::LinkBytes => "bytes of links' targets",
            Self::HeaderBytes => "bytes in one extension header",
        })
    }
}
