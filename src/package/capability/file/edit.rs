//! The editor of the grants file, which leaves the rest of it as the user has written it.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

use super::{Capability, GrantsEntry, GrantsFile, error::GrantsFileError, read_text};
use crate::{
    base::{
        fs,
        types::{ExtensionId, ExtensionOrigin},
    },
    package::capability::policy::Profile,
};

const HEADING: &str = "# What extensions are granted. `annexe grants` changes it; so may you.\n\n";

/// A change of what one extension is granted.
#[derive(Debug, Default)]
pub struct GrantsChange {
    /// Forgets what was said of it before.
    pub reset: bool,
    /// Sets its profile.
    pub profile: Option<Profile>,
    /// Allows these, and denies them no longer.
    pub allow: Vec<Capability>,
    /// Denies these, and allows them no longer.
    pub deny: Vec<Capability>,
}

impl GrantsChange {
    /// There is nothing to change.
    pub fn is_empty(&self) -> bool {
        !self.reset && self.profile.is_none() && self.allow.is_empty() && self.deny.is_empty()
    }

    /// Makes the change in the user's file at `path`, as a whole or not at all. The file and its folder are created where
    /// they are missing; others wait for their turn, so that no change is lost. It blocks until it is done.
    ///
    /// # Errors
    /// [`GrantsFileError`] where the file cannot be read, understood or written.
    pub fn make(
        &self,
        path: &Path,
        id: &ExtensionId,
        origin: &ExtensionOrigin,
    ) -> Result<(), GrantsFileError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // A user may keep it elsewhere and have a link here.
        let path = fs::resolved(path)?;
        let _turn = fs::FileLock::exclusive(&lock_of(&path))?;
        let (grants, text) = match read_text(&path)? {
            Some(text) => (GrantsFile::parse_at(&path, &text)?, text),
            None => (GrantsFile::default(), HEADING.to_owned()),
        };
        let new = self.apply(&grants, &text, id, origin)?;
        if new == text {
            return Ok(());
        }
        // Whatever happens to the text, nothing is written that would not be read again.
        GrantsFile::parse_at(&path, &new)?;
        Ok(fs::write_atomic(&path, new.as_bytes())?)
    }

    /// The text with the change.
    fn apply(
        &self,
        grants: &GrantsFile,
        text: &str,
        id: &ExtensionId,
        origin: &ExtensionOrigin,
    ) -> Result<String, GrantsFileError> {
        let mut document: DocumentMut = text.parse().map_err(unreadable)?;
        let place = grants.index(id, origin);
        let is_given = self.profile.is_some() || !self.allow.is_empty() || !self.deny.is_empty();
        if place.is_none() && !is_given {
            return Ok(text.to_owned());
        }
        // A comment behind the last entry stays there, before the new one.
        let behind = document.trailing().as_str().unwrap_or_default().to_owned();
        if is_given && (self.reset || place.is_none()) {
            document.set_trailing("");
        }
        let tables = document
            .entry("extension")
            .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()))
            .as_array_of_tables_mut();
        let Some(tables) = tables else {
            return Err(GrantsFileError::Form);
        };
        let place = match place {
            Some(place) if self.reset => {
                tables.remove(place);
                None
            }
            place => place,
        };
        if !is_given {
            return Ok(document.to_string());
        }
        let at = place.unwrap_or(tables.len());
        if place.is_none() {
            let mut table = new_table(id, origin)?;
            table
                .decor_mut()
                .set_prefix(match behind.ends_with("\n\n") {
                    true => behind,
                    false => format!("{behind}\n"),
                });
            tables.push(table);
        }
        let known = place.and_then(|place| grants.extension.get(place));
        let Some(table) = tables.get_mut(at) else {
            return Ok(text.to_owned());
        };
        self.apply_to(table, known);
        if table.len() <= new_table(id, origin)?.len() {
            // An id and an origin, of which nothing is said any more.
            tables.remove(at);
        }
        Ok(document.to_string())
    }

    fn apply_to(&self, table: &mut Table, known: Option<&GrantsEntry>) {
        if let Some(profile) = self.profile {
            table["profile"] = toml_edit::value(profile.as_str());
        }
        let none = Vec::new();
        let allowed = known.map_or(&none, |entry| &entry.own.allow);
        let denied = known.map_or(&none, |entry| &entry.own.deny);
        set_list(table, "allow", allowed, &self.allow, &self.deny);
        set_list(table, "deny", denied, &self.deny, &self.allow);
    }
}

/// Adds to a list, and takes away. `known` is what the list has, in its order.
fn set_list(
    table: &mut Table,
    key: &str,
    known: &[Capability],
    add: &[Capability],
    remove: &[Capability],
) {
    let mut list = table
        .get(key)
        .and_then(Item::as_array)
        .cloned()
        .unwrap_or_default();
    let before = list.len();
    for (at, _) in (known.iter().enumerate().rev()).filter(|(_, it)| remove.contains(it)) {
        list.remove(at);
    }
    let is_shorter = list.len() != before;
    let mut new: Vec<&Capability> = Vec::new();
    for capability in add {
        if !known.contains(capability) && !new.contains(&capability) {
            new.push(capability);
        }
    }
    if new.is_empty() && !is_shorter {
        return;
    }
    // A comment behind the last one stays behind it.
    let mut before_next = list
        .trailing()
        .as_str()
        .unwrap_or_default()
        .trim_end()
        .to_owned();
    for capability in &new {
        let mut value = Value::InlineTable(inline(capability));
        value.decor_mut().set_prefix(format!("{before_next}\n    "));
        before_next.clear();
        list.push_formatted(value);
    }
    if list.is_empty() {
        table.remove(key);
        return;
    }
    if !new.is_empty() {
        list.set_trailing_comma(true);
        list.set_trailing("\n");
    }
    table[key] = toml_edit::value(list);
}

