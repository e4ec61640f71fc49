//! The API version of hostile bytes: a typed error with a way out, and never a panic.

use annexe::{
    Hint as _,
    version::{API_VERSION_SECTION, ComponentError, api_version, check_component},
};
use wasm_encoder::{
    Component, ComponentBuilder, ComponentExportKind, CustomSection, Module, ModuleSection,
    NestedComponentSection, RawSection,
};

const ONE: [u8; 6] = [0, 0, 0, 6, 0, 0];
const OTHER: [u8; 6] = [0, 0, 0, 7, 0, 0];

fn section(data: &[u8]) -> CustomSection<'_> {
    CustomSection {
        name: API_VERSION_SECTION.into(),
        data: data.into(),
    }
}

/// Where a component can carry its version.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Outermost,
    NestedModule,
    NestedComponent,
    /// In a module of a component in a component.
    Deep,
}

const PLACES: [Place; 4] = [
    Place::Outermost,
    Place::NestedModule,
    Place::NestedComponent,
    Place::Deep,
];

fn add(component: &mut Component, place: Place, version: &[u8]) {
    match place {
        Place::Outermost => {
            component.section(&section(version));
        }
        Place::NestedModule => {
            let mut module = Module::new();
            module.section(&section(version));
            component.section(&ModuleSection(&module));
        }
        Place::NestedComponent => {
            let mut nested = Component::new();
            nested.section(&section(version));
            component.section(&NestedComponentSection(&nested));
        }
        Place::Deep => {
            let (mut inner, mut outer) = (Component::new(), Component::new());
            add(&mut inner, Place::NestedModule, version);
            outer.section(&NestedComponentSection(&inner));
            component.section(&NestedComponentSection(&outer));
        }
    }
}

fn component(versions: &[(Place, &[u8])]) -> Vec<u8> {
    let mut component = Component::new();
    for (place, version) in versions {
        add(&mut component, *place, version);
    }
    component.finish()
}

/// A component in which something of every kind stands around the version, which comes last: cut
/// anywhere, it is not whole.
fn small() -> Vec<u8> {
    let mut component = Component::new();
    component.section(&CustomSection {
        name: "producers".into(),
        data: b"\0"[..].into(),
    });
    component.section(&ModuleSection(&Module::new()));
    component.section(&NestedComponentSection(&Component::new()));
    add(&mut component, Place::NestedModule, &ONE);
    component.finish()
}

fn guest() -> Vec<u8> {
    crate::support::guests::wasm("0.6.0")
}

/// The error for bytes that have no API version; it reads well and shows the way out.
#[track_caller]
fn refusal(bytes: &[u8]) -> ComponentError {
    let error = api_version(bytes).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("the ") && !message.ends_with('.') && message.len() < 300,
        "{message}"
    );
    assert!(
        error.hint().is_some_and(|hint| hint.len() > 10),
        "{error:?}"
    );
    error
}

#[test]
fn a_version_is_read_wherever_it_stands() {
    for place in PLACES {
        assert_eq!(
            api_version(&component(&[(place, &ONE)]))
                .unwrap()
                .to_string(),
            "0.6.0",
            "{place:?}"
        );
        let greatest = component(&[(place, &[0xff; 6])]);
        assert_eq!(
            api_version(&greatest).unwrap().to_string(),
            "65535.65535.65535",
            "{place:?}"
        );
        let mixed = component(&[(place, &[1, 2, 0, 255, 255, 0])]);
        assert_eq!(
            api_version(&mixed).unwrap().to_string(),
            "258.255.65280",
            "{place:?}"
        );
        assert_eq!(
            api_version(&component(&[(place, &[0; 6])]))
                .unwrap()
                .to_string(),
            "0.0.0",
            "{place:?}"
        );
    }
    assert_eq!(api_version(&small()).unwrap().to_string(), "0.6.0");
    assert_eq!(api_version(&guest()).unwrap().to_string(), "0.6.0");
}

#[test]
fn a_component_without_a_version_says_so() {
    let mut others = Component::new();
    for name in ["zed:api-versio", "zed:api-version2", "ZED:API-VERSION", ""] {
        others.section(&CustomSection {
            name: name.into(),
            data: ONE[..].into(),
        });
    }
    for bytes in [Component::new().finish(), others.finish()] {
        assert_eq!(refusal(&bytes), ComponentError::NoVersion);
        check_component(&bytes).unwrap();
    }
}

#[test]
fn a_version_of_another_length_is_refused() {
    for length in [0, 1, 5, 7, 12, 1 << 20] {
        for place in PLACES {
            let bytes = component(&[(place, &vec![0; length])]);
            assert_eq!(
                refusal(&bytes),
                ComponentError::VersionLength { length },
                "{place:?}"
            );
            // It is no better after a good one.
            let bytes = component(&[(Place::Outermost, &ONE), (place, &vec![0; length])]);
            assert_eq!(
                refusal(&bytes),
                ComponentError::VersionLength { length },
                "{place:?}"
            );
        }
    }
}

