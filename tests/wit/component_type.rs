//! Component types, as they are read from a world's text and from a component's bytes.

use annexe::component_type::{ComponentType, FunctionName, Item, TypeDifference};
use wit_parser::{ManglingAndAbi, Resolve};

use crate::folders;

/// The type of a world, read from its text.
fn of_text(text: &str) -> ComponentType {
    ComponentType::of_world([("world.wit", text)], "w").unwrap()
}

/// A component that fits a world, whatever it does.
fn component(resolve: &Resolve, world: wit_parser::WorldId) -> Vec<u8> {
    let mut module = wit_component::dummy_module(resolve, world, ManglingAndAbi::Standard32);
    wit_component::embed_component_metadata(
        &mut module,
        resolve,
        world,
        wit_component::StringEncoding::UTF8,
    )
    .unwrap();
    let mut encoder = wit_component::ComponentEncoder::default()
        .module(&module)
        .unwrap();
    encoder.encode().unwrap()
}

fn functions(items: &std::collections::BTreeMap<FunctionName, Item>) -> Vec<(String, String)> {
    let function = |(name, item): (&FunctionName, &Item)| match item {
        Item::Function(function) => Some((name.to_string(), function.to_string())),
        _ => None,
    };
    items.iter().filter_map(function).collect()
}

#[test]
fn a_world_is_the_same_from_its_text_and_from_a_component_that_fits_it() {
    for version in folders::versions() {
        let files = folders::files(&version);
        let texts = files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()));
        let world = ComponentType::of_world(texts, "extension").unwrap();

        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(folders::wit(&version)).unwrap();
        let id = resolve.packages[package].worlds["extension"];
        let component = ComponentType::of_component(&component(&resolve, id)).unwrap();

        assert_eq!(
            functions(&world.imports),
            functions(&component.imports),
            "{version}"
        );
        assert_eq!(
            functions(&world.exports),
            functions(&component.exports),
            "{version}"
        );
        for (name, item) in &world.imports {
            assert_eq!(
                TypeDifference::between_items(&component.imports[name], item),
                None
            );
        }
    }
}

#[test]
fn what_differs_is_named_by_its_place() {
    let table = [
        ("f: func(a: u8)", "f: func(b: u8)", None),
        (
            "f: func(a: u8)",
            "f: func(a: u16)",
            Some("parameter 1 (a) is `u8` and must be `u16`"),
        ),
        (
            "f: func(a: u8)",
            "f: func()",
            Some("is `func(a: u8)` and must be `func()`"),
        ),
        (
            "f: func() -> string",
            "f: func()",
            Some("is `func() -> string` and must be `func()`"),
        ),
        (
            "f: func() -> result<list<string>, string>",
            "f: func() -> result<list<char>, string>",
            Some("its result, its value, each item is `string` and must be `char`"),
        ),
        (
            "record r { x: bool, y: option<u8> } f: func(a: u8, r: r)",
            "record r { x: bool, y: option<s8> } f: func(a: u8, r: r)",
            Some("parameter 2 (r), field `y` is `u8` and must be `s8`"),
        ),
        (
            "record r { x: bool, y: u8 } f: func(r: r)",
            "record r { y: u8, x: bool } f: func(r: r)",
            Some(
                "parameter 1 (r) is `record {x: bool, y: u8}` and must be `record {y: u8, x: bool}`",
            ),
        ),
        (
            "enum e { a, b } f: func() -> e",
            "enum e { b, a } f: func() -> e",
            Some("its result is `enum {a, b}` and must be `enum {b, a}`"),
        ),
        (
            "variant v { a, b(tuple<u8, string>) } f: func(v: v)",
            "variant v { a, b(tuple<u8, u8>) } f: func(v: v)",
            Some("parameter 1 (v), case `b`, item 2 is `string` and must be `u8`"),
        ),
        (
            "variant v { a, b } f: func(v: v)",
            "variant v { a, b(u8) } f: func(v: v)",
            Some("parameter 1 (v) is `variant {a, b}` and must be `variant {a, b(u8)}`"),
        ),
        (
            "resource r; f: func(r: borrow<r>)",
            "resource r; f: func(r: r)",
            Some("parameter 1 (r) is `borrow<r>` and must be `r`"),
        ),
        (
            "flags s { a } f: func(s: s)",
            "enum s { a } f: func(s: s)",
            Some("parameter 1 (s) is `flags {a}` and must be `enum {a}`"),
        ),
    ];
    let name = FunctionName::at_root("f");
    for (component, world, words) in table {
        let read = |items: &str| {
            let (types, function) = items.rsplit_once("f: func").unwrap();
            of_text(&format!(
                "package a:b; world w {{ {types} import f: func{function}; }}"
            ))
        };
        let (component, world) = (read(component), read(world));
        let difference =
            TypeDifference::between_items(&component.imports[&name], &world.imports[&name]);
        assert_eq!(
            difference
                .map(|difference| difference.to_string())
                .as_deref(),
            words
        );
    }
}

