//! A guest written as the text of its core module, of which a test gives the bodies that matter.
//!
//! It serves API 0.6.0. `suggest-docs-packages` does what a test says and then answers with as many empty
//! names as this instance was called; with an empty provider it does nothing else, so that a test can tell
//! a fresh instance. All other exports trap.

use std::fmt::Write as _;

use wit_parser::{ManglingAndAbi, Resolve, WasmExport, WasmExportKind, WorldItem};

/// The parts of WASI that the guests use.
const WASI: &str = "
    package annexe:wasi;
    package wasi:io@0.2.0 {
        interface error {
            resource error;
        }
        interface streams {
            use error.{error};
            resource output-stream {
                check-write: func() -> result<u64, stream-error>;
                write: func(contents: list<u8>) -> result<_, stream-error>;
            }
            variant stream-error { last-operation-failed(error), closed }
        }
    }
    package wasi:cli@0.2.0 {
        interface stdout {
            use wasi:io/streams@0.2.0.{output-stream};
            get-stdout: func() -> output-stream;
        }
    }
    package wasi:random@0.2.0 {
        interface random {
            get-random-bytes: func(len: u64) -> list<u8>;
        }
    }
";

/// A world that adds them to that of the API.
const WORLD: &str = "
    package annexe:guest;
    world guest {
        include zed:extension/extension;
        import wasi:cli/stdout@0.2.0;
        import wasi:random/random@0.2.0;
    }
";

/// The imports that a body may call, by the names they have there.
const IMPORTS: [(&str, &str); 8] = [
    (
        "$get-settings",
        r#""$root" "get-settings" (func $get-settings (param i32 i64 i32 i32 i32 i32 i32 i32 i32 i32))"#,
    ),
    (
        "$set-status",
        r#""$root" "set-language-server-installation-status" (func $set-status (param i32 i32 i32 i32 i32))"#,
    ),
    (
        "$platform",
        r#""zed:extension/platform" "current-platform" (func $platform (param i32))"#,
    ),
    (
        "$stdout",
        r#""wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32))"#,
    ),
    (
        "$check-write",
        r#""wasi:io/streams@0.2.0" "[method]output-stream.check-write" (func $check-write (param i32 i32))"#,
    ),
    (
        "$write",
        r#""wasi:io/streams@0.2.0" "[method]output-stream.write" (func $write (param i32 i32 i32 i32))"#,
    ),
    (
        "$drop-stream",
        r#""wasi:io/streams@0.2.0" "[resource-drop]output-stream" (func $drop-stream (param i32))"#,
    ),
    (
        "$random",
        r#""wasi:random/random@0.2.0" "get-random-bytes" (func $random (param i64 i32))"#,
    ),
];

/// Asks the host for settings, whose answer is then found at 1024.
const ASK: &str = "
    (func $ask
        (call $get-settings (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0)
            (i32.const 64) (i32.const 8) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1024)))
";

/// Writes so many bytes from 20000 on to the standard output, or nothing while the host takes no more.
const PRINT: &str = "
    (global $stream (mut i32) (i32.const -1))
    (func $print (param $bytes i32) (result i32)
        (if (i32.eq (global.get $stream) (i32.const -1))
            (then (global.set $stream (call $stdout))))
        (call $check-write (global.get $stream) (i32.const 1024))
        (if (i64.lt_u (i64.load (i32.const 1032)) (i64.extend_i32_u (local.get $bytes)))
            (then (return (i32.const 0))))
        (call $write (global.get $stream) (i32.const 20000) (local.get $bytes) (i32.const 1024))
        i32.const 1)
";

/// The bodies that a test gives. Each may use the imports above, `$ask`, `$print`, `$length` (of the
/// provider, in `answer`), `$size` (what is asked of `realloc`), the local `$i`, the global `$armed`, and what
/// `items` defines. At 64 stands the text `language`, from 1024 on is room for what the host answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Text {
    /// More memories, tables, globals and functions.
    pub items: &'static str,
    /// What it does when it starts.
    pub init: &'static str,
    /// What it does when memory is asked of it, before it gives some.
    pub realloc: &'static str,
    /// What it does when it is called. It may leave an answer of its own at 1024, and return 1024.
    pub answer: &'static str,
}

impl Text {
    /// A guest that does this when it is called.
    pub fn answering(answer: &'static str) -> Self {
        Self {
            answer,
            ..Self::default()
        }
    }

