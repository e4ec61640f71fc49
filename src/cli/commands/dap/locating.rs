//! The configuration that debugs what a command would run: a locator says how it is built, it is built, and the locator
//! finds the program.

use std::{
    path::Path,
    process::{ExitCode, Stdio},
};

use annexe::{
    manifest::Named,
    store::Provided,
    types::{BuildTaskDefinition, DebugConfig, DebugRequest, DebugScenario, TaskTemplate},
};

use super::{Arguments, provider::InstalledAdapter, scenario::Configuration};
use crate::cli::{
    context::Context,
    failure::{Complaint, Outcome},
    preparation::{Asking, Folder, Preparation},
    wording,
};

/// A program that a locator has found, or a scenario that needs none.
enum Located {
    Program(DebugRequest),
    Scenario(Box<DebugScenario>),
}

/// Shows the configuration.
///
/// # Errors
/// Where no locator knows the command, its build fails, or no program is found.
pub async fn show(arguments: &Arguments, context: &Context<'_>) -> Outcome {
    let folder = Folder::new(arguments.worktree.as_deref())?;
    let asking = Asking {
        offline: arguments.offline,
        ..Asking::default()
    };
    let preparation = Preparation::new(context, folder, &arguments.lock, asking)?;
    for warning in preparation.warnings() {
        context.output.warn(warning);
    }
    let task = task(&arguments.task, arguments.worktree.as_deref())?;
    let locators = preparation.provided(Named::DebugLocator).await?;
    let locators: Vec<&Provided> = locators.enabled().collect();
    if locators.is_empty() {
        let message = "no installed extension brings a locator of what to debug";
        return Err(Complaint::new(message)
            .with_hint("`annexe search --provides debug-adapters` finds extensions that may")
            .into());
    }
    let adapter = adapter(arguments, &preparation, &locators).await?;
    let found = locate(&preparation, &locators, &task, &adapter.name).await?;
    let asked = Arguments::of(
        adapter.name.clone(),
        Some(adapter.extension.clone()),
        arguments.lock.clone(),
        &preparation.folder.path,
    );
    let installed = InstalledAdapter::new(&asked, context, Asking::default()).await?;
    let scenario = match found {
        Located::Scenario(scenario) => *scenario,
        Located::Program(request) => {
            let choices = DebugConfig {
                label: task.label.clone(),
                adapter: adapter.name.clone(),
                request,
                stop_on_entry: None,
            };
            let extensions = &installed.preparation().extensions;
            extensions
                .debug_scenario(&adapter.extension, choices)
                .await?
        }
    };
    let configuration = installed.configuration_of(scenario).await?;
    context.output.result(&Configuration(configuration))?;
    Ok(ExitCode::SUCCESS)
}

/// The command as a task.
fn task(words: &[String], worktree: Option<&Path>) -> anyhow::Result<TaskTemplate> {
    let folder = match worktree {
        Some(worktree) => crate::cli::files::folder(worktree)?,
        None => std::env::current_dir()?,
    };
    let (command, args) = words
        .split_first()
        .map_or(("", &[][..]), |(one, rest)| (one, rest));
    Ok(TaskTemplate {
        label: words.join(" "),
        command: command.to_owned(),
        args: args.to_vec(),
        env: annexe::types::EnvironmentVariables::default(),
        cwd: Some(folder.to_string_lossy().into_owned()),
    })
}

/// The adapter that was named, else the one that comes with a locator, else the only one.
async fn adapter(
    arguments: &Arguments,
    preparation: &Preparation,
    locators: &[&Provided],
) -> anyhow::Result<Provided> {
    let sort = Named::DebugAdapter;
    if let Some(name) = &arguments.adapter {
        return preparation
            .choose(sort, name, arguments.extension.as_ref())
            .await;
    }
    let all = preparation.provided(sort).await?;
    let all: Vec<&Provided> = all.enabled().collect();
    let is_beside = |it: &&&Provided| locators.iter().any(|one| one.extension == it.extension);
    let beside: Vec<&&Provided> = all.iter().filter(is_beside).collect();
    match (beside.as_slice(), all.as_slice()) {
        ([one], _) => Ok((**one).clone()),
        (_, [one]) => Ok((*one).clone()),
        (_, []) => Err(
            Complaint::new("no installed extension brings a debug adapter")
                .with_hint("`annexe search --provides debug-adapters` finds some")
                .into(),
        ),
        (_, several) => Err(Complaint::usage(format!(
            "several debug adapters are installed: {}",
            wording::list(several.iter().map(|it| format!("`{}`", it.name)))
        ))
        .with_hint("name one before --locate")
        .into()),
    }
}

/// Has what the command would run built, and finds it.
async fn locate(
    preparation: &Preparation,
    locators: &[&Provided],
    task: &TaskTemplate,
    adapter: &str,
) -> anyhow::Result<Located> {
    let extensions = &preparation.extensions;
    for locator in locators {
        let (id, name) = (&locator.extension, &locator.name);
        let asked = extensions.located_scenario(id, name, task.clone(), adapter);
        let Some(scenario) = asked.await? else {
            continue;
        };
        let build = match scenario.build {
            None => return Ok(Located::Scenario(Box::new(scenario))),
            Some(BuildTaskDefinition::Template(build)) => build,
            Some(BuildTaskDefinition::ByName(task)) => {
                let message = format!("`{name}` wants the task `{task}` of an editor to be run");
                return Err(Complaint::new(message).into());
            }
        };
        run(&build.template).await?;
        let name = build.locator_name.as_ref().unwrap_or(name);
        let found = extensions.located(id, name, build.template.clone()).await?;
        return Ok(Located::Program(found));
    }
    // The command may be the build itself.
    run(task).await?;
    let mut first = None;
    for locator in locators {
        let asked = extensions.located(&locator.extension, &locator.name, task.clone());
        match asked.await {
            Ok(found) => return Ok(Located::Program(found)),
            Err(error) => {
                first.get_or_insert(error);
            }
        }
    }
    let message = format!("no locator finds what `{}` has built", task.label);
    Err(match first {
        Some(error) => anyhow::Error::new(error).context(message),
        None => Complaint::new(message).into(),
    })
}

/// Runs a build. What it prints goes to standard error: the configuration is the answer.
async fn run(task: &TaskTemplate) -> anyhow::Result<()> {
    let failed = |problem: String| Complaint::new(format!("`{}` {problem}", task.label));
    let mut command = tokio::process::Command::new(&task.command);
    command
        .args(&task.args)
        .envs(task.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(std::io::stderr())
        .kill_on_drop(true);
    if let Some(folder) = &task.cwd {
        command.current_dir(folder);
    }
    let status = command.status().await;
    let status = status.map_err(|error| failed(format!("cannot be started: {error}")))?;
    match status.success() {
        true => Ok(()),
        false => Err(failed(format!("has failed ({status})")).into()),
    }
}
