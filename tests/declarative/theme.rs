//! Themes.

use annexe::declarative::{Appearance, Colour, FindingKind, FontStyle, Severity, WindowBackground};

use crate::{Sample, assert_findings, read, said};

const PATH: &str = "themes/marsh.json";

/// A family with one of everything.
pub const FAMILY: &str = r##"// Colours of the marsh.
{
  "$schema": "https://zed.dev/schema/themes/v0.2.0.json",
  "name": "Marsh",
  "author": "A. Heron",
  "themes": [
    {
      "name": "Marsh Dawn",
      "appearance": "light",
      "style": {
        "background.appearance": "blurred",
        "background": "#fff",
        "editor.background": "#12345678",
        "border.focused": null,
        "vim.mode.text": "#abc", /* newer than this program */
        "accents": ["#112233", null, "#445566ff"],
        "players": [{"cursor": "#111111", "background": null, "selection": "#2222"}],
        "syntax": {
          "comment": {"color": "#333333", "font_style": "italic", "font_weight": null},
          "keyword": {"color": "#444444", "background_color": "#555555", "font_weight": 700},
          "string.escape": {"font_weight": 400.0},
        },
      },
    },
    {"name": "Marsh Night", "appearance": "dark", "style": {}},
  ],
}
"##;

/// A family with these members of one theme's style.
fn style(members: &str) -> String {
    format!(
        "{{\"name\": \"F\", \"themes\": [{{\"name\": \"T\", \"appearance\": \"dark\", \"style\": {{\n{members}\n}}}}]}}"
    )
}

#[test]
fn a_family_is_read_with_all_it_says() {
    let declarative = read(PATH, FAMILY);
    assert_eq!(said(&declarative), [""; 0]);
    let [family] = &declarative.themes[..] else {
        panic!("{declarative:?}")
    };
    assert_eq!(family.path.as_str(), PATH);
    assert_eq!(
        (family.name.as_str(), family.author.as_deref()),
        ("Marsh", Some("A. Heron"))
    );
    let [dawn, night] = &family.themes[..] else {
        panic!("{family:?}")
    };
    assert_eq!(
        (night.name.as_str(), night.appearance),
        ("Marsh Night", Appearance::Dark)
    );
    assert_eq!(dawn.appearance, Appearance::Light);
    assert_eq!(dawn.window_background, Some(WindowBackground::Blurred));
    let names: Vec<&str> = dawn.colours.keys().map(String::as_str).collect();
    assert_eq!(names, ["background", "editor.background", "vim.mode.text"]);
    assert_eq!(
        dawn.colours["editor.background"],
        Colour {
            red: 0x12,
            green: 0x34,
            blue: 0x56,
            alpha: 0x78
        }
    );
    let accents: Vec<String> = dawn.accents.iter().map(ToString::to_string).collect();
    assert_eq!(accents, ["#112233ff", "#445566ff"]);
    assert_eq!(dawn.players[0].selection.unwrap().to_string(), "#22222222");
    assert_eq!(dawn.players[0].background, None);
    assert_eq!(dawn.syntax["comment"].font_style, Some(FontStyle::Italic));
    assert_eq!(dawn.syntax["comment"].font_weight, None);
    assert_eq!(dawn.syntax["keyword"].font_weight, Some(700));
    assert_eq!(dawn.syntax["string.escape"].font_weight, Some(400));
}

#[test]
fn what_is_serialised_is_neutral() {
    let family = serde_json::to_value(&read(PATH, FAMILY).themes[0]).unwrap();
    assert_eq!(family["path"], PATH);
    let dawn = &family["themes"][0];
    assert_eq!(dawn["appearance"], "light");
    assert_eq!(dawn["colours"]["background"], "#ffffffff");
    assert_eq!(
        dawn["syntax"]["keyword"],
        serde_json::json!({"colour": "#444444ff", "background_colour": "#555555ff", "font_weight": 700})
    );
}

#[test]
fn each_mistake_of_a_style_is_a_warning_with_its_place() {
    let table: [(&str, &str); 11] = [
        (
            "\"text\": \"red\"",
            "line 2, column 9: `themes[0].style.text`: `red` is not a colour",
        ),
        (
            "\"text\": 7",
            "line 2, column 9: `themes[0].style.text` must be a string, not a number",
        ),
        (
            "\"txet\": \"#fff\"",
            "line 2, column 9: no colour is called `txet`",
        ),
        (
            "\"accents\": \"#fff\"",
            "line 2, column 12: `themes[0].style.accents` must be a list, not a string",
        ),
        (
            "\"accents\": [\"#ff\"]",
            "line 2, column 13: `themes[0].style.accents[0]`: `#ff` is not a colour",
        ),
        (
            "\"players\": [1]",
            "line 2, column 13: `themes[0].style.players[0]` must be a table, not a number",
        ),
        (
            "\"players\": [{\"curser\": \"#fff\"}]",
            "line 2, column 14: unknown key `themes[0].style.players[0].curser`",
        ),
        (
            "\"background.appearance\": \"clear\"",
            "line 2, column 26: `themes[0].style.background.appearance` is `clear`",
        ),
        (
            "\"syntax\": {\"a\": {\"font_style\": \"bold\"}}",
            "line 2, column 32: `themes[0].style.syntax.a.font_style` is `bold`",
        ),
        (
            "\"syntax\": {\"a\": {\"font_weight\": 1001}}",
            "line 2, column 33: `themes[0].style.syntax.a.font_weight` is not a whole number from 0 to 1000",
        ),
        (
            "\"text\": \"#fff\",\n\"text\": \"#000\"",
            "line 3, column 1: `themes[0].style.text` is there twice, and this one counts",
        ),
    ];
    for (members, expected) in table {
        let declarative = read(PATH, &style(members));
        assert_eq!(said(&declarative), [format!("warning `{PATH}` {expected}")]);
        assert_eq!(declarative.themes[0].themes.len(), 1, "{members}");
    }
    let twice = read(PATH, &style("\"text\": \"#fff\",\n\"text\": \"#000\""));
    assert_eq!(twice.themes[0].themes[0].colours["text"].red, 0);
}

