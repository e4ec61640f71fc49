//! Conflicts: names that several extensions bring.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Declarative;
use crate::{base::types::ExtensionId, package::manifest::Manifest};

/// An extension among those that may bring the same names.
#[derive(Debug, Clone, Copy)]
pub struct Claimant<'a> {
    /// The extension.
    pub id: &'a ExtensionId,
    /// When it was installed, in seconds since 1970 began.
    pub installed: i64,
    /// Its manifest.
    pub manifest: &'a Manifest,
    /// What it brings as files.
    pub declarative: &'a Declarative,
}

/// The kind of thing that a name in conflict belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ConflictKind {
    /// A theme.
    Theme,
    /// An icon theme.
    IconTheme,
    /// A language.
    Language,
    /// What the names of a language's files end with.
    PathSuffix,
    /// A grammar.
    Grammar,
    /// A language server's id.
    LanguageServer,
    /// A context server's id.
    ContextServer,
    /// A slash command.
    SlashCommand,
    /// A debug adapter.
    DebugAdapter,
    /// A debug locator.
    DebugLocator,
    /// A snippet of one language.
    Snippet,
}

impl ConflictKind {
    /// The words for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Theme => "theme",
            Self::IconTheme => "icon theme",
            Self::Language => "language",
            Self::PathSuffix => "path suffix",
            Self::Grammar => "grammar",
            Self::LanguageServer => "language server",
            Self::ContextServer => "context server",
            Self::SlashCommand => "slash command",
            Self::DebugAdapter => "debug adapter",
            Self::DebugLocator => "debug locator",
            Self::Snippet => "snippet",
        }
    }
}

/// A name that several extensions bring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Conflict {
    /// What the name belongs to.
    pub kind: ConflictKind,
    /// The name.
    pub name: String,
    /// The language of a snippet; `None` for everything else, and for snippets of every language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Who keeps the name.
    pub winner: ExtensionId,
    /// Who brings it without effect, in the order in which they would get it.
    pub losers: Vec<ExtensionId>,
}

/// The names that several of these extensions bring, sorted by kind and name.
///
/// The extension installed first keeps the name, so that nothing a user has chosen changes when another
/// extension comes; among those of one moment the first by id does. (In Zed, the one that is scanned
/// last has it, without a notice.) Names are compared as they are written. A suffix is the same only
/// as a whole: `rs` and `d.rs` are two. The order of the slice makes no difference.
pub fn conflicts(extensions: &[Claimant<'_>]) -> Vec<Conflict> {
    let mut ordered: Vec<&Claimant<'_>> = extensions.iter().collect();
    ordered.sort_by_key(|claimant| (claimant.installed, claimant.id));
    let mut claims: BTreeMap<Name<'_>, Vec<&ExtensionId>> = BTreeMap::new();
    for claimant in ordered {
        for name in names(claimant) {
            let claims = claims.entry(name).or_default();
            // An extension is not a rival of itself.
            if claims.last() != Some(&claimant.id) {
                claims.push(claimant.id);
            }
        }
    }
    let contested = claims
        .into_iter()
        .filter_map(|((kind, name, language), ids)| {
            let (winner, losers) = ids.split_first()?;
            (!losers.is_empty()).then(|| Conflict {
                kind,
                name: name.to_owned(),
                language: language.map(str::to_owned),
                winner: (*winner).clone(),
                losers: losers.iter().map(|id| (*id).clone()).collect(),
            })
        });
    contested.collect()
}

/// A name, what it belongs to, and a snippet's language.
type Name<'a> = (ConflictKind, &'a str, Option<&'a str>);

/// Every name that an extension brings.
fn names<'a>(claimant: &Claimant<'a>) -> Vec<Name<'a>> {
    use ConflictKind as K;

    let (manifest, declarative) = (claimant.manifest, claimant.declarative);
    let mut names: Vec<Name<'a>> = Vec::new();
    let mut add = |kind, name: &'a str| names.push((kind, name, None));
    for theme in declarative.themes.iter().flat_map(|family| &family.themes) {
        add(K::Theme, &theme.name);
    }
    for theme in declarative
        .icon_themes
        .iter()
        .flat_map(|family| &family.themes)
    {
        add(K::IconTheme, &theme.name);
    }
    for language in &declarative.languages {
        add(K::Language, &language.name);
        for suffix in &language.path_suffixes {
            add(K::PathSuffix, suffix);
        }
    }
    for grammar in &declarative.grammars {
        add(K::Grammar, &grammar.name);
    }
    macro_rules! keys {
        ($($kind:ident of $field:ident),* $(,)?) => {
            $(for name in manifest.$field.keys() {
                add(K::$kind, name);
            })*
        };
    }
    keys! {
        LanguageServer of language_servers,
        ContextServer of context_servers,
        SlashCommand of slash_commands,
        DebugAdapter of debug_adapters,
        DebugLocator of debug_locators,
    }
    for file in &declarative.snippets {
        for snippet in &file.snippets {
            names.push((K::Snippet, &snippet.name, file.language.as_deref()));
        }
    }
    names
}
