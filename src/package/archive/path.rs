//! Relative paths that mean the same on every system and cannot leave the folder they are joined to.
//!
//! The rules are the strictest of the three systems', so that an archive or a manifest is good
//! everywhere or nowhere: what Windows cannot name is refused on Linux too.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::base::hint::{ErrorKind, Hint};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// A relative path below some folder: components joined by `/`, each of which can be a file's name
/// on Linux, macOS and Windows. It never holds `..`, `.`, an empty component, a backslash, a colon
/// or a control character, so [`ArchivePath::to_path`] cannot leave its base.
///
/// Paths are ordered by their bytes, which is the order of a canonical archive.
///
/// # Example: what a manifest may name
///
/// ```
/// use annexe::archive::ArchivePath;
///
/// assert!(ArchivePath::parse("grammars/gleam.wasm").is_ok());
/// assert!(ArchivePath::parse("../other/extension.wasm").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArchivePath(String);

/// The reason why a string is not an [`ArchivePath`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// The string is empty.
    #[error("the path is empty")]
    Empty,
    /// It starts with `/`.
    #[error("the path is absolute")]
    Absolute,
    /// It starts with a drive letter, as in `C:`.
    #[error("the path starts with the drive letter `{letter}:`")]
    Drive {
        /// The letter.
        letter: char,
    },
    /// A component is `..`.
    #[error("the path holds `..`, which would leave its folder")]
    Parent,
    /// A component is `.`.
    #[error("the path holds `.` as a component")]
    Current,
    /// Two `/` follow each other, or the path ends in one.
    #[error("the path holds an empty component")]
    EmptyComponent,
    /// A character that some system cannot have in a file's name, or that a user cannot see.
    #[error("the path holds the character {character:?}, which not every system can name")]
    Character {
        /// The character.
        character: char,
    },
    /// A component that Windows takes for a device, with or without an extension.
    #[error("`{component}` is the name of a device on Windows")]
    Reserved {
        /// The component.
        component: String,
    },
    /// A component ends in a dot or a space, which Windows drops.
    #[error("`{component}` ends in a dot or a space, which Windows drops")]
    TrailingDotOrSpace {
        /// The component.
        component: String,
    },
    /// A component is longer than [`ArchivePath::MOST_COMPONENT_BYTES`].
    #[error(
        "a component has {bytes} bytes, more than {} bytes",
        ArchivePath::MOST_COMPONENT_BYTES
    )]
    ComponentTooLong {
        /// The component's length.
        bytes: usize,
    },
    /// The path is longer than [`ArchivePath::MOST_BYTES`].
    #[error(
        "the path has {bytes} bytes, more than {} bytes",
        ArchivePath::MOST_BYTES
    )]
    TooLong {
        /// The path's length.
        bytes: usize,
    },
}

impl Hint for PathError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Empty | Self::EmptyComponent | Self::Current => {
                "write the path as names joined by single slashes, as in `languages/gleam/config.toml`".into()
            }
            Self::Absolute | Self::Drive { .. } | Self::Parent => {
                "write the path relative to the extension's own folder, and keep it inside".into()
            }
            Self::Character { .. } | Self::Reserved { .. } | Self::TrailingDotOrSpace { .. } => {
                "rename the file so that Linux, macOS and Windows can all hold it".into()
            }
            Self::ComponentTooLong { .. } | Self::TooLong { .. } => {
                "give the file or its folders shorter names".into()
            }
        })
    }
}

impl ArchivePath {
    /// The longest path: 4 KiB, what Linux takes in one call.
    pub const MOST_BYTES: usize = 4096;

    /// The longest component: 255 bytes, what the usual file systems of all three systems hold.
    pub const MOST_COMPONENT_BYTES: usize = 255;

    /// Checks a path written with `/`.
    ///
    /// # Errors
    ///
    /// The first rule the path breaks, as a [`PathError`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        if text.len() > Self::MOST_BYTES {
            return Err(PathError::TooLong { bytes: text.len() });
        }
        if text.starts_with('/') {
            return Err(PathError::Absolute);
        }
        let mut start = text.chars();
        if let (Some(letter), Some(':')) = (start.next(), start.next())
            && letter.is_ascii_alphabetic()
        {
            return Err(PathError::Drive { letter });
        }
        text.split('/').try_for_each(check_component)?;
        Ok(Self(text.to_owned()))
    }

    /// The path as it is written, with `/` between its components.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path's components, outermost first; there is at least one.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// Returns the number of components of the path; at least 1.
    pub fn depth(&self) -> usize {
        self.components().count()
    }

    /// The path below `base`, in the system's own form.
    pub fn to_path(&self, base: &Path) -> PathBuf {
        let mut path = base.to_path_buf();
        path.extend(self.components());
        path
    }
}

impl fmt::Display for ArchivePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AsRef<str> for ArchivePath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for ArchivePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for ArchivePath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        Self::parse(&text)
    }
}

impl From<ArchivePath> for String {
    fn from(path: ArchivePath) -> Self {
        path.0
    }
}