#[test]
fn several_versions_must_agree() {
    for first in PLACES {
        for second in PLACES {
            let bytes = component(&[(first, &ONE), (second, &ONE), (first, &ONE)]);
            assert_eq!(
                api_version(&bytes).unwrap().to_string(),
                "0.6.0",
                "{first:?} {second:?}"
            );
            let bytes = component(&[(first, &ONE), (second, &OTHER)]);
            let error = refusal(&bytes);
            let expected = ComponentError::TwoVersions {
                first: "0.6.0".parse().unwrap(),
                second: "0.7.0".parse().unwrap(),
            };
            assert_eq!(error, expected, "{first:?} {second:?}");
            assert!(error.to_string().contains("0.6.0") && error.to_string().contains("0.7.0"));
        }
    }
}

#[test]
fn a_core_module_is_no_component_whatever_it_says() {
    let mut module = Module::new();
    assert_eq!(
        refusal(&module.clone().finish()),
        ComponentError::CoreModule
    );
    module.section(&section(&ONE));
    assert_eq!(refusal(&module.finish()), ComponentError::CoreModule);
}

/// A component that exports an instance by a name, with the version of its API.
fn exporting(name: &str) -> Vec<u8> {
    let mut builder = ComponentBuilder::default();
    let nested = builder.component(None, ComponentBuilder::default());
    let instance =
        builder.instantiate(None, nested, Vec::<(&str, ComponentExportKind, u32)>::new());
    builder.export(name, ComponentExportKind::Instance, instance, None);
    builder.custom_section(&section(&ONE));
    builder.finish()
}

#[test]
fn a_command_is_no_extension() {
    for name in ["wasi:cli/run@0.2.0", "wasi:cli/run@0.2.12"] {
        let error = refusal(&exporting(name));
        assert_eq!(
            error,
            ComponentError::Command {
                export: name.into()
            }
        );
        assert!(error.to_string().contains(name));
        check_component(&exporting(name)).unwrap();
    }
    for name in ["wasi:cli/environment@0.2.0", "zed:extension/run"] {
        assert_eq!(api_version(&exporting(name)).unwrap().to_string(), "0.6.0");
    }
    // What a component inside exports is not offered by the one around it.
    let mut around = Component::new();
    around.section(&RawSection {
        id: 4,
        data: &exporting("wasi:cli/run@0.2.0"),
    });
    assert_eq!(api_version(&around.finish()).unwrap().to_string(), "0.6.0");
}

#[test]
fn text_is_named_as_text() {
    let long = format!("{}é{}", "x".repeat(511), "é".repeat(600));
    let texts = [
        "(component)",
        "(module\n)",
        "id = \"taplo\"\nname = \"Taplo\"\n",
        "\u{feff}(component)",
        "<!doctype html>",
        "404: Not Found",
        " ",
        "\n",
        "é",
        &long,
    ];
    for text in texts {
        assert_eq!(refusal(text.as_bytes()), ComponentError::Text, "{text:?}");
    }
}

#[test]
fn other_files_are_named_by_how_they_begin() {
    let table: [(&[u8], &str); 8] = [
        (b"\x7fELF\x02\x01\x01\0\0\0", "7f454c4602010100"),
        (b"MZ\x90\0\x03\0\0\0\x04", "4d5a900003000000"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\xff", "1f8b080000000000"),
        (b"PK\x03\x04\x14\0\0\0", "504b030414000000"),
        (b"\0\0\0\0", "00000000"),
        (b"\0ASM\x01\0\0\0", "0041534d01000000"),
        (b"\xff\xfe(\0c\0", "fffe28006300"),
        (b"\xc3", "c3"),
    ];
    for (bytes, beginning) in table {
        assert_eq!(
            refusal(bytes),
            ComponentError::NotWasm {
                beginning: beginning.into()
            }
        );
    }
    assert_eq!(refusal(b""), ComponentError::Empty);
    let zeros = vec![0; 8 << 20];
    assert_eq!(
        refusal(&zeros),
        ComponentError::NotWasm {
            beginning: "0".repeat(16)
        }
    );
}

#[test]
fn a_damaged_beginning_is_malformed() {
    let header = b"\0asm\x0d\0\x01\0";
    for length in 1..header.len() {
        assert!(
            matches!(refusal(&header[..length]), ComponentError::Malformed { .. }),
            "{length}"
        );
    }
    for version in [
        [0, 0, 0, 0],
        [2, 0, 0, 0],
        [0x0d, 0, 2, 0],
        [0x0c, 0, 1, 0],
        [0xff; 4],
    ] {
        let bytes = [&b"\0asm"[..], &version].concat();
        assert!(
            matches!(refusal(&bytes), ComponentError::Malformed { .. }),
            "{version:?}"
        );
    }
}

#[test]
fn a_section_that_claims_an_absurd_length_is_malformed() {
    let header = b"\0asm\x0d\0\x01\0";
    let greatest: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0x0f];
    let too_long: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let just_over: &[u8] = &[0x80, 0x80, 0x80, 0x80, 0x10];
    for id in 0..=255 {
        for length in [greatest, too_long, just_over] {
            let bytes = [
                header,
                &[id][..],
                length,
                API_VERSION_SECTION.as_bytes(),
                &ONE,
            ]
            .concat();
            assert!(
                matches!(refusal(&bytes), ComponentError::Malformed { .. }),
                "{id} {length:x?}"
            );
        }
    }
    // The name of a custom section that is longer than its section.
    for name_length in [greatest, &[0x7f], &[23]] {
        let content = [name_length, API_VERSION_SECTION.as_bytes(), &ONE].concat();
        let bytes = [header, &[0, content.len() as u8][..], &content].concat();
        assert!(
            matches!(refusal(&bytes), ComponentError::Malformed { .. }),
            "{name_length:x?}"
        );
    }
    // A name that is no text.
    let bytes = [&header[..], &[0, 3, 2, 0xff, 0xfe]].concat();
    assert!(matches!(refusal(&bytes), ComponentError::Malformed { .. }));
    // A vector that claims more items than there are bytes.
    for id in 1..=12 {
        let bytes = [&header[..], &[id, 5], greatest].concat();
        refusal(&bytes);
    }
}

