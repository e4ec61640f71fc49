//! The variables that a program is given, and which of them change anything.

use std::{
    collections::HashMap,
    env,
    sync::{Mutex, PoisonError},
};

use tokio::process::Command;

use super::super::error::ServiceError;
use crate::{
    base::{printable::printable, search_path::SearchPath, types::EnvironmentVariables},
    package::capability::{Execution, Program},
    runtime::services::{ServiceResult, Services},
};

/// The most variables of shells that are remembered, and the most bytes of each: more would be no shell's.
const MOST: usize = 4096;
const LONGEST: usize = 128 << 10;

/// The values of variables that an extension was shown as a worktree's shell has them. Many hand them on as they are.
#[derive(Debug, Default)]
pub(crate) struct Shown(Mutex<HashMap<String, String>>);

impl Shown {
    /// Remembers the shell's variables, each with its newest value.
    pub(crate) fn remember(&self, variables: &EnvironmentVariables) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, value) in variables {
            if value.len() <= LONGEST && (shown.len() < MOST || shown.contains_key(name)) {
                shown.insert(name.clone(), value.clone());
            }
        }
    }

    fn is(&self, name: &str, value: &str) -> bool {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shown.get(name).is_some_and(|shown| shown == value)
    }
}

impl Services {
    /// The particulars of a program that is given these variables. What this process has in the same way, or the
    /// shell of a worktree, is not a change: a program that is started inherits the former.
    ///
    /// # Errors
    /// [`ServiceError::Argument`] where a name or a value is not valid.
    pub(super) fn execution(
        &self,
        program: &Program,
        answer_of: Option<&str>,
        variables: &EnvironmentVariables,
    ) -> ServiceResult<Execution> {
        for (name, value) in variables {
            let problem = if name.is_empty() {
                "is empty"
            } else if name.contains(['=', '\0']) {
                "has a character that no name has"
            } else if value.contains('\0') {
                "has a NUL character in its value"
            } else {
                continue;
            };
            let words = format!("the variable `{}` {problem}", printable(name));
            return Err(ServiceError::Argument(words));
        }
        let is_had = |name: &str, value: &str| {
            env::var_os(name).is_some_and(|own| own == *value) || self.shown.is(name, value)
        };
        Ok(Execution::new(program.file(), answer_of, variables, is_had))
    }

    /// Returns the search path for a program that is given these variables: the host's. The `PATH` of a
    /// worktree's shell, handed on as the host has shown it, comes before that: it is the user's own, and there
    /// tools of a project lie.
    pub(super) fn search_path(&self, variables: &EnvironmentVariables) -> SearchPath {
        let own = &self.shared.search_path;
        let handed_on = variables
            .iter()
            .rfind(|(name, value)| is_path(name) && self.shown.is(name, value));
        match handed_on {
            Some((_, value)) => SearchPath::new(value.as_ref()).before(own),
            None => own.clone(),
        }
    }

    /// Gives a program its variables. Its current folder is the extension's own, so what it starts by name is looked up
    /// in absolute folders alone, unless the extension may set `PATH` and does.
    pub(super) fn set_variables(
        &self,
        process: &mut Command,
        execution: &Execution,
        variables: &EnvironmentVariables,
    ) {
        self.set_path(process, &self.shared.search_path);
        for (name, value) in variables {
            let is_changed = execution.variables.iter().any(|set| set.name == *name);
            if is_path(name) && !is_changed {
                self.set_path(process, &SearchPath::new(value.as_ref()));
            } else {
                process.env(name, value);
            }
        }
    }

    fn set_path(&self, process: &mut Command, search_path: &SearchPath) {
        let variable = Program::search_outside(&self.work_dir, search_path).to_variable();
        // An empty one would mean the current folder.
        match variable.is_empty() {
            true => process.env_remove("PATH"),
            false => process.env("PATH", variable),
        };
    }
}

fn is_path(name: &str) -> bool {
    match cfg!(windows) {
        true => name.eq_ignore_ascii_case("PATH"),
        false => name == "PATH",
    }
}
