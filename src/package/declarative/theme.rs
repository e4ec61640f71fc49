//! Themes: families of them in Zed's theme format (schema 0.2.0).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    colour::Colour,
    colour_names::meant_by,
    document::Reader,
    finding::{Finding, FindingKind, Severity},
    section::{Field, Section},
};
use crate::base::hint::Hint as _;
use crate::{base::printable::printable, package::manifest::RelativePath};

/// The themes of one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ThemeFamily {
    /// The file.
    pub path: RelativePath,
    /// The family's name.
    pub name: String,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The themes that can be used, in the file's order.
    pub themes: Vec<Theme>,
}

/// A theme. What it does not say is left to the editor.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Theme {
    /// The name it is chosen by.
    pub name: String,
    /// Whether it is for light or dark surroundings.
    pub appearance: Appearance,
    /// What is seen through the window's background.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_background: Option<WindowBackground>,
    /// The colours by name, such as `editor.background`; names that this program does not know are
    /// among them.
    pub colours: BTreeMap<String, Colour>,
    /// The colours of the users who edit together, the one at the keyboard first.
    pub players: Vec<Player>,
    /// The colours of what comes in rows, such as nested brackets.
    pub accents: Vec<Colour>,
    /// How code is shown, by the names of captures such as `string.escape`.
    pub syntax: BTreeMap<String, HighlightStyle>,
}

/// The appearance of a theme: light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Appearance {
    /// Dark text on a light ground.
    Light,
    /// Light text on a dark ground.
    Dark,
}

/// The transparency of a window's background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowBackground {
    /// Nothing.
    Opaque,
    /// What lies behind the window.
    Transparent,
    /// What lies behind the window, blurred.
    Blurred,
}

/// The colours of one who edits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Player {
    /// The cursor.
    pub cursor: Option<Colour>,
    /// What stands behind the name.
    pub background: Option<Colour>,
    /// What stands behind selected text.
    pub selection: Option<Colour>,
}

/// The style of a piece of code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HighlightStyle {
    /// The letters' colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<Colour>,
    /// The colour behind them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background_colour: Option<Colour>,
    /// The letters' slope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub font_style: Option<FontStyle>,
    /// The letters' weight, from 1 to 1000; 400 is regular and 700 is bold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub font_weight: Option<u16>,
}

/// The slope of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FontStyle {
    /// Upright.
    Normal,
    /// Of an italic font.
    Italic,
    /// Upright letters, slanted.
    Oblique,
}

/// Colours by the names they had before, and those they have now.
const RENAMED: [(&str, &str); 1] = [("scrollbar_thumb.background", "scrollbar.thumb.background")];

/// Reads a file of themes.
pub(super) fn read(reader: &Reader<'_>, path: &RelativePath) -> Option<ThemeFamily> {
    let document = reader.document(path)?;
    let tree = document.json()?;
    let root = Field::root(&document, &tree).strict();
    let mut root = root.section(Severity::Error)?;
    root.skip(&["$schema"]);
    let name = root.required_text("name");
    let author = root.needed_text("author");
    let themes = themes(&mut root, theme)?;
    root.finish();
    Some(ThemeFamily {
        path: path.clone(),
        name: name?,
        author,
        themes,
    })
}

/// The members of a family that can be used.
pub(super) fn themes<'a, T>(
    root: &mut Section<'a>,
    read: impl Fn(&Field<'a>) -> Option<T>,
) -> Option<Vec<T>> {
    let Some(field) = root.get("themes") else {
        root.missing("themes", Severity::Error);
        return None;
    };
    let items = field.items(Severity::Error)?;
    Some(items.filter_map(|item| read(&item)).collect())
}

fn theme(field: &Field<'_>) -> Option<Theme> {
    let mut section = field.section(Severity::Error)?;
    let name = section.required_text("name");
    let appearance = appearance(&mut section);
    let style = section.get("style");
    if style.is_none() && appearance.is_some() {
        section.missing("style", Severity::Warning);
    }
    // Colour by colour, Zed leaves out what it cannot read.
    let style = style.and_then(|style| style.lenient_section());
    section.finish();
    let mut theme = Theme {
        name: name?,
        appearance: appearance?,
        window_background: None,
        colours: BTreeMap::new(),
        players: Vec::new(),
        accents: Vec::new(),
        syntax: BTreeMap::new(),
    };
    if let Some(style) = style {
        read_style(style, &mut theme);
    }
    Some(theme)
}

/// The appearance of a theme, which must be there.
pub(super) fn appearance(section: &mut Section<'_>) -> Option<Appearance> {
    let Some(field) = section.get("appearance") else {
        section.missing("appearance", Severity::Error);
        return None;
    };
    let known = [("light", Appearance::Light), ("dark", Appearance::Dark)];
    word(&field, &known, Severity::Error)
}

