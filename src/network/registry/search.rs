//! The search in catalogues: what registries have, ranked by how well it fits what was asked for.
//!
//! Nothing is asked of a server here: [`Sources::catalogues`](super::Sources::catalogues) reads the catalogues.

use serde::Serialize;

use super::{
    catalogue::{Catalogue, CatalogueLine},
    error::Error,
    freshness::FreshnessWarning,
};
use crate::{
    base::{suggestion::similar, types::ExtensionId},
    package::manifest::Provides,
};

/// A registry's catalogue, and which registry that is.
#[derive(Debug)]
#[non_exhaustive]
pub struct SourceCatalogue {
    /// The registry: the text of its [`RegistryId`](super::RegistryId).
    pub registry: String,
    /// What it has.
    pub catalogue: Catalogue,
    /// The reason why the registry could not be asked, where this is what it said before.
    pub outdated: Option<Error>,
    /// What a user should know of the age of what it says.
    pub warnings: Vec<FreshnessWarning>,
}

/// The catalogues of several registries, in the order of their priority.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Catalogues {
    /// Those that could be read.
    pub read: Vec<SourceCatalogue>,
    /// The registries of which nothing is known, and why.
    pub failed: Vec<(String, Error)>,
}

/// A search: what an extension must have. The default finds every one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Words that its id, its name, its description, or the names of its languages and servers must have, all of them.
    pub words: Vec<String>,
    /// What it must provide.
    pub provides: Option<Provides>,
    /// A language that it must bring or serve, by its name or a word of it. Where the registry does not say which those
    /// are, its id, name or description must have the word.
    pub language: Option<String>,
    /// The id of a language server that it must bring. Where the registry does not say, it does not.
    pub language_server: Option<String>,
}

/// The way in which an extension fits what was asked for, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Match {
    /// The words are its id.
    Id,
    /// Its id or its name begins with them.
    Prefix,
    /// Its id or its name has all of them.
    Name,
    /// It has all of them, some in its description or the names of its languages and servers.
    Description,
    /// Its id is near to what was written; there is none that has all of the words.
    Similar,
}

/// An extension that was found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Found<'a> {
    /// The registry that has it.
    pub registry: &'a str,
    /// What its catalogue says.
    pub line: &'a CatalogueLine,
    /// How it fits.
    pub matched: Match,
}

impl Catalogues {
    /// Finds what fits a query, the best first; what fits equally well is sorted by id, then by the registries' order.
    /// Where nothing has all of the words, those whose ids are near to them are given.
    pub fn search(&self, query: &Query) -> Vec<Found<'_>> {
        let wanted = Wanted::new(query);
        let all = self.read.iter().flat_map(|source| {
            let lines = source.catalogue.lines.iter();
            lines.map(move |line| (source.registry.as_str(), line))
        });
        let candidates: Vec<(&str, &CatalogueLine)> =
            all.filter(|(_, line)| wanted.admits(line)).collect();
        let found = candidates.iter().filter_map(|(registry, line)| {
            Some(Found {
                registry,
                line,
                matched: wanted.matched(line)?,
            })
        });
        let mut found: Vec<Found<'_>> = found.collect();
        if found.is_empty() {
            return near(&wanted.joined, &candidates);
        }
        found.sort_by(|one, other| {
            let order = |found: &Found<'_>| (found.matched, found.line.id.clone());
            order(one).cmp(&order(other))
        });
        found
    }

    /// The registries that have an extension, in their order.
    pub fn having(&self, id: &ExtensionId) -> Vec<&str> {
        let has_it = |source: &&SourceCatalogue| source.catalogue.get(id).is_some();
        let having = self.read.iter().filter(has_it);
        having.map(|source| source.registry.as_str()).collect()
    }
}

/// What was asked for, in the form in which it is compared.
struct Wanted<'a> {
    query: &'a Query,
    words: Vec<String>,
    joined: String,
}

