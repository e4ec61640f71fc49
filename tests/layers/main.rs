//! The wings of `src/`: a file uses its own wing or a lower one, a sibling is imported by its file, and no file is long.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the sources, which no confined folder holds, and fails where it cannot"
)]

mod errors;
mod paths;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use paths::{exported, used};

/// The wings from the lowest to the highest. The last is the command, which sees the library from outside.
const WINGS: &[&str] = &[
    "base",
    "package",
    "network",
    "runtime",
    "store",
    "authoring",
    "bridge",
    "cli",
];

/// The most lines that a file may have.
const LONGEST: usize = 600;

/// What belongs to no wing: the library's and the command's roots, the list of all errors, and the guide's pages.
const ROOTS: &[&str] = &["lib.rs", "error.rs", "main.rs", "guide"];

/// A source file and the module that it is, from the crate's root.
struct Source {
    file: PathBuf,
    module: Vec<String>,
    text: String,
}

fn sources() -> Vec<Source> {
    sources_below("src")
}

/// All source files below a folder of the crate.
fn sources_below(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let file = path.strip_prefix(&root).unwrap().to_path_buf();
                let text = fs::read_to_string(&path).unwrap();
                found.push(Source {
                    module: module(&file),
                    file,
                    text,
                });
            }
        }
    }
    found.sort_by(|one, other| one.file.cmp(&other.file));
    found
}

fn module(file: &Path) -> Vec<String> {
    let stem = file.with_extension("");
    let mut module: Vec<_> = stem
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if module.last().is_some_and(|it| it == "mod") {
        module.pop();
    }
    module
}

fn height(wing: &str) -> Option<usize> {
    WINGS.iter().position(|it| *it == wing)
}

/// What is wrong with the paths of a file of a wing.
fn arrows_up(source: &Source) -> Vec<String> {
    let wing = &source.module[0];
    let own = height(wing).unwrap();
    let mut wrong = Vec::new();
    for path in used(&source.text, &source.module) {
        let (root, target) = (path[0].as_str(), path.get(1));
        let is_wrong = match (root, target) {
            ("annexe", _) => wing != "cli",
            // By the root, under whatever name, everything can be had.
            ("crate", None) => true,
            // The command is a crate of its own.
            ("crate", Some(target)) if wing == "cli" => target != "cli",
            ("crate", Some(target)) => height(target).is_none_or(|it| it > own),
            _ => false,
        };
        if is_wrong {
            let (file, path) = (source.file.display(), path.join("::"));
            wrong.push(format!("src/{file} uses {path}"));
        }
    }
    wrong
}

#[test]
fn every_file_stands_in_a_wing() {
    let strays: Vec<_> = sources()
        .iter()
        .filter(|it| !ROOTS.contains(&it.file.iter().next().unwrap().to_str().unwrap()))
        .filter(|it| height(&it.module[0]).is_none())
        .map(|it| it.file.display().to_string())
        .collect();
    assert!(strays.is_empty(), "in no wing of {WINGS:?}: {strays:?}");
}

