//! `annexe search`: what registries have.

use std::{collections::BTreeMap, fmt, num::NonZeroUsize, process::ExitCode};

use annexe::{
    Hint as _,
    api::Families,
    manifest::{ParseProvidesError, Provides},
    registry::{Catalogues, Found, Match, Query},
    store::Summary,
    types::{ExtensionId, ExtensionVersion},
};
use semver::Version;
use serde::Serialize;

use crate::cli::{
    arguments::RegistryOption, context::Context, failure::Outcome, output::Output, registries,
    wording,
};

/// Searches what all registries have, the best first
///
/// All of the words must be in an extension's id, its name, its description, or the names of its languages and servers;
/// without any, all are listed. Where a registry cannot be reached, what it said before is searched.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What an extension must have
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// What it must provide, such as `language-servers`
    #[arg(long, value_name = "KIND", value_parser = provides)]
    provides: Option<Provides>,
    /// The language that it must bring or serve, such as `yaml`
    #[arg(long, value_name = "NAME")]
    language: Option<String>,
    /// The most that are shown
    #[arg(long, value_name = "N", default_value = "20")]
    limit: NonZeroUsize,
    #[command(flatten)]
    registry: RegistryOption,
}

fn provides(text: &str) -> Result<Provides, String> {
    text.parse()
        .map_err(|error: ParseProvidesError| match error.hint() {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        })
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer<'a>(Vec<Line<'a>>);

/// An extension that was found.
#[derive(Debug, Serialize)]
struct Line<'a> {
    id: &'a ExtensionId,
    name: &'a str,
    version: &'a ExtensionVersion,
    description: &'a str,
    registry: &'a str,
    provides: &'a [String],
    /// `None` where the registry does not say.
    languages: Option<&'a [String]>,
    language_servers: Option<&'a [String]>,
    family: &'a str,
    api: Option<&'a Version>,
    /// This program serves the API of its newest version.
    fits: bool,
    /// What is installed under its id.
    installed: Option<Present<'a>>,
    #[serde(rename = "match")]
    matched: Match,
}

#[derive(Debug, Serialize)]
struct Present<'a> {
    version: &'a ExtensionVersion,
    /// It came from the registry that is shown.
    is_of_registry: bool,
    disabled: bool,
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, line) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str("\n")?;
            }
            line.fmt(formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An author's line break would look like another extension.
        let one_line = |text: &str| text.replace(['\n', '\r'], " ");
        let name = one_line(self.name);
        write!(formatter, "{} {}: {name}", self.id, self.version)?;
        if let Some(present) = &self.installed {
            let elsewhere = match present.is_of_registry {
                true => "",
                false => ", from elsewhere",
            };
            let disabled = match present.disabled {
                true => ", disabled",
                false => "",
            };
            let version = present.version;
            write!(formatter, " (installed: {version}{elsewhere}{disabled})")?;
        }
        if let (false, Some(api)) = (self.fits, self.api) {
            write!(
                formatter,
                " (this version needs API {api}, which is not served here)"
            )?;
        }
        let description = one_line(self.description);
        if !description.is_empty() {
            write!(formatter, "\n  {description}")?;
        }
        let provides = one_line(&wording::list(self.provides));
        write!(formatter, "\n  provides {provides}; from {}", self.registry)
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let configuration = context.configuration()?;
        let sources = registries::sources(&self.registry, &configuration, context).await?;
        let query = Query {
            words: self.words,
            provides: self.provides,
            language: self.language,
            ..Query::default()
        };
        let mut catalogues = sources.search(&query).await;
        tell_problems(&mut catalogues, context.output)?;
        let summaries = context.store()?.summaries()?.into_iter();
        let installed: BTreeMap<_, _> = summaries.map(|it| (it.id.clone(), it)).collect();
        let families = Families::default();
        let found = catalogues.search(&query);
        let limit = self.limit.get();
        let shown = found.iter().take(limit);
        let shown = shown.map(|found| Line::of(found, &installed, &families));
        let answer = Answer(shown.collect());
        context.output.result(&answer)?;
        if let Some(first) = found.first() {
            if first.matched == Match::Similar {
                (context.output).note("nothing has all of these words; shown is what is near");
            }
            if let Some(more) = found.len().checked_sub(limit).filter(|more| *more > 0) {
                let more = wording::count(more as u64, "more was found", "more were found");
                context
                    .output
                    .note(format_args!("{more}; `--limit` shows them"));
            }
        } else {
            context.output.note("nothing was found");
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl<'a> Line<'a> {
    fn of(
        found: &Found<'a>,
        installed: &'a BTreeMap<ExtensionId, Summary>,
        families: &Families,
    ) -> Self {
        let line = found.line;
        let api = line.api.as_ref();
        let present = installed.get(&line.id).map(|summary| Present {
            version: &summary.version,
            is_of_registry: summary.origin.registry() == Some(found.registry),
            disabled: summary.disabled,
        });
        Self {
            id: &line.id,
            name: &line.name,
            version: &line.version,
            description: &line.description,
            registry: found.registry,
            provides: &line.provides,
            languages: line.languages.as_deref(),
            language_servers: line.language_servers.as_deref(),
            family: &line.family,
            fits: api.is_none_or(|api| families.supports(&line.family, api).is_ok()),
            api,
            installed: present,
            matched: found.matched,
        }
    }
}

/// Warns of the registries that were not asked, or of which nothing is known.
///
/// # Errors
/// Where nothing is known of any.
fn tell_problems(catalogues: &mut Catalogues, output: &Output) -> anyhow::Result<()> {
    if catalogues.read.is_empty() && !catalogues.failed.is_empty() {
        let (_, error) = catalogues.failed.swap_remove(0);
        return Err(error.into());
    }
    for (registry, error) in catalogues.failed.drain(..) {
        let hint = error.hint().map(|hint| format!("; {hint}"));
        let (error, hint) = (anyhow::Error::new(error), hint.unwrap_or_default());
        output.warn(format_args!("`{registry}` is left out: {error:#}{hint}"));
    }
    for source in &mut catalogues.read {
        for warning in source.warnings.drain(..) {
            output.warn(format_args!("`{}`: {warning}", source.registry));
        }
        if let Some(error) = source.outdated.take() {
            let (registry, error) = (&source.registry, anyhow::Error::new(error));
            output.warn(format_args!(
                "`{registry}` cannot be asked, so what it said before is searched: {error:#}"
            ));
        }
    }
    Ok(())
}
