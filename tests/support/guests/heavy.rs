//! A component within every bound that takes the engine long: a guest, with a module of loops over many variables that
//! nothing uses.

use wasm_encoder::{
    BlockType, CodeSection, ComponentSection as _, Function, FunctionSection, Instruction, Module,
    ModuleSection, TypeSection, ValType,
};

const LOOPS: u32 = 1_900;
const VARIABLES: u32 = 260;

/// A guest that takes some seconds to compile, and more than 100 MB of memory.
pub fn component() -> Vec<u8> {
    let mut component = super::wasm("0.0.1");
    ModuleSection(&module(4)).append_to_component(&mut component);
    component
}

fn module(functions: usize) -> Module {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let (mut indices, mut code) = (FunctionSection::new(), CodeSection::new());
    for _ in 0..functions {
        indices.function(0);
        code.function(&function());
    }
    let mut module = Module::new();
    module.section(&types).section(&indices).section(&code);
    module
}

fn function() -> Function {
    let mut function = Function::new([(VARIABLES, ValType::I32)]);
    for number in 0..LOOPS {
        let variable = number % VARIABLES;
        for instruction in [
            Instruction::Loop(BlockType::Empty),
            Instruction::LocalGet(variable),
            Instruction::LocalGet((variable + 7) % VARIABLES),
            Instruction::I32Add,
            Instruction::LocalSet(variable),
            Instruction::LocalGet(0),
            Instruction::BrIf(0),
            Instruction::End,
        ] {
            function.instruction(&instruction);
        }
    }
    function.instruction(&Instruction::End);
    function
}
