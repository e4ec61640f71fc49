//! Choices of languages and servers: what the user has set of which files a language has, and which servers it gets.

use std::path::Path;

use regex::Regex;
use serde_json::Value;

use super::pattern;

/// What the user has set of languages' files and servers, as of one reading. The default is what holds where nothing
/// is set.
#[derive(Debug, Clone, Default)]
pub struct LanguageChoices {
    known: Value,
    file_types: FileTypes,
}

/// The choice of servers for one language: `language_servers` and `enable_language_server`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerChoice {
    /// Whether it gets servers at all. Default: it does.
    pub is_enabled: bool,
    /// Servers by their ids, the most important first: [`Self::REST`] stands for all others that are registered for the
    /// language, and `!id` takes one out of these. Default: the rest alone.
    pub order: Vec<String>,
}

impl ServerChoice {
    /// What stands in [`order`](Self::order) for the servers that are not named there.
    pub const REST: &str = "...";
}

impl Default for ServerChoice {
    fn default() -> Self {
        Self {
            is_enabled: true,
            order: vec![Self::REST.to_owned()],
        }
    }
}

impl LanguageChoices {
    /// The choices in settings whose shape has been checked.
    pub(crate) fn new(known: Value) -> Self {
        let file_types = FileTypes::new(known.get("file_types"));
        Self { known, file_types }
    }

    /// Which files the user has said belong to which language.
    pub fn file_types(&self) -> &FileTypes {
        &self.file_types
    }

    /// The choice of servers for a language: what is set for it, else what is set for all.
    pub fn servers(&self, language: &str) -> ServerChoice {
        let own = self.known.get("languages").and_then(|it| it.get(language));
        let set = |key| {
            let own = own.and_then(|own| own.get(key)).filter(|it| !it.is_null());
            own.or(self.known.get(key)).filter(|it| !it.is_null())
        };
        let order = set("language_servers").and_then(Value::as_array);
        let default = ServerChoice::default();
        ServerChoice {
            is_enabled: set("enable_language_server")
                .and_then(Value::as_bool)
                .unwrap_or(default.is_enabled),
            order: order.map_or(default.order, |order| texts(order).collect()),
        }
    }
}

/// The files that the user has given to languages (`file_types`), by patterns of Zed's form.
#[derive(Debug, Clone, Default)]
pub struct FileTypes(Vec<FileType>);

#[derive(Debug, Clone)]
struct FileType {
    language: String,
    pattern: String,
    regex: Regex,
}

impl FileTypes {
    fn new(table: Option<&Value>) -> Self {
        let languages = table.and_then(Value::as_object).into_iter().flatten();
        let types = languages.flat_map(|(language, patterns)| {
            let patterns = patterns.as_array().into_iter().flat_map(|it| texts(it));
            patterns.filter_map(|pattern| {
                Some(FileType {
                    language: language.clone(),
                    // The shape has been checked, with the places of what is wrong.
                    regex: pattern::read(&pattern).ok()?,
                    pattern,
                })
            })
        });
        Self(types.collect())
    }

    /// The languages and their patterns, in the order of the settings.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let types = self.0.iter();
        types.map(|it| (it.language.as_str(), it.pattern.as_str()))
    }

    /// The languages that a file is given to, each with the pattern that does so, the longest pattern first. A pattern
    /// stands for the part of the name after its last dot, for the whole name, or for the whole path.
    pub fn of(&self, path: &Path) -> Vec<(&str, &str)> {
        let path = path.to_string_lossy();
        let name = path.rsplit(['/', std::path::MAIN_SEPARATOR]).next();
        let name = name.unwrap_or(&path);
        let extension = name.rsplit('.').next().unwrap_or(name);
        let is_match = |it: &&FileType| {
            let mut candidates = [extension, name, &path].into_iter();
            candidates.any(|candidate| it.regex.is_match(candidate))
        };
        let mut found: Vec<&FileType> = self.0.iter().filter(is_match).collect();
        found.sort_by_key(|it| std::cmp::Reverse(it.pattern.len()));
        let found = found.into_iter();
        found
            .map(|it| (it.language.as_str(), it.pattern.as_str()))
            .collect()
    }
}

fn texts(list: &[Value]) -> impl Iterator<Item = String> {
    list.iter().filter_map(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_set_for_a_language_goes_over_what_is_set_for_all() {
        let choices = LanguageChoices::new(json!({
            "enable_language_server": false,
            "language_servers": ["a", "..."],
            "languages": {
                "One": {"enable_language_server": true, "language_servers": ["!b"]},
                "Two": {"enable_language_server": null, "language_servers": []},
            },
        }));
        let expected = |is_enabled, order: &[&str]| ServerChoice {
            is_enabled,
            order: order.iter().map(|it| (*it).to_owned()).collect(),
        };
        assert_eq!(choices.servers("One"), expected(true, &["!b"]));
        assert_eq!(choices.servers("Two"), expected(false, &[]));
        assert_eq!(choices.servers("Three"), expected(false, &["a", "..."]));
        let nothing = LanguageChoices::default();
        assert_eq!(nothing.servers("One"), expected(true, &["..."]));
    }

    #[test]
    fn a_file_is_given_to_a_language_by_any_part_of_its_path() {
        let choices = LanguageChoices::new(json!({
            "file_types": {
                "YAML": ["yml", "compose*"],
                "JSONC": ["**/.zed/*.json"],
                "Text": ["*"],
                "Nothing": null,
            },
        }));
        let types = choices.file_types();
        assert_eq!(types.iter().count(), 4);
        let of = |path: &str| types.of(Path::new(path))[0];
        assert_eq!(of("/a/b.yml"), ("YAML", "yml"));
        assert_eq!(of("/a/.yml"), ("YAML", "yml"));
        assert_eq!(of("/a/compose.yml"), ("YAML", "compose*"));
        assert_eq!(of("/a/.zed/settings.json"), ("JSONC", "**/.zed/*.json"));
        assert_eq!(of("/a/yml/x"), ("Text", "*"));
    }
}
