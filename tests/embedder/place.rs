//! A host of the editor, and the files that it runs, built from their sources.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use annexe::{
    CacheConfiguration, Extension, Host, HostBuilder, Identity,
    api::Families,
    delegate::{ExtensionEvent, ExtensionObserver},
};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

use crate::{abacus::Abacus, buffer::Buffer, editor::Quill};

/// A plugin of an API version: the module of `guests/`, made a component of that version's world.
pub fn plugin(api: &str) -> Vec<u8> {
    let (text, wit) = match api {
        "1.0.0" => (
            include_str!("guests/one.wat"),
            include_str!("wit/since_v1.0.0/plugin.wit"),
        ),
        _ => (
            include_str!("guests/two.wat"),
            include_str!("wit/since_v2.0.0/plugin.wit"),
        ),
    };
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    let package = resolve.push_source("plugin.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some("plugin")).unwrap();
    let encoding = StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, world, encoding).unwrap();
    let encoder = ComponentEncoder::default().module(&module).unwrap();
    encoder.validate(true).encode().unwrap()
}

/// A module of the counting frame, which cannot count nothing.
pub fn module() -> Vec<u8> {
    let text = r#"(module
        (import "abacus-1" "double" (func $double (param i32) (result i32)))
        (func (export "count") (param $number i32) (result i32)
            (if (i32.eqz (local.get $number)) (then (unreachable)))
            (call $double (local.get $number))))"#;
    wat::parse_str(text).unwrap()
}

/// A module of the counting frame that takes back what it has counted.
pub fn halving_module() -> Vec<u8> {
    let text = r#"(module
        (import "abacus-1" "double" (func $double (param i32) (result i32)))
        (import "abacus-1" "halve" (func $halve (param i32) (result i32)))
        (func (export "count") (param $number i32) (result i32)
            (call $halve (call $double (local.get $number)))))"#;
    wat::parse_str(text).unwrap()
}

/// The names of the host functions that extensions have called.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl ExtensionObserver for Heard {
    fn observe(&self, _: &annexe::ExtensionId, event: &ExtensionEvent) {
        if let ExtensionEvent::HostCall(call) = event {
            self.0.lock().unwrap().push(call.operation.to_owned());
        }
    }

    fn wants_host_calls(&self) -> bool {
        true
    }
}

/// A host of the editor, with folders that go with it.
pub struct Place {
    pub host: Host,
    pub buffer: Buffer,
    heard: Arc<Heard>,
    pub folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self::with(|host| host)
    }

    pub fn with(set: impl FnOnce(HostBuilder) -> HostBuilder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (buffer, heard) = (Buffer::default(), Arc::new(Heard::default()));
        let families = Families::default();
        let families = families.with(Quill(buffer.clone())).with(Abacus);
        let host = Host::builder()
            .cache(cache(folder.path()))
            .families(families)
            .observer(heard.clone());
        Self {
            host: set(host).build().unwrap(),
            buffer,
            heard,
            folder,
        }
    }

    pub async fn start(&self, wasm: Vec<u8>) -> Extension {
        let component = self.host.compile(wasm).await.unwrap();
        let identity = Identity::new("scribe".parse().unwrap(), self.folder.path().join("work"));
        self.host.start(&component, identity).await.unwrap()
    }

    pub fn heard(&self) -> Vec<String> {
        self.heard.0.lock().unwrap().clone()
    }
}

pub fn cache(folder: &Path) -> CacheConfiguration {
    CacheConfiguration::new(folder.join("cache"), folder.join("cache-key"))
}
