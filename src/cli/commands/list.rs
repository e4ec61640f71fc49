//! `annexe list`: what is installed.

use std::{fmt, process::ExitCode};

use annexe::store::Installed;
use serde::Serialize;

use crate::cli::{context::Context, failure::Outcome, wording};

/// Lists the extensions that are installed
#[derive(Debug, clap::Args)]
pub struct Arguments {}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Vec<Installed>);

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut rows = vec![
            ["ID", "VERSION", "API", "PROVIDES"]
                .map(str::to_owned)
                .to_vec(),
        ];
        rows.extend(self.0.iter().map(|installed| {
            let api = match &installed.api {
                Some(_) => wording::api(installed.api.as_ref(), installed.adapter.as_deref()),
                None => "none".into(),
            };
            vec![
                installed.id.to_string(),
                installed.version.to_string(),
                api,
                wording::list(&installed.provides),
            ]
        }));
        formatter.write_str(&wording::table(&rows))
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let answer = Answer(
            context
                .store_at_rest()?
                .generation()?
                .extensions
                .into_values()
                .collect(),
        );
        if answer.0.is_empty() {
            context
                .output
                .note("nothing is installed; `annexe install <id>` installs an extension");
        }
        context.output.result(&answer)?;
        Ok(ExitCode::SUCCESS)
    }
}
