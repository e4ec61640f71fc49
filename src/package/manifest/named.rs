//! Names of a manifest by which an extension is asked: its servers, adapters, locators, commands and sources of
//! documentation.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::Manifest;
use crate::base::{
    hint::{ErrorKind, Hint},
    suggestion::nearest,
    types::ExtensionId,
};

/// The most names that are listed.
const MOST_NAMES: usize = 20;

/// A sort of thing that an extension is asked about by the name which its manifest gives it. Shown as its name in words,
/// serialised in kebab-case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Named {
    /// A language server, by its key in `language_servers`.
    LanguageServer,
    /// A context server, by its key in `context_servers`.
    ContextServer,
    /// A debug adapter, by its key in `debug_adapters`.
    DebugAdapter,
    /// A locator of what to debug, by its key in `debug_locators`.
    DebugLocator,
    /// A slash command, by its key in `slash_commands`.
    SlashCommand,
    /// A source of documentation, by its key in `indexed_docs_providers`.
    IndexedDocsProvider,
}

/// A name that an extension's manifest does not give to anything of its sort.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{extension}` has no {sort} `{name}`")]
#[non_exhaustive]
pub struct UnknownName {
    /// The extension.
    pub extension: ExtensionId,
    /// What it was asked about.
    pub sort: Named,
    /// The name that was given.
    pub name: String,
    /// The names that the manifest has of that sort.
    pub known: Vec<String>,
    /// What the manifest has by that name instead.
    pub instead: Option<Named>,
}

impl Named {
    /// All of them, in the order of the manifest's tables.
    pub const ALL: [Self; 6] = [
        Self::LanguageServer,
        Self::ContextServer,
        Self::DebugAdapter,
        Self::DebugLocator,
        Self::SlashCommand,
        Self::IndexedDocsProvider,
    ];

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::LanguageServer => ("language server", "language servers"),
            Self::ContextServer => ("context server", "context servers"),
            Self::DebugAdapter => ("debug adapter", "debug adapters"),
            Self::DebugLocator => ("debug locator", "debug locators"),
            Self::SlashCommand => ("slash command", "slash commands"),
            Self::IndexedDocsProvider => ("source of documentation", "sources of documentation"),
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.words().0)
    }
}

impl Manifest {
    /// The names that the manifest gives to things of a sort, in their order.
    pub fn names(&self, sort: Named) -> Vec<&str> {
        fn keys<T>(table: &BTreeMap<String, T>) -> Vec<&str> {
            table.keys().map(String::as_str).collect()
        }
        match sort {
            Named::LanguageServer => keys(&self.language_servers),
            Named::ContextServer => keys(&self.context_servers),
            Named::DebugAdapter => keys(&self.debug_adapters),
            Named::DebugLocator => keys(&self.debug_locators),
            Named::SlashCommand => keys(&self.slash_commands),
            Named::IndexedDocsProvider => keys(&self.indexed_docs_providers),
        }
    }

    /// Refuses a name that the manifest does not give to anything of a sort.
    ///
    /// # Errors
    /// [`UnknownName`], whose hint has the names that there are.
    pub fn check_name(&self, sort: Named, name: &str) -> Result<(), UnknownName> {
        let known = self.names(sort);
        if known.contains(&name) {
            return Ok(());
        }
        let instead = |sort: &Named| self.names(*sort).contains(&name);
        Err(UnknownName {
            extension: self.id.clone(),
            sort,
            name: name.to_owned(),
            known: known.into_iter().map(str::to_owned).collect(),
            instead: Named::ALL.into_iter().find(instead),
        })
    }
}

impl Hint for UnknownName {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NotFound
    }

    fn hint(&self) -> Option<String> {
        let Self {
            sort, name, known, ..
        } = self;
        let (one, several) = sort.words();
        if let Some(instead) = self.instead {
            return Some(format!("`{name}` is a {instead} of it"));
        }
        let near = nearest(name, known.iter().map(String::as_str));
        Some(match (near, known.as_slice()) {
            (_, []) => format!("its manifest names no {one}"),
            (Some(near), [_]) => format!("did you mean `{near}`?"),
            (None, [only]) => format!("its {one} is `{only}`"),
            (near, known) => {
                let names = listed(known);
                let all = format!("its {several} are {names}");
                near.map_or(all.clone(), |near| format!("did you mean `{near}`? {all}"))
            }
        })
    }
}

/// Names in backticks; of too many the first, and how many more there are.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES);
    let mut text = shown
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if let Some(more) = names.len().checked_sub(MOST_NAMES).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(rest: &str) -> Manifest {
        let text = format!(
            "id = \"one\"\nname = \"One\"\nversion = \"1.0.0\"\nschema_version = 1\n{rest}"
        );
        Manifest::parse_toml(&text).unwrap().0
    }

    const ALL: &str = "[language_servers.echo]\nlanguages = []\n[language_servers.other]\nlanguages = []\n\
        [context_servers.notes]\n[debug_adapters.lldb]\n[debug_locators.cargo]\n\
        [slash_commands.outline]\ndescription = \"\"\n[indexed_docs_providers.docs]\n";

    #[test]
    fn a_name_of_each_sort_is_known_by_its_table() {
        let manifest = manifest(ALL);
        let names = ["echo", "notes", "lldb", "cargo", "outline", "docs"];
        for (sort, name) in Named::ALL.into_iter().zip(names) {
            assert_eq!(manifest.check_name(sort, name), Ok(()));
            let error = manifest.check_name(sort, "nothing-like-it").unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("`one` has no {sort} `nothing-like-it`")
            );
            assert!(error.hint().unwrap().contains(&format!("`{name}`")));
        }
    }

    #[test]
    fn the_way_out_has_the_names_that_there_are() {
        let hint = |rest: &str, sort, name| {
            let error = manifest(rest).check_name(sort, name).unwrap_err();
            error.hint().unwrap()
        };
        let server = Named::LanguageServer;
        assert_eq!(
            hint(ALL, server, "ecko"),
            "did you mean `echo`? its language servers are `echo`, `other`"
        );
        assert_eq!(
            hint(ALL, server, "pylsp"),
            "its language servers are `echo`, `other`"
        );
        assert_eq!(
            hint(ALL, Named::ContextServer, "nots"),
            "did you mean `notes`?"
        );
        assert_eq!(
            hint(ALL, Named::ContextServer, "x"),
            "its context server is `notes`"
        );
        assert_eq!(
            hint(ALL, server, "notes"),
            "`notes` is a context server of it"
        );
        assert_eq!(
            hint("", Named::DebugAdapter, ""),
            "its manifest names no debug adapter"
        );
        let many: String = (100..130)
            .map(|number| format!("[context_servers.server-of-{number}]\n"))
            .collect();
        let hint = hint(&many, Named::ContextServer, "x");
        assert!(hint.ends_with("`server-of-119` and 10 more"), "{hint}");
    }
}
