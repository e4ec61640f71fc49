//! The registries in the user's configuration, changed; the rest of the file stays as it is written.

use std::cell::RefCell;

use annexe::registry::{Location, RegistryConfiguration, RegistryId};
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

use super::{
    configuration::{Configuration, MOST_BYTES},
    failure::Complaint,
    files, paths, registries,
    registry_kind::RegistryKind,
};

/// The key of the registries.
const REGISTRY: &str = "registry";

/// The result of adding a registry.
#[derive(Debug, Clone, Copy, Default)]
pub struct Added {
    /// It was not there before.
    pub is_new: bool,
    /// The built-in registry was there without being written down, and is written down now.
    pub keeps_built_in: bool,
}

/// Whether a registry is in the configuration already, under the same name and at the same place.
///
/// # Errors
/// Where the name stands for another place, or the place has another name.
pub fn is_there(
    new: &RegistryConfiguration,
    known: &[RegistryConfiguration],
) -> anyhow::Result<bool> {
    let place = RegistryId::of_location(&new.location);
    for one in known {
        let is_same_place = RegistryId::of_location(&one.location) == place;
        let is_same_name = one.id()? == new.id()?;
        let id = one.id()?;
        let (message, hint) = match (is_same_name, is_same_place) {
            (true, true) => return Ok(true),
            (true, false) => (
                format!("`{id}` is the registry at `{}` already", one.location),
                format!(
                    "give the new one another name; if it has moved, remove it first: `annexe source remove {id}`"
                ),
            ),
            (false, true) => (
                format!(
                    "the registry at `{}` is there already, as `{id}`",
                    one.location
                ),
                format!("to give it another name, remove it first: `annexe source remove {id}`"),
            ),
            (false, false) => continue,
        };
        return Err(Complaint::new(message).with_hint(hint).into());
    }
    Ok(false)
}

/// Adds a registry with a name, behind all that are there.
///
/// # Errors
/// As [`is_there`], and where the configuration cannot be read or written.
pub fn add(new: &RegistryConfiguration) -> anyhow::Result<Added> {
    let location = written(&new.location)?;
    let name = new.id()?.to_string();
    let added = RefCell::new(Added::default());
    edit(|known, document| {
        if is_there(new, &known)? {
            return Ok(false);
        }
        let keeps_built_in = known.is_empty() && new.location != Location::Embedded;
        if keeps_built_in {
            let built_in = RegistryId::embedded();
            let location = Location::Embedded.to_string();
            push(document, built_in.as_str(), RegistryKind::Annexe, &location)?;
        }
        push(document, &name, RegistryKind::of(&new.location), &location)?;
        *added.borrow_mut() = Added {
            is_new: true,
            keeps_built_in,
        };
        Ok(true)
    })?;
    Ok(added.into_inner())
}

/// Takes a registry out, by its name or, where it has none, its location. Gives what it was.
///
/// # Errors
/// Where there is none of that name, and where the configuration cannot be read or written.
pub fn remove(which: &str) -> anyhow::Result<RegistryConfiguration> {
    let removed = RefCell::new(None);
    edit(|known, document| {
        let is_it = |one: &RegistryConfiguration| {
            let id = one.id();
            one.location.to_string() == which || id.is_ok_and(|id| id.as_str() == which)
        };
        let Some(place) = known.iter().position(is_it) else {
            return Err(unknown(which, &known).into());
        };
        *removed.borrow_mut() = known.get(place).cloned();
        take_out(document, place)?;
        Ok(true)
    })?;
    removed.into_inner().ok_or_else(|| not_a_list().into())
}

fn unknown(which: &str, known: &[RegistryConfiguration]) -> Complaint {
    let complaint = Complaint::new(format!("the configuration has no registry `{which}`"));
    let ids = known.iter().filter_map(|one| one.id().ok());
    let ids: Vec<String> = ids.map(|id| format!("`{id}`")).collect();
    complaint.with_hint(match (ids.as_slice(), which) {
        ([], "annexe") => {
            "the built-in one is there as long as there is no other: add that first, with `annexe source add`"
                .to_owned()
        }
        ([], _) => "it has none: the built-in one alone is asked".to_owned(),
        (ids, _) => format!("it has {}", ids.join(", ")),
    })
}

/// Changes the configuration's file, as a whole or not at all. `change` is given the registries that it has, and says
/// whether it has changed anything; it may be asked twice.
fn edit(
    change: impl Fn(Vec<RegistryConfiguration>, &mut DocumentMut) -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let Some(path) = paths::configuration()? else {
        let complaint = Complaint::new("there is no folder for the configuration");
        return Err(complaint
            .with_hint("set HOME, or ANNEXE_CONFIG to the configuration's path")
            .into());
    };
    files::believe(&path)?;
    annexe::edit_user_file(&path, MOST_BYTES, |text| {
        let text = text.unwrap_or_default();
        let known = Configuration::of_text(&path, text)?.registries();
        let mut document: DocumentMut = text.parse()?;
        if !change(known, &mut document)? {
            return Ok(None);
        }
        let new = document.to_string();
        // Whatever happens to the text, nothing is written that would not be read again.
        registries::refuse_twice(&Configuration::of_text(&path, &new)?.registries())?;
        Ok::<_, anyhow::Error>(Some(new))
    })?;
    Ok(())
}