#[test]
fn what_is_long_is_cut() {
    let fields: Vec<_> = (0..100)
        .map(|number| format!("field-{number}: u8"))
        .collect();
    let world = format!(
        "package a:b; world w {{ record r {{ {} }} import f: func(r: r); }}",
        fields.join(", ")
    );
    let name = FunctionName::at_root("f");
    let long = of_text(&world);
    let short = of_text("package a:b; world w { import f: func(r: u8); }");
    let difference =
        TypeDifference::between_items(&long.imports[&name], &short.imports[&name]).unwrap();
    assert!(difference.component.ends_with('…') && difference.component.chars().count() == 161);
}

#[test]
fn text_that_is_no_world_is_an_error() {
    for text in [
        "",
        "package a:b;",
        "world w {",
        "package a:b; world other {}",
        "\0",
    ] {
        let error = ComponentType::of_world([("x.wit", text)], "w").unwrap_err();
        assert!(!error.message.is_empty(), "{text}");
    }
}

#[test]
fn a_component_cut_or_changed_anywhere_is_read_or_refused_and_never_a_panic() {
    let whole = crate::support::guests::wasm("0.0.1");
    let expected = ComponentType::of_component(&whole).unwrap();
    assert_eq!(expected.exports.len(), 3);
    for end in (0..whole.len()).step_by(997) {
        let _ = ComponentType::of_component(&whole[..end]);
    }
    // The types and names of a component stand at its end.
    for place in (whole.len() - 12_000..whole.len()).step_by(7) {
        let mut changed = whole.clone();
        changed[place] ^= 0x15;
        let _ = ComponentType::of_component(&changed);
    }
    for bytes in [
        &b""[..],
        b"\0asm",
        b"\0asm\x01\0\0\0",
        b"\0asm\x0d\0\x01\0",
        b"text",
    ] {
        let read = ComponentType::of_component(bytes);
        assert!(read.is_err() || read == Ok(ComponentType::default()));
    }
}

#[test]
fn types_that_grow_without_end_are_not_followed() {
    // Each type doubles the one before: 16,384 parts from 14 lines.
    let doubling: String = (1..=14)
        .map(|number| format!("type t{number} = tuple<t{0}, t{0}>;", number - 1))
        .collect();
    let nesting = |count: usize| "list<".repeat(count) + "u8" + &">".repeat(count);
    for types in [
        format!("type t0 = u8; {doubling} import f: func(x: t14);"),
        format!("import f: func(x: {});", nesting(90)),
    ] {
        let mut resolve = Resolve::default();
        let package = resolve
            .push_str("w.wit", &format!("package a:b; world w {{ {types} }}"))
            .unwrap();
        let id = resolve.packages[package].worlds["w"];
        let read = ComponentType::of_component(&component(&resolve, id)).unwrap();
        let Item::Function(function) = &read.imports[&FunctionName::at_root("f")] else {
            panic!("it is a function");
        };
        assert!(function.to_string().contains("too large a type"));
    }
}

#[test]
fn long_names_are_not_repeated_without_end() {
    // A few hundred kilobytes, whose types written out have gigabytes of names.
    let fields: Vec<_> = (0..40)
        .map(|number| format!("f{number}{}: u8", "x".repeat(8_000)))
        .collect();
    let items = vec!["r"; 100].join(", ");
    let imports: String = (0..40)
        .map(|number| format!("import call{number}: func(x: tuple<{items}>);"))
        .collect();
    let text = format!(
        "package a:b; world w {{ record r {{ {} }} {imports} }}",
        fields.join(", ")
    );
    let mut resolve = Resolve::default();
    let package = resolve.push_str("w.wit", &text).unwrap();
    let id = resolve.packages[package].worlds["w"];
    let read = ComponentType::of_component(&component(&resolve, id)).unwrap();
    let names: usize = functions(&read.imports)
        .iter()
        .map(|(_, text)| text.len())
        .sum();
    assert!(names < 8 << 20, "{names} bytes");
}
