//! Ids and names that registries refuse although hosts take them.
//!
//! Zed's registry refuses some ids that are valid, and some names.
//! <https://zed.dev/docs/extensions/developing-extensions> has its rules.

use crate::base::{
    hint::{ErrorKind, Hint},
    types::ExtensionId,
};

/// The word that neither an id nor a name may have.
const WORD: &str = "extension";

/// The name of the editor, which no id may begin or end with.
const EDITOR: &str = "zed";

/// Ids of Zed's own registry that its rules on the editor's name except.
const EXCEPTED_IDS: [&str; 2] = ["zed-legacy-themes", "xy-zed"];

/// The name that Zed's registry excepts.
const EXCEPTED_NAME: &str = "Zed Legacy Themes";

/// A reason for which registries refuse an id or a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It has a part that none may have.
    #[error("contains `{0}`")]
    Contains(&'static str),
    /// It begins in a way that none may.
    #[error("starts with `{0}`")]
    StartsWith(&'static str),
    /// It ends in a way that none may.
    #[error("ends with `{0}`")]
    EndsWith(&'static str),
}

impl Hint for Refusal {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        None
    }
}

/// Why registries refuse an id, if they do; case does not count.
pub fn refusals_of_id(id: &str) -> Vec<Refusal> {
    let is_excepted = EXCEPTED_IDS.contains(&id);
    let id = id.to_lowercase();
    let starts = !is_excepted && without_prefix(&id).is_some();
    let ends = !is_excepted && without_suffix(&id).is_some();
    let all = [
        (id.contains('_'), Refusal::Contains("_")),
        (id.contains(WORD), Refusal::Contains(WORD)),
        (starts, Refusal::StartsWith("zed-")),
        (ends, Refusal::EndsWith("-zed")),
    ];
    broken(all)
}

/// Why registries refuse a name, if they do. The editor's name counts as it is written, `Zed`, and alone it is a name.
pub fn refusals_of_name(name: &str) -> Vec<Refusal> {
    let starts = name.starts_with("Zed ") && name != EXCEPTED_NAME;
    let all = [
        (starts, Refusal::StartsWith("Zed")),
        (name.ends_with(" Zed"), Refusal::EndsWith("Zed")),
        (name.to_lowercase().contains(WORD), Refusal::Contains(WORD)),
    ];
    broken(all)
}

fn broken<const COUNT: usize>(rules: [(bool, Refusal); COUNT]) -> Vec<Refusal> {
    let broken = rules.into_iter().filter(|(is_broken, _)| *is_broken);
    broken.map(|(_, refusal)| refusal).collect()
}

/// The id that looks most like `text`, and that registries take; `None` where nothing is left of it.
pub fn nearest_id(text: &str) -> Option<ExtensionId> {
    let mut id: String = text.to_ascii_lowercase();
    loop {
        // One dash stands for any run of what an id cannot hold.
        let words = id.split(|character: char| !character.is_ascii_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let tidy = words.join("-");
        let tidy = tidy.get(..ExtensionId::MAX_LENGTH).unwrap_or(&tidy);
        let kept = tidy.replace(WORD, "-");
        let kept = without_prefix(&kept).unwrap_or(&kept);
        let kept = without_suffix(kept).unwrap_or(kept);
        if kept == id {
            break;
        }
        id = kept.to_owned();
    }
    let id = id.parse::<ExtensionId>().ok();
    id.filter(|id| refusals_of_id(id.as_str()).is_empty())
}

fn without_prefix(id: &str) -> Option<&str> {
    id.strip_prefix(EDITOR)?.strip_prefix('-')
}

fn without_suffix(id: &str) -> Option<&str> {
    id.strip_suffix(EDITOR)?.strip_suffix('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_refused_for_each_reason() {
        let of = |name: &str| refusals_of_name(name);
        assert_eq!(of("Zed Tcl"), [Refusal::StartsWith("Zed")]);
        assert_eq!(of("Tcl for Zed"), [Refusal::EndsWith("Zed")]);
        assert_eq!(of("Tcl Extension"), [Refusal::Contains("extension")]);
        for name in [
            "Zed",
            "Zed Legacy Themes",
            "Zedlike Theme",
            "A Zed Thing",
            "",
        ] {
            assert!(of(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn an_id_is_refused_for_each_reason() {
        let all = [
            Refusal::Contains("_"),
            Refusal::Contains("extension"),
            Refusal::StartsWith("zed-"),
            Refusal::EndsWith("-zed"),
        ];
        assert_eq!(refusals_of_id("zed-my_extension-zed"), all);
        for id in [
            "zed",
            "zedlike",
            "a-zed-b",
            "tcl",
            "xy-zed",
            "zed-legacy-themes",
        ] {
            assert!(refusals_of_id(id).is_empty(), "{id}");
        }
        for id in ["zed-legacy-theme", "yxy-zed", "zed-xy-zed"] {
            assert!(!refusals_of_id(id).is_empty(), "{id}");
        }
        assert_eq!(nearest_id("Zed my_Extension!").unwrap().as_str(), "my");
        assert_eq!(nearest_id("extension"), None);
    }
}
