//! The languages of what is installed: which extensions are read for them, and whose word holds.

use std::{fs, path::Path};

use annexe::types::VersionRequirement;
use annexe::{
    settings::{LanguageChoices, Settings, SettingsPlaces},
    store::{ExtensionStore, RecognisedBy},
};

use crate::place::{Package, Place, id, make_writable};

/// An extension with a language server, which brings a language too.
fn package(name: &'static str, language: &str, config: &str) -> Package {
    let servers = format!(
        "[language_servers.lint]\nlanguages = [\"{language}\"]\n\
         [language_servers.lint.language_ids]\n\"{language}\" = \"{name}-id\"\n"
    );
    let package = Package::of(name, name, "1.0.0", &servers);
    package
        .file("languages/own/config.toml", config)
        .wasm(crate::place::guest())
}

async fn install(place: &Place, store: &ExtensionStore, name: &str) {
    let registry = place.registry().await;
    let any = VersionRequirement::STAR;
    store.install(&registry, &id(name), &any).await.unwrap();
}

#[tokio::test]
async fn who_was_installed_first_keeps_a_language_and_all_servers_are_told() {
    let place = Place::new();
    let own = "name = \"YAML\"\npath_suffixes = [\"yaml\"]\nline_comments = [\"# \"]\n";
    place.publish(&package("two", "YAML", own));
    place.publish(&package("one", "YAML", &own.replace("# ", "// ")));
    let store = place.store();
    assert!(store.languages().await.unwrap().all().is_empty());
    install(&place, &store, "one").await;
    install(&place, &store, "two").await;

    let languages = store.languages().await.unwrap();
    let [yaml] = languages.all()[..] else {
        panic!("{languages:?}")
    };
    // It was installed first.
    assert_eq!(yaml.extension, Some(id("one")));
    assert_eq!(
        (yaml.id.as_str(), &yaml.line_comments[..]),
        ("yaml", &["// ".to_owned()][..])
    );
    let nothing = LanguageChoices::default();
    let found = languages.of_file(Path::new("a.yaml"), None, nothing.file_types());
    let found = found.unwrap();
    assert_eq!(found.language.name, "YAML");
    assert_eq!(found.by, RecognisedBy::Suffix("yaml".into()));
    // What the table has is the extension's to say.
    let found = languages.of_file(Path::new("a.yml"), None, nothing.file_types());
    assert!(found.is_none(), "{found:?}");
    let selection = languages.servers_for("YAML", &nothing);
    let [server] = &selection.selected[..] else {
        panic!("{selection:?}")
    };
    assert_eq!(
        (server.id.as_str(), server.language_id.as_str()),
        ("lint", "one-id")
    );
    assert_eq!(languages.servers_by_id("lint").count(), 2);
}

#[tokio::test]
async fn only_those_with_languages_or_servers_are_read_and_the_broken_are_told() {
    let place = Place::new();
    place.publish(&Package::theme("1.0.0"));
    place.publish(&package(
        "one",
        "Own",
        "name = \"Own\"\nfirst_line_pattern = \"(\"\n",
    ));
    place.publish(&package("two", "Own", "name = \"Own\"\n"));
    let store = place.store();
    for name in [crate::place::ID, "one", "two"] {
        install(&place, &store, name).await;
    }
    let remove_manifest = |name: &str| {
        let tree = store.tree(&store.installed(&id(name)).unwrap());
        make_writable(&tree);
        fs::remove_file(tree.join("extension.toml")).unwrap();
    };
    // Nobody looks at it.
    remove_manifest(crate::place::ID);
    let languages = store.languages().await.unwrap();
    assert!(languages.unreadable.is_empty(), "{languages:?}");
    let [broken] = &languages.broken[..] else {
        panic!("{languages:?}")
    };
    assert_eq!(broken.extension, id("one"));
    assert!(
        broken
            .finding
            .to_string()
            .contains("languages/own/config.toml")
    );
    assert_eq!(languages.of_name("own").unwrap().id, "one-id");

    remove_manifest("one");
    let languages = store.languages().await.unwrap();
    assert_eq!(*languages.unreadable[0].active.id(), id("one"));
    assert_eq!(languages.of_name("Own").unwrap().extension, Some(id("two")));
}

#[test]
fn a_projects_choices_go_over_the_users() {
    let place = Place::new();
    let project = place.path("worktree");
    fs::create_dir(project.join(".annexe")).unwrap();
    let user = place.path("settings.json");
    fs::write(
        &user,
        r#"{"file_types": {"A": ["a"]}, "languages": {"A": {"language_servers": ["x"]}}}"#,
    )
    .unwrap();
    fs::write(
        project.join(".annexe/settings.json"),
        r#"{"file_types": {"A": ["b"]}, "languages": {"A": {"language_servers": ["y"]}}}"#,
    )
    .unwrap();
    let places = |trusted: bool| {
        let places = SettingsPlaces {
            user: Some(user.clone()),
            project: Some(project.clone()),
            trusted: trusted.then(|| project.clone()).into_iter().collect(),
            ..SettingsPlaces::default()
        };
        Settings::open(places).unwrap()
    };
    for (trusted, in_project, patterns, servers) in [
        (true, true, &["a", "b"][..], "y"),
        (true, false, &["a"], "x"),
        (false, true, &["a"], "x"),
    ] {
        let choices = places(trusted).language_choices(in_project).unwrap();
        let found = choices.file_types().iter();
        let found: Vec<&str> = found.map(|(_, pattern)| pattern).collect();
        assert_eq!(found, patterns);
        assert_eq!(choices.servers("A").order, [servers]);
    }
}
