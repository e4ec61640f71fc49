//! Icon themes.

use annexe::declarative::Appearance;

use crate::{Sample, said};

const PATH: &str = "icon_themes/dots.json";

/// A family with one of everything.
pub const FAMILY: &str = r#"{
  "$schema": "https://zed.dev/schema/icon_themes/v0.3.0.json",
  "name": "Dots",
  "author": "A. Heron",
  "themes": [
    {
      "name": "Round Dots",
      "appearance": "dark",
      "directory_icons": {"collapsed": "./icons/a.svg", "expanded": null},
      "named_directory_icons": {"src": {"collapsed": "icons/a.svg", "expanded": "icons/b.svg"}},
      "chevron_icons": {"expanded": "icons/b.svg"},
      "file_stems": {"Makefile": "make"},
      "file_suffixes": {"mk": "make", "rs": "rust"},
      "file_icons": {"make": {"path": "./icons/a.svg"}, "rust": {"path": "icons/b.svg"}},
    },
  ],
}"#;

pub fn sample(family: &str) -> Sample {
    Sample::new(&[
        (PATH, family),
        ("icons/a.svg", "<svg/>"),
        ("icons/b.svg", "<svg/>"),
    ])
}

/// A family with these members of one icon theme.
fn members(members: &str) -> String {
    format!(
        "{{\"name\": \"F\", \"themes\": [{{\"name\": \"T\", \"appearance\": \"dark\",\n{members}\n}}]}}"
    )
}

#[test]
fn a_family_is_read_with_all_it_says() {
    let declarative = sample(FAMILY).read();
    assert_eq!(said(&declarative), [""; 0]);
    let family = &declarative.icon_themes[0];
    assert_eq!(
        (family.name.as_str(), family.author.as_deref()),
        ("Dots", Some("A. Heron"))
    );
    let theme = &family.themes[0];
    assert_eq!(
        (theme.name.as_str(), theme.appearance),
        ("Round Dots", Appearance::Dark)
    );
    assert_eq!(
        theme.folder_icons.collapsed.as_ref().unwrap().as_str(),
        "icons/a.svg"
    );
    assert_eq!(theme.folder_icons.expanded, None);
    assert_eq!(
        theme.chevron_icons.expanded.as_ref().unwrap().as_str(),
        "icons/b.svg"
    );
    let named = &theme.named_folder_icons["src"];
    assert_eq!(named.expanded.as_ref().unwrap().as_str(), "icons/b.svg");
    assert_eq!(theme.file_stems["Makefile"], "make");
    assert_eq!(theme.file_suffixes["rs"], "rust");
    assert_eq!(theme.file_icons["make"].as_str(), "icons/a.svg");
}

#[test]
fn an_icon_that_is_not_there_is_named_and_its_keys_are_no_second_finding() {
    let family = members(
        "\"file_icons\": {\"a\": {\"path\": \"icons/c.svg\"}},\n\"file_suffixes\": {\"x\": \"a\"}",
    );
    let declarative = sample(&family).read();
    assert_eq!(
        said(&declarative),
        ["warning `icon_themes/dots.json` line 2, column 30: the icon `icons/c.svg` is missing"]
    );
    let theme = &declarative.icon_themes[0].themes[0];
    assert!(theme.file_icons.is_empty());
    assert_eq!(theme.file_suffixes["x"], "a");
}

#[test]
fn each_mistake_has_its_place() {
    let table = [
        (
            "\"chevron_icons\": {\"expanded\": \"../x.svg\"}",
            "warning line 2, column 31: the icon `../x.svg` leaves the extension",
        ),
        (
            "\"directory_icons\": {\"collapsed\": \"icons\"}",
            "warning line 2, column 34: the icon `icons` is a link or not a file",
        ),
        (
            "\"file_icons\": {\"a\": {}}",
            "warning line 2, column 21: `themes[0].file_icons.a.path` is missing",
        ),
        (
            "\"file_icons\": {\"a\": \"icons/a.svg\"}",
            "warning line 2, column 21: `themes[0].file_icons.a` must be a table, not a string",
        ),
        (
            "\"file_stems\": {\"Makefile\": \"mkae\"}",
            "warning line 2, column 28: `file_icons` has no icon `mkae`",
        ),
        (
            "\"file_sufixes\": {}",
            "warning line 2, column 1: unknown key `themes[0].file_sufixes`",
        ),
        (
            "\"named_directory_icons\": {\"src\": {\"open\": \"icons/a.svg\"}}",
            "warning line 2, column 35: unknown key `themes[0].named_directory_icons.src.open`",
        ),
    ];
    for (text, expected) in table {
        let (severity, expected) = expected.split_once(' ').unwrap();
        assert_eq!(
            sample(&members(text)).findings(),
            [format!("{severity} `{PATH}` {expected}")]
        );
    }
}

#[cfg(unix)]
#[test]
fn an_icon_behind_a_link_is_refused() {
    let sample = sample(&members(
        "\"chevron_icons\": {\"collapsed\": \"linked/a.svg\", \"expanded\": \"icons/l.svg\"}",
    ));
    let path = sample.path();
    std::os::unix::fs::symlink(path.join("icons"), path.join("linked")).unwrap();
    std::os::unix::fs::symlink(path.join("icons/a.svg"), path.join("icons/l.svg")).unwrap();
    let findings = sample.findings();
    assert_eq!(findings.len(), 2);
    for finding in findings {
        assert!(finding.ends_with("is a link or not a file"), "{finding}");
    }
}
