//! The settings of a server: what its extension and the user say, and over it what the editor itself sends.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use crate::base::json::{merge, says_nothing};

/// The settings that are known: one layer for each folder, and the editor's own over it.
#[derive(Debug, Default)]
pub(super) struct Configuration {
    /// What the extension and the user say, by the folder they were asked for.
    folders: HashMap<PathBuf, Option<Value>>,
    root: PathBuf,
    /// The last settings that the editor has sent which say anything.
    editor: Option<Value>,
}

impl Configuration {
    pub(super) fn new(root: PathBuf, of_root: Option<Value>) -> Self {
        Self {
            folders: HashMap::from([(root.clone(), of_root)]),
            root,
            editor: None,
        }
    }

    /// Sets what is known of a folder. Returns whether that is news.
    pub(super) fn set(&mut self, folder: PathBuf, value: Option<Value>) -> bool {
        let known = self.folders.insert(folder, value.clone());
        known != Some(value)
    }

    /// Forgets a folder that the editor has closed; the root is kept.
    pub(super) fn forget(&mut self, folder: &Path) {
        if folder != self.root {
            self.folders.remove(folder);
        }
    }

    /// The folders that are open.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        self.folders.keys().cloned().collect()
    }

    /// The editor's own settings, in what it sends of itself.
    pub(super) fn hear_editor(&mut self, settings: Option<Value>) {
        self.editor = settings.filter(|it| !says_nothing(it));
    }

    /// All settings for the root: an object, even an empty one.
    pub(super) fn merged(&self) -> Value {
        let mut merged = self.of(None).cloned().unwrap_or_default();
        if let Some(editor) = &self.editor {
            merge(&mut merged, editor.clone());
        }
        match merged {
            Value::Null => Value::Object(Map::new()),
            merged => merged,
        }
    }

    /// Answers one item of `workspace/configuration`: what the editor has answered goes over what is known here, where
    /// it says anything. An editor that is not asked is taken by what it has sent of itself.
    pub(super) fn answer(&self, item: &Item, of_editor: Option<Value>) -> Value {
        let known = self.of(item.scope.as_deref());
        let mut answer = known
            .and_then(|known| section(known, item.section.as_deref()))
            .cloned()
            .unwrap_or_default();
        let of_editor = of_editor.or_else(|| {
            let editor = self.editor.as_ref()?;
            section(editor, item.section.as_deref()).cloned()
        });
        if let Some(of_editor) = of_editor.filter(|it| !says_nothing(it)) {
            merge(&mut answer, of_editor);
        }
        answer
    }

    /// What is known for a file or folder: of the innermost folder that has it, else of the root.
    fn of(&self, scope: Option<&Path>) -> Option<&Value> {
        let containing = scope.and_then(|scope| {
            let folders = self.folders.iter();
            let containing = folders.filter(|(folder, _)| scope.starts_with(folder));
            containing.max_by_key(|(folder, _)| folder.as_os_str().len())
        });
        let known = containing.map(|(_, value)| value);
        known.or_else(|| self.folders.get(&self.root))?.as_ref()
    }
}

/// One thing that a server asks for in `workspace/configuration`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) section: Option<String>,
    pub(super) scope: Option<PathBuf>,
}

impl Item {
    /// Reads the items of a request's parameters.
    pub(super) fn of_params(params: &Value) -> Vec<Self> {
        let items = params.get("items").and_then(Value::as_array);
        let item = |item: &Value| Self {
            section: item
                .get("section")
                .and_then(Value::as_str)
                .map(str::to_owned),
            scope: item
                .get("scopeUri")
                .and_then(Value::as_str)
                .and_then(super::root::path_of_uri),
        };
        items.into_iter().flatten().map(item).collect()
    }
}

/// Looks a section up as Zed does, by the whole of its name, and then as Helix and VS Code do, key by key at its dots.
/// An empty or absent one is the whole.
fn section<'a>(settings: &'a Value, name: Option<&str>) -> Option<&'a Value> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Some(settings);
    };
    if let Some(found) = settings.get(name) {
        return Some(found);
    }
    name.split('.')
        .try_fold(settings, |settings, key| settings.get(key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(section: &str) -> Item {
        Item {
            section: Some(section.into()),
            scope: None,
        }
    }

    #[test]
    fn a_section_is_found_by_its_name_and_then_key_by_key() {
        let settings = json!({ "a.b": 1, "a": { "b": 2, "c": { "d": 3 } } });
        assert_eq!(section(&settings, Some("a.b")), Some(&json!(1)));
        assert_eq!(section(&settings, Some("a.c.d")), Some(&json!(3)));
        assert_eq!(section(&settings, Some("a.x")), None);
        for whole in [None, Some("")] {
            assert_eq!(section(&settings, whole), Some(&settings));
        }
    }

    #[test]
    fn the_editor_has_the_last_word_where_it_says_anything() {
        let mut known = Configuration::new(
            "/p".into(),
            Some(json!({ "yaml": { "keyOrdering": true, "list": [1, 2] } })),
        );
        for nothing in [Value::Null, json!({})] {
            let answer = known.answer(&item("yaml"), Some(nothing.clone()));
            assert_eq!(answer, json!({ "keyOrdering": true, "list": [1, 2] }));
            known.hear_editor(Some(nothing));
        }
        let editor = json!({ "keyOrdering": false, "list": [3] });
        let answer = known.answer(&item("yaml"), Some(editor.clone()));
        assert_eq!(answer, editor);
        assert_eq!(known.answer(&item("json"), Some(Value::Null)), Value::Null);

        known.hear_editor(Some(json!({ "yaml": { "more": 1 } })));
        assert_eq!(
            known.merged(),
            json!({ "yaml": { "keyOrdering": true, "list": [1, 2], "more": 1 } })
        );
        assert_eq!(known.answer(&item("yaml"), None)["more"], 1);
    }

    #[test]
    fn a_folder_has_its_own_settings_and_a_stranger_the_root_ones() {
        let mut known = Configuration::new("/p".into(), Some(json!({ "a": "root" })));
        assert!(known.set("/p/inner".into(), Some(json!({ "a": "inner" }))));
        assert!(!known.set("/p/inner".into(), Some(json!({ "a": "inner" }))));
        let of = |known: &Configuration, scope: &str| {
            let item = Item {
                section: Some("a".into()),
                scope: Some(scope.into()),
            };
            known.answer(&item, None)
        };
        assert_eq!(of(&known, "/p/inner/x.yml"), "inner");
        assert_eq!(of(&known, "/p/inner2"), "root");
        assert_eq!(of(&known, "/elsewhere"), "root");
        known.forget(Path::new("/p/inner"));
        known.forget(Path::new("/p"));
        assert_eq!(of(&known, "/p/inner/x.yml"), "root");
    }

    #[test]
    fn what_is_not_set_is_an_empty_object_as_a_whole() {
        assert_eq!(Configuration::new("/p".into(), None).merged(), json!({}));
    }
}
