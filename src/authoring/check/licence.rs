//! The licence: that there is one at the top, in the words of one that registries accept.

mod text;

use std::io::Read as _;

use super::{
    Subject,
    code::Code,
    files::unreadable,
    finding::{Finding, Findings},
};
use crate::base::fs;

/// The most that is read of a licence, in bytes; the GPL has 35 KB.
const MOST_BYTES: u64 = 1 << 20;

/// Whether a file at the top is a licence by its name.
pub(super) fn is_licence(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    !name.contains('/')
        && ["LICENSE", "LICENCE"]
            .iter()
            .any(|start| name.starts_with(start))
}

pub(super) fn check(subject: Subject<'_>, findings: &mut Findings) {
    let entries = fs::read_dir(subject.folder).unwrap_or_default();
    let names = entries
        .iter()
        .filter_map(|entry| entry.file_name()?.to_str())
        .collect::<Vec<_>>();
    let mut is_there = false;
    let mut accepted = false;
    let mut unknown = Vec::new();
    for name in names.iter().filter(|name| is_licence(name)) {
        let path = subject.folder.join(name);
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        // A folder of licences is not a licence.
        if metadata.is_dir() {
            continue;
        }
        is_there = true;
        if metadata.is_symlink() {
            if !findings.has(Code::LicenceLink, name) {
                findings
                    .add(Finding::new(Code::LicenceLink, "the licence is a link").in_file(*name));
            }
            continue;
        }
        if !metadata.is_file() {
            // Opening a pipe would wait for ever; that it is not a plain file was said with the other files.
            continue;
        }
        match read(&path) {
            Ok(text) if text.trim().is_empty() => {
                findings
                    .add(Finding::new(Code::LicenceEmpty, "the licence is empty").in_file(*name));
            }
            Ok(text) => match text::recognise(&text) {
                Some(_) => accepted = true,
                None => unknown.push(*name),
            },
            Err(error) => findings.add(unreadable(&error).in_file(*name)),
        }
    }
    // Of several, one that is accepted is enough.
    if !accepted {
        let problem = "the text is not that of a licence which registries accept";
        let of = |name| Finding::new(Code::LicenceUnknown, problem).in_file(name);
        findings.extend(unknown.into_iter().map(of));
    }
    if !is_there {
        findings.add(missing(subject, &names));
    }
}

fn missing(subject: Subject<'_>, names: &[&str]) -> Finding {
    let copying = names
        .iter()
        .find(|name| name.to_ascii_uppercase().starts_with("COPYING"));
    let problem = "there is no licence at the top";
    let finding = Finding::new(Code::LicenceMissing, problem).in_file("LICENSE");
    let finding = finding.with_fix(copying.map(|name| format!("rename `{name}` to `LICENSE`")));
    if subject.is_archive {
        // Zed's packer leaves licences out, and who has the archive cannot put one in.
        finding.with_severity(super::Severity::Note)
    } else {
        finding
    }
}

fn read(path: &std::path::Path) -> fs::Result<String> {
    let mut bytes = Vec::new();
    fs::open_regular(path)?
        .take(MOST_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|source| fs::Error::new("read", path, source))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