#[test]
fn no_arrow_runs_up() {
    let wrong: Vec<_> = sources()
        .iter()
        .filter(|it| height(&it.module[0]).is_some())
        .flat_map(arrows_up)
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn siblings_are_imported_by_their_file() {
    let sources = sources();
    let facades: BTreeMap<&[String], Vec<String>> = sources
        .iter()
        .filter(|it| it.file.ends_with("mod.rs"))
        .map(|it| (it.module.as_slice(), exported(&it.text)))
        .collect();
    let mut wrong = Vec::new();
    for source in &sources {
        for path in used(&source.text, &source.module) {
            if facades
                .iter()
                .any(|(folder, names)| is_by_facade(source, &path, folder, names, &sources))
            {
                let (file, path) = (source.file.display(), path.join("::"));
                wrong.push(format!("src/{file} uses {path} through the facade"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a file below the folder of a facade uses what that passes on, or all of it, or has it as a name to do so.
fn is_by_facade(
    source: &Source,
    path: &[String],
    folder: &[String],
    names: &[String],
    sources: &[Source],
) -> bool {
    // Whoever stands in a folder is no visitor of it.
    let is_inside = source.module.len() > folder.len() && source.module.starts_with(folder);
    // The tests of a module see all of it, in a file of their own as well as in it.
    let is_its_tests = source.module.strip_prefix(folder) == Some(["tests".to_owned()].as_slice());
    let Some(below) = path
        .strip_prefix(["crate".to_owned()].as_slice())
        .and_then(|path| path.strip_prefix(folder))
    else {
        return false;
    };
    let Some(name) = below.first().filter(|name| *name != "*") else {
        return is_inside && !is_its_tests && !names.is_empty();
    };
    // A function may have the name of its file.
    let is_module = || {
        sources
            .iter()
            .any(|it| it.module == path[1..folder.len() + 2])
    };
    is_inside && names.contains(name) && !is_module()
}

/// What the rooms of the store may not use: those that read what is on disk need no engine, and whoever is used by another
/// does not know it. What other editors have is taken over by changes, and bundles are made of all that there is.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "disk",
        &[
            "runtime",
            "store::bundle",
            "store::change",
            "store::import",
            "store::run",
        ],
    ),
    (
        "journal",
        &[
            "runtime",
            "store::bundle",
            "store::change",
            "store::import",
            "store::run",
        ],
    ),
    (
        "dev",
        &[
            "runtime",
            "store::bundle",
            "store::change",
            "store::import",
            "store::run",
        ],
    ),
    (
        "languages",
        &[
            "runtime::engine",
            "runtime::extension",
            "runtime::host",
            "store::bundle",
            "store::change",
            "store::import",
            "store::run",
        ],
    ),
    ("import", &["store::bundle", "store::change", "store::run"]),
    ("change", &["store::bundle", "store::run"]),
    ("run", &["store::bundle"]),
    ("bundle", &[]),
];

/// What the files beside the rooms, which every room uses, may use of the store and of the runtime: nothing else.
const ALLOWED: &[(&str, &[&str])] = &[
    ("added_permissions", &[]),
    ("difference", &["store::disk"]),
    (
        "error",
        &[
            "runtime::api::HostError",
            "runtime::extension::CallError",
            "store::bundle::error",
            "store::difference",
            "store::disk",
            "store::error",
            "store::import::error",
            "store::report",
        ],
    ),
    (
        "event",
        &[
            "runtime::delegate::ExtensionEvent",
            "store::error",
            "store::event",
            "store::report",
        ],
    ),
    (
        "event_channel",
        &[
            "runtime::delegate::ExtensionEvent",
            "store::event",
            "store::event_channel",
            "store::listener",
        ],
    ),
    (
        "listener",
        &[
            "runtime::delegate::ExtensionEvent",
            "runtime::delegate::Unrecorded",
            "store::event",
            "store::report",
        ],
    ),
    (
        "provided",
        &["store::disk", "store::error", "store::languages"],
    ),
    (
        "report",
        &[
            "runtime::engine::CacheSize",
            "runtime::engine::CodeOrigin",
            "store::added_permissions",
            "store::disk",
            "store::report",
        ],
    ),
];

/// Whether a room of the store, or a file beside them, may use a path.
fn may_use(room: &str, path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let path = path.strip_suffix(&["*"]).unwrap_or(&path);
    let Some(path) = path.strip_prefix(&["crate"]) else {
        return true;
    };
    let rule = |rules: &[(&str, &'static [&'static str])]| {
        let (_, paths) = rules.iter().find(|(name, _)| *name == room)?;
        Some(paths.iter().map(|it| it.split("::").collect::<Vec<_>>()))
    };
    if let Some(mut forbidden) = rule(FORBIDDEN) {
        // By what lies above it, something can be had as well.
        return !forbidden.any(|it| path.starts_with(&it) || it.starts_with(path));
    }
    let is_guarded = matches!(path, [] | ["runtime" | "store", ..]);
    !is_guarded || rule(ALLOWED).is_some_and(|mut allowed| allowed.any(|it| path.starts_with(&it)))
}

#[test]
fn the_store_on_disk_knows_neither_its_changes_nor_what_runs() {
    let mut wrong = Vec::new();
    for source in &sources() {
        let [wing, room, ..] = source.module.as_slice() else {
            continue;
        };
        if wing != "store" {
            continue;
        }
        let file = source.file.display();
        let mut ruled = FORBIDDEN.iter().chain(ALLOWED).map(|(name, _)| name);
        if !ruled.any(|name| name == room) {
            wrong.push(format!("src/{file} has no rule"));
        }
        for path in used(&source.text, &source.module) {
            if !may_use(room, &path) {
                wrong.push(format!("src/{file} uses {}", path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_long() {
    let long: Vec<_> = ["src", "tests"]
        .iter()
        .flat_map(|folder| sources_below(folder))
        .map(|it| (it.text.lines().count(), it.file.display().to_string()))
        .filter(|(lines, _)| *lines > LONGEST)
        .collect();
    assert!(long.is_empty(), "more than {LONGEST} lines: {long:?}");
}

/// A file of these words in the place of a module.
fn written(module: &str, text: &str) -> Source {
    Source {
        file: format!("{module}.rs").into(),
        module: module.split("::").map(str::to_owned).collect(),
        text: text.to_owned(),
    }
}

#[test]
fn an_arrow_that_runs_up_is_found_in_every_form() {
    for text in [
        "use crate::runtime;",
        "use crate::{store::{Store}};",
        "use crate::*;",
        "use crate::{self as c};",
        "use crate as root;",
        "use super::super as root;",
        "use super::super::*;",
        "use ::annexe::Host;",
        "use annexe::Host;",
        "fn f() -> crate::cli::Output {}",
        "extern crate annexe as other;",
        "use crate::Host;",
    ] {
        assert!(!arrows_up(&written("base::fs", text)).is_empty(), "{text}");
    }
    let text =
        "pub(crate) use crate::base::fs;\npub(super) fn f() {}\npub(in crate::base) struct A;";
    assert_eq!(arrows_up(&written("base::fs", text)), [""; 0]);
    assert!(!arrows_up(&written("package", "use super::*;")).is_empty());
    assert!(
        arrows_up(&written(
            "cli::output",
            "use annexe::Host;\nuse crate::cli::paths;"
        ))
        .is_empty()
    );
}

#[test]
fn what_a_room_of_the_store_may_not_use_is_found_in_every_form() {
    for text in [
        "use crate::runtime;",
        "use crate::runtime::host::Host;",
        "use crate::store::run;",
        "use crate::store::run::*;",
        "use crate::store;",
        "use super::super as store;",
    ] {
        let paths = used(text, &["store", "disk", "tree"].map(str::to_owned));
        assert!(!may_use("disk", &paths[0]), "{text}");
    }
    for (room, path, may) in [
        ("disk", "crate::store::running", true),
        ("disk", "crate::store::disk::mark", true),
        ("change", "crate::runtime::host::Host", true),
        ("change", "crate::store::run", false),
        ("change", "crate::store::import::snapshot", true),
        ("import", "crate::store::change", false),
        ("disk", "crate::store::import", false),
        ("run", "crate::store::bundle", false),
        ("bundle", "crate::store::run", true),
        ("error", "crate::runtime::api::HostError", true),
        ("error", "crate::runtime::host::Host", false),
        ("event", "crate::store::run", false),
        ("event", "crate::store::change", false),
        ("listener", "crate::runtime::delegate::ExtensionEvent", true),
        (
            "listener",
            "crate::runtime::delegate::ExtensionObserver",
            false,
        ),
        ("event_channel", "crate::store::disk", false),
        ("error", "crate::base::fs", true),
        ("difference", "crate::runtime", false),
    ] {
        let segments: Vec<String> = path.split("::").map(str::to_owned).collect();
        assert_eq!(may_use(room, &segments), may, "{room} uses {path}");
    }
}

#[test]
fn what_comes_by_a_facade_is_found_in_every_form() {
    let folder = ["store".to_owned()];
    let names = ["Store".to_owned()];
    for (text, is_by) in [
        ("use crate::store::Store;", true),
        ("use crate::store::*;", true),
        ("use crate::store;", true),
        ("use crate::store::{self as s};", true),
        ("fn f() { crate::store::Store::open() }", true),
        ("use crate::store::disk::store::Store;", false),
        ("use super::extension_store::*;", false),
    ] {
        let source = written("store::run::start", text);
        let path = &used(&source.text, &source.module)[0];
        assert_eq!(
            is_by_facade(&source, path, &folder, &names, &[]),
            is_by,
            "{text}"
        );
    }
    let tests = written("store::tests", "use super::*;");
    let path = &used(&tests.text, &tests.module)[0];
    assert!(!is_by_facade(&tests, path, &folder, &names, &[]));
}
