//! The paths of a tool's archive. They are freer than an extension's: a tool is released for one system,
//! so only what no system can write safely is refused everywhere; Windows's own rules hold on Windows.

use super::super::path::{ArchivePath, PathError};
use super::{
    error::{EntryProblem, ToolArchiveError},
    limits::{ToolLimit, ToolLimits},
};
use crate::package::archive::error::shown;

/// Checks an entry's path and gives it without a leading `./`, and without the slash that ends a
/// folder's: names joined by `/`, or nothing for the root itself.
pub(super) fn parse<'path>(
    path: &'path [u8],
    limits: &ToolLimits,
) -> Result<&'path str, ToolArchiveError> {
    let refuse = |source| ToolArchiveError::Entry {
        path: shown(path),
        source,
    };
    check_length(path, limits)?;
    let text = std::str::from_utf8(path).map_err(|_| refuse(EntryProblem::NotUtf8))?;
    let normal = normal(text, cfg!(windows)).map_err(|error| refuse(error.into()))?;
    if normal.split('/').count() > limits.depth {
        return Err(ToolArchiveError::Limit {
            limit: ToolLimit::Depth,
            most: limits.depth as u64,
        });
    }
    Ok(normal)
}

/// Refuses a path or a link's target that is too long.
pub(super) fn check_length(path: &[u8], limits: &ToolLimits) -> Result<(), ToolArchiveError> {
    if path.len() > limits.path_bytes {
        return Err(ToolArchiveError::Limit {
            limit: ToolLimit::PathBytes,
            most: limits.path_bytes as u64,
        });
    }
    Ok(())
}

fn normal(text: &str, on_windows: bool) -> Result<&str, PathError> {
    if text.is_empty() {
        return Err(PathError::Empty);
    }
    if text.starts_with('/') {
        return Err(PathError::Absolute);
    }
    let inner = if text == "." {
        ""
    } else {
        text.strip_prefix("./").unwrap_or(text)
    };
    if inner.starts_with('/') {
        return Err(PathError::Absolute);
    }
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.is_empty() {
        return Ok(inner);
    }
    if on_windows {
        ArchivePath::parse(inner)?;
    }
    inner.split('/').try_for_each(check_component)?;
    Ok(inner)
}

fn check_component(component: &str) -> Result<(), PathError> {
    match component {
        "" => return Err(PathError::EmptyComponent),
        "." => return Err(PathError::Current),
        ".." => return Err(PathError::Parent),
        _ => {}
    }
    let bytes = component.len();
    if bytes > ArchivePath::MOST_COMPONENT_BYTES {
        return Err(PathError::ComponentTooLong { bytes });
    }
    match component.chars().find(|&character| is_refused(character)) {
        Some(character) => Err(PathError::Character { character }),
        None => Ok(()),
    }
}

/// A backslash is a separator on Windows, and a control character is in no honest name.
fn is_refused(character: char) -> bool {
    character == '\\' || character.is_control()
}

/// Checks a link's target by itself: relative, of characters that a path may have.
pub(super) fn target(
    target: &[u8],
    limits: &ToolLimits,
) -> Result<Result<String, EntryProblem>, ToolArchiveError> {
    check_length(target, limits)?;
    Ok(parse_target(target, cfg!(windows)))
}

fn parse_target(target: &[u8], on_windows: bool) -> Result<String, EntryProblem> {
    let unusable = || EntryProblem::LinkTarget {
        target: shown(target),
    };
    let text = std::str::from_utf8(target).map_err(|_| unusable())?;
    let has_drive = on_windows && text.contains(':');
    if text.starts_with('/') || has_drive {
        return Err(EntryProblem::AbsoluteLink {
            target: shown(target),
        });
    }
    if text.is_empty() || text.chars().any(is_refused) {
        return Err(unusable());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_real_tools_are_made_of_is_accepted() {
        for (text, expected) in [
            ("./", ""),
            (".", ""),
            ("./bin/", "bin"),
            ("man3/Foo::Bar.3", "man3/Foo::Bar.3"),
            ("include/aux.h", "include/aux.h"),
            ("a?*<>|\"", "a?*<>|\""),
            ("…/.hidden./x ", "…/.hidden./x "),
            ("C:x", "C:x"),
        ] {
            assert_eq!(normal(text, false), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_windows_cannot_hold_is_refused_there() {
        for text in ["C:/x", "a:b", "aux", "x.", "a?"] {
            assert!(normal(text, true).is_err(), "{text}");
        }
        assert!(parse_target(b"C:x", true).is_err());
        assert!(parse_target(b"C:x", false).is_ok());
    }

    #[test]
    fn what_leaves_the_folder_is_refused_everywhere() {
        for (text, expected) in [
            ("", PathError::Empty),
            ("/", PathError::Absolute),
            (".//etc", PathError::Absolute),
            ("..", PathError::Parent),
            ("a/../b", PathError::Parent),
            ("././a", PathError::Current),
            ("a//b", PathError::EmptyComponent),
            ("a//", PathError::EmptyComponent),
            ("a\\b", PathError::Character { character: '\\' }),
            (
                "a\u{9b}b",
                PathError::Character {
                    character: '\u{9b}',
                },
            ),
        ] {
            assert_eq!(normal(text, false), Err(expected), "{text:?}");
        }
    }
}
