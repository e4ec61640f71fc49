//! Bounds on the functions of a file. The engine's time and memory for one grow faster than its size: some kilobytes of
//! loops take minutes, and gigabytes. Builds that exist, interpreters of whole languages among them, stay at a fifth of
//! each bound, or at a third where it is the count of functions.

use wasmparser::{BlockType, Encoding, FunctionBody, Operator, Payload, TypeRef};

use super::error::ComponentError;

/// The most functions of a file, in all its modules: builds that exist have 20,000.
const FUNCTIONS: usize = 60_000;

/// The longest body of a function, in bytes: builds that exist have 427,000.
const BODY_BYTES: u64 = 2 << 20;

/// The most parameters and local variables of a function: builds that exist have 500.
const LOCALS: u64 = 10_000;

/// The most branches of a function, times its variables, as each is looked for in each: builds that exist have 430,000.
const BRANCHES: u64 = 2_000_000;

/// The most loops of a function: builds that exist have 400.
const LOOPS: u64 = 2_000;

/// The most loops inside each other: builds that exist have 14.
const NESTED_LOOPS: u64 = 100;

/// The most loops of a function, times its variables: builds that exist have 47,000.
const LOOP_LOCALS: u64 = 500_000;

/// The most values that the blocks of a function take and give, and its calls that give several: builds that exist
/// have 1,300.
const VALUES: u64 = 10_000;

/// The times the work that one function may make that all of a file may make together.
const WHOLE: u64 = 5;

/// The numbers of values that a function, or a block, takes and gives.
#[derive(Debug, Clone, Copy, Default)]
struct Signature {
    takes: u64,
    gives: u64,
}

impl Signature {
    fn values(self) -> u64 {
        self.takes + self.gives
    }
}

/// The functions of a file so far, of which no more are read than may be compiled.
#[derive(Debug, Default)]
pub(super) struct FunctionBounds {
    functions: usize,
    /// The types of the module being read.
    types: Vec<Signature>,
    /// The types of its functions, those it imports first.
    of_functions: Vec<Signature>,
    /// The index, in the module, of the function that comes next.
    next: usize,
    work: Work,
}

/// The work of functions that grows faster than their size.
#[derive(Debug, Clone, Copy, Default)]
struct Work {
    branches: u64,
    loops: u64,
    loop_locals: u64,
    values: u64,
}

impl FunctionBounds {
    /// Adds those of a part of the file, before they are compiled.
    ///
    /// # Errors
    /// [`ComponentError::Function`] for a function that is too much, [`ComponentError::TooMany`] where all are
    /// together, [`ComponentError::Malformed`] where their number or types cannot be read. What is wrong inside a
    /// function is the engine's to find.
    pub(super) fn add(&mut self, part: &Payload<'_>) -> Result<(), ComponentError> {
        match part {
            Payload::Version {
                encoding: Encoding::Module,
                ..
            } => {
                self.types.clear();
                self.of_functions.clear();
                self.next = 0;
            }
            Payload::TypeSection(section) => {
                for group in section.clone() {
                    let types = group?.into_types();
                    self.types.extend(types.map(|it| signature(&it)));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    if let TypeRef::Func(index) | TypeRef::FuncExact(index) = import?.ty {
                        self.of_functions.push(self.of_type(index));
                        self.next += 1;
                    }
                }
            }
            Payload::FunctionSection(section) => {
                let count = section.count() as usize;
                if count > FUNCTIONS.saturating_sub(self.functions) {
                    return Err(too_many("functions", FUNCTIONS as u64));
                }
                self.functions += count;
                for index in section.clone() {
                    self.of_functions.push(self.of_type(index?));
                }
            }
            Payload::CodeSectionEntry(body) => self.add_function(body)?,
            _ => {}
        }
        Ok(())
    }

    fn of_type(&self, index: u32) -> Signature {
        self.types.get(index as usize).copied().unwrap_or_default()
    }

