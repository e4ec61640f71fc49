//! The settings that a context server needs, as its extension says it.

use std::{fmt, process::ExitCode};

use annexe::types::{ContextServerConfiguration, ExtensionId};
use serde::Serialize;

use super::{Arguments, provider::InstalledContextServer};
use crate::cli::{context::Context, failure::Outcome, preparation::Asking};

/// The answer about one server.
#[derive(Debug, Serialize)]
struct Answer {
    server: String,
    extension: Option<ExtensionId>,
    /// `None` where there is nothing to set.
    #[serde(flatten)]
    configuration: Option<ContextServerConfiguration>,
}

/// Shows what has to be set for a server.
///
/// # Errors
/// Where its extension cannot be asked.
pub async fn show(arguments: &Arguments, context: &Context<'_>) -> Outcome {
    let asking = Asking {
        offline: true,
        ..Asking::default()
    };
    let server = InstalledContextServer::new(arguments, context, asking).await?;
    for warning in server.warnings() {
        context.output.warn(warning);
    }
    let configuration = server.configuration().await?;
    context.output.result(&Answer {
        server: arguments.server().to_owned(),
        extension: server.provided().map(|it| it.extension.clone()),
        configuration,
    })?;
    Ok(ExitCode::SUCCESS)
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = &self.server;
        let Some(configuration) = &self.configuration else {
            return write!(
                formatter,
                "its extension says of no settings for `{server}`"
            );
        };
        let instructions = configuration.installation_instructions.trim();
        if !instructions.is_empty() {
            write!(formatter, "{instructions}\n\n")?;
        }
        let defaults = match configuration.default_settings.trim() {
            "" => "{}",
            text => text,
        };
        let defaults = defaults.replace('\n', "\n      ");
        writeln!(formatter, "In your `settings.json`, to begin with:\n")?;
        writeln!(
            formatter,
            "{{\n  \"context_servers\": {{\n    {}: {{",
            quoted(server)
        )?;
        writeln!(
            formatter,
            "      \"settings\": {defaults}\n    }}\n  }}\n}}"
        )?;
        if !configuration.settings_schema.is_null() {
            let schema = serde_json::to_string_pretty(&configuration.settings_schema);
            let schema = schema.map_err(|_| fmt::Error)?;
            write!(formatter, "\nThe schema of `settings`:\n\n{schema}")?;
        }
        Ok(())
    }
}

/// A name as JSON has it.
fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}
