//! The files that belong in the extension's archive: whether they are there, can be packed, and have names
//! that every system can hold.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    path::{Path, PathBuf},
};

use super::{
    Subject, archive,
    code::Code,
    finding::{Finding, Findings},
    licence,
};
use crate::{
    base::{fs, hint::Hint as _},
    package::{
        archive::{ArchivePath, Error as ArchiveError, refusals},
        manifest::{Error, Gathered, PartialManifest, RelativePath, Step, gather},
    },
};

/// Folders from which the manifest's lists are filled in, where it has none.
const FILLED_IN: [&str; 3] = ["themes", "icon_themes", "languages"];

/// Files and folders of which it was said that they cannot be used.
#[derive(Debug, Default)]
pub(super) struct Covered(BTreeSet<String>);

impl Covered {
    /// Whether a file, or a folder it lies in, is among them.
    pub(super) fn has(&self, file: &RelativePath) -> bool {
        let file = file.as_str();
        let ends = file.match_indices('/').map(|(at, _)| at);
        let mut prefixes = ends.chain([file.len()]).filter_map(|end| file.get(..end));
        prefixes.any(|prefix| self.0.contains(prefix))
    }
}

/// Checks the files; tells which of them it complained of.
pub(super) fn check(
    subject: Subject<'_>,
    partial: &PartialManifest,
    findings: &mut Findings,
) -> Covered {
    let Gathered { files, problems } = gather(subject.folder, &partial.manifest);
    let mut covered = Covered::default();
    let mut missing_keys = BTreeSet::new();
    for problem in &problems {
        let path = match problem {
            Error::MissingFile { key, path } => {
                // A language's folder that is not there lacks its configuration, too.
                let is_said = !missing_keys.insert(key.clone());
                if is_said || is_built_later(subject, key) {
                    continue;
                }
                let keys = steps(key);
                let problem = format!("`{path}` is missing");
                findings.in_manifest(partial, &keys, Code::FileMissing, problem);
                covered.0.insert(path.to_string());
                continue;
            }
            Error::Link { path }
            | Error::WrongKind { path, .. }
            | Error::UnusableName { path, .. } => path.as_path(),
            Error::File(error) => error.path(),
            // That there is no manifest was found before.
            _ => continue,
        };
        let file = shown(subject.folder, path);
        covered.0.insert(file.clone());
        findings.add(of_problem(problem, &file).in_file(file));
    }
    check_names(subject, files, findings);
    check_left_out(subject, findings);
    covered
}

/// Whether the file that a key needs is made by a build: whether it was, other rules say.
fn is_built_later(subject: Subject<'_>, key: &str) -> bool {
    key == "lib" || (key.starts_with("grammars.") && !subject.is_archive)
}

fn of_problem(problem: &Error, file: &str) -> Finding {
    match problem {
        Error::Link { .. } if licence::is_licence(file) => {
            Finding::new(Code::LicenceLink, "the licence is a link")
        }
        Error::Link { .. } => Finding::new(Code::FileLink, "it is a link"),
        Error::WrongKind { expected, .. } => {
            Finding::new(Code::FileKind, format!("it is not a plain {expected}"))
                .with_fix(Some(format!("put a plain {expected} there")))
        }
        Error::UnusableName { source, .. } => {
            Finding::new(Code::FileName, format!("the name {source}")).with_fix(source.hint())
        }
        problem => Finding::unreadable(problem),
    }
}

fn check_names(subject: Subject<'_>, files: Vec<RelativePath>, findings: &mut Findings) {
    let mut paths = Vec::new();
    for file in files {
        match ArchivePath::parse(file.as_str()) {
            Ok(path) => paths.push(path),
            Err(error) => findings.add(
                Finding::new(Code::FileName, error.to_string())
                    .in_file(file.as_str())
                    .with_fix(error.hint()),
            ),
        }
    }
    for refusal in refusals(subject.folder, &paths) {
        // An archive may hold what `annexe pack` writes in none.
        if !(subject.is_archive && matches!(refusal, ArchiveError::NotCanonical { .. })) {
            findings.add(archive::of_error(&refusal));
        }
    }
}

/// Checks files that the manifest's lists leave out for their names, so that nothing else reports them.
fn check_left_out(subject: Subject<'_>, findings: &mut Findings) {
    for folder in FILLED_IN {
        let entries = fs::read_dir(&subject.folder.join(folder)).unwrap_or_default();
        for name in entries.iter().filter_map(|entry| entry.file_name()) {
            let path = name.to_str().map(|name| format!("{folder}/{name}"));
            let problem = match path.map(|path| path.parse::<RelativePath>()) {
                Some(Ok(_)) => continue,
                Some(Err(error)) => format!("the name {error}"),
                None => "the name is not UTF-8".into(),
            };
            let file = shown(Path::new(""), &Path::new(folder).join(name));
            if !findings.has(Code::FileName, &file) {
                findings.add(Finding::new(Code::FileName, problem).in_file(file));
            }
        }
    }
}

/// A path in the extension's folder as findings have it: relative, with `/` between names.
fn shown(folder: &Path, path: &Path) -> String {
    let below: PathBuf = path.strip_prefix(folder).unwrap_or(path).into();
    let names: Vec<_> = below.iter().map(OsStr::to_string_lossy).collect();
    names.join("/")
}

/// The way to a key of which [`gather`] says that it needs a file: `themes[0]`, `grammars.toml`,
/// `agent_servers.heron.icon`.
fn steps(key: &str) -> Vec<Step<'_>> {
    if let Some((list, rest)) = key.split_once('[')
        && let Some(at) = rest.strip_suffix(']').and_then(|at| at.parse().ok())
        && !list.contains('.')
    {
        return vec![list.into(), Step::Item(at)];
    }
    let Some((table, name)) = key.split_once('.') else {
        return vec![key.into()];
    };
    match name.strip_suffix(".icon") {
        Some(name) if matches!(table, "agent_servers" | "language_model_providers") => {
            vec![table.into(), name.into(), "icon".into()]
        }
        _ => vec![table.into(), name.into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_missing_file_leads_to_its_place() {
        assert_eq!(steps("themes[12]"), ["themes".into(), 12.into()]);
        assert_eq!(
            steps("grammars.c_sharp"),
            ["grammars".into(), "c_sharp".into()]
        );
        let adapter = ["debug_adapters".into(), "a[0].icon".into()];
        assert_eq!(steps("debug_adapters.a[0].icon"), adapter);
        let icon = ["agent_servers".into(), "a.b".into(), "icon".into()];
        assert_eq!(steps("agent_servers.a.b.icon"), icon);
    }

    #[test]
    fn a_file_behind_one_that_was_complained_of_is_covered() {
        let covered = Covered(["themes", "a/b.json"].map(str::to_owned).into());
        for (path, is_covered) in [
            ("themes/x.json", true),
            ("themes", true),
            ("themes2/x.json", false),
            ("a/b.json", true),
            ("a/c.json", false),
        ] {
            assert_eq!(covered.has(&path.parse().unwrap()), is_covered, "{path}");
        }
    }
}
