//! A component that fits a host and can do nothing: each of its exports stops at once, the one that
//! starts it first of all.

use std::path::Path;

/// A component with the exports of API 0.0.1, all of which stop at once, and nothing else.
pub fn component() -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    of_world(&root.join("wit/extension/since_v0.0.1"), [0, 0, 0, 0, 0, 1])
}

/// A component with the exports of the world in a folder of interfaces, all of which stop at once. It says of itself
/// to be of an API version.
pub fn of_world(folder: &Path, version: [u8; 6]) -> Vec<u8> {
    let mut resolve = wit_parser::Resolve::new();
    let (package, _) = resolve.push_dir(folder).unwrap();
    let world = resolve.select_world(&[package], Some("extension")).unwrap();
    let names = wit_parser::ManglingAndAbi::Standard32;
    let mut module = wit_component::dummy_module(&resolve, world, names);
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, world, encoding).unwrap();
    let encoder = wit_component::ComponentEncoder::default();
    let mut component = encoder.module(&module).unwrap().encode().unwrap();
    component.extend(section(&version));
    component
}

/// The section of a component that gives its API version.
pub fn section(version: &[u8]) -> Vec<u8> {
    let section = wasm_encoder::CustomSection {
        name: "zed:api-version".into(),
        data: version.into(),
    };
    let mut encoded = vec![wasm_encoder::ComponentSectionId::CoreCustom.into()];
    wasm_encoder::Encode::encode(&section, &mut encoded);
    encoded
}
