//! Programs that an extension answers, for others to start: language servers, debug adapters, context servers.

use std::any::Any;
#[cfg(unix)]
use std::path::Path;

#[cfg(unix)]
use crate::base::fs::ConfinedFolder;
use crate::{
    base::types::{
        BuildTaskDefinition, Command, DebugAdapterBinary, DebugRequest, DebugScenario,
        EnvironmentVariables,
    },
    runtime::services::{ServiceResult, Services},
};

/// A program in an answer.
struct Starting<'a> {
    command: &'a str,
    args: &'a [String],
    env: &'a EnvironmentVariables,
}

impl Services {
    /// Lets what an extension answers be started, or refuses. An answer that starts nothing passes.
    ///
    /// # Errors
    /// [`ServiceError::Denied`](crate::runtime::services::ServiceError::Denied) where the user does not allow it,
    /// [`ServiceError::Argument`](crate::runtime::services::ServiceError::Argument) where one of its
    /// variables is not valid.
    pub(crate) fn allow_answer(&self, export: &str, answer: &dyn Any) -> ServiceResult<()> {
        let Some(Starting { command, args, env }) = started(answer) else {
            return Ok(());
        };
        let program = self.program(command, env);
        let execution = self.execution(&program, Some(export), env)?;
        self.allow_start(&program, args, &execution)
    }

    /// Makes the program of a command executable that lies in the work directory, for an extension that has no way to
    /// do so itself. Nothing is changed that is elsewhere or behind a link; where it fails, the start tells.
    #[cfg(unix)]
    pub(crate) fn make_command_executable(&self, command: &str) {
        let Ok(relative) = Path::new(command).strip_prefix(&self.work_dir) else {
            return;
        };
        let made = ConfinedFolder::open(&self.work_dir)
            .and_then(|work| work.make_plain_file_executable(relative));
        match made {
            Ok(true) => tracing::debug!(extension = %self.extension, command, "made executable"),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(extension = %self.extension, command, %error, "not made executable");
            }
        }
    }

    /// There are no modes here.
    #[cfg(not(unix))]
    pub(crate) fn make_command_executable(&self, _: &str) {}
}

/// The program that an answer has others start.
fn started(answer: &dyn Any) -> Option<Starting<'_>> {
    if let Some(Command { command, args, env }) = answer.downcast_ref() {
        return Some(Starting { command, args, env });
    }
    if let Some(binary) = answer.downcast_ref::<DebugAdapterBinary>() {
        return Some(Starting {
            command: binary.command.as_deref()?,
            args: &binary.arguments,
            env: &binary.envs,
        });
    }
    if let Some(DebugRequest::Launch(launch)) = answer.downcast_ref() {
        return Some(Starting {
            command: &launch.program,
            args: &launch.args,
            env: &launch.envs,
        });
    }
    let scenario = answer.downcast_ref::<DebugScenario>();
    let located = || answer.downcast_ref::<Option<DebugScenario>>()?.as_ref();
    match &scenario.or_else(located)?.build {
        Some(BuildTaskDefinition::Template(build)) => Some(Starting {
            command: &build.template.command,
            args: &build.template.args,
            env: &build.template.env,
        }),
        _ => None,
    }
}