impl<'a> Wanted<'a> {
    fn new(query: &'a Query) -> Self {
        // One argument of a command line may have several words.
        let words = query.words.iter().flat_map(|text| text.split_whitespace());
        let words: Vec<String> = words.map(folded).collect();
        Self {
            query,
            joined: words.join("-"),
            words,
        }
    }

    /// Whether the extension has what was asked for beside the words.
    fn admits(&self, line: &CatalogueLine) -> bool {
        let Query {
            provides,
            language,
            language_server,
            ..
        } = self.query;
        provides.is_none_or(|one| line.provides.iter().any(|it| it == one.as_str()))
            && language
                .as_deref()
                .is_none_or(|language| match &line.languages {
                    Some(names) => names.iter().any(|name| has_word(name, language)),
                    None => mentions(line, language),
                })
            && language_server.as_ref().is_none_or(|server| {
                let servers = line.language_servers.as_deref().unwrap_or_default();
                servers.contains(server)
            })
    }

    /// How the extension fits the words; without words, as those that its description has.
    fn matched(&self, line: &CatalogueLine) -> Option<Match> {
        if self.words.is_empty() {
            return Some(Match::Description);
        }
        let (id, name) = (folded(line.id.as_str()), folded(&line.name));
        if id == self.joined {
            return Some(Match::Id);
        }
        let begins = |text: &str| text.starts_with(&self.joined);
        if begins(&id) || begins(&name) {
            return Some(Match::Prefix);
        }
        let mut more = vec![folded(&line.description)];
        more.extend(line.languages.iter().flatten().map(folded));
        more.extend(line.language_servers.iter().flatten().map(folded));
        let mut matched = Match::Name;
        for word in &self.words {
            if id.contains(word.as_str()) || name.contains(word.as_str()) {
                continue;
            }
            if !more.iter().any(|text| text.contains(word.as_str())) {
                return None;
            }
            matched = Match::Description;
        }
        Some(matched)
    }
}

/// Those whose ids are near to what was written.
fn near<'a>(written: &str, candidates: &[(&'a str, &'a CatalogueLine)]) -> Vec<Found<'a>> {
    let mut ids: Vec<&ExtensionId> = candidates.iter().map(|(_, line)| &line.id).collect();
    ids.sort();
    ids.dedup();
    let having = |id: &ExtensionId| {
        let of_id = candidates.iter().filter(move |(_, line)| line.id == *id);
        let found = of_id.map(|(registry, line)| Found {
            registry,
            line,
            matched: Match::Similar,
        });
        found.collect::<Vec<_>>()
    };
    let nearest = similar(written, ids.iter().copied());
    nearest.into_iter().flat_map(having).collect()
}

/// Whether the words of an extension have a language's name.
fn mentions(line: &CatalogueLine, language: &str) -> bool {
    let texts = [line.id.as_str(), &line.name, &line.description];
    texts.iter().any(|text| has_word(text, language))
}

/// Whether a text has a word as one of its own: `C` is none of `C++`, and `Vue` is one of `Vue.js`.
fn has_word(text: &str, word: &str) -> bool {
    let (text, word) = (folded(text), folded(word));
    let is_of_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '+' | '#');
    text.match_indices(&word).any(|(start, found)| {
        let before = text.get(..start).and_then(|it| it.chars().next_back());
        let after = text.get(start + found.len()..);
        let after = after.and_then(|it| it.chars().next());
        !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
    })
}

