//! What goes into an archive.

use std::fs;

use annexe::{
    Hint as _,
    manifest::{Error, files},
};

use crate::{HEAD, folder, load};

/// A folder with every kind of file, beside some that belong to no archive.
fn packable() -> tempfile::TempDir {
    let text = format!(
        "{HEAD}[grammars.marsh]\nrepository = ''\nrev = ''\n[debug_adapters.Wader]\n\
         [language_model_providers.frog]\nname = 'Frog'\nicon = 'art/frog.svg'\n"
    );
    folder(&[
        ("extension.toml", &text),
        ("extension.wasm", "component"),
        ("art/frog.svg", ""),
        ("grammars/marsh.wasm", ""),
        ("grammars/marsh/grammar.js", ""),
        ("themes/a.json", "{}"),
        ("icon_themes/i.json", "{}"),
        ("icons/deep/er/x.svg", ""),
        ("icons/.DS_Store", ""),
        ("languages/marsh/config.toml", ""),
        ("languages/marsh/highlights.scm", ""),
        ("debug_adapter_schemas/Wader.json", "{}"),
        ("snippets.json", "{}"),
        ("LICENSE-MIT", ""),
        ("licence.txt", ""),
        ("NOTICE", ""),
        ("README.md", ""),
        ("LICENSES/MIT.txt", ""),
        ("src/lib.rs", ""),
        ("Cargo.toml", ""),
        ("target/release/x", ""),
        (".git/config", ""),
    ])
}

#[test]
fn the_archive_holds_what_the_extension_needs_and_nothing_else() {
    let folder = packable();
    let found = files(folder.path(), &load(folder.path()).manifest).unwrap();
    let names: Vec<_> = found.iter().map(|path| path.as_str()).collect();
    assert_eq!(
        names,
        [
            "LICENSE-MIT",
            "NOTICE",
            "README.md",
            "art/frog.svg",
            "debug_adapter_schemas/Wader.json",
            "extension.toml",
            "extension.wasm",
            "grammars/marsh.wasm",
            "icon_themes/i.json",
            "icons/deep/er/x.svg",
            "languages/marsh/config.toml",
            "languages/marsh/highlights.scm",
            "licence.txt",
            "snippets.json",
            "themes/a.json",
        ]
    );
}

#[test]
fn a_missing_file_is_named_with_the_key_that_wants_it() {
    let table = [
        ("extension.wasm", "lib"),
        ("grammars/marsh.wasm", "grammars.marsh"),
        ("debug_adapter_schemas/Wader.json", "debug_adapters.Wader"),
        ("themes/a.json", "themes[0]"),
        ("icon_themes/i.json", "icon_themes[0]"),
        ("languages/marsh/config.toml", "languages[0]"),
        ("snippets.json", "snippets[0]"),
        ("art/frog.svg", "language_model_providers.frog.icon"),
    ];
    for (name, wanted) in table {
        let folder = packable();
        let manifest = load(folder.path()).manifest;
        fs::remove_file(folder.path().join(name)).unwrap();
        let error = files(folder.path(), &manifest).unwrap_err();
        assert!(error.hint().is_some());
        match error {
            Error::MissingFile { key, path } => {
                assert_eq!((key.as_str(), path.as_str()), (wanted, name))
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[cfg(unix)]
#[test]
fn links_and_odd_names_are_refused_wherever_they_are() {
    for name in [
        "extension.toml",
        "themes",
        "themes/a.json",
        "languages/marsh/highlights.scm",
        "icons/deep",
        "README.md",
        "extension.wasm",
    ] {
        let folder = packable();
        let manifest = load(folder.path()).manifest;
        let (path, aside) = (folder.path().join(name), folder.path().join("aside"));
        fs::rename(&path, &aside).unwrap();
        std::os::unix::fs::symlink(&aside, &path).unwrap();
        let error = files(folder.path(), &manifest).unwrap_err();
        assert!(
            matches!(&error, Error::Link { path: found } if *found == path),
            "{name}: {error:?}"
        );
    }
    let folder = packable();
    let manifest = load(folder.path()).manifest;
    fs::write(folder.path().join("icons/a\\b.svg"), "").unwrap();
    let error = files(folder.path(), &manifest).unwrap_err();
    assert!(matches!(error, Error::UnusableName { .. }), "{error:?}");
}
