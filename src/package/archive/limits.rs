//! Limits on what unpacking an archive may cost.

use std::fmt;

use super::path::ArchivePath;

/// Limits on the content of an archive. Every field counts from zero and is inclusive: an archive right
/// at a limit is unpacked, one above it is refused as [`Error::Limit`](super::Error::Limit).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the compressed archive. Default 256 MiB: extensions are below 10 MiB, the few that
    /// carry many compiled grammars below 100 MiB.
    pub compressed_bytes: u64,
    /// Bytes of all files together. Default 1 GiB: what an extension may reasonably take on a disk.
    pub unpacked_bytes: u64,
    /// Bytes of the tar stream that are not file content: headers, long names, padding. Default
    /// 64 MiB: about 3 KiB for each of the files and folders allowed, and a bound on endless headers.
    pub overhead_bytes: u64,
    /// Unpacked bytes for each compressed byte. Default 200: text reaches 10, a generated parser
    /// table 50; a run of zeros reaches 1030.
    pub ratio: u64,
    /// Unpacked bytes up to which the ratio does not matter. Default 16 MiB: a small archive may be
    /// mostly headers and padding, and so little does no harm.
    pub ratio_free_bytes: u64,
    /// Files. Default 20,000: the largest extensions are icon themes with a few thousand.
    pub files: u64,
    /// Folders, those only implied by a file's path included. Default 20,000, as for files.
    pub folders: u64,
    /// Components of one path. Default 32: deeper than any source tree, far below what a system's
    /// path calls refuse.
    pub depth: usize,
    /// Bytes of one path. Default 4 KiB, what Linux takes in one call; an [`ArchivePath`] holds no
    /// more, so a greater value changes nothing.
    pub path_bytes: usize,
    /// Bytes of one extension header, which are held in memory. Default 64 KiB: room for the file
    /// attributes that macOS adds.
    pub header_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            compressed_bytes: 256 << 20,
            unpacked_bytes: 1 << 30,
            overhead_bytes: 64 << 20,
            ratio: 200,
            ratio_free_bytes: 16 << 20,
            files: 20_000,
            folders: 20_000,
            depth: 32,
            path_bytes: ArchivePath::MOST_BYTES,
            header_bytes: 64 << 10,
        }
    }
}

impl Limits {
    /// Whether so many unpacked bytes from so many compressed ones are more than the ratio allows.
    pub(super) fn exceeds_ratio(&self, unpacked_bytes: u64, compressed_bytes: u64) -> bool {
        unpacked_bytes > self.ratio_free_bytes
            && unpacked_bytes > self.ratio.saturating_mul(compressed_bytes)
    }
}

/// One of the [`Limits`], which an archive exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::compressed_bytes`].
    CompressedBytes,
    /// [`Limits::unpacked_bytes`].
    UnpackedBytes,
    /// [`Limits::overhead_bytes`].
    OverheadBytes,
    /// [`Limits::ratio`].
    Ratio,
    /// [`Limits::files`].
    Files,
    /// [`Limits::folders`].
    Folders,
    /// [`Limits::depth`].
    Depth,
    /// [`Limits::path_bytes`].
    PathBytes,
    /// [`Limits::header_bytes`].
    HeaderBytes,
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::CompressedBytes => "compressed bytes",
            Self::UnpackedBytes => "bytes of files",
            Self::OverheadBytes => "bytes of headers and padding",
            Self::Ratio => "unpacked bytes for each compressed byte",
            Self::Files => "files",
            Self::Folders => "folders",
            Self::Depth => "components in one path",
            Self::PathBytes => "bytes in one path",
            Self::HeaderBytes => "bytes in one extension header",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_spares_small_archives_and_counts_inclusively() {
        let limits = Limits {
            ratio: 10,
            ratio_free_bytes: 1000,
            ..Limits::default()
        };
        assert!(!limits.exceeds_ratio(1000, 1));
        assert!(limits.exceeds_ratio(1001, 100));
        assert!(!limits.exceeds_ratio(2000, 200));
        assert!(limits.exceeds_ratio(2001, 200));
    }
}
