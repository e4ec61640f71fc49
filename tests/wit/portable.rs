//! The worlds as they are given to the toolchains that generate bindings from them.

use annexe::{
    Hint as _,
    api::{Form, Wit, wit},
    component_type::{ComponentType, FunctionName},
};

use crate::folders;

/// The interface that the resources of the portable form are in.
const HOST: &str = "zed:extension/host";

/// The type of a world as one text.
fn of_text(wit: &Wit) -> ComponentType {
    let text = wit.to_string();
    ComponentType::of_world([("world.wit", text.as_str())], wit.world)
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The type of a world as files.
fn of_files(wit: &Wit) -> ComponentType {
    let files = wit.files.iter().map(|file| (&*file.name, &*file.text));
    ComponentType::of_world(files, wit.world).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_world_is_its_folders_files_and_the_same_as_one_text() {
    for version in folders::versions() {
        let plain = wit(&version, Form::Plain).unwrap();
        let files = plain.files.iter();
        let found = files.map(|file| {
            (
                file.name.trim_end_matches(".wit").to_owned(),
                file.text.clone(),
            )
        });
        assert_eq!(
            found.collect::<std::collections::BTreeMap<_, _>>(),
            folders::files(&version)
        );
        assert_eq!(of_text(&plain), of_files(&plain), "{version}");
        assert!(plain.to_string().starts_with("package zed:extension;\n"));
    }
}

#[test]
fn the_portable_form_of_every_world_has_the_same_functions_with_resources_in_an_interface() {
    for version in folders::versions() {
        let plain = of_files(&wit(&version, Form::Plain).unwrap());
        let portable = wit(&version, Form::Portable).unwrap();
        assert_eq!(of_text(&portable), of_files(&portable), "{version}");
        let portable = of_files(&portable);
        assert_eq!(portable.exports, plain.exports, "{version}");

        let at_root = |name: &FunctionName| match name.interface.as_deref() {
            Some(HOST) => FunctionName::at_root(&name.name),
            _ => name.clone(),
        };
        let items = portable.imports.iter();
        let moved = items.map(|(name, item)| (at_root(name), item.clone()));
        assert_eq!(
            moved.collect::<std::collections::BTreeMap<_, _>>(),
            plain.imports,
            "{version}"
        );
        let in_host = portable
            .imports
            .keys()
            .filter(|name| name.interface.as_deref() == Some(HOST));
        assert!(in_host.count() >= 4, "{version}");
        let is_resource =
            |name: &&FunctionName| name.interface.is_none() && name.name.starts_with('[');
        assert_eq!(portable.imports.keys().find(is_resource), None, "{version}");
    }
}

#[test]
fn the_newest_world_is_portable_in_the_words_that_guests_were_made_from() {
    let version = "0.7.0".parse().unwrap();
    let plain = wit(&version, Form::Plain).unwrap();
    let portable = wit(&version, Form::Portable).unwrap();
    let beside = folders::root().join("wit/extension/portable/host.wit");
    for file in &portable.files {
        let expected = match file.name.as_str() {
            "host.wit" => std::fs::read_to_string(&beside).unwrap(),
            name => plain
                .files
                .iter()
                .find(|file| file.name == name)
                .unwrap()
                .text
                .clone(),
        };
        if file.name != "extension.wit" {
            assert_eq!(file.text, expected, "{}", file.name);
            continue;
        }
        // The resources stand one after the other, each with a blank line before it.
        let start = expected.find("    resource worktree {").unwrap();
        let end = expected
            .find("    export language-server-command:")
            .unwrap();
        let resources = &expected[start..end];
        assert_eq!(resources.matches("    resource ").count(), 3);
        let world = "world extension {\n";
        let with_use = format!("{world}    use host.{{worktree, project, key-value-store}};\n\n");
        let expected = expected
            .replace(resources, "\n\n\n")
            .replace(world, &with_use);
        assert_eq!(file.text, expected);
    }
    assert_eq!(portable.files.len(), plain.files.len() + 1);
}

#[test]
fn a_version_without_a_world_of_its_own_has_that_of_the_one_before_and_others_have_none() {
    let of = |version: &str| wit(&version.parse().unwrap(), Form::Plain);
    assert_eq!(of("0.7.0").unwrap(), of("0.6.0").unwrap());
    assert_eq!(of("0.0.3").unwrap(), of("0.0.1").unwrap());
    for version in ["0.0.7", "0.8.0", "0.0.0"] {
        assert!(of(version).unwrap_err().hint().is_some());
    }
}
