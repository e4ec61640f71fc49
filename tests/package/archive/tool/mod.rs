//! The reader of tools' archives: what must be refused, what must be unpacked, and whatever a changed byte
//! makes of either.

mod fuzz;
mod good;
mod hostile_tar;
mod hostile_zip;
mod limits;
mod real;
mod zip_build;

use std::{
    collections::BTreeMap,
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use annexe::{
    ConfinedFolder, Hint as _,
    archive::tool::{ToolArchiveError, ToolLimits, UnpackedTool, unpack_tar_gz, unpack_zip},
};

use super::place::Place;

/// How an archive is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    TarGz,
    Zip,
}

/// What was unpacked, by path.
type Things = BTreeMap<PathBuf, Thing>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Thing {
    Folder,
    File { content: Vec<u8>, executable: bool },
    Link(PathBuf),
}

fn file(content: impl AsRef<[u8]>) -> Thing {
    Thing::File {
        content: content.as_ref().to_vec(),
        executable: false,
    }
}

fn program(content: impl AsRef<[u8]>) -> Thing {
    Thing::File {
        content: content.as_ref().to_vec(),
        executable: true,
    }
}

fn things<const N: usize>(things: [(&str, Thing); N]) -> Things {
    let own = |(path, thing): (&str, Thing)| (PathBuf::from(path), thing);
    things.into_iter().map(own).collect()
}

/// Unpacks, and checks what must hold for every archive: nothing outside changes, a refusal leaves nothing,
/// and what a success leaves is plain and leads nowhere outside. The staging folder is empty afterwards.
fn unpack_with(
    place: &Place,
    name: &str,
    format: Format,
    archive: &[u8],
    limits: &ToolLimits,
) -> Result<(UnpackedTool, Things), ToolArchiveError> {
    let staging = place.staging();
    let folder = ConfinedFolder::open(&staging).unwrap();
    let unpacked = match format {
        Format::TarGz => unpack_tar_gz(archive, &folder, limits),
        Format::Zip => unpack_zip(Cursor::new(archive), &folder, limits),
    };
    place.assert_outside_is_untouched(name);
    let inside = look(&staging);
    let unpacked = match unpacked {
        Ok(unpacked) => unpacked,
        Err(error) => {
            assert!(
                inside.is_empty(),
                "{name}: a refused archive left {inside:?}"
            );
            return Err(error);
        }
    };
    let root = staging.canonicalize().unwrap();
    let mut counted = UnpackedTool::default();
    for (path, thing) in &inside {
        match thing {
            Thing::Folder => counted.folders += 1,
            Thing::File { .. } => counted.files += 1,
            Thing::Link(_) => {
                counted.symbolic_links += 1;
                if let Ok(target) = staging.join(path).canonicalize() {
                    assert!(
                        target.starts_with(&root),
                        "{name}: {} leads out",
                        path.display()
                    );
                }
            }
        }
    }
    let counts =
        |unpacked: &UnpackedTool| (unpacked.files, unpacked.folders, unpacked.symbolic_links);
    assert_eq!(counts(&unpacked), counts(&counted), "{name}");
    assert_eq!(unpacked.compressed_bytes, archive.len() as u64, "{name}");
    fs::remove_dir_all(&staging).unwrap();
    fs::create_dir(&staging).unwrap();
    Ok((unpacked, inside))
}

fn unpack(
    place: &Place,
    name: &str,
    format: Format,
    archive: &[u8],
) -> Result<(UnpackedTool, Things), ToolArchiveError> {
    unpack_with(place, name, format, archive, &everywhere())
}

/// All that is below a folder; fails on what is neither file, folder nor link, and on odd modes.
fn look(folder: &Path) -> Things {
    let mut found = Things::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(next) = pending.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let mode = mode(&metadata);
            let thing = if metadata.is_dir() {
                assert_eq!(mode, 0o755, "{}", path.display());
                pending.push(path.clone());
                Thing::Folder
            } else if metadata.is_file() {
                assert!(
                    matches!(mode, 0o755 | 0o644),
                    "{}: {mode:o}",
                    path.display()
                );
                Thing::File {
                    content: fs::read(&path).unwrap(),
                    executable: mode == 0o755,
                }
            } else {
                assert!(metadata.is_symlink(), "{}", path.display());
                Thing::Link(fs::read_link(&path).unwrap())
            };
            found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), thing);
        }
    }
    found
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777
}

#[cfg(not(unix))]
fn mode(metadata: &fs::Metadata) -> u32 {
    if metadata.is_dir() { 0o755 } else { 0o644 }
}

/// The limits under which an archive is refused that some system cannot hold.
fn everywhere() -> ToolLimits {
    ToolLimits {
        folds_names: Some(true),
        ..ToolLimits::default()
    }
}

/// An archive that must be refused.
struct Case {
    name: &'static str,
    archive: Vec<u8>,
    expected: &'static str,
    is_expected: fn(&ToolArchiveError) -> bool,
}

/// Each line: a name, the archive, and the error it must be refused with.
macro_rules! refuse {
    ($format:expr; $($name:literal: $archive:expr => $expected:pat,)+) => {
        crate::archive::tool::refuse_all($format, vec![$(crate::archive::tool::Case {
            name: $name,
            archive: $archive,
            expected: stringify!($expected),
            is_expected: |error| matches!(error, $expected),
        }),+])
    };
}
use refuse;

fn refuse_all(format: Format, cases: Vec<Case>) {
    let place = Place::new();
    for case in cases {
        let Err(error) = unpack(&place, case.name, format, &case.archive) else {
            panic!("{}: was accepted", case.name);
        };
        let Case { name, expected, .. } = case;
        assert!(
            (case.is_expected)(&error),
            "{name}: {error:?}, not {expected}"
        );
        assert!(error.is_refusal(), "{name}");
        assert!(error.hint().is_some(), "{name}: no hint");
        let message = words(&error);
        assert!(
            !message.contains(['\n', '\x1b']) && !message.ends_with('.'),
            "{name}: {message}"
        );
    }
}

/// An error with its causes.
fn words(error: &ToolArchiveError) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        words += &format!(": {error}");
        cause = error.source();
    }
    words
}
