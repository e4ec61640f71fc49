//! The configuration of an adapter for what a user has chosen.

use std::{
    fmt,
    io::{self, Read as _},
    path::Path,
    process::ExitCode,
};

use annexe::types::{BuildTaskDefinition, DebugScenario};
use serde::Serialize;
use serde_json::Value;

use super::{Arguments, form, provider::InstalledAdapter};
use crate::cli::{
    context::Context, failure::Outcome, output::Output, preparation::Asking, wording,
};

/// The most bytes of what is read from standard input.
const MOST_BYTES: u64 = 1 << 20;

/// A configuration that an editor can take.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Configuration(pub Value);

impl fmt::Display for Configuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(&self.0).map_err(|_| fmt::Error)?;
        formatter.write_str(&text)
    }
}

/// Shows the configuration.
///
/// # Errors
/// Where the choices cannot be read, or the extension makes nothing of them.
pub async fn show(arguments: &Arguments, choices: &str, context: &Context<'_>) -> Outcome {
    let text = match choices {
        "-" => {
            let mut text = String::new();
            io::stdin()
                .lock()
                .take(MOST_BYTES)
                .read_to_string(&mut text)?;
            text
        }
        text => text.to_owned(),
    };
    let choices = form::read(arguments.adapter(), &text)?;
    let adapter = InstalledAdapter::new(arguments, context, Asking::default()).await?;
    for warning in adapter.preparation().warnings() {
        context.output.warn(warning);
    }
    let extensions = &adapter.preparation().extensions;
    let extension = &adapter.provided().extension;
    let scenario = extensions.debug_scenario(extension, choices).await?;
    tell_build(&scenario, context.output);
    let configuration = adapter.configuration_of(scenario).await?;
    context.output.result(&Configuration(configuration))?;
    Ok(ExitCode::SUCCESS)
}

/// Tells what is to be built before a session.
fn tell_build(scenario: &DebugScenario, output: &Output) {
    match &scenario.build {
        Some(BuildTaskDefinition::Template(build)) => {
            let task = &build.template;
            let words = std::iter::once(&task.command).chain(&task.args);
            let line: Vec<String> = words.map(|word| wording::shell(Path::new(word))).collect();
            output.note(format_args!("to be built before: {}", line.join(" ")));
        }
        Some(BuildTaskDefinition::ByName(name)) => {
            output.note(format_args!(
                "to be run before: the task `{name}` of the editor"
            ));
        }
        None => {}
    }
}
