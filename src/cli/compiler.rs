//! The process that compiles: this program once more, so that what a component takes can be limited.
//!
//! ```toml
//! [compiler]
//! time_seconds = 120                 # that one component may take
//! memory_bytes = 4294967296
//! ```

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

use annexe::compiler::{ChildCompiler, Compiler, serve};
use serde::Deserialize;

use super::{confinement::Seconds, files};

/// The first argument of such a process. It is no command: nobody types it.
const COMPILE: &str = "__compile";

/// This program on Linux, even where its file was replaced by an update meanwhile.
const ITSELF: &str = "/proc/self/exe";

/// The settings for compiling components.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompilerEntry {
    time_seconds: Option<Seconds>,
    memory_bytes: Option<Memory>,
}

/// A limit on memory, with which a process that compiles can at least start and say when it has too little.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "u64")]
struct Memory(u64);

/// The least memory for compiling, in bytes.
const LEAST_MEMORY: u64 = 64 << 20;

impl TryFrom<u64> for Memory {
    type Error = &'static str;

    fn try_from(bytes: u64) -> Result<Self, Self::Error> {
        match bytes >= LEAST_MEMORY {
            true => Ok(Self(bytes)),
            false => Err("it must be a number of bytes of 67108864 (64 MiB) at least"),
        }
    }
}

impl CompilerEntry {
    /// Where components are compiled: in a child process, unless this program cannot be started again.
    pub fn compiler(&self) -> Compiler {
        let Some(program) = own_program() else {
            tracing::warn!(
                "this program does not know its own file, so components are compiled in this process"
            );
            return Compiler::ThisProcess;
        };
        let mut child = ChildCompiler::new(program);
        child.arguments = vec![COMPILE.into()];
        if let Some(Seconds(time)) = self.time_seconds {
            child.limits.time = time;
        }
        if let Some(Memory(bytes)) = self.memory_bytes {
            child.limits.memory_bytes = bytes;
        }
        Compiler::Child(child)
    }
}

/// Compiles and ends, where this process was started for that; `None` in any other.
pub fn compile_if_asked(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter().skip(1);
    arguments
        .next()
        .is_some_and(|first| first == COMPILE)
        .then(|| serve(arguments))
}

fn own_program() -> Option<PathBuf> {
    let itself = Path::new(ITSELF);
    match cfg!(target_os = "linux") && files::exists(itself) {
        true => Some(itself.to_owned()),
        false => env::current_exe().ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_child_has_the_limits_of_the_configuration_or_the_defaults() {
        let limits = |text: &str| {
            let entry: CompilerEntry = toml::from_str(text).unwrap();
            match entry.compiler() {
                Compiler::Child(child) => (child.limits.time, child.limits.memory_bytes),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(limits(""), (Duration::from_secs(120), 4 << 30));
        let text = "time_seconds = 600\nmemory_bytes = 1073741824";
        assert_eq!(limits(text), (Duration::from_secs(600), 1 << 30));
        assert!(toml::from_str::<CompilerEntry>("memory_bytes = 67108863").is_err());
        assert!(toml::from_str::<CompilerEntry>("time_seconds = 0").is_err());
        assert!(toml::from_str::<CompilerEntry>("seconds = 1").is_err());
    }

    #[test]
    fn no_other_first_argument_asks_for_a_compilation() {
        let arguments = |of: &[&str]| of.iter().map(OsString::from).collect::<Vec<_>>();
        for other in [
            &["annexe"][..],
            &["annexe", "list"],
            &["annexe", "list", COMPILE],
        ] {
            assert!(compile_if_asked(arguments(other)).is_none());
        }
    }
}
