//! What the folder adds to its manifest.

use std::fs;

use annexe::{
    Hint as _,
    manifest::{Error, Library, LibraryKind, Manifest, ManifestFile},
};

use crate::{HEAD, folder, load};

#[test]
fn the_folder_fills_in_what_the_manifest_leaves_out() {
    let folder = folder(&[
        ("extension.toml", HEAD),
        ("extension.json", "{ not read"),
        ("themes/b.json", "{}"),
        ("themes/a.json", "{}"),
        ("themes/notes.txt", ""),
        ("themes/c.json/", ""),
        ("icon_themes/i.json", "{}"),
        ("languages/marsh/config.toml", ""),
        ("languages/empty/", ""),
        ("snippets.json", "{}"),
        ("extension.wasm", ""),
    ]);
    let loaded = load(folder.path());
    assert_eq!(loaded.source, ManifestFile::Toml);
    let manifest = loaded.manifest;
    let themes: Vec<_> = manifest.themes.iter().map(|path| path.as_str()).collect();
    assert_eq!(themes, ["themes/a.json", "themes/b.json"]);
    assert_eq!(manifest.icon_themes.len(), 1);
    assert_eq!(manifest.languages[0].as_str(), "languages/marsh");
    assert_eq!(manifest.languages.len(), 1);
    assert_eq!(manifest.snippets[0].as_str(), "snippets.json");
    assert_eq!(manifest.lib.kind, Some(LibraryKind::Rust));
}

#[test]
fn what_the_manifest_says_is_kept() {
    let text = format!("{HEAD}themes = ['themes/a.json']\nsnippets = []\n");
    let folder = folder(&[
        ("extension.toml", &text),
        ("themes/a.json", "{}"),
        ("themes/b.json", "{}"),
        ("snippets.json", "{}"),
    ]);
    let manifest = load(folder.path()).manifest;
    assert_eq!(manifest.themes.len(), 1);
    assert_eq!(manifest.snippets, []);
    assert_eq!(manifest.lib, Library::default());
}

#[test]
fn a_folder_without_a_readable_manifest_says_so() {
    let empty = folder(&[]);
    let error = Manifest::from_folder(empty.path()).unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }));
    assert!(error.hint().unwrap().contains("extension.toml"));

    let odd = folder(&[("extension.toml/", "")]);
    let error = Manifest::from_folder(odd.path()).unwrap_err();
    assert!(matches!(
        error,
        Error::WrongKind {
            expected: "file",
            ..
        }
    ));

    let bytes = folder(&[]);
    fs::write(
        bytes.path().join("extension.toml"),
        b"id = 'a'\nname = '\xff'",
    )
    .unwrap();
    let error = Manifest::from_folder(bytes.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`extension.toml` line 2, column 9: the text is not UTF-8"
    );

    let large = folder(&[]);
    let text = format!("{HEAD}# {}", "x".repeat(Manifest::MAX_BYTES as usize));
    fs::write(large.path().join("extension.toml"), &text).unwrap();
    let error = Manifest::from_folder(large.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`extension.toml` is larger than 1048576 bytes"
    );
    assert!(matches!(
        Manifest::parse_toml(&text),
        Err(Error::TooLarge { .. })
    ));
    let id = "a".parse().unwrap();
    assert!(matches!(
        Manifest::parse_json(&text, id),
        Err(Error::TooLarge { .. })
    ));
}
