//! No component: a light and a dark theme.

use std::sync::Arc;

use annexe::delegate::NoDelegate;
use serde_json::Value;

use crate::sample;

/// The theme family, from the extension as it is installed.
async fn family() -> Value {
    let folder = tempfile::tempdir().unwrap();
    let store = sample::store(folder.path(), Arc::new(NoDelegate));
    sample::install(&store, "paper-theme", "*").await.unwrap();
    let id = "paper-theme".parse().unwrap();
    let installed = store.installed(&id).unwrap();
    assert_eq!(installed.api, None);
    let manifest = store.manifest(&id).unwrap().manifest;
    let themes: Vec<_> = manifest.themes.iter().map(ToString::to_string).collect();
    assert_eq!(themes, ["themes/paper.json"]);
    let file = store.tree(&installed).join(&themes[0]);
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn themes(family: &Value) -> &Vec<Value> {
    family["themes"].as_array().unwrap()
}

/// Red, green, blue and opacity of a colour that is written `#rrggbbaa`.
fn colour(value: &Value) -> [u8; 4] {
    let text = value.as_str().unwrap();
    let digits = text.strip_prefix('#').unwrap();
    assert_eq!(digits.len(), 8, "{text}");
    u32::from_str_radix(digits, 16).unwrap().to_be_bytes()
}

/// How far two opaque colours differ in lightness, from 1 to 21, as the guidelines for accessible
/// web content define it.
fn contrast(one: &Value, other: &Value) -> f64 {
    let luminance = |value: &Value| {
        let [red, green, blue, opacity] = colour(value);
        assert_eq!(opacity, 255, "{value}");
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[tokio::test]
async fn it_has_a_light_and_a_dark_theme() {
    let family = family().await;
    assert_eq!(family["name"], "Paper");
    assert_eq!(family["author"], "The Annexe authors");
    let names: Vec<_> = themes(&family)
        .iter()
        .map(|theme| {
            (
                theme["name"].as_str().unwrap(),
                theme["appearance"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(names, [("Paper Light", "light"), ("Paper Dark", "dark")]);
    let keys = |theme: &Value| -> Vec<String> {
        let style = theme["style"].as_object().unwrap();
        style.keys().cloned().collect()
    };
    let [light, dark] = themes(&family).as_slice() else {
        panic!("more than two themes");
    };
    assert_eq!(keys(light), keys(dark));
}

#[tokio::test]
async fn every_colour_is_written_in_full() {
    for theme in themes(&family().await) {
        for (key, value) in theme["style"].as_object().unwrap() {
            match key.as_str() {
                "background.appearance" => assert_eq!(value, "opaque"),
                "accents" => value.as_array().unwrap().iter().for_each(|accent| {
                    colour(accent);
                }),
                "players" => {
                    let players = value.as_array().unwrap();
                    assert_eq!(players.len(), 8);
                    for player in players {
                        let [_, _, _, opacity] = colour(&player["selection"]);
                        assert!(opacity < 128, "{player}");
                        assert_eq!(colour(&player["cursor"]), colour(&player["background"]));
                    }
                }
                "syntax" => {
                    let captures = value.as_object().unwrap();
                    assert!(captures.len() >= 35, "{}", captures.len());
                    for (capture, style) in captures {
                        colour(&style["color"]);
                        let slant = &style["font_style"];
                        assert!(slant.is_null() || slant == "italic", "{capture}");
                        let weight = &style["font_weight"];
                        let is_weight = |weight| (100..=900).contains(&weight);
                        assert!(
                            weight.is_null() || weight.as_u64().is_some_and(is_weight),
                            "{capture}"
                        );
                    }
                }
                _ => {
                    colour(value);
                }
            }
        }
    }
}

#[tokio::test]
async fn no_usual_key_is_missing() {
    let family = family().await;
    for theme in themes(&family) {
        let style = theme["style"].as_object().unwrap();
        let has = |key: &str| assert!(style.contains_key(key), "{}: {key}", theme["name"]);
        for key in [
            "background",
            "surface.background",
            "elevated_surface.background",
            "border",
            "border.variant",
            "border.focused",
            "text",
            "text.muted",
            "text.accent",
            "icon",
            "element.hover",
            "ghost_element.selected",
            "status_bar.background",
            "title_bar.background",
            "tab.active_background",
            "tab.inactive_background",
            "panel.background",
            "search.match_background",
            "scrollbar.thumb.background",
            "editor.background",
            "editor.foreground",
            "editor.line_number",
            "editor.active_line_number",
            "editor.active_line.background",
            "editor.indent_guide",
            "terminal.background",
            "terminal.foreground",
            "link_text.hover",
            "version_control.added",
            "version_control.modified",
            "version_control.deleted",
        ] {
            has(key);
        }
        for colour in [
            "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
        ] {
            for shade in ["", "bright_", "dim_"] {
                has(&format!("terminal.ansi.{shade}{colour}"));
            }
        }
        for status in [
            "conflict",
            "created",
            "deleted",
            "error",
            "hidden",
            "hint",
            "ignored",
            "info",
            "modified",
            "predictive",
            "renamed",
            "success",
            "unreachable",
            "warning",
        ] {
            for part in ["", ".background", ".border"] {
                has(&format!("{status}{part}"));
            }
        }
    }
}

#[tokio::test]
async fn text_and_code_are_readable() {
    for theme in themes(&family().await) {
        let style = &theme["style"];
        let page = &style["editor.background"];
        let is_dark = theme["appearance"] == "dark";
        let [red, ..] = colour(page);
        assert_eq!(red < 128, is_dark, "{}", theme["name"]);
        let mut shown: Vec<_> = ["text", "text.muted", "text.accent", "editor.foreground"]
            .into_iter()
            .chain(["error", "warning", "info", "success", "hint", "modified"])
            .map(|key| (key, &style[key]))
            .collect();
        let captures = style["syntax"].as_object().unwrap();
        shown.extend(
            captures
                .iter()
                .map(|(name, style)| (name.as_str(), &style["color"])),
        );
        for (key, colour) in shown {
            let contrast = contrast(colour, page);
            assert!(contrast >= 4.5, "{}: {key} {contrast:.2}", theme["name"]);
        }
        for ground in ["background", "surface.background", "panel.background"] {
            let contrast = contrast(&style["text.muted"], &style[ground]);
            assert!(contrast >= 4.5, "{}: {ground} {contrast:.2}", theme["name"]);
        }
    }
}
