//! Programs that the host runs for an extension.

mod error;
mod group;
mod lifeline;
mod limits;
mod output;
mod runner;

use std::path::{Component, Path, PathBuf};

use tokio::process;

pub(crate) use self::runner::Runner;
pub use self::{error::ProcessError, limits::ProcessLimits};
use super::{ServiceResult, Services};
use crate::types::{Command, ProcessOutput};

impl Services {
    /// Runs a program to its end, with the work directory as its current one and nothing on its
    /// standard input. A bare name is looked up on the search path; a relative path starts at the work
    /// directory. It is ended when the call is, and what it has started ends with it.
    ///
    /// # Errors
    /// [`ServiceError::Denied`](super::ServiceError::Denied) where the manifest does not ask for it or the
    /// person does not allow it, [`ServiceError::Process`](super::ServiceError::Process) where it cannot be
    /// started or runs into one of the [`ProcessLimits`].
    pub async fn run_command(&self, command: Command) -> ServiceResult<ProcessOutput> {
        self.allow_process(&command.command, &command.args)?;
        crate::fs::metadata(&self.work_dir)?;
        let mut program = process::Command::new(located(&self.work_dir, &command.command));
        program
            .args(&command.args)
            .envs(command.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.work_dir);
        let runner = &self.equipment.runner;
        Ok(runner.run(&command.command, program).await?)
    }
}

/// Where a program is: a bare name is left to the search path. Whether a relative path starts at the
/// current folder of the host or of the program differs from system to system, so it is made absolute.
fn located(work_dir: &Path, program: &str) -> PathBuf {
    let path = Path::new(program);
    let mut components = path.components();
    match (components.next(), components.next()) {
        (Some(Component::Normal(_)), None) | (None, _) => path.to_path_buf(),
        _ => work_dir.join(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_program_lies_in_the_work_directory_and_a_bare_name_does_not() {
        let work_dir = Path::new("/folder");
        for (program, path) in [
            ("node", "node"),
            ("", ""),
            ("./node", "/folder/./node"),
            ("bin/node", "/folder/bin/node"),
            ("../node", "/folder/../node"),
            ("/bin/sh", "/bin/sh"),
        ] {
            assert_eq!(located(work_dir, program), Path::new(path), "{program}");
        }
    }
}
