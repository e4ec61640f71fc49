//! A summary of what an extension offers, and what is wrong with it.

use std::{collections::BTreeMap, fmt};

use annexe::{
    declarative::{Appearance, Conflict, Declarative, Finding},
    manifest::Manifest,
    types::ExtensionId,
};
use serde::Serialize;

use crate::cli::wording::{self, Facts};

/// How many findings are shown one by one: an icon theme may have a thousand.
const MOST_FINDINGS: usize = 20;

/// A summary of what an extension offers: names and counts.
#[derive(Debug, Serialize)]
pub struct Summary {
    themes: Vec<Themed>,
    icon_themes: Vec<Themed>,
    languages: Vec<LanguageSummary>,
    grammars: Vec<GrammarSummary>,
    snippets: Vec<SnippetSummary>,
    debug_adapter_schemas: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Themed {
    name: String,
    appearance: Appearance,
}

#[derive(Debug, Serialize)]
struct LanguageSummary {
    name: String,
    path_suffixes: Vec<String>,
    grammar: Option<String>,
    queries: Vec<&'static str>,
}

impl fmt::Display for LanguageSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        if self.path_suffixes.is_empty() {
            return Ok(());
        }
        write!(formatter, " ({})", wording::list(&self.path_suffixes))
    }
}

#[derive(Debug, Serialize)]
struct GrammarSummary {
    name: String,
    is_built: bool,
}

impl fmt::Display for GrammarSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let built = if self.is_built { "" } else { " (not built)" };
        write!(formatter, "{}{built}", self.name)
    }
}

#[derive(Debug, Serialize)]
struct SnippetSummary {
    language: Option<String>,
    count: usize,
}

impl fmt::Display for SnippetSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let language = self.language.as_deref().unwrap_or("every language");
        write!(formatter, "{language}: {}", self.count)
    }
}

impl Summary {
    /// Sums up what an extension brings.
    pub fn of(declarative: &Declarative, manifest: &Manifest) -> Self {
        let themed = |name: &String, appearance| Themed {
            name: name.clone(),
            appearance,
        };
        let themes = declarative.themes.iter().flat_map(|family| &family.themes);
        let icon_themes = declarative
            .icon_themes
            .iter()
            .flat_map(|family| &family.themes);
        let mut snippets: BTreeMap<Option<String>, usize> = BTreeMap::new();
        for file in &declarative.snippets {
            *snippets.entry(file.language.clone()).or_default() += file.snippets.len();
        }
        Self {
            themes: themes
                .map(|theme| themed(&theme.name, theme.appearance))
                .collect(),
            icon_themes: icon_themes
                .map(|theme| themed(&theme.name, theme.appearance))
                .collect(),
            languages: declarative
                .languages
                .iter()
                .map(|language| LanguageSummary {
                    name: language.name.clone(),
                    path_suffixes: language.path_suffixes.clone(),
                    grammar: language.grammar.clone(),
                    queries: language
                        .queries
                        .iter()
                        .map(|query| query.kind.as_str())
                        .collect(),
                })
                .collect(),
            grammars: declarative
                .grammars
                .iter()
                .map(|grammar| GrammarSummary {
                    name: grammar.name.clone(),
                    is_built: grammar.is_built,
                })
                .collect(),
            snippets: snippets
                .into_iter()
                .map(|(language, count)| SnippetSummary { language, count })
                .collect(),
            debug_adapter_schemas: manifest
                .debug_adapters
                .keys()
                .filter(|name| {
                    let schemas = &declarative.debug_adapter_schemas;
                    schemas.iter().any(|schema| schema.adapter == **name)
                })
                .cloned()
                .collect(),
        }
    }

    /// Adds a line for each sort of thing that there is.
    pub fn add_to(&self, facts: &mut Facts, manifest: &Manifest) {
        let names = |themes: &[Themed]| wording::list(themes.iter().map(|theme| &theme.name));
        some(facts, "themes", &self.themes, names);
        some(facts, "icon themes", &self.icon_themes, names);
        some(facts, "languages", &self.languages, |it| wording::list(it));
        some(facts, "grammars", &self.grammars, |it| wording::list(it));
        some(facts, "snippets", &self.snippets, |it| wording::list(it));
        for (name, server) in &manifest.language_servers {
            let languages = wording::list(&server.languages);
            facts.add("server", format_args!("{name}, for {languages}"));
        }
        keys(facts, "contexts", manifest.context_servers.keys());
        keys(facts, "commands", manifest.slash_commands.keys());
        keys(facts, "debuggers", manifest.debug_adapters.keys());
        keys(facts, "locators", manifest.debug_locators.keys());
    }
}

fn some<T>(facts: &mut Facts, name: &'static str, all: &[T], words: impl Fn(&[T]) -> String) {
    if !all.is_empty() {
        facts.add(name, words(all));
    }
}

fn keys<'a>(facts: &mut Facts, name: &'static str, keys: impl Iterator<Item = &'a String>) {
    let keys: Vec<&String> = keys.collect();
    some(facts, name, &keys, |keys| wording::list(keys));
}

/// Writes what is wrong with the files, a line each and one for the way out.
pub fn findings(formatter: &mut fmt::Formatter<'_>, findings: &[Finding]) -> fmt::Result {
    // Errors first: they must not be cut off by warnings.
    let mut ordered: Vec<&Finding> = findings.iter().collect();
    ordered.sort_by_key(|finding| finding.severity);
    for finding in ordered.iter().take(MOST_FINDINGS) {
        write!(formatter, "\n  {}: {finding}", finding.severity)?;
        if let Some(hint) = &finding.hint {
            write!(formatter, "\n    hint: {hint}")?;
        }
    }
    match ordered.len().saturating_sub(MOST_FINDINGS) {
        0 => Ok(()),
        more => write!(formatter, "\n  and {more} more: --json shows them"),
    }
}

/// Writes which of the extension's names others have, and who keeps each.
pub fn conflicts(
    formatter: &mut fmt::Formatter<'_>,
    conflicts: &[Conflict],
    own: &ExtensionId,
) -> fmt::Result {
    for conflict in conflicts.iter().take(MOST_FINDINGS) {
        let (kind, name) = (conflict.kind.as_str(), &conflict.name);
        write!(formatter, "\n  conflict: the {kind} `{name}`")?;
        if let Some(language) = &conflict.language {
            write!(formatter, " for {language}")?;
        }
        if conflict.winner == *own {
            let losers = wording::list(&conflict.losers);
            write!(formatter, " is kept; {losers} brings it without effect")?;
        } else {
            let winner = &conflict.winner;
            write!(formatter, " has no effect; {winner} was installed first")?;
        }
    }
    match conflicts.len().saturating_sub(MOST_FINDINGS) {
        0 => Ok(()),
        more => write!(
            formatter,
            "\n  and {more} more conflicts: --json has them all"
        ),
    }
}
