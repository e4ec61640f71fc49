//! A component that fits a host and can do nothing: each of its exports stops at once, the one that
//! starts it first of all.

/// A component with the exports of API 0.0.1, all of which stop at once, and nothing else.
pub fn component() -> Vec<u8> {
    let mut resolve = wit_parser::Resolve::new();
    let folder = format!("{}/wit/extension/since_v0.0.1", env!("CARGO_MANIFEST_DIR"));
    let (package, _) = resolve.push_dir(folder).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    let names = wit_parser::ManglingAndAbi::Standard32;
    let mut module = wit_component::dummy_module(&resolve, world, names);
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, world, encoding).unwrap();
    let mut encoder = wit_component::ComponentEncoder::default()
        .module(&module)
        .unwrap();
    let mut component = encoder.encode().unwrap();
    let section = wasm_encoder::CustomSection {
        name: "zed:api-version".into(),
        data: (&[0, 0, 0, 0, 0, 1]).into(),
    };
    component.push(wasm_encoder::ComponentSectionId::CoreCustom.into());
    wasm_encoder::Encode::encode(&section, &mut component);
    component
}
