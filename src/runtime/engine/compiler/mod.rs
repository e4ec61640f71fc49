//! Where components are compiled: in the host's own process, or in a child process with limits on its time and memory.
//!
//! What the engine takes for a component is bounded by [the functions it may have](crate::version::ComponentError), yet
//! within these bounds there is work for minutes and gigabytes, and once begun it cannot be stopped. A child can.
//!
//! 1. The host starts [`ChildCompiler::program`], which calls [`serve`] with the rest of its arguments.
//! 2. The child limits its memory, makes an engine of the same settings, and refuses where its code would be another.
//! 3. The component goes in at its standard input, machine code comes out at its standard output. It writes no file: the
//!    host puts the code into the compiled cache, as it does with its own.
//! 4. At the limit of time, when whoever waited has stopped to, or when the host ends, however it does, the child is killed.
//!
//! The host's runtime needs I/O for it, and timers.
//!
//! ```no_run
//! use annexe::{Host, compiler::{ChildCompiler, Compiler, serve}};
//!
//! fn main() -> std::process::ExitCode {
//!     let mut arguments = std::env::args_os().skip(1);
//!     if arguments.next().is_some_and(|it| it == "compile") {
//!         return serve(arguments);
//!     }
//!     let mut child = ChildCompiler::new(std::env::current_exe().unwrap_or_default());
//!     child.arguments = vec!["compile".into()];
//!     let host = Host::builder().compiler(Compiler::Child(child)).build();
//!     // …
//! #   drop(host);
//!     std::process::ExitCode::SUCCESS
//! }
//! ```

mod child;
mod error;
mod parent;

use std::{ffi::OsString, path::PathBuf, time::Duration};

pub(super) use self::parent::Parent;
pub use self::{child::serve, error::CompilerError};

/// The process in which components are compiled.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Compiler {
    /// The host's own: what a component takes is bounded by its functions, and cannot be stopped.
    #[default]
    ThisProcess,
    /// A child process for each component, with limits.
    Child(ChildCompiler),
}

/// The program that compiles in a child process, and its limits.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChildCompiler {
    /// The program: it calls [`serve`], most often that which the host is in.
    pub program: PathBuf,
    /// Its arguments before those that [`serve`] takes. Default: none.
    pub arguments: Vec<OsString>,
    /// What each child may take. Default: [`CompilerLimits::default`].
    pub limits: CompilerLimits,
}

impl ChildCompiler {
    /// A program without arguments of its own, with the default limits.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            limits: CompilerLimits::default(),
        }
    }
}

/// The limits of a child process that compiles one component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompilerLimits {
    /// How long it may take. Default 2 minutes: the greatest builds that exist, interpreters of whole languages, take 20
    /// seconds on a slow machine.
    pub time: Duration,
    /// Bytes of memory that it may have written to, or could. Default 4 GiB: the greatest builds that exist take 1. Only
    /// Linux counts what a process maps: elsewhere the limit is none, and time alone is limited.
    pub memory_bytes: u64,
}

impl Default for CompilerLimits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(120),
            memory_bytes: 4 << 30,
        }
    }
}
