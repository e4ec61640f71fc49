//! The bounds on the functions of a file, each at its value and right above it: what the engine could take minutes, or
//! gigabytes, to compile is refused before it is compiled.

use annexe::{api::Outline, version::ComponentError};
use wasm_encoder::{
    BlockType, CodeSection, Component, EntityType, Function, FunctionSection, ImportSection,
    Instruction, Module, ModuleSection, TypeSection, ValType,
};

/// A module of functions that all take and give nothing. Its second type takes and gives as many values as asked for,
/// and the one function that it imports is of it.
fn module(values: usize, functions: &[Function]) -> Module {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let of_block = || vec![ValType::I32; values];
    types.ty().function(of_block(), of_block());
    let mut imports = ImportSection::new();
    imports.import("host", "function", EntityType::Function(1));
    let mut indices = FunctionSection::new();
    let mut code = CodeSection::new();
    for function in functions {
        indices.function(0);
        code.function(function);
    }
    let mut module = Module::new();
    module.section(&types).section(&imports);
    module.section(&indices).section(&code);
    module
}

/// A function with so many variables, of these instructions.
fn function<'a>(locals: u32, body: impl IntoIterator<Item = Instruction<'a>>) -> Function {
    let mut function = Function::new([(locals, ValType::I32)]);
    for instruction in body {
        function.instruction(&instruction);
    }
    function.instruction(&Instruction::End);
    function
}

/// The same instructions so many times.
fn times<'a>(count: usize, of: &'a [Instruction<'a>]) -> impl Iterator<Item = Instruction<'a>> {
    std::iter::repeat_n(of, count).flatten().cloned()
}

const LOOP: [Instruction<'static>; 2] = [Instruction::Loop(BlockType::Empty), Instruction::End];
const IF: [Instruction<'static>; 3] = [
    Instruction::LocalGet(0),
    Instruction::If(BlockType::Empty),
    Instruction::End,
];

fn read(values: usize, functions: &[Function]) -> Result<(), ComponentError> {
    let module = module(values, functions);
    let of_module = Outline::read(module.as_slice()).map(drop);
    let mut component = Component::new();
    component.section(&ModuleSection(&module));
    let of_component = Outline::of_component(component.as_slice()).map(drop);
    assert_eq!(of_module, of_component);
    of_module
}

/// Makes a function with so many of what is bounded.
type Build<'a> = Box<dyn Fn(usize) -> Function + 'a>;

#[test]
fn a_function_is_bounded_in_whatever_takes_the_engine_long() {
    let nest = |depth: usize| {
        let starts = times(depth, &LOOP[..1]);
        function(0, starts.chain(times(depth, &LOOP[1..])))
    };
    let block = [
        Instruction::Block(BlockType::FunctionType(1)),
        Instruction::End,
    ];
    let call = [Instruction::Call(0)];
    let indirect = [Instruction::CallIndirect {
        type_index: 1,
        table_index: 0,
    }];
    let table: [(&str, u64, Build<'_>); 9] = [
        (
            "bytes",
            2 << 20,
            // Its variables are none, in a byte, and it has an end.
            Box::new(function_of_bytes),
        ),
        (
            "parameters and variables",
            10_000,
            Box::new(|count| function(count as u32, [])),
        ),
        (
            "loops",
            2_000,
            Box::new(|count| function(0, times(count, &LOOP))),
        ),
        ("loops inside each other", 100, Box::new(nest)),
        (
            "loops times variables",
            500_000,
            Box::new(|count| function((count / 500) as u32, times(500, &LOOP))),
        ),
        (
            "branches times variables",
            2_000_000,
            Box::new(|count| function(100, times(count / 100, &IF))),
        ),
        (
            "values of blocks and calls",
            10_000,
            Box::new(|count| function(0, times(count / 20, &block))),
        ),
        (
            "values of blocks and calls",
            10_000,
            Box::new(|count| function(0, times(count / 20, &call))),
        ),
        (
            "values of blocks and calls",
            10_000,
            Box::new(|count| function(0, times(count / 20, &indirect))),
        ),
    ];
    let step = |what: &str| match what {
        "loops times variables" => 500,
        "branches times variables" => 100,
        "values of blocks and calls" => 20,
        _ => 1,
    };
    for (what, limit, make) in table {
        assert_eq!(read(10, &[make(limit as usize)]), Ok(()), "{what}");
        let above = limit + step(what);
        let refused = read(10, &[function(0, []), make(above as usize)]);
        let expected = ComponentError::Function {
            index: 2,
            what,
            found: above,
            limit,
        };
        assert_eq!(refused, Err(expected));
    }
    let words = read(10, &[nest(101)]).unwrap_err().to_string();
    assert_eq!(
        words,
        "function 1 of the component has 101 loops inside each other, and at most 100 are compiled"
    );
}

/// A function whose body has so many bytes.
fn function_of_bytes(bytes: usize) -> Function {
    let mut function = Function::new([]);
    function.raw(std::iter::repeat_n(0x01, bytes - 2));
    function.instruction(&Instruction::End);
    assert_eq!(function.byte_len(), bytes);
    function
}

#[test]
fn the_functions_of_a_file_are_bounded_together() {
    let empty = function(0, []);
    let too_many = |what, limit| Err(ComponentError::TooMany { what, limit });
    assert_eq!(read(0, &vec![empty.clone(); 60_000]), Ok(()));
    assert_eq!(read(0, &vec![empty; 60_001]), too_many("functions", 60_000));
    let block = [
        Instruction::Block(BlockType::FunctionType(1)),
        Instruction::End,
    ];
    let cases: [(&str, usize, Function); 4] = [
        (
            "loops, each as often as its function has any",
            20_000_000,
            function(0, times(2_000, &LOOP)),
        ),
        (
            "loops times variables",
            2_500_000,
            function(500, times(1_000, &LOOP)),
        ),
        (
            "branches times variables",
            10_000_000,
            function(1_000, times(2_000, &IF)),
        ),
        (
            "values of blocks and calls",
            50_000,
            function(0, times(500, &block)),
        ),
    ];
    for (what, limit, one) in cases {
        let mut functions = vec![one; 5];
        assert_eq!(read(10, &functions), Ok(()), "{what}");
        functions.push(function(1, [LOOP.as_slice(), &IF, &block].concat()));
        assert_eq!(read(10, &functions), too_many(what, limit));
    }
}

#[test]
fn small_files_that_take_minutes_are_refused() {
    let swap = [
        Instruction::LocalGet(0),
        Instruction::If(BlockType::Empty),
        Instruction::LocalGet(1),
        Instruction::LocalSet(2),
        Instruction::End,
    ];
    let carried = [
        Instruction::Loop(BlockType::FunctionType(1)),
        Instruction::LocalGet(0),
        Instruction::BrIf(0),
        Instruction::End,
    ];
    let tables: [(usize, Function); 3] = [
        (0, function(2_000, times(20_000, &swap))),
        // 7 kB, 3 GB.
        (100, function(1, times(1_000, &carried))),
        (0, function(2, times(5_000, &LOOP))),
    ];
    for (values, bomb) in tables {
        let error = read(values, &[bomb]).unwrap_err();
        assert!(
            matches!(error, ComponentError::Function { index: 1, .. }),
            "{error}"
        );
    }
}
