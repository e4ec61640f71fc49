//! Grammars: modules that are looked into.

use wasm_encoder::{
    CodeSection, CustomSection, ExportKind, ExportSection, Function, FunctionSection, Module,
    TypeSection, ValType,
};

use crate::{Sample, said};

/// A module that exports a function, with a custom section.
fn module(section: &str, export: &str) -> Vec<u8> {
    let mut module = Module::new();
    module.section(&CustomSection {
        name: section.into(),
        data: (&[][..]).into(),
    });
    let mut types = TypeSection::new();
    types.ty().function([], [ValType::I32]);
    module.section(&types);
    let mut functions = FunctionSection::new();
    functions.function(0);
    module.section(&functions);
    let mut exports = ExportSection::new();
    exports.export(export, ExportKind::Func, 0);
    module.section(&exports);
    let mut code = CodeSection::new();
    let mut body = Function::new([]);
    body.instructions().i32_const(0).end();
    code.function(&body);
    module.section(&code);
    module.finish()
}

fn sample(wasm: Option<&[u8]>) -> Sample {
    let sample = Sample::new(&[])
        .manifest("[grammars.marsh]\nrepository = \"https://example.com/marsh\"\nrev = \"1\"\n");
    if let Some(wasm) = wasm {
        sample.write("grammars/marsh.wasm", wasm);
    }
    sample
}

#[test]
fn a_built_grammar_is_offered() {
    let declarative = sample(Some(&module("dylink.0", "tree_sitter_marsh"))).read();
    assert_eq!(said(&declarative), [""; 0]);
    let grammar = &declarative.grammars[0];
    assert_eq!((grammar.name.as_str(), grammar.is_built), ("marsh", true));
    assert_eq!(grammar.path.as_str(), "grammars/marsh.wasm");
}

#[test]
fn one_that_is_not_built_is_a_warning() {
    let declarative = sample(None).read();
    assert!(!declarative.has_errors());
    assert_eq!(
        said(&declarative),
        ["warning `grammars/marsh.wasm`: the grammar `marsh` is not built"]
    );
    assert!(!declarative.grammars[0].is_built);
}

#[test]
fn what_is_no_grammar_is_not_offered() {
    let good = module("dylink.0", "tree_sitter_marsh");
    let other = module("dylink.0", "tree_sitter_fen");
    let plain = module("name", "tree_sitter_marsh");
    let component = wasm_encoder::Component::new().finish();
    let table: [(&[u8], &str); 6] = [
        (b"", "this is not a grammar: it is not WebAssembly"),
        (b"(module)", "this is not a grammar: it is not WebAssembly"),
        (
            &component,
            "this is not a grammar: it is a component, not a core module",
        ),
        (
            &plain,
            "this is not a grammar: the module has no section `dylink.0`",
        ),
        (&other, "the grammar exports no `tree_sitter_marsh`"),
        (
            &good[..good.len() - 1],
            "this is not a grammar: unexpected end-of-file",
        ),
    ];
    for (wasm, expected) in table {
        let declarative = sample(Some(wasm)).read();
        assert_eq!(
            said(&declarative),
            [format!("error `grammars/marsh.wasm`: {expected}")]
        );
        assert!(declarative.grammars.is_empty());
    }
}
