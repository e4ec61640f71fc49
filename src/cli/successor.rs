//! The program that this process becomes: it has the same number, streams and terminal, and nothing of this program is
//! left in between. Where a process cannot become another, the program is a child, whose end is that of this one.

use std::{
    io,
    path::Path,
    process::{Command, ExitCode},
};

use super::descriptors;

/// A program to become.
pub struct Successor {
    command: Command,
    /// What is done where it cannot be started.
    otherwise: Box<dyn FnOnce(&io::Error) -> ExitCode + Send>,
}

impl Successor {
    /// A program in the environment of this process, without the variables of these names and with its own, in a folder
    /// or the current one. `otherwise` is done where it cannot be started.
    pub fn new(
        program: &annexe::types::Command,
        without: &[String],
        folder: Option<&Path>,
        otherwise: impl FnOnce(&io::Error) -> ExitCode + Send + 'static,
    ) -> Self {
        let mut command = Command::new(&program.command);
        command.args(&program.args);
        for name in without {
            command.env_remove(name);
        }
        command.envs(program.env.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = folder {
            command.current_dir(folder);
        }
        Self {
            command,
            otherwise: Box::new(otherwise),
        }
    }

    /// Becomes it. Nothing may run any more of what this process has started: it would be the other program's.
    pub fn start(mut self) -> ExitCode {
        descriptors::lower();
        #[cfg(unix)]
        let error = std::os::unix::process::CommandExt::exec(&mut self.command);
        #[cfg(not(unix))]
        let error = match self.command.status() {
            Ok(status) => {
                let code = status.code().and_then(|code| u8::try_from(code).ok());
                return code.map_or(ExitCode::FAILURE, ExitCode::from);
            }
            Err(error) => error,
        };
        (self.otherwise)(&error)
    }
}

impl std::fmt::Debug for Successor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Its variables may be secret.
        let program = self.command.get_program();
        formatter.debug_tuple("Successor").field(&program).finish()
    }
}