    /// The component.
    pub fn component(&self) -> Vec<u8> {
        let mut resolve = Resolve::new();
        resolve.push_str("wasi.wit", WASI).unwrap();
        let folder = format!("{}/wit/extension/since_v0.6.0", env!("CARGO_MANIFEST_DIR"));
        resolve.push_dir(folder).unwrap();
        let package = resolve.push_str("guest.wit", WORLD).unwrap();
        let world = resolve.select_world(&[package], Some("guest")).unwrap();

        let mut module = wat::parse_str(self.module(&resolve, world)).unwrap();
        let encoding = wit_component::StringEncoding::UTF8;
        wit_component::embed_component_metadata(&mut module, &resolve, world, encoding).unwrap();
        let encoder = wit_component::ComponentEncoder::default();
        let mut component = encoder.module(&module).unwrap().encode().unwrap();
        let section = wasm_encoder::CustomSection {
            name: "zed:api-version".into(),
            data: (&[0, 0, 0, 6, 0, 0]).into(),
        };
        component.push(wasm_encoder::ComponentSectionId::CoreCustom.into());
        wasm_encoder::Encode::encode(&section, &mut component);
        component
    }

    fn module(&self, resolve: &Resolve, world: wit_parser::WorldId) -> String {
        let Self {
            items,
            init,
            realloc,
            answer,
        } = self;
        let mut text = String::from("(module\n");
        let mut bodies = format!("{items} {init} {realloc} {answer}");
        let mut helpers = String::new();
        for (name, helper) in [("$ask", ASK), ("$print", PRINT)] {
            if names(&bodies, name) {
                helpers.push_str(helper);
            }
        }
        bodies.push_str(&helpers);
        for (name, import) in IMPORTS {
            if names(&bodies, name) {
                writeln!(text, "(import {import})").unwrap();
            }
        }
        write!(
            text,
            r#"
            (memory $memory (export "memory") 1)
            (data (i32.const 64) "language")
            (global $calls (mut i32) (i32.const 0))
            (global $armed (mut i32) (i32.const 0))
            (global $next (mut i32) (i32.const 16384))
            {items}
            {helpers}
            (func $realloc (export "cabi_realloc")
                (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
                (local $at i32) (local $i i32)
                {realloc}
                (local.set $at (i32.and
                    (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
                    (i32.sub (i32.const 0) (local.get $align))))
                (global.set $next (i32.add (local.get $at) (local.get $size)))
                (block $enough (loop $more
                    (br_if $enough (i32.le_u
                        (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
                    (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))
                    unreachable))
                local.get $at)
            (func $init-extension (export "init-extension") (local $i i32) {init})
            (func $suggest-docs-packages (export "suggest-docs-packages") (param $provider i32) (param $length i32) (result i32)
                (local $i i32)
                (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                (global.set $next (i32.const 16384))
                (if (local.get $length) (then {answer}))
                (i32.store (i32.const 1024) (i32.const 0))
                (i32.store (i32.const 1028) (i32.const 2048))
                (i32.store (i32.const 1032) (global.get $calls))
                i32.const 1024)
            "#
        )
        .unwrap();
        stubs(&mut text, resolve, world);
        text.push(')');
        text
    }
}

/// Whether a text has a name in it.
fn names(text: &str, name: &str) -> bool {
    text.split([' ', '(', ')', '\n']).any(|word| word == name)
}

/// The exports of a world that a guest has no bodies for.
fn stubs(text: &mut String, resolve: &Resolve, world: wit_parser::WorldId) {
    let mangling = ManglingAndAbi::Legacy(wit_parser::LiftLowerAbi::Sync);
    for item in resolve.worlds[world].exports.values() {
        let WorldItem::Function(func) = item else {
            panic!("a world of this API exports functions alone");
        };
        let export = WasmExport::Func {
            interface: None,
            func,
            kind: WasmExportKind::Normal,
        };
        let name = resolve.wasm_export_name(mangling, export);
        if ["init-extension", "suggest-docs-packages"].contains(&name.as_str()) {
            continue;
        }
        let signature = resolve.wasm_signature(mangling.export_variant(), func);
        write!(text, "(func (export \"{name}\")").unwrap();
        for (kind, types) in [("param", &signature.params), ("result", &signature.results)] {
            for of in types {
                let of = match of {
                    wit_parser::abi::WasmType::I64 | wit_parser::abi::WasmType::PointerOrI64 => {
                        "i64"
                    }
                    wit_parser::abi::WasmType::F32 => "f32",
                    wit_parser::abi::WasmType::F64 => "f64",
                    _ => "i32",
                };
                write!(text, " ({kind} {of})").unwrap();
            }
        }
        text.push_str(" unreachable)\n");
    }
}
