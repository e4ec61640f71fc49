//! Programs that the host runs for an extension.

mod environment;
mod error;
mod limits;
mod runner;
mod starting;

use tokio::process;

pub(crate) use self::{environment::Shown, runner::Runner};
pub use self::{error::ProcessError, limits::ProcessLimits};
use super::{ServiceResult, Services};
use crate::{
    base::{
        printable::printable,
        types::{Command, EnvironmentVariables, ProcessOutput},
    },
    package::capability::Program,
};

impl Services {
    /// Runs a program to its end, with the work directory as its current one and nothing on its
    /// standard input. A name is looked up on the host's own search path
    /// ([`ServiceOptions::search_path`](super::ServiceOptions::search_path)), whatever `PATH` the program is given, but
    /// first on that of a worktree's shell where it is handed on as it was shown; a relative path starts at the work
    /// directory. It is ended when the call is, and what it has started ends with it.
    ///
    /// # Errors
    /// [`ServiceError::Denied`](super::ServiceError::Denied) where the manifest does not ask for it or the
    /// user does not allow it or one of its variables, [`ServiceError::Argument`](super::ServiceError::Argument) where
    /// a variable is not valid, [`ServiceError::Process`](super::ServiceError::Process) where it cannot be
    /// started or runs into one of the [`ProcessLimits`].
    pub async fn run_command(&self, command: Command) -> ServiceResult<ProcessOutput> {
        let program = self.program(&command.command, &command.env);
        let execution = self.execution(&program, None, &command.env)?;
        self.allow_process(&program, &command.args, &execution)?;
        crate::base::fs::metadata(&self.work_dir)?;
        let Some(file) = program.file() else {
            let command = command.command;
            return Err(ProcessError::NotFound { command }.into());
        };
        // By its path: a name would be looked up on the `PATH` that the program is given.
        let mut process = process::Command::new(file);
        process.args(&command.args).current_dir(&self.work_dir);
        self.set_variables(&mut process, &execution, &command.env);
        let running = self.shared.runner.run(&command.command, process);
        let what = format!("the program `{}`", printable(&command.command));
        Ok(self.tell_while(&what, running).await?)
    }

    /// Finds what runs where an extension asks for a program and gives it these variables.
    fn program(&self, asked: &str, variables: &EnvironmentVariables) -> Program {
        let search = self.search_path(variables);
        Program::find(asked, &self.work_dir, &search)
    }
}
