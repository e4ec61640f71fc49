//! Icon themes: families of them in Zed's icon theme format (schema 0.3.0).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    document::Reader,
    files::{Files, Kind},
    finding::{FindingKind, Severity},
    section::{Field, Section},
    theme::{Appearance, appearance, is_first, themes},
};
use crate::base::hint::Hint as _;
use crate::{base::printable::printable, package::manifest::RelativePath};

/// The icon themes of one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IconThemeFamily {
    /// The file.
    pub path: RelativePath,
    /// The family's name.
    pub name: String,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The icon themes that can be used, in the file's order.
    pub themes: Vec<IconTheme>,
}

/// An icon theme. The file of each icon is in the extension's folder, and is a plain file there.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IconTheme {
    /// The name it is chosen by.
    pub name: String,
    /// Whether it is for light or dark surroundings.
    pub appearance: Appearance,
    /// The icons of folders that have none of their own.
    pub folder_icons: FolderIcons,
    /// The icons of folders by their names.
    pub named_folder_icons: BTreeMap<String, FolderIcons>,
    /// The marks beside folders that can be opened.
    pub chevron_icons: FolderIcons,
    /// What whole names of files have as their key in `file_icons`. A key that is not there is one
    /// of the editor's own.
    pub file_stems: BTreeMap<String, String>,
    /// What the ends of files' names have as their key in `file_icons`; as for `file_stems`.
    pub file_suffixes: BTreeMap<String, String>,
    /// The icons of files by key.
    pub file_icons: BTreeMap<String, RelativePath>,
}

/// The icons of something that is closed or open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FolderIcons {
    /// While it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collapsed: Option<RelativePath>,
    /// While it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expanded: Option<RelativePath>,
}

/// Reads a file of icon themes.
pub(super) fn read(reader: &Reader<'_>, path: &RelativePath) -> Option<IconThemeFamily> {
    let document = reader.document(path)?;
    let tree = document.json()?;
    let root = Field::root(&document, &tree).strict();
    let mut root = root.section(Severity::Error)?;
    root.skip(&["$schema"]);
    let name = root.required_text("name");
    let author = root.needed_text("author");
    let themes = themes(&mut root, |field| icon_theme(reader.files, field))?;
    root.finish();
    Some(IconThemeFamily {
        path: path.clone(),
        name: name?,
        author,
        themes,
    })
}

fn icon_theme(files: &Files<'_>, field: &Field<'_>) -> Option<IconTheme> {
    let mut section = field.section(Severity::Error)?;
    let name = section.required_text("name");
    let appearance = appearance(&mut section);
    let named = section.map("named_directory_icons");
    let named_folder_icons = named.map(|named| {
        let pairs = named
            .others()
            .filter_map(|(name, field)| Some((name.to_owned(), folder_icons(files, &field)?)));
        pairs.collect()
    });
    let mut of_folder = |key| {
        let field = section.optional(key)?;
        folder_icons(files, &field)
    };
    let folder_icons = of_folder("directory_icons").unwrap_or_default();
    let chevron_icons = of_folder("chevron_icons").unwrap_or_default();
    let (file_icons, lost) = match section.map("file_icons") {
        Some(icons) => file_icons(files, &icons),
        None => Default::default(),
    };
    let mut keys_of = |name| match section.map(name) {
        // A key whose icon is lost is named once, where the icon is.
        Some(keys) => icon_keys(&keys, |key| {
            file_icons.contains_key(key) || lost.contains(key)
        }),
        None => BTreeMap::new(),
    };
    let theme = IconTheme {
        file_stems: keys_of("file_stems"),
        file_suffixes: keys_of("file_suffixes"),
        name: name?,
        appearance: appearance?,
        folder_icons,
        named_folder_icons: named_folder_icons.unwrap_or_default(),
        chevron_icons,
        file_icons,
    };
    section.finish();
    Some(theme)
}

fn folder_icons(files: &Files<'_>, field: &Field<'_>) -> Option<FolderIcons> {
    let mut section = field.section(Severity::Warning)?;
    let mut of = |name| section.get(name).and_then(|field| icon(files, &field));
    let icons = FolderIcons {
        collapsed: of("collapsed"),
        expanded: of("expanded"),
    };
    section.finish();
    Some(icons)
}

/// The icons of files by key, and the keys whose icon cannot be used.
fn file_icons<'a>(
    files: &Files<'_>,
    section: &Section<'a>,
) -> (BTreeMap<String, RelativePath>, BTreeSet<&'a str>) {
    let (mut icons, mut lost) = (BTreeMap::new(), BTreeSet::new());
    for (key, field) in section.others() {
        let path = field.section(Severity::Warning).and_then(|mut section| {
            let path = section.get("path");
            if path.is_none() {
                section.missing("path", Severity::Warning);
            }
            let path = path.and_then(|field| icon(files, &field));
            section.finish();
            path
        });
        match path {
            Some(path) => {
                icons.insert(key.to_owned(), path);
            }
            None => {
                lost.insert(key);
            }
        }
    }
    (icons, lost)
}

/// An icon's file, which must be there.
fn icon(files: &Files<'_>, field: &Field<'_>) -> Option<RelativePath> {
    let text = field.text(Severity::Warning)?;
    let shown = printable(text);
    let (kind, problem, hint) = match text.parse::<RelativePath>() {
        Err(error) => (
            FindingKind::InvalidValue,
            format!("the icon `{shown}` {error}"),
            error.hint(),
        ),
        Ok(path) => match files.kind(&path) {
            Kind::File => return Some(path),
            Kind::Missing => (
                FindingKind::UnknownName,
                format!("the icon `{shown}` is missing"),
                Some("paths start at the extension's folder".into()),
            ),
            _ => (
                FindingKind::Unreadable,
                format!("the icon `{shown}` is a link or not a file"),
                Some("put a plain file there".into()),
            ),
        },
    };
    // The rest of the theme can be used, as it can in Zed.
    let finding = field.finding(Severity::Warning, kind, problem);
    field.document.add(match hint {
        Some(hint) => finding.with_hint(hint),
        None => finding,
    });
    None
}

fn icon_keys(section: &Section<'_>, is_known: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    for (name, field) in section.others() {
        let Some(key) = field.text(Severity::Warning) else {
            continue;
        };
        if !is_known(key) {
            field.document.add(
                field
                    .finding(
                        Severity::Warning,
                        FindingKind::UnknownName,
                        format!("`file_icons` has no icon `{}`", printable(key)),
                    )
                    .with_hint("it only works in an editor with an icon of that name of its own"),
            );
        }
        keys.insert(name.to_owned(), key.to_owned());
    }
    keys
}

/// Takes out the icon themes that have the name of one before them.
pub(super) fn drop_doubles(reader: &Reader<'_>, families: &mut [IconThemeFamily]) {
    let mut seen = BTreeSet::new();
    for family in families {
        let path = family.path.clone();
        family
            .themes
            .retain(|theme| is_first(reader, &mut seen, &path, "icon theme", &theme.name));
    }
}