#[test]
fn a_theme_that_cannot_be_used_takes_no_other_with_it() {
    let family = |first: &str| {
        format!(
            "{{\"name\": \"F\", \"themes\": [{first},\n{{\"name\": \"Good\", \"appearance\": \"dark\", \"style\": {{}}}}]}}"
        )
    };
    let table = [
        ("7", "column 26: `themes[0]` must be a table, not a number"),
        (
            "{\"appearance\": \"dark\", \"style\": {}}",
            "column 26: `themes[0].name` is missing",
        ),
        (
            "{\"name\": \"\", \"appearance\": \"dark\", \"style\": {}}",
            "column 35: `themes[0].name` is empty",
        ),
        (
            "{\"name\": \"A\", \"style\": {}}",
            "column 26: `themes[0].appearance` is missing",
        ),
        (
            "{\"name\": \"A\", \"appearance\": \"Dark\", \"style\": {}}",
            "column 54: `themes[0].appearance` is `Dark`",
        ),
        (
            "{\"name\": \"A\", \"appearance\": [], \"style\": {}}",
            "column 54: `themes[0].appearance` must be a string, not a list",
        ),
    ];
    for (first, expected) in table {
        let declarative = read(PATH, &family(first));
        assert_eq!(
            said(&declarative),
            [format!("error `{PATH}` line 1, {expected}")]
        );
        let names: Vec<&str> = declarative.themes[0]
            .themes
            .iter()
            .map(|theme| theme.name.as_str())
            .collect();
        assert_eq!(names, ["Good"]);
    }
    let hint = read(PATH, &family(table[4].0)).findings[0].hint.clone();
    assert_eq!(hint.as_deref(), Some("write one of `light`, `dark`"));
}

#[test]
fn a_file_that_cannot_be_used_takes_no_other_with_it() {
    let sample = Sample::new(&[
        ("themes/a.json", "{\n  \"name\": \"A\",\n  \"themes\": [\n}"),
        ("themes/b.json", FAMILY),
        ("themes/c.json", "{\"themes\": []}"),
        ("themes/d.json", "{\"name\": \"D\"}"),
        ("themes/e.json", "[]"),
        ("themes/f.json", ""),
    ]);
    let declarative = sample.read();
    assert_eq!(
        said(&declarative),
        [
            "error `themes/a.json` line 4, column 1: this is not JSON: unexpected close brace",
            "error `themes/c.json` line 1, column 1: `name` is missing",
            "error `themes/d.json` line 1, column 1: `themes` is missing",
            "error `themes/e.json` line 1, column 1: the whole file must be a table, not a list",
            "error `themes/f.json` line 1, column 1: this is not JSON: it is empty",
        ]
    );
    assert!(declarative.has_errors());
    assert_eq!(declarative.themes.len(), 1);
    assert_eq!(declarative.findings[0].kind, FindingKind::Syntax);
    assert_eq!(declarative.findings[0].severity, Severity::Error);
}

#[test]
fn the_first_of_two_themes_of_one_name_keeps_it() {
    let one = "{\"name\": \"F\", \"themes\": [{\"name\": \"T\", \"appearance\": \"dark\", \"style\": {}}]}";
    let two = one.replace("dark", "light");
    let sample = Sample::new(&[("themes/a.json", one), ("themes/b.json", &two)]);
    let declarative = sample.read();
    assert_eq!(
        said(&declarative),
        [
            "warning `themes/b.json`: there is another theme `T` before this one, so this one is left out"
        ]
    );
    assert_eq!(declarative.themes[0].themes[0].appearance, Appearance::Dark);
    assert!(declarative.themes[1].themes.is_empty());
}

#[test]
fn a_mark_at_the_beginning_is_no_part_of_the_text() {
    let text = format!("\u{feff}{}", style("\"text\": \"red\""));
    assert_findings(
        PATH,
        &text,
        &[
            "warning `themes/marsh.json` line 2, column 9: `themes[0].style.text`: `red` is not a colour",
        ],
    );
}