    fn add_function(&mut self, body: &FunctionBody<'_>) -> Result<(), ComponentError> {
        let index = self.next;
        self.next += 1;
        let own = self.of_functions.get(index).copied().unwrap_or_default();
        let within = |what, found, limit| match found <= limit {
            true => Ok(()),
            false => Err(ComponentError::Function {
                index,
                what,
                found,
                limit,
            }),
        };
        within("bytes", body.range().len() as u64, BODY_BYTES)?;
        let mut locals = own.takes;
        // What cannot be read is not compiled: the engine refuses a function at its first such byte.
        for local in body.get_locals_reader().into_iter().flatten().flatten() {
            locals = locals.saturating_add(u64::from(local.0));
        }
        within("parameters and variables", locals, LOCALS)?;
        let counts = self.count(body);
        let loop_locals = counts.loops * locals;
        let branches = counts.branches.saturating_mul(locals);
        within("loops", counts.loops, LOOPS)?;
        within("loops inside each other", counts.nested_loops, NESTED_LOOPS)?;
        within("loops times variables", loop_locals, LOOP_LOCALS)?;
        within("branches times variables", branches, BRANCHES)?;
        within("values of blocks and calls", counts.values, VALUES)?;
        self.work.branches += branches;
        self.work.loops += counts.loops * counts.loops;
        self.work.loop_locals += loop_locals;
        self.work.values += counts.values;
        self.work.check()
    }

    fn count(&self, body: &FunctionBody<'_>) -> Counts {
        let mut counts = Counts::default();
        // For each block that is open, whether it is a loop.
        let mut open = Vec::new();
        let mut loops = 0;
        let Ok(mut operators) = body.get_operators_reader() else {
            return counts;
        };
        while let Ok(operator) = operators.read() {
            match operator {
                Operator::Loop { blockty } => {
                    loops += 1;
                    counts.loops += 1;
                    counts.nested_loops = counts.nested_loops.max(loops);
                    counts.values += self.of_block(blockty);
                    open.push(true);
                }
                Operator::Block { blockty }
                | Operator::Try { blockty }
                | Operator::TryTable {
                    try_table: wasmparser::TryTable { ty: blockty, .. },
                } => {
                    counts.values += self.of_block(blockty);
                    open.push(false);
                }
                Operator::If { blockty } => {
                    counts.branches += 1;
                    counts.values += self.of_block(blockty);
                    open.push(false);
                }
                Operator::End => loops -= u64::from(open.pop().unwrap_or_default()),
                Operator::Br { .. }
                | Operator::BrIf { .. }
                | Operator::BrTable { .. }
                | Operator::BrOnNull { .. }
                | Operator::BrOnNonNull { .. }
                | Operator::BrOnCast { .. }
                | Operator::BrOnCastFail { .. } => counts.branches += 1,
                Operator::Call { function_index } => {
                    let called = self.of_functions.get(function_index as usize);
                    counts.add_call(called.copied().unwrap_or_default());
                }
                Operator::CallIndirect { type_index, .. } | Operator::CallRef { type_index } => {
                    counts.add_call(self.of_type(type_index));
                }
                _ => {}
            }
        }
        counts
    }

    fn of_block(&self, block: BlockType) -> u64 {
        match block {
            BlockType::Empty => 0,
            BlockType::Type(_) => 1,
            BlockType::FuncType(index) => self.of_type(index).values(),
        }
    }
}

impl Work {
    fn check(&self) -> Result<(), ComponentError> {
        let bounds = [
            ("branches times variables", self.branches, BRANCHES),
            (
                "loops, each as often as its function has any",
                self.loops,
                LOOPS * LOOPS,
            ),
            ("loops times variables", self.loop_locals, LOOP_LOCALS),
            ("values of blocks and calls", self.values, VALUES),
        ];
        match bounds
            .into_iter()
            .find(|(_, found, of_one)| *found > WHOLE * of_one)
        {
            Some((what, _, of_one)) => Err(too_many(what, WHOLE * of_one)),
            None => Ok(()),
        }
    }
}

/// The parts of one function that make work.
#[derive(Debug, Default)]
struct Counts {
    branches: u64,
    loops: u64,
    nested_loops: u64,
    values: u64,
}

impl Counts {
    /// A call that gives one value, or none, makes no more work than any instruction.
    fn add_call(&mut self, called: Signature) {
        if called.gives > 1 {
            self.values += called.values();
        }
    }
}

fn signature(of: &wasmparser::SubType) -> Signature {
    match &of.composite_type.inner {
        wasmparser::CompositeInnerType::Func(function) => Signature {
            takes: function.params().len() as u64,
            gives: function.results().len() as u64,
        },
        _ => Signature::default(),
    }
}

fn too_many(what: &'static str, limit: u64) -> ComponentError {
    ComponentError::TooMany {
        what,
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
    }
}