/// A text in lower case, its parts joined by `-` where they are joined by spaces or `_`.
fn folded(text: impl AsRef<str>) -> String {
    text.as_ref().to_lowercase().replace([' ', '_'], "-")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A catalogue of lines, each with more keys than every one has.
    fn source(registry: &str, lines: &[Value]) -> SourceCatalogue {
        let mut content = String::new();
        for own in lines {
            let mut line = json!({
                "v": 1, "name": "", "version": "1.0.0", "family": "extension", "api": null,
                "updated": "2026-11-22T10:00:00Z", "index": "0".repeat(64),
            });
            let own = own.as_object().unwrap().clone();
            line.as_object_mut().unwrap().extend(own);
            content += &format!("{line}\n");
        }
        let catalogue = Catalogue::parse([content.as_bytes()]);
        assert_eq!(catalogue.lines.len(), lines.len());
        SourceCatalogue {
            registry: registry.into(),
            catalogue,
            outdated: None,
            warnings: Vec::new(),
        }
    }

    fn catalogues() -> Catalogues {
        let one = source(
            "one",
            &[
                json!({"id": "yaml", "name": "YAML"}),
                json!({"id": "yaml-snippets", "name": "Snippets", "provides": ["snippets"]}),
                json!({"id": "helm", "name": "Charts", "description": "YAML for charts"}),
                json!({
                    "id": "red-hat-yaml", "name": "Red Hat", "provides": ["language-servers"],
                    "languages": ["YAML", "Helm"], "language_servers": ["yaml-language-server"],
                }),
                json!({"id": "c-tools", "name": "Tools", "description": "Formats C++, not only C."}),
            ],
        );
        let two = source("two", &[json!({"id": "yaml", "name": "Another"})]);
        Catalogues {
            read: vec![one, two],
            failed: Vec::new(),
        }
    }

    fn found(query: &Query) -> Vec<String> {
        let catalogues = catalogues();
        let found = catalogues.search(query).into_iter();
        found
            .map(|it| format!("{} {} {:?}", it.registry, it.line.id, it.matched))
            .collect()
    }

    fn words(words: &[&str]) -> Query {
        Query {
            words: words.iter().map(|&it| it.into()).collect(),
            ..Query::default()
        }
    }

    #[test]
    fn the_best_comes_first() {
        let expected = [
            "one yaml Id",
            "two yaml Id",
            "one yaml-snippets Prefix",
            "one red-hat-yaml Name",
            "one helm Description",
        ];
        assert_eq!(found(&words(&["YAML"])), expected);
        assert_eq!(found(&words(&["hat", "red"])), ["one red-hat-yaml Name"]);
        assert_eq!(found(&words(&["Red Hat"])), ["one red-hat-yaml Prefix"]);
        let server = words(&["yaml-language-server"]);
        assert_eq!(found(&server), ["one red-hat-yaml Description"]);
        assert_eq!(found(&words(&["yaml", "charts"])), ["one helm Description"]);
        assert_eq!(found(&Query::default()).len(), 6);
    }

    #[test]
    fn slips_find_what_is_near_and_nothing_else_is_found_then() {
        let near = ["one yaml Similar", "two yaml Similar"];
        assert_eq!(found(&words(&["yalm"])), near);
        assert!(found(&words(&["python"])).is_empty());
    }

    #[test]
    fn what_it_must_have_beside_the_words_is_all_asked_for() {
        let language = |name: &str| Query {
            language: Some(name.into()),
            ..Query::default()
        };
        let with_yaml = found(&language("yaml"));
        // `helm` has the word; where languages are named, they count alone.
        assert_eq!(with_yaml.len(), 5, "{with_yaml:?}");
        let with_helm = found(&language("Helm"));
        let expected = ["one helm Description", "one red-hat-yaml Description"];
        assert_eq!(with_helm, expected);
        assert_eq!(found(&language("c++")), ["one c-tools Description"]);
        assert_eq!(found(&language("c")).len(), 1);
        assert!(found(&language("yam")).is_empty());
        assert!(has_word("Vue.js", "vue") && !has_word("C++", "C"));
        let mut query = words(&["yaml"]);
        query.provides = Some(Provides::LanguageServers);
        assert_eq!(found(&query), ["one red-hat-yaml Name"]);
        let query = Query {
            language_server: Some("yaml-language-server".into()),
            ..Query::default()
        };
        assert_eq!(found(&query), ["one red-hat-yaml Description"]);
    }

    #[test]
    fn the_registries_that_have_one_are_known_in_their_order() {
        let catalogues = catalogues();
        let having = |id: &str| catalogues.having(&id.parse().unwrap());
        assert_eq!(having("yaml"), ["one", "two"]);
        assert_eq!(having("helm"), ["one"]);
        assert!(having("toml").is_empty());
    }
}
