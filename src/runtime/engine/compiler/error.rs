//! Errors of compiling in a child process.

use std::{io, path::PathBuf, time::Duration};

use crate::base::hint::{ErrorKind, Hint};

/// The reason why a child process did not compile a component. What the engine itself has against a component is
/// [`EngineError::Compile`](crate::EngineError::Compile), in whatever process it was compiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompilerError {
    /// It took too long.
    #[error("the component was still being compiled after {} s (limit `time_seconds` of the compiler)", .0.as_secs_f64())]
    Time(Duration),
    /// It took too much memory.
    #[error("compiling the component takes more than {} MiB of memory (limit `memory_bytes` of the compiler)", .0 >> 20)]
    Memory(u64),
    /// The child came to an end of its own, or was killed by somebody else.
    #[error(
        "the process that compiles the component has failed: {ended}{}",
        after_colon(said)
    )]
    Ended {
        /// How it ended, in the system's words.
        ended: String,
        /// The last that it wrote to its standard error.
        said: String,
    },
    /// The program is another version than the host's, or made with other settings: its code would be another.
    #[error("the compiler `{}` is of another version than this program", .0.display())]
    OtherVersion(PathBuf),
    /// The child cannot be started.
    #[error("the compiler `{}` cannot be started", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The child's output cannot be read, or its end not be waited for.
    #[error("the process that compiles the component cannot be followed")]
    Follow(#[source] io::Error),
}

impl CompilerError {
    /// Whether it is the component's fault, as far as that can be known: another one would be compiled.
    pub fn is_of_component(&self) -> bool {
        matches!(self, Self::Time(_) | Self::Memory(_))
    }
}

impl Hint for CompilerError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Time(_) | Self::Memory(_) => ErrorKind::Limit,
            Self::Ended { .. } | Self::OtherVersion(_) => ErrorKind::Program,
            Self::Start { .. } | Self::Follow(_) => ErrorKind::Io,
        }
    }

    fn hint(&self) -> Option<String> {
        let raise = |key| {
            format!(
                "no usual build of an extension needs that: tell its author; if you trust it, raise `{key}` of `[compiler]` \
                 in the configuration"
            )
        };
        Some(match self {
            Self::Time(_) => raise("time_seconds"),
            Self::Memory(_) => raise("memory_bytes"),
            Self::Ended { .. } => {
                "try again; where the system has killed it, it has run out of memory".into()
            }
            Self::OtherVersion(_) => "start this program again: it was updated meanwhile".into(),
            Self::Start { .. } | Self::Follow(_) => {
                "the system has to let this program start another process: see its limits on processes and memory".into()
            }
        })
    }
}

fn after_colon(said: &str) -> String {
    match said {
        "" => String::new(),
        said => format!(": {said}"),
    }
}
