//! The conformance matrix: every function of every published API version, asserted on its value through
//! the public API, and written into the library's documentation.
//!
//! A new world without a guest, and a new function without a case, fail here.

mod command;
pub mod exports;
mod imports;
mod outside;
mod page;
mod session;

use std::collections::BTreeSet;

use annexe::{CallError, Hint as _, api::EXPORTS, component_type::ComponentType};

use self::{
    imports::Ask,
    outside::Outside,
    page::{Cell, Page, Row},
    session::Session,
};
use crate::{
    guest::{self, VERSIONS, ask, found, has, words},
    support::npm,
};

/// The functions that a guest imports of its API, by their names without interfaces.
fn imported(version: &str) -> BTreeSet<String> {
    let component = ComponentType::of_component(&guest::wasm(version)).unwrap();
    let names = component.imports.into_iter().filter_map(|(name, item)| {
        let is_system = name
            .package()
            .is_some_and(|package| package.starts_with("wasi:"));
        let is_function = matches!(item, annexe::component_type::Item::Function(_));
        (!is_system && is_function).then(|| name.bare().to_owned())
    });
    names.collect()
}

#[test]
fn every_world_has_a_guest_that_imports_and_exports_all_of_it() {
    for world in annexe::api::worlds().unwrap() {
        let serves: semver::VersionReq = world.serves.parse().unwrap();
        let guests: Vec<_> = VERSIONS
            .iter()
            .filter(|version| serves.matches(&version.parse().unwrap()))
            .collect();
        assert!(
            !guests.is_empty(),
            "no guest is built with {}",
            world.serves
        );
        for version in guests {
            let is_there = |since: &str| has(version, since);
            let expected: BTreeSet<_> = (world.imports.iter())
                .filter(|function| is_there(&function.since))
                .map(|function| function.name.clone())
                .collect();
            assert_eq!(
                imported(version),
                expected,
                "imports of the guest {version}"
            );
            let component = ComponentType::of_component(&guest::wasm(version)).unwrap();
            for export in &world.exports {
                let found = component
                    .exports
                    .keys()
                    .any(|name| name.to_string() == export.name);
                assert!(found, "the guest {version} lacks {}", export.name);
            }
        }
    }
}

#[test]
fn every_function_has_a_case_that_says_which_version_brought_it() {
    let worlds = annexe::api::worlds().unwrap();
    let mut exports = BTreeSet::new();
    let mut imports = BTreeSet::new();
    for world in &worlds {
        exports.extend(
            world
                .exports
                .iter()
                .map(|export| (export.name.clone(), export.since.clone())),
        );
        imports.extend(
            world
                .imports
                .iter()
                .map(|import| (import.name.clone(), import.since.clone())),
        );
    }
    // Not asked for: it is called once at each start.
    exports.remove(&("init-extension".to_owned(), "0.0.1".to_owned()));
    let listed: BTreeSet<_> = EXPORTS
        .iter()
        .map(|export| (export.name.to_owned(), export.since.to_owned()))
        .collect();
    assert_eq!(listed, exports);
    let cases = exports::cases();
    let cases: BTreeSet<_> = cases
        .iter()
        .map(|case| (case.export.to_owned(), case.since.to_owned()))
        .collect();
    assert_eq!(cases, exports);
    let cases: BTreeSet<_> = imports::cases()
        .iter()
        .map(|case| (case.import.to_owned(), case.since.to_owned()))
        .collect();
    assert_eq!(cases, imports);
}

#[tokio::test]
async fn the_matrix_is_complete_and_is_the_one_in_the_documentation() {
    if npm::machine().is_none() {
        return;
    }
    let outside = Outside::start().await;
    let mut page = Page::default();
    for version in VERSIONS {
        let granted = Session::new(version, &outside, false).await;
        let refusing = Session::new(version, &outside, true).await;
        started(&mut page, version, &granted).await;
        for case in exports::cases() {
            page.add(version, export(version, &granted, case).await);
        }
        let imported = imported(version);
        for case in imports::cases() {
            let is_imported = imported.contains(case.import);
            assert_eq!(
                is_imported,
                has(version, case.since),
                "{version} {}",
                case.import
            );
            let is_fetch = case.import == "fetch";
            if is_fetch {
                outside.server.forget();
            }
            page.add(version, import(version, &granted, &refusing, case).await);
            if is_fetch && is_imported {
                let heads = outside.server.heads();
                let [head] = heads.as_slice() else {
                    panic!("{version}: {heads:?}")
                };
                assert!(head.starts_with("POST "), "{version}: {head}");
                assert!(
                    head.contains("x-guest: conformance\r\n"),
                    "{version}: {head}"
                );
                let (_, body) = outside.server.bodies().pop().unwrap();
                assert_eq!(body, "body", "{version}");
            }
        }
        // No answer and no refusal stopped the guest: both still run in their first instance.
        for session in [&granted, &refusing] {
            let count: u32 = found(&session.extension, &session.place, "count")
                .await
                .unwrap()[0]
                .parse()
                .unwrap();
            assert!(count > 1, "{version}: a guest was started anew");
        }
    }
    page.check();
}

