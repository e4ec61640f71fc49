//! What the parts of a bundle say of their licences and sources.

use std::{fs::File, path::Path};

use serde_json::Value;

use super::index::Needed;
use crate::{
    base::fs::{self, ConfinedFolder},
    package::{
        archive::{
            self, Limits,
            tool::{ToolLimits, unpack_tar_gz, unpack_zip},
        },
        manifest::Manifest,
    },
};

/// The beginnings of the names of files that hold the text of a licence.
const NAMES: [&str; 4] = ["LICENSE", "LICENCE", "COPYING", "UNLICENSE"];

/// The longest `package.json` that is read: 1 MiB.
const LONGEST: u64 = 1 << 20;

/// The facts that a part tells of itself.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) licence: Option<String>,
    /// `None` where that cannot be told.
    pub(super) has_text: Option<bool>,
    pub(super) repository: Option<String>,
}

/// Looks into a part that lies in `file`; `folder` does not exist, and does not afterwards. What cannot be unpacked
/// tells nothing: it is refused where it is used.
pub(super) fn look(needed: &Needed, file: &Path, folder: &Path) -> fs::Result<Facts> {
    fs::create_dir(folder)?;
    let facts = look_into(needed, file, folder);
    fs::remove_dir_all(folder)?;
    facts
}

fn look_into(needed: &Needed, file: &Path, folder: &Path) -> fs::Result<Facts> {
    let opened = fs::open_regular(file)?;
    Ok(match needed {
        Needed::Archive(locked) => {
            let is_there = archive::unpack(opened, folder, &Limits::default()).is_ok();
            let manifest = Manifest::from_folder(folder).ok();
            Facts {
                licence: None,
                has_text: is_there.then(|| has_text(folder)),
                repository: manifest
                    .filter(|loaded| loaded.manifest.id == locked.id)
                    .and_then(|loaded| loaded.manifest.repository),
            }
        }
        Needed::File(download) => Facts {
            licence: None,
            has_text: unpacked(opened, folder).then(|| has_text(folder)),
            repository: repository_of(&download.url),
        },
        Needed::Package(package) => {
            let is_there = unpacked(opened, folder);
            let manifest = is_there.then(|| package_json(folder)).flatten();
            let manifest = manifest.unwrap_or_default();
            let repository = manifest["repository"].as_str();
            let repository = repository.or_else(|| manifest["repository"]["url"].as_str());
            let licence = package.license.as_deref();
            Facts {
                licence: licence
                    .or_else(|| manifest["license"].as_str())
                    .map(str::to_owned),
                has_text: is_there.then(|| has_text(folder)),
                repository: repository.map(str::to_owned),
            }
        }
    })
}

/// Unpacks the archive of a tool or a package.
fn unpacked(file: File, folder: &Path) -> bool {
    let limits = ToolLimits::default();
    let (Ok(into), Ok(again)) = (ConfinedFolder::open(folder), file.try_clone()) else {
        return false;
    };
    unpack_tar_gz(file, &into, &limits).is_ok() || {
        let mut again = again;
        std::io::Seek::rewind(&mut again).is_ok() && unpack_zip(again, &into, &limits).is_ok()
    }
}

/// Whether a licence lies at the top, or in the one folder there: packers put everything into one.
fn has_text(folder: &Path) -> bool {
    let is_licence = |path: &std::path::PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.unwrap_or_default().to_ascii_uppercase();
        NAMES.iter().any(|start| name.starts_with(start))
            && fs::symlink_metadata(path).is_ok_and(|it| it.is_file() && it.len() > 0)
    };
    let top = fs::read_dir(folder).unwrap_or_default();
    let inside = match top.as_slice() {
        [one] => fs::read_dir(one).unwrap_or_default(),
        _ => Vec::new(),
    };
    top.iter().chain(&inside).any(is_licence)
}

/// The manifest of a package, which lies in the one folder of its archive.
fn package_json(folder: &Path) -> Option<Value> {
    let top = fs::read_dir(folder).ok()?;
    let text = fs::read_bounded(&top.first()?.join("package.json"), LONGEST).ok()?;
    serde_json::from_slice(&text).ok()
}

/// The repository whose release a file is of.
fn repository_of(url: &str) -> Option<String> {
    let (base, _) = url.split_once("/releases/download/")?;
    Some(base.to_owned())
}