fn check_component(component: &str) -> Result<(), PathError> {
    match component {
        "" => return Err(PathError::EmptyComponent),
        "." => return Err(PathError::Current),
        ".." => return Err(PathError::Parent),
        _ => {}
    }
    if component.len() > ArchivePath::MOST_COMPONENT_BYTES {
        return Err(PathError::ComponentTooLong {
            bytes: component.len(),
        });
    }
    if let Some(character) = component.chars().find(|&character| is_refused(character)) {
        return Err(PathError::Character { character });
    }
    if component.ends_with(['.', ' ']) {
        return Err(PathError::TrailingDotOrSpace {
            component: component.to_owned(),
        });
    }
    if is_reserved(component) {
        return Err(PathError::Reserved {
            component: component.to_owned(),
        });
    }
    Ok(())
}

/// Characters that Windows cannot name, control characters, and those that show nothing or turn the
/// text around: a name must be what a user reads.
fn is_refused(character: char) -> bool {
    character.is_control()
        || matches!(character, '\\' | ':' | '<' | '>' | '"' | '|' | '?' | '*')
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Windows looks at what stands before the first dot, without the spaces at its end, in any case,
/// and takes the superscript digits for digits.
fn is_reserved(component: &str) -> bool {
    let stem = component.split('.').next().unwrap_or_default().trim_end();
    let stem = stem.nfkc().collect::<String>().to_ascii_lowercase();
    if matches!(
        stem.as_str(),
        "aux" | "con" | "nul" | "prn" | "conin$" | "conout$" | "clock$"
    ) {
        return true;
    }
    let port = stem
        .strip_prefix("com")
        .or_else(|| stem.strip_prefix("lpt"));
    port.is_some_and(|digit| digit.len() == 1 && digit.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_accepted() {
        for text in [
            "extension.toml",
            "languages/c++/config.toml",
            ".hidden/._x",
            "a b/ c",
            "auxiliary/con-tainer.md",
            "com/lpt/com10/nullable",
            "größe/日本語.json",
            "...a",
            "~",
        ] {
            assert_eq!(
                ArchivePath::parse(text).map(String::from),
                Ok(text.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_could_leave_the_folder_is_refused_by_name() {
        for (text, expected) in [
            ("", PathError::Empty),
            ("/", PathError::Absolute),
            ("/etc/passwd", PathError::Absolute),
            ("//server/share", PathError::Absolute),
            ("C:/x", PathError::Drive { letter: 'C' }),
            ("c:", PathError::Drive { letter: 'c' }),
            ("..", PathError::Parent),
            ("a/../../b", PathError::Parent),
            ("./a", PathError::Current),
            ("a/.", PathError::Current),
            ("a//b", PathError::EmptyComponent),
            ("a/", PathError::EmptyComponent),
            ("..\\a", PathError::Character { character: '\\' }),
            ("a/b:stream", PathError::Character { character: ':' }),
            ("a\0b", PathError::Character { character: '\0' }),
            (
                "a\u{7f}",
                PathError::Character {
                    character: '\u{7f}',
                },
            ),
            (
                "a\u{85}",
                PathError::Character {
                    character: '\u{85}',
                },
            ),
            (
                "gpj.\u{202e}exe",
                PathError::Character {
                    character: '\u{202e}',
                },
            ),
        ] {
            assert_eq!(ArchivePath::parse(text), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn device_names_are_refused_in_every_spelling() {
        for text in [
            "aux",
            "a/CON",
            "nul.txt",
            "Nul.tar.gz",
            "prn .x",
            "com1",
            "LPT9.md",
            "com¹",
            "lpt³.x",
            "ｃｏｎ",
            "conin$",
            "com0",
        ] {
            assert!(
                matches!(ArchivePath::parse(text), Err(PathError::Reserved { .. })),
                "{text}"
            );
        }
        for text in ["a.", "a /b", "b/...", "x. "] {
            let error = ArchivePath::parse(text);
            assert!(
                matches!(error, Err(PathError::TrailingDotOrSpace { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn lengths_are_held_to_the_byte() {
        assert!(ArchivePath::parse(&"a".repeat(255)).is_ok());
        assert_eq!(
            ArchivePath::parse(&"a".repeat(256)),
            Err(PathError::ComponentTooLong { bytes: 256 })
        );
        let longest = format!("{}a", "a/".repeat(2047)) + "b";
        assert_eq!(longest.len(), 4096);
        assert!(ArchivePath::parse(&longest).is_ok());
        assert_eq!(
            ArchivePath::parse(&(longest + "c")),
            Err(PathError::TooLong { bytes: 4097 })
        );
    }

    #[test]
    fn a_path_joins_below_its_base() {
        let path = ArchivePath::parse("a/b.txt").unwrap();
        assert_eq!(
            path.to_path(Path::new("base")),
            Path::new("base").join("a").join("b.txt")
        );
        assert_eq!(path.depth(), 2);
    }
}