/// A capability as its table.
fn inline(capability: &Capability) -> InlineTable {
    let mut table = InlineTable::new();
    let value = serde_json::to_value(capability).unwrap_or_default();
    for (key, value) in value.as_object().into_iter().flatten() {
        let value = match value {
            serde_json::Value::String(text) => Value::from(text.as_str()),
            serde_json::Value::Array(texts) => {
                let texts = texts.iter().filter_map(serde_json::Value::as_str);
                Value::Array(texts.collect::<Array>())
            }
            _ => continue,
        };
        table.insert(key, value);
    }
    table
}

fn new_table(id: &ExtensionId, origin: &ExtensionOrigin) -> Result<Table, GrantsFileError> {
    let mut table = Table::new();
    table["id"] = toml_edit::value(id.as_str());
    match origin {
        ExtensionOrigin::Registry(name) => table["registry"] = toml_edit::value(name),
        ExtensionOrigin::Archive(place) => table["archive"] = toml_edit::value(place),
        ExtensionOrigin::Git { repository, folder } => {
            table["git"] = toml_edit::value(repository.as_str());
            if let Some(folder) = folder {
                table["folder"] = toml_edit::value(folder.as_str());
            }
        }
        ExtensionOrigin::Folder(path) => {
            let Some(text) = path.to_str() else {
                return Err(GrantsFileError::Folder { path: path.clone() });
            };
            table["folder"] = toml_edit::value(text);
        }
        _ => return Err(GrantsFileError::Origin),
    }
    Ok(table)
}

fn unreadable(error: toml_edit::TomlError) -> GrantsFileError {
    GrantsFileError::Edit {
        message: error.message().to_owned(),
    }
}

/// The lock of those who change the file. It lies beside it, and stays.
fn lock_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".lock");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str, change: &GrantsChange) -> String {
        let grants = GrantsFile::parse(text).unwrap();
        let origin = ExtensionOrigin::Registry("r".into());
        let id = "one".parse().unwrap();
        let new = change.apply(&grants, text, &id, &origin).unwrap();
        GrantsFile::parse(&new).unwrap();
        new
    }

    fn list(texts: &[&str]) -> Vec<Capability> {
        texts
            .iter()
            .map(|text| Capability::from_short(text).unwrap())
            .collect()
    }

    #[test]
    fn what_the_person_has_written_stays_as_it_is() {
        let text = "# mine\n[[extension]] # two\nid = 'two'\nregistry = 'r'\n\n\
                    [[extension]]\nregistry = 'r'   # here\nid = 'one'\n# why\nallow = [ { kind = 'env', name = 'A' }, # a\n ]\n";
        let change = GrantsChange {
            allow: list(&["http a.org", "env A", "http a.org"]),
            deny: list(&["process:exec sh -c 'a\nb'"]),
            profile: Some(Profile::Strict),
            ..GrantsChange::default()
        };
        let new = changed(text, &change);
        for kept in [
            "# mine\n",
            "# two",
            "# here",
            "# why",
            "{ kind = 'env', name = 'A' }, # a",
        ] {
            assert!(new.contains(kept), "{new}");
        }
        assert_eq!(new.matches("a.org").count(), 1, "{new}");
        let grants = GrantsFile::parse(&new).unwrap();
        let own = &grants.extension[1].own;
        assert_eq!(own.profile, Some(Profile::Strict));
        assert_eq!(own.deny, change.deny);
        assert_eq!(changed(&new, &change), new, "once is enough");
    }

    #[test]
    fn what_is_allowed_is_denied_no_longer_and_the_other_way_round() {
        let allow = |texts: &[&str]| GrantsChange {
            allow: list(texts),
            ..GrantsChange::default()
        };
        let deny = |texts: &[&str]| GrantsChange {
            deny: list(texts),
            ..GrantsChange::default()
        };
        let one = changed("", &allow(&["env A", "env B"]));
        let two = changed(&one, &deny(&["env A", "env B"]));
        assert!(!two.contains("allow"), "{two}");
        let three = changed(&two, &allow(&["env B"]));
        let own = &GrantsFile::parse(&three).unwrap().extension[0].own;
        assert_eq!(
            (&own.allow, &own.deny),
            (&list(&["env B"]), &list(&["env A"]))
        );
        let reset = GrantsChange {
            reset: true,
            ..GrantsChange::default()
        };
        assert!(
            GrantsFile::parse(&changed(&three, &reset))
                .unwrap()
                .extension
                .is_empty()
        );
        assert_eq!(changed("# nothing\n", &reset), "# nothing\n");
        let anew = GrantsChange {
            reset: true,
            ..allow(&["env C"])
        };
        let own = &GrantsFile::parse(&changed(&three, &anew))
            .unwrap()
            .extension[0]
            .own;
        assert_eq!((own.allow.len(), own.deny.len()), (1, 0));
    }
}
