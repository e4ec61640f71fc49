//! The locator `cargo`: debugs what `cargo run` and `cargo test` would run.
//!
//! A task becomes a build task with the same options. What the program itself is to be given travels
//! in a variable of that task, since `cargo build` takes no arguments for the program.

mod build;
mod invocation;
mod messages;
mod path;

use zed_extension_api::{
    BuildTaskDefinition, BuildTaskDefinitionTemplatePayload, DebugScenario, LaunchRequest, Result,
    TaskTemplate,
    serde_json::{self, Value},
};

use self::{
    build::Build,
    invocation::{Invocation, Verb},
};
use crate::LOCATOR;

const CARGO: &str = "cargo";

/// The variable that holds the program's arguments, as a list in JSON.
const ARGUMENTS: &str = "DEBUG_LOCATOR_ARGUMENTS";

/// The scenario that builds what a task would run; `None` for a task that runs nothing of its own.
pub fn scenario(task: TaskTemplate, label: String, adapter: String) -> Option<DebugScenario> {
    if task.command != CARGO {
        return None;
    }
    let invocation = Invocation::parse(&task.args)?;
    if invocation.verb == Verb::Build || invocation.only_builds {
        return None;
    }
    let args = invocation.build_arguments();
    let mut env = task.env;
    env.retain(|(name, _)| name != ARGUMENTS);
    if !invocation.program_arguments.is_empty() {
        let arguments = Value::from(invocation.program_arguments);
        env.push((ARGUMENTS.to_owned(), arguments.to_string()));
    }
    let template = TaskTemplate {
        label: format!("{CARGO} {}", args.join(" ")),
        command: task.command,
        args,
        env,
        cwd: task.cwd,
    };
    Some(DebugScenario {
        label,
        adapter,
        build: Some(BuildTaskDefinition::Template(
            BuildTaskDefinitionTemplatePayload {
                locator_name: Some(LOCATOR.to_owned()),
                template,
            },
        )),
        // It follows from the program, which is known once it is built.
        config: "{}".to_owned(),
        tcp_connection: None,
    })
}

/// The program that a build task has built, and how to start it.
pub fn locate(task: TaskTemplate) -> Result<LaunchRequest> {
    let refuse = |problem: &str| {
        let line = format!("{} {}", task.command, task.args.join(" "));
        format!("`{}` {problem}", line.trim_end())
    };
    if task.command != CARGO {
        return Err(refuse("is no task of cargo"));
    }
    let invocation = Invocation::parse(&task.args)
        .ok_or_else(|| refuse("does not build a program that could be debugged"))?;
    let mut env = task.env;
    let mut arguments = invocation.program_arguments.clone();
    if let Some(at) = env.iter().position(|(name, _)| name == ARGUMENTS) {
        let (_, text) = env.remove(at);
        arguments = serde_json::from_str(&text)
            .map_err(|error| format!("`{ARGUMENTS}` is not a list of texts: {error}"))?;
    }
    let build = Build::new(&invocation, task.cwd.as_deref(), &env)?;
    let program = build.program()?;
    if env.iter().all(|(name, _)| name != "CARGO_MANIFEST_DIR") {
        // Cargo sets it for what it runs, and programs look for their files there.
        env.push(("CARGO_MANIFEST_DIR".to_owned(), program.folder.clone()));
    }
    Ok(LaunchRequest {
        program: program.path,
        // Cargo runs tests in the folder of their package, all else where it was called.
        cwd: match invocation.verb {
            Verb::Test => Some(program.folder),
            Verb::Run | Verb::Build => task.cwd.or(Some(program.folder)),
        },
        args: arguments,
        envs: env,
    })
}
