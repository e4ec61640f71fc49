//! The outline of hostile files: what they announce is counted before it is read, and what they export is told apart.

use annexe::{Hint as _, api::Outline, version::ComponentError};
use wasm_encoder::{ComponentBuilder, ComponentExportKind};

/// A number as WebAssembly writes it.
fn leb(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A section that announces a number of items and has these bytes of them.
fn announcing(id: u8, count: u32, items: &[u8]) -> Vec<u8> {
    let content = [&leb(count)[..], items].concat();
    [&[id][..], &leb(content.len() as u32), &content].concat()
}

const MODULE: &[u8] = b"\0asm\x01\0\0\0";
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

#[track_caller]
fn assert_too_many(bytes: &[u8], what: &'static str) {
    let error = Outline::read(bytes).unwrap_err();
    assert_eq!(
        error,
        ComponentError::TooMany {
            what,
            limit: 100_000
        }
    );
    let message = error.to_string();
    assert_eq!(message, format!("the file has more than 100000 {what}"));
    assert!(error.hint().is_some());
}

#[test]
fn more_imports_or_exports_than_any_build_has_are_not_read() {
    for (header, id, what) in [
        (MODULE, 2, "imports"),
        (MODULE, 7, "exports"),
        (COMPONENT, 10, "imports"),
        (COMPONENT, 11, "exports"),
    ] {
        // None is there: what is announced is enough to refuse them.
        for count in [100_001, 40_000_000, u32::MAX] {
            assert_too_many(&[header, &announcing(id, count, &[])].concat(), what);
        }
    }
    // As many as are read, of functions with no name. A component may have more sections, and one too many in them.
    let imports = announcing(2, 100_000, &[0, 0, 0, 0].repeat(100_000));
    let whole = [MODULE, &imports].concat();
    assert_eq!(Outline::read(&whole).unwrap().imports(), [""]);
    let of_component: [(u8, &[u8], &str); 2] = [
        (10, &[0, 0, 1, 0], "imports"),
        (11, &[0, 0, 1, 0, 0], "exports"),
    ];
    for (id, item, what) in of_component {
        let most = announcing(id, 100_000, &item.repeat(100_000));
        let whole = [COMPONENT, &most].concat();
        let outline = Outline::read(&whole).unwrap();
        let read = outline.imports().len() + outline.exports().len();
        assert_eq!(read, 100_000);
        assert_too_many(&[&whole[..], &announcing(id, 1, item)].concat(), what);
    }
    // A group of many that share a module counts as one where it is announced.
    let names = [&leb(100_001)[..], &[0].repeat(100_001)].concat();
    let group = [&[0, 0, 0x7e, 0, 0][..], &names].concat();
    assert_too_many(&[MODULE, &announcing(2, 1, &group)].concat(), "imports");
}

#[test]
fn the_imports_of_a_host_are_counted_before_they_are_read() {
    for (id, what) in [(10, "imports"), (11, "exports")] {
        let bytes = [COMPONENT, &announcing(id, 100_001, &[])].concat();
        let error = annexe::api::host_imports(&bytes).unwrap_err().to_string();
        assert!(
            error.ends_with(&format!("more than 100000 {what}")),
            "{error}"
        );
    }
    let bytes = [MODULE, &announcing(2, 100_001, &[])].concat();
    assert!(annexe::api::host_imports(&bytes).is_err());
}

/// A file in the middle of components, so many deep.
fn within(depth: usize, id: u8, file: &[u8]) -> Vec<u8> {
    let section = [&[id][..], &leb(file.len() as u32), file].concat();
    match depth {
        0 => file.to_vec(),
        1 => [COMPONENT, &section].concat(),
        _ => within(depth - 1, 4, &[COMPONENT, &section].concat()),
    }
}

#[test]
fn what_is_nested_counts_with_the_rest() {
    for (header, nested, id, what) in [
        (MODULE, 1, 2, "imports"),
        (MODULE, 1, 7, "exports"),
        (COMPONENT, 4, 10, "imports"),
        (COMPONENT, 4, 11, "exports"),
    ] {
        for depth in [1, 3] {
            let file = [header, &announcing(id, 100_001, &[])].concat();
            let whole = within(depth, nested, &file);
            assert_too_many(&whole, what);
            let error = annexe::api::host_imports(&whole).unwrap_err().to_string();
            assert!(
                error.ends_with(&format!("more than 100000 {what}")),
                "{error}"
            );
        }
    }
    // Several together: none of them has too many.
    let imports = announcing(2, 60_000, &[0, 0, 0, 0].repeat(60_000));
    let module = [MODULE, &imports].concat();
    let section = [&[1][..], &leb(module.len() as u32), &module].concat();
    Outline::read(&[COMPONENT, &section].concat()).unwrap();
    assert_too_many(&[COMPONENT, &section, &section].concat(), "imports");
}

#[test]
fn no_more_bytes_of_types_are_read_than_any_build_has() {
    // Instance types that export one type by ever more names.
    let exports = [4, 0, 1, b'a', 3, 0, 1].repeat(150_000);
    for (id, form) in [(7, 0x42), (7, 0x41), (3, 0x50), (5, 0x01), (2, 0x01)] {
        let items = [&[form][..], &leb(150_000), &exports].concat();
        for depth in [0, 2] {
            let file = [COMPONENT, &announcing(id, 1, &items)].concat();
            let error = Outline::read(&within(depth, 4, &file)).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the file has more than 1048576 bytes of component types"
            );
        }
    }
}

/// A component that exports empty instances by these names.
fn exporting_all(names: &[&str]) -> Vec<u8> {
    let mut builder = ComponentBuilder::default();
    let nested = builder.component(None, ComponentBuilder::default());
    for name in names {
        let none = Vec::<(&str, ComponentExportKind, u32)>::new();
        let instance = builder.instantiate(None, nested, none);
        builder.export(*name, ComponentExportKind::Instance, instance, None);
    }
    builder.finish()
}

#[test]
fn an_interface_is_exported_in_one_version() {
    let version = |names: &[&str]| {
        let bytes = exporting_all(names);
        let outline = Outline::read(&bytes).unwrap();
        outline.exported_version("my:editor/commands")
    };
    let table: [(&[&str], Option<&str>); 5] = [
        (&[], None),
        (&["my:editor/commands"], None),
        (&["my:editor/other@2.0.0"], None),
        (&["my:editor/commands@1.2.0"], Some("1.2.0")),
        (
            &["my:editor/commands@1.2.0", "my:editor/other@2.0.0"],
            Some("1.2.0"),
        ),
    ];
    for (names, expected) in table {
        let found = version(names).unwrap();
        assert_eq!(found.map(|found| found.to_string()).as_deref(), expected);
    }
    let two = ["my:editor/commands@1.2.0", "my:editor/commands@2.0.0"];
    let error = version(&two).unwrap_err();
    assert_eq!(
        error,
        ComponentError::TwoVersions {
            first: "1.2.0".parse().unwrap(),
            second: "2.0.0".parse().unwrap(),
        }
    );
    assert!(!error.hint().unwrap().contains("zed"));
    let error = version(&["my:editor/commands@2.0.0-rc.1"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the component was built with API 2.0.0-rc.1, which is a pre-release"
    );
    assert!(error.hint().unwrap().contains("a released version"));
}
