//! Files that end too early, and files with one byte that is another: nothing panics, and what is
//! wrong is always said.

use annexe::declarative::Declarative;

use super::{Sample, icon_theme, language, snippet, theme};

/// Reads the extension again and again, with each beginning of one of its files.
fn each_prefix(sample: &Sample, path: &str, text: &str, is_whole: impl Fn(&Declarative) -> bool) {
    assert!(is_whole(&sample.read()), "the whole file is read");
    let manifest = sample.loaded();
    for end in 0..text.trim_end().len() {
        sample.write(path, &text.as_bytes()[..end]);
        let declarative = Declarative::read(sample.path(), &manifest);
        let is_said = is_whole(&declarative) || !declarative.findings.is_empty();
        assert!(is_said, "what is lost at byte {end} is said");
    }
}

/// Reads the extension again and again, each time with one byte of one of its files replaced; every
/// fifth byte has its turn.
fn each_byte(sample: &Sample, path: &str, text: &str) {
    let manifest = sample.loaded();
    for (at, replacement) in (0..text.len())
        .step_by(5)
        .zip(b"\"{}[],:\\#0\0\xff\n/(".iter().cycle())
    {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] = *replacement;
        sample.write(path, bytes);
        let declarative = Declarative::read(sample.path(), &manifest);
        assert!(declarative.findings.len() <= Declarative::MAX_FINDINGS + 1);
    }
}

#[test]
fn themes() {
    let path = "themes/marsh.json";
    let sample = Sample::new(&[(path, theme::FAMILY)]);
    each_prefix(&sample, path, theme::FAMILY, |it| !it.themes.is_empty());
    each_byte(&sample, path, theme::FAMILY);
}

#[test]
fn icon_themes() {
    let path = "icon_themes/dots.json";
    let sample = icon_theme::sample(icon_theme::FAMILY);
    each_prefix(&sample, path, icon_theme::FAMILY, |it| {
        !it.icon_themes.is_empty()
    });
    each_byte(&sample, path, icon_theme::FAMILY);
}

#[test]
fn languages() {
    let path = "languages/marsh/config.toml";
    let sample = language::sample(language::CONFIG);
    each_prefix(&sample, path, language::CONFIG, |it| {
        !it.languages.is_empty()
    });
    each_byte(&sample, path, language::CONFIG);
}

#[test]
fn snippets() {
    let path = "snippets/markdown.json";
    let sample = snippet::sample(snippet::FILE);
    each_prefix(&sample, path, snippet::FILE, |it| !it.snippets.is_empty());
    each_byte(&sample, path, snippet::FILE);
}

#[test]
fn queries() {
    let text = "; é\n((a) @b (#eq? @b \"c\\\"\"))\n[\"(\" \")\"] @d\n";
    let path = "languages/a/outline.scm";
    let sample = Sample::new(&[("languages/a/config.toml", "name = \"A\"\n"), (path, text)]);
    each_prefix(&sample, path, text, |it| {
        !it.languages[0].queries.is_empty()
    });
    each_byte(&sample, path, text);
}
