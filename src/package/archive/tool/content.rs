//! The recognition of what was downloaded in place of an archive, by its first bytes.

use std::fmt;

/// How many bytes from the start are looked at.
pub(super) const START_BYTES: usize = 512;

/// The kind of content of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A gzip-compressed tar archive.
    TarGz,
    /// A zip archive.
    Zip,
    /// Nothing.
    Empty,
    /// An HTML page: a server's error or a page to log in, most often.
    Html,
    /// An XML document.
    Xml,
    /// A JSON document: an API's error, most often.
    Json,
    /// What Git LFS keeps in the place of a file.
    LfsPointer,
    /// A gzip-compressed file.
    Gzip,
    /// A tar archive without compression.
    Tar,
    /// An archive or file compressed by xz.
    Xz,
    /// An archive or file compressed by Zstandard.
    Zstandard,
    /// An archive or file compressed by bzip2.
    Bzip2,
    /// A 7z archive.
    SevenZip,
    /// A program.
    Program,
    /// Text.
    Text,
    /// None of these.
    Unknown,
}

impl Content {
    /// Judges by the first bytes, of which there are [`START_BYTES`] unless the whole is shorter.
    pub(super) fn of(start: &[u8]) -> Self {
        const MAGIC: &[(&[u8], Content)] = &[
            (&[0x1f, 0x8b], Content::Gzip),
            (b"PK\x03\x04", Content::Zip),
            (b"PK\x05\x06", Content::Zip),
            (b"\xfd7zXZ\0", Content::Xz),
            (b"\x28\xb5\x2f\xfd", Content::Zstandard),
            (b"BZh", Content::Bzip2),
            (b"7z\xbc\xaf\x27\x1c", Content::SevenZip),
            (b"\x7fELF", Content::Program),
            (b"MZ", Content::Program),
            (b"\xcf\xfa\xed\xfe", Content::Program),
            (b"\xca\xfe\xba\xbe", Content::Program),
            (b"#!", Content::Program),
            (b"\0asm", Content::Program),
            (b"version https://git-lfs", Content::LfsPointer),
        ];
        if start.is_empty() {
            return Self::Empty;
        }
        let magic = MAGIC.iter().find(|(magic, _)| start.starts_with(magic));
        if let Some((_, content)) = magic {
            return *content;
        }
        if start.get(257..262) == Some(b"ustar") {
            return Self::Tar;
        }
        Self::of_text(start)
    }

    fn of_text(start: &[u8]) -> Self {
        let is_text = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
        let text = String::from_utf8_lossy(start);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let lower = text.to_ascii_lowercase();
        let tags = [
            "<!doctype html",
            "<html",
            "<head",
            "<body",
            "<title",
            "<!--",
            "<script",
        ];
        let is_page = tags.iter().any(|tag| lower.starts_with(tag));
        if is_page || (lower.starts_with('<') && lower.contains("<html")) {
            Self::Html
        } else if text.starts_with('<') {
            Self::Xml
        } else if text.starts_with(['{', '[']) {
            Self::Json
        } else if start.iter().all(is_text) {
            Self::Text
        } else {
            Self::Unknown
        }
    }

    /// The way out for one who got this in the place of an archive.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Html | Self::Xml | Self::Json | Self::Text | Self::Empty => {
                "the server may have answered with an error or a page to log in: open the address in a browser"
            }
            Self::LfsPointer => {
                "the address must be that of the file itself, not of its pointer in Git"
            }
            Self::Unknown => "download it again; if it stays damaged, tell its publisher",
            _ => "the extension expects another kind of file: tell its author which one it got",
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::TarGz => "a gzip-compressed tar archive",
            Self::Zip => "a zip archive",
            Self::Empty => "empty",
            Self::Html => "an HTML page",
            Self::Xml => "an XML document",
            Self::Json => "a JSON document",
            Self::LfsPointer => "a Git LFS pointer",
            Self::Gzip => "a gzip-compressed file",
            Self::Tar => "an uncompressed tar archive",
            Self::Xz => "a file compressed by xz",
            Self::Zstandard => "a file compressed by Zstandard",
            Self::Bzip2 => "a file compressed by bzip2",
            Self::SevenZip => "a 7z archive",
            Self::Program => "a program",
            Self::Text => "plain text",
            Self::Unknown => "of an unknown kind",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_send_in_the_place_of_an_archive_is_named() {
        for (start, expected) in [
            (&b""[..], "empty"),
            (b"\xef\xbb\xbf\r\n <!DOCTYPE html>", "an HTML page"),
            (b"<html><body>502", "an HTML page"),
            (b"<?xml version=\"1.0\"?><html>", "an HTML page"),
            (b"<?xml version=\"1.0\"?><Error>", "an XML document"),
            (b"{\"message\":\"rate limited\"}", "a JSON document"),
            (b"Not Found", "plain text"),
            (
                b"version https://git-lfs.github.com/spec/v1\n",
                "a Git LFS pointer",
            ),
            (b"PK\x03\x04", "a zip archive"),
            (b"\x7fELF\x02", "a program"),
            (b"\x01\x02\x03", "of an unknown kind"),
        ] {
            assert_eq!(Content::of(start).to_string(), expected);
        }
    }
}