#[test]
fn every_truncation_is_refused() {
    let whole = small();
    for length in 0..whole.len() {
        refusal(&whole[..length]);
        if length > 8 {
            // Cut between two sections, what is left is whole, but has lost its version.
            let error = check_component(&whole[..length])
                .err()
                .unwrap_or(ComponentError::NoVersion);
            assert!(
                matches!(
                    error,
                    ComponentError::Malformed { .. } | ComponentError::NoVersion
                ),
                "{length}: {error:?}"
            );
        }
    }
    let guest = guest();
    let ends = section_ends(&guest);
    assert_eq!(ends.last(), Some(&guest.len()));
    let steps = (0..200).map(|place| guest.len() * place / 200);
    for length in steps.chain(guest.len() - 300..guest.len()) {
        // The format has no end mark: cut behind a section, what is left is whole.
        if ends.contains(&length) && length > guest.len() / 2 {
            assert_eq!(api_version(&guest[..length]).unwrap().to_string(), "0.6.0");
        } else {
            refusal(&guest[..length]);
        }
    }
}

/// Where the outermost sections end.
fn section_ends(component: &[u8]) -> Vec<usize> {
    let (mut ends, mut at) = (Vec::new(), 8);
    while at < component.len() {
        let (mut length, mut shift) = (0, 0);
        at += 1;
        while component[at] > 0x7f {
            length |= usize::from(component[at] & 0x7f) << shift;
            shift += 7;
            at += 1;
        }
        length |= usize::from(component[at]) << shift;
        at += 1 + length;
        ends.push(at);
    }
    ends
}

#[test]
fn no_flipped_byte_panics() {
    for whole in [
        small(),
        exporting("wasi:cli/run@0.2.0"),
        component(&[(Place::Deep, &ONE), (Place::NestedComponent, &ONE)]),
    ] {
        for position in 0..whole.len() {
            for flip in 1..=255 {
                let mut bytes = whole.clone();
                bytes[position] ^= flip;
                let _ = (api_version(&bytes), check_component(&bytes));
                bytes.truncate(position + 1);
                let _ = (api_version(&bytes), check_component(&bytes));
            }
        }
    }
    let guest = guest();
    for place in 0..200 {
        let mut bytes = guest.clone();
        bytes[guest.len() * place / 200] ^= 0xff;
        let _ = api_version(&bytes);
    }
}

fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A component in a component and so on, with the version in the innermost.
fn nested(depth: usize) -> Vec<u8> {
    let innermost = component(&[(Place::Outermost, &ONE)]);
    let mut headers = Vec::new();
    let mut length = innermost.len();
    for _ in 0..depth {
        let section = [&[4][..], &leb128(length)].concat();
        length += 8 + section.len();
        headers.push(section);
    }
    let mut bytes = Vec::with_capacity(length);
    for section in headers.iter().rev() {
        bytes.extend(&innermost[..8]);
        bytes.extend(section);
    }
    bytes.extend(innermost);
    bytes
}

#[test]
fn deep_nesting_is_refused_and_does_not_exhaust_the_stack() {
    assert_eq!(api_version(&nested(50)).unwrap().to_string(), "0.6.0");
    let small_stack = std::thread::Builder::new().stack_size(128 << 10);
    let read = small_stack.spawn(|| {
        for depth in [100, 20_000, 1_000_000] {
            let whole = nested(depth);
            for length in [whole.len(), whole.len() - 1, whole.len() / 2] {
                let error = refusal(&whole[..length]);
                assert!(
                    matches!(error, ComponentError::Malformed { .. }),
                    "{depth}: {error:?}"
                );
                assert!(check_component(&whole[..length]).is_err());
            }
        }
    });
    read.unwrap().join().unwrap();
}