/// A location as the configuration has it: the same wherever the command is run.
fn written(location: &Location) -> anyhow::Result<String> {
    match location {
        Location::Http(address) | Location::Zed(address) => Ok(address.to_string()),
        Location::Folder(folder) => match folder.to_str() {
            Some(text) => Ok(text.to_owned()),
            None => {
                let message = format!("the path `{}` is not text", folder.display());
                Err(Complaint::new(message).into())
            }
        },
        Location::Embedded | Location::Oci(_) => Ok(location.to_string()),
    }
}

fn push(
    document: &mut DocumentMut,
    name: &str,
    kind: RegistryKind,
    location: &str,
) -> anyhow::Result<()> {
    let kind = (kind == RegistryKind::Zed).then_some("zed");
    let is_empty = document.as_table().is_empty();
    let registries = document
        .entry(REGISTRY)
        .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    match registries {
        Item::ArrayOfTables(tables) => {
            let mut table = Table::new();
            table["name"] = toml_edit::value(name);
            if let Some(kind) = kind {
                table["kind"] = toml_edit::value(kind);
            }
            table["location"] = toml_edit::value(location);
            if !is_empty {
                table.decor_mut().set_prefix("\n");
            }
            tables.push(table);
        }
        Item::Value(Value::Array(list)) => {
            let mut table = InlineTable::new();
            table.insert("name", name.into());
            if let Some(kind) = kind {
                table.insert("kind", kind.into());
            }
            table.insert("location", location.into());
            list.push(table);
        }
        _ => return Err(not_a_list().into()),
    }
    Ok(())
}

/// Takes one entry out. The comments above it stay, before what comes next.
fn take_out(document: &mut DocumentMut, place: usize) -> anyhow::Result<()> {
    let mut left = None;
    let is_empty = match document.get_mut(REGISTRY) {
        Some(Item::ArrayOfTables(tables)) => {
            let removed = tables
                .get(place)
                .and_then(|it| it.decor().prefix()?.as_str());
            left = removed.filter(|it| it.contains('#')).map(str::to_owned);
            tables.remove(place);
            if let (Some(comments), Some(next)) = (&left, tables.get_mut(place)) {
                let own = next.decor().prefix().and_then(|it| it.as_str());
                let both = format!("{comments}{}", own.unwrap_or_default());
                next.decor_mut().set_prefix(both);
                left = None;
            }
            tables.is_empty()
        }
        Some(Item::Value(Value::Array(list))) => {
            list.remove(place);
            list.is_empty()
        }
        _ => return Err(not_a_list().into()),
    };
    if is_empty {
        document.remove(REGISTRY);
    }
    if let Some(comments) = left {
        let own = document.trailing().as_str().unwrap_or_default();
        let both = format!("{comments}{own}");
        document.set_trailing(both);
    }
    Ok(())
}

/// The configuration was read as one with a list, so that this is not met.
fn not_a_list() -> Complaint {
    let complaint = Complaint::new("the registries are not written as `[[registry]]`");
    complaint.with_hint("write them so, and the command can change them")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str, change: impl Fn(&mut DocumentMut) -> anyhow::Result<()>) -> String {
        let mut document: DocumentMut = text.parse().unwrap();
        change(&mut document).unwrap();
        document.to_string()
    }

    #[test]
    fn what_else_is_written_stays_as_it_is() {
        let text = "# mine\napi = '<=0.3' # old\n\n# work\n[[registry]]\nname='corp' # us\nlocation = '/srv/r'\n\n[limits]\nqueued_calls = 2\n# end\n";
        let with = changed(text, |document| {
            push(
                document,
                "more",
                RegistryKind::Annexe,
                "https://example.org/",
            )
        });
        let (before, after) = text.split_once("\n[limits]").unwrap();
        assert_eq!(
            with,
            format!(
                "{before}\n[[registry]]\nname = \"more\"\nlocation = \"https://example.org/\"\n\n[limits]{after}"
            )
        );
        assert_eq!(changed(&with, |document| take_out(document, 1)), text);
        let first_out = changed(&with, |document| take_out(document, 0));
        assert!(
            first_out.contains("# work\n\n[[registry]]\nname = \"more\""),
            "{first_out}"
        );
        let none = changed(text, |document| take_out(document, 0));
        assert!(none.contains("# work") && !none.contains("corp"), "{none}");
        assert_eq!(
            changed("", |document| push(
                document,
                "one",
                RegistryKind::Annexe,
                "/r"
            )),
            "[[registry]]\nname = \"one\"\nlocation = \"/r\"\n"
        );
    }

    #[test]
    fn a_list_on_one_line_is_changed_too() {
        let text = "registry = [{ location = '/a' }]\n";
        let with = changed(text, |document| {
            push(document, "b", RegistryKind::Annexe, "/b")
        });
        let configuration: Configuration = toml::from_str(&with).unwrap();
        assert_eq!(configuration.registries().len(), 2);
        let without = changed(&with, |document| take_out(document, 0));
        let configuration: Configuration = toml::from_str(&without).unwrap();
        assert_eq!(configuration.registries()[0].name.as_deref(), Some("b"));
        assert_eq!(changed(&without, |document| take_out(document, 0)), "");
    }
}
