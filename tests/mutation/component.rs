//! What can be done to a component: to its sections and their lengths, and to those of the modules in it.

use std::ops::Range;

use wasm_encoder::{
    CodeSection, Component, ComponentTypeSection, CustomSection, Function, FunctionSection, Module,
    ModuleSection, NestedComponentSection, PrimitiveValType, RawSection, TypeSection, ValType,
};

use crate::{bytes, hostile, random::Random};

/// The bytes before the first section.
const PREAMBLE: usize = 8;

/// The sections of a component that hold a module, and another component.
const HOLDS: [u8; 2] = [1, 4];

/// Changes a component. `other` is where a section is taken from.
pub fn mutate(input: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let all = sections(input);
    let Some((id, section, payload)) = all.get(random.below(all.len())).cloned() else {
        return bytes::mutate(input, other, random);
    };
    let is_held = HOLDS.contains(&id) && input[payload.clone()].starts_with(b"\0asm");
    if is_held && !random.one_in(4) {
        let mut held = input[payload].to_vec();
        mutate(&mut held, other, random);
        return put(input, section, &held);
    }
    match random.below(16) {
        0..=3 => {
            // Inside of one section, which is seldom long by itself.
            let mut part = input[payload].to_vec();
            bytes::mutate(&mut part, other, random);
            put(input, section, &part);
        }
        4 => {
            input.drain(section);
        }
        5 => {
            let copy = input[section.clone()].to_vec();
            input.splice(section.end..section.end, copy);
        }
        6 => {
            let others = sections(other);
            if let Some((_, taken, _)) = others.get(random.below(others.len())) {
                input.splice(
                    section.start..section.start,
                    other[taken.clone()].iter().copied(),
                );
            }
        }
        7 => {
            input[section.start] =
                [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 99][random.below(15)]
        }
        8 => {
            // How many there are.
            let huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
            let start = payload.start.min(input.len());
            input.splice(start..start + usize::from(!payload.is_empty()), huge);
        }
        9 => {
            let length = section.start + 1..payload.start;
            input.splice(length, [0xff, 0xff, 0xff, 0xff, 0x0f]);
        }
        10 => {
            let moved: Vec<u8> = input.drain(section).collect();
            let all = sections(input);
            let at = all.get(random.below(all.len()));
            let at = at.map_or(input.len(), |(_, section, _)| section.start);
            input.splice(at..at, moved);
        }
        11 => {
            let custom = custom(random);
            input.splice(section.start..section.start, custom);
        }
        12 => *input = made(random),
        13 => {
            let depth = [1, 10, 200, 2_000][random.below(4)];
            *input = nested(input, depth);
        }
        _ => bytes::mutate(input, other, random),
    }
    input.truncate(bytes::MOST);
}

/// The sections, up to the first that is none: the id, the whole, and what is in it.
fn sections(input: &[u8]) -> Vec<(u8, Range<usize>, Range<usize>)> {
    let mut found = Vec::new();
    let mut at = PREAMBLE;
    while let (Some(id), Some((length, payload))) = (input.get(at), number(input, at + 1)) {
        let next = payload.saturating_add(length);
        if next > input.len() {
            break;
        }
        found.push((*id, at..next, payload..next));
        at = next;
    }
    found
}

/// A number in as many bytes as it takes, and where the next begins.
fn number(input: &[u8], start: usize) -> Option<(usize, usize)> {
    let mut number = 0;
    for (place, byte) in input.get(start..)?.iter().take(5).enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, start + place + 1));
        }
    }
    None
}

/// Puts another content into a section, with its length.
fn put(input: &mut Vec<u8>, section: Range<usize>, content: &[u8]) {
    let mut new = Component::new();
    let raw = RawSection {
        id: input[section.start],
        data: content,
    };
    new.section(&raw);
    input.splice(section, new.finish().into_iter().skip(PREAMBLE));
}

fn custom(random: &mut Random) -> Vec<u8> {
    let name = match random.below(3) {
        0 => "zed:api-version".to_owned(),
        1 => random
            .pick(&["name", "producers", "component-type", ".debug_info"])
            .to_owned(),
        _ => hostile::text(random),
    };
    let length = [0, 5, 6, 7, 70_000][random.below(5)];
    let data: Vec<u8> = (0..length).map(|_| random.byte() & 3).collect();
    let mut component = Component::new();
    component.section(&CustomSection {
        name: name.into(),
        data: data.into(),
    });
    component.finish().split_off(PREAMBLE)
}

/// A component in a component, and so on.
fn nested(inner: &[u8], depth: usize) -> Vec<u8> {
    let mut input = inner[..inner.len().min(4_000)].to_vec();
    for _ in 0..depth {
        let mut outer = vec![4];
        let mut length = input.len();
        while length > 0x7f {
            outer.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        outer.push(length as u8);
        input = [b"\0asm\x0d\0\x01\0".as_slice(), &outer, &input].concat();
    }
    input
}

/// A component of its own kind: much of one thing.
fn made(random: &mut Random) -> Vec<u8> {
    let times = [10, 1_000, 20_000, 120_000][random.below(4)] as u32;
    let mut component = Component::new();
    match random.below(4) {
        0 => {
            // Each type is twice the one before.
            let mut types = ComponentTypeSection::new();
            types
                .defined_type()
                .tuple([PrimitiveValType::U8, PrimitiveValType::U8]);
            for index in 0..times.min(5_000) {
                types.defined_type().tuple([
                    wasm_encoder::ComponentValType::Type(index),
                    wasm_encoder::ComponentValType::Type(index),
                ]);
            }
            component.section(&types);
        }
        1 => {
            let module = module(times, 1);
            component.section(&ModuleSection(&module));
        }
        2 => {
            let module = module(1, times as usize * 10);
            component.section(&ModuleSection(&module));
        }
        _ => {
            for _ in 0..times.min(20_000) {
                component.section(&NestedComponentSection(&Component::new()));
            }
        }
    }
    component.finish()
}

/// A module of functions that are long.
fn module(functions: u32, calls: usize) -> Module {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let mut declared = FunctionSection::new();
    let mut code = CodeSection::new();
    for _ in 0..functions {
        declared.function(0);
        let mut function = Function::new([(4, ValType::I64)]);
        for _ in 0..calls {
            function.instructions().call(0);
        }
        function.instructions().end();
        code.function(&function);
    }
    let mut module = Module::new();
    module.section(&types).section(&declared).section(&code);
    module
}