async fn started(page: &mut Page, version: &str, session: &Session) {
    let says = ask(&session.extension, &session.place, "version")
        .await
        .unwrap();
    assert_eq!(says, [version]);
    page.add(
        version,
        Row {
            kind: "export",
            function: "init-extension",
            asserts: "the guest's state is there, and the same in every call",
            refused: None,
            cell: Cell::Value,
        },
    );
}

/// Asks one export.
async fn export(version: &str, session: &Session, case: exports::Case) -> Row {
    let export = case.export;
    let resources = session.place.resources();
    let answer = session
        .extension
        .call_by_name(export, case.arguments, &resources)
        .await;
    let cell = if has(version, case.since) {
        let expected = (case.answer)(version, &session.place);
        assert_eq!(answer.unwrap(), expected, "{version} {export}");
        Cell::Value
    } else if let Some(benign) = case.otherwise {
        assert_eq!(answer.unwrap(), benign, "{version} {export}");
        Cell::Nothing
    } else {
        let error = answer.unwrap_err();
        let message = error.to_string();
        for part in [export, case.since, version] {
            assert!(message.contains(part), "{message} lacks {part}");
        }
        assert!(error.hint().is_some());
        let expected = CallError::Unsupported {
            export,
            since: case.since,
            actual: version.parse().unwrap(),
        };
        assert_eq!(error, expected);
        Cell::Error
    };
    let mut refused = None;
    if let (Some(failing), true) = (case.failing, has(version, case.since)) {
        let message = words(
            session
                .extension
                .call_by_name(export, failing, &resources)
                .await,
        );
        let is_the_guests = message.contains("broken") || message == "failed on purpose";
        assert!(is_the_guests, "{version} {export}: {message}");
        refused = Some("the guest");
    }
    Row {
        kind: "export",
        function: export,
        asserts: case.asserts,
        refused,
        cell,
    }
}

/// Has the guest use one import, granted and refused.
async fn import(version: &str, granted: &Session, refusing: &Session, case: imports::Case) -> Row {
    let import = case.import;
    if !has(version, case.since) {
        // The guest's own crate has no such function: there is nothing to ask.
        if let Ask::Server(_) | Ask::Stream(_) = case.ask {
            let message = words(granted.ask(case.ask).await);
            assert!(
                message.starts_with("unknown verb"),
                "{version} {import}: {message}"
            );
        }
        return Row::of_import(&case, Cell::Absent);
    }
    let answer = granted.ask(case.ask).await.unwrap();
    let found: Vec<_> = answer.iter().map(|text| in_order(text)).collect();
    let expected = (case.answer)(version, &granted.place);
    let expected = expected.iter().map(|text| granted.in_place(text));
    let expected: Vec<_> = expected.map(|text| in_order(&text)).collect();
    assert_eq!(found, expected, "{version} {import}");
    if import == "make-file-executable" {
        assert!(is_executable(granted), "{version}");
    }
    if let Some(refusal) = &case.refusal {
        let session = if refusal.is_granted {
            granted
        } else {
            refusing
        };
        let message = words(session.ask(refusal.ask).await);
        assert!(
            message.contains(refusal.words),
            "{version} {import}: {message}"
        );
    }
    Row::of_import(&case, Cell::Value)
}

/// JSON text with its keys in an order of their own.
fn in_order(text: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(mut value) => {
            value.sort_all_objects();
            value.to_string()
        }
        Err(_) => text.to_owned(),
    }
}

#[cfg(unix)]
fn is_executable(session: &Session) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(session.place.work_dir().join("program")).unwrap();
    metadata.permissions().mode() & 0o111 == 0o111
}

#[cfg(not(unix))]
fn is_executable(_: &Session) -> bool {
    true
}