/// One of a few words.
fn word<T: Copy>(field: &Field<'_>, known: &[(&str, T)], severity: Severity) -> Option<T> {
    let text = field.text(severity)?;
    let found = known.iter().find(|(word, _)| *word == text);
    if found.is_none() {
        let words: Vec<String> = known.iter().map(|(word, _)| format!("`{word}`")).collect();
        field.document.add(
            field
                .finding(
                    severity,
                    FindingKind::InvalidValue,
                    format!("{} is `{}`", field.named(), printable(text)),
                )
                .stopping_zed(field.is_strict)
                .with_hint(format!("write one of {}", words.join(", "))),
        );
    }
    found.map(|(_, value)| *value)
}

fn read_style(mut style: Section<'_>, theme: &mut Theme) {
    let known = [
        ("opaque", WindowBackground::Opaque),
        ("transparent", WindowBackground::Transparent),
        ("blurred", WindowBackground::Blurred),
    ];
    theme.window_background = style
        .get("background.appearance")
        .and_then(|field| word(&field, &known, Severity::Warning));
    // These three Zed reads whole or not at all, and the file with them.
    style.is_strict = true;
    theme.accents = style
        .items("accents")
        .filter(|item| !item.is_null())
        .filter_map(|item| colour(&item))
        .collect();
    theme.players = style
        .items("players")
        .filter_map(|item| player(&item))
        .collect();
    let syntax = style.section("syntax");
    style.is_strict = false;
    if let Some(syntax) = syntax {
        theme.syntax = syntax
            .others()
            .filter_map(|(capture, field)| Some((capture.to_owned(), highlight(&field)?)))
            .collect();
    }
    for (name, field) in style.others() {
        if let Some((_, now)) = RENAMED.iter().find(|(old, _)| *old == name) {
            let problem = format!("`{name}` is a deprecated name of a colour");
            field.document.add(
                field
                    .finding(Severity::Warning, FindingKind::Deprecated, problem)
                    .with_hint(format!("write `{now}`")),
            );
        } else if let Some(meant) = meant_by(name, field.document.budget) {
            field.document.add(
                field
                    .finding(
                        Severity::Warning,
                        FindingKind::UnknownKey,
                        format!("no colour is called `{}`", printable(name)),
                    )
                    .with_hint(format!("did you mean `{meant}`?")),
            );
        }
        if let Some(colour) = colour(&field) {
            theme.colours.insert(name.to_owned(), colour);
        }
    }
}

fn colour(field: &Field<'_>) -> Option<Colour> {
    let text = field.text(Severity::Warning)?;
    match text.parse::<Colour>() {
        Ok(colour) => Some(colour),
        Err(error) => {
            let finding = field.finding(
                Severity::Warning,
                FindingKind::InvalidValue,
                format!("{}: {error}", field.named()),
            );
            field.document.add(match error.hint() {
                Some(hint) => finding.with_hint(hint),
                None => finding,
            });
            None
        }
    }
}

fn player(field: &Field<'_>) -> Option<Player> {
    let mut section = field.section(Severity::Warning)?;
    let mut part = |name| section.get(name).and_then(|field| colour(&field));
    let player = Player {
        cursor: part("cursor"),
        background: part("background"),
        selection: part("selection"),
    };
    section.finish();
    Some(player)
}

fn highlight(field: &Field<'_>) -> Option<HighlightStyle> {
    let mut section = field.lenient_section()?;
    let slopes = [
        ("normal", FontStyle::Normal),
        ("italic", FontStyle::Italic),
        ("oblique", FontStyle::Oblique),
    ];
    let style = HighlightStyle {
        colour: section.get("color").and_then(|field| colour(&field)),
        background_colour: section
            .get("background_color")
            .and_then(|field| colour(&field)),
        font_style: section
            .get("font_style")
            .and_then(|field| word(&field, &slopes, Severity::Warning)),
        font_weight: section
            .integer("font_weight", 1000)
            .and_then(|weight| u16::try_from(weight).ok()),
    };
    section.finish();
    Some(style)
}

/// Takes out the themes that have the name of one before them.
pub(super) fn drop_doubles(reader: &Reader<'_>, families: &mut [ThemeFamily]) {
    let mut seen = BTreeSet::new();
    for family in families {
        let path = family.path.clone();
        family
            .themes
            .retain(|theme| is_first(reader, &mut seen, &path, "theme", &theme.name));
    }
}

/// Whether nothing before it has this name; where something has, that is a finding.
pub(super) fn is_first(
    reader: &Reader<'_>,
    seen: &mut BTreeSet<String>,
    path: &RelativePath,
    noun: &str,
    name: &str,
) -> bool {
    let is_first = seen.insert(name.to_owned());
    if !is_first {
        let problem = format!(
            "there is another {noun} `{}` before this one, so this one is left out",
            printable(name)
        );
        reader.findings.add(
            Finding::warning(FindingKind::Duplicate, path, problem)
                .with_hint(format!("give each {noun} a name of its own")),
        );
    }
    is_first
}
