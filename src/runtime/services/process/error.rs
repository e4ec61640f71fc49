//! Errors of running programs.

use std::{io, path::Path, time::Duration};

use crate::base::{
    fs,
    hint::{ErrorKind, Hint},
    process::RunError,
};

/// The reason why a program did not run to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// There is no program of that name on the search path, or no file at that path.
    #[error("failed to run `{command}`: there is no such program")]
    NotFound {
        /// The program.
        command: String,
    },
    /// The file is there, but what is to run it is not: the interpreter of a script's first line, or the
    /// loader of a program that was made for another system.
    #[error("failed to run `{command}`: the interpreter or loader that it names is not there")]
    MissingInterpreter {
        /// The program.
        command: String,
    },
    /// The file is not a program, or may not be run.
    #[error("failed to run `{command}`: it is not executable")]
    NotExecutable {
        /// The program.
        command: String,
        /// What the system answered.
        source: io::Error,
    },
    /// The program could not be started or its output not be read.
    #[error("failed to run `{command}`")]
    System {
        /// The program.
        command: String,
        /// What the system answered.
        source: io::Error,
    },
    /// The program ran longer than [`ProcessLimits::time`](crate::ProcessLimits::time), and was ended.
    #[error("failed to run `{command}`: it was ended after {} seconds", limit.as_secs_f64())]
    TimeLimit {
        /// The program.
        command: String,
        /// How long it might run.
        limit: Duration,
    },
    /// The program wrote more than [`ProcessLimits::output_bytes`](crate::ProcessLimits::output_bytes),
    /// and was ended.
    #[error("failed to run `{command}`: it wrote more than {}", size(*limit))]
    OutputLimit {
        /// The program.
        command: String,
        /// How many bytes it might write to each stream.
        limit: u64,
    },
}

impl ProcessError {
    /// Why a program did not run to its end: `command` is what it is called, `program` what was to be run.
    pub(super) fn of_run(command: &str, program: &Path, error: RunError) -> Self {
        let name = || command.to_owned();
        match error {
            RunError::Start(source) => Self::of_start(command, program, source),
            RunError::Follow(source) => Self::System {
                command: name(),
                source,
            },
            RunError::TimeLimit(limit) => Self::TimeLimit {
                command: name(),
                limit,
            },
            RunError::OutputLimit(limit) => Self::OutputLimit {
                command: name(),
                limit,
            },
        }
    }

    fn of_start(command: &str, program: &Path, source: io::Error) -> Self {
        let command = command.to_owned();
        // A bare name is looked up in other folders than the current one.
        let is_there = program.components().count() > 1 && fs::metadata(program).is_ok();
        match source.kind() {
            io::ErrorKind::NotFound if is_there => Self::MissingInterpreter { command },
            io::ErrorKind::NotFound => Self::NotFound { command },
            io::ErrorKind::PermissionDenied => Self::NotExecutable { command, source },
            _ => Self::System { command, source },
        }
    }
}

impl Hint for ProcessError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. }
            | Self::MissingInterpreter { .. }
            | Self::NotExecutable { .. }
            | Self::System { .. } => ErrorKind::Program,
            Self::TimeLimit { .. } | Self::OutputLimit { .. } => ErrorKind::Limit,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { command } => Some(if command.contains(std::path::is_separator) {
                "check that the file is there".into()
            } else {
                "install it, or add its folder to the `PATH` of the program that runs extensions"
                    .into()
            }),
            Self::MissingInterpreter { .. } => Some(
                "install what its first line names, or get the program in a form made for this system"
                    .into(),
            ),
            Self::NotExecutable { .. } => {
                Some("check that it is a program, and that its mode allows to run it".into())
            }
            Self::TimeLimit { .. } => Some(
                "if it is not stuck, it needs more time than programs are given here".into(),
            ),
            Self::System { .. } | Self::OutputLimit { .. } => None,
        }
    }
}

/// A size in words.
fn size(bytes: u64) -> String {
    match bytes {
        bytes if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => {
            format!("{} MiB", bytes >> 20)
        }
        bytes => format!("{bytes} bytes"),
    }
}
