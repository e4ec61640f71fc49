//! Files that mean harm: they are refused by name, and quickly.

use annexe::declarative::{Declarative, FindingKind};

use crate::{Sample, read, said};

const PATH: &str = "themes/a.json";

fn only(declarative: &Declarative) -> (FindingKind, &str) {
    assert_eq!(declarative.findings.len(), 1, "{:?}", declarative.findings);
    let finding = &declarative.findings[0];
    (finding.kind, &finding.problem)
}

#[test]
fn deep_nesting_is_refused() {
    for text in ["[".repeat(1_000_000), "{\"a\":".repeat(500_000)] {
        let declarative = read(PATH, &text);
        assert_eq!(
            only(&declarative),
            (
                FindingKind::Syntax,
                "this is not JSON: maximum nesting depth exceeded"
            )
        );
    }
    let deep = format!(
        "name = \"A\"\nx = {}{}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let declarative = read("languages/a/config.toml", &deep);
    assert_eq!(only(&declarative).0, FindingKind::Syntax);
    // Balanced, so it is a query; nothing follows the depth.
    let query = format!("{}{}", "(".repeat(1_000_000), ")".repeat(1_000_000));
    let sample = Sample::new(&[
        ("languages/a/config.toml", "name = \"A\"\n"),
        ("languages/a/outline.scm", &query),
    ]);
    assert_eq!(sample.findings(), [""; 0]);
}

#[test]
fn numbers_of_any_size_are_read() {
    let text = format!(
        "{{\"name\": \"F\", \"themes\": [{{\"name\": \"T\", \"appearance\": \"dark\", \"style\": {{\"syntax\": {{\
         \"a\": {{\"font_weight\": 1e400}}, \"b\": {{\"font_weight\": {}}}, \"c\": {{\"font_weight\": -0.5}}}}}}}}]}}",
        "9".repeat(1000)
    );
    let declarative = read(PATH, &text);
    assert_eq!(declarative.findings.len(), 3);
    assert_eq!(declarative.themes[0].themes[0].syntax.len(), 3);
    let config = "name = \"A\"\ntab_size = 99999999999999999999\nx = 0xffffffffffffffffff\ny = 1e999\nz = nan\n";
    let declarative = read("languages/a/config.toml", config);
    assert!(!declarative.findings.is_empty());
}

#[test]
fn text_that_is_not_utf_8_is_named_with_its_place() {
    let sample = Sample::new(&[]);
    sample.write(PATH, b"{\n \"name\": \"\xff\"}");
    let declarative = sample.read();
    assert_eq!(
        said(&declarative),
        ["error `themes/a.json` line 2, column 11: the text is not UTF-8"]
    );
}

#[test]
fn a_hundred_thousand_mistakes_are_not_listed_one_by_one() {
    let members: Vec<String> = (0..100_000)
        .map(|number| format!("\"{number}\": {number}"))
        .collect();
    let text = format!(
        "{{\"name\": \"F\", \"themes\": [{{\"name\": \"T\", \"appearance\": \"dark\", \"style\": {{{}}}}}]}}",
        members.join(",")
    );
    let declarative = read(PATH, &text);
    assert_eq!(declarative.findings.len(), Declarative::MAX_FINDINGS + 1);
    assert!(!declarative.has_errors());
    assert_eq!(declarative.findings.last().unwrap().kind, FindingKind::More);
    assert_eq!(declarative.themes[0].themes.len(), 1);
}

#[test]
fn what_is_too_large_is_not_read() {
    let sample = Sample::new(&[]);
    let size = usize::try_from(Declarative::MAX_FILE_BYTES).unwrap();
    sample.write(PATH, vec![b' '; size + 1]);
    assert_eq!(
        only(&sample.read()),
        (FindingKind::TooLarge, "it is larger than 4194304 bytes")
    );
    sample.write(PATH, vec![b' '; size]);
    assert_eq!(
        only(&sample.read()),
        (FindingKind::Syntax, "this is not JSON: it is empty")
    );
}

#[test]
fn one_file_named_a_hundred_times_is_read_once() {
    let paths = "\"themes/a.json\", ".repeat(100);
    let sample = Sample::new(&[(PATH, "{\"name\": \"F\", \"themes\": []}")])
        .manifest(&format!("themes = [{paths}]\n"));
    let declarative = sample.read();
    assert_eq!(declarative.themes.len(), 1);
    assert_eq!(declarative.findings.len(), 99);
    assert_eq!(declarative.findings[0].kind, FindingKind::NamedTwice);
}

#[test]
fn a_regular_expression_that_would_grow_without_end_is_refused() {
    let config = "name = \"A\"\nfirst_line_pattern = '((\\w{500}){500}){500}'\n";
    let declarative = read("languages/a/config.toml", config);
    let (kind, problem) = only(&declarative);
    assert_eq!(kind, FindingKind::TooLarge);
    assert!(problem.contains("size limit"), "{problem}");
    // Large, but not too large for any reader of this file.
    let config = "name = \"A\"\nfirst_line_pattern = '^[\\p{L}\\w]{1,60}\\w*$'\n";
    assert_eq!(read("languages/a/config.toml", config).findings, []);
}

/// What is repeated for each of a hundred thousand values, were it written out each time.
const LONG: usize = 1 << 20;

#[test]
fn a_long_key_over_many_others_costs_no_more_than_the_file() {
    let long = "k".repeat(LONG);
    let many: Vec<String> = (0..150_000).map(|key| format!("\"{key}\":1")).collect();
    let many = many.join(",");
    let theme = format!(
        "{{\"name\": \"F\", \"themes\": [{{\"name\": \"T\", \"appearance\": \"dark\", \"style\": \
         {{\"syntax\": {{\"{long}\": {{{many}}}}}}}}}]}}"
    );
    let declarative = read(PATH, &theme);
    assert_eq!(declarative.findings.len(), Declarative::MAX_FINDINGS + 1);
    for finding in &declarative.findings {
        assert!(finding.problem.len() < 1_010, "{}", finding.problem.len());
    }

    let snippets = format!("{{\"{long}\": {{\"prefix\": \"a\", \"body\": \"b\", {many}}}}}");
    let sample = Sample::new(&[("snippets/a.json", &snippets)])
        .manifest("snippets = [\"snippets/a.json\"]\n");
    let declarative = sample.read();
    assert_eq!(declarative.findings.len(), Declarative::MAX_FINDINGS + 1);

    let items = "\"a\",".repeat(300_000);
    let config = format!("name = \"A\"\n[overrides.\"{long}\"]\nword_characters = [{items}]\n");
    let declarative = read("languages/a/config.toml", &config);
    assert_eq!(declarative.languages.len(), 1);

    let config = format!("name = \"A\"\n[\"{long}\"]\nx = 1\n");
    let declarative = read("languages/a/config.toml", &config);
    assert!(declarative.languages[0].rest.is_empty());
    assert_eq!(declarative.findings.len(), 1);
}

#[test]
fn many_warnings_hide_no_error() {
    let colours: Vec<String> = (0..2 * Declarative::MAX_FINDINGS)
        .map(|number| format!("\"c{number}\": \"no colour\""))
        .collect();
    let text = format!(
        "{{\"name\": \"F\", \"themes\": [{{\"name\": \"T\", \"appearance\": \"dark\", \"style\": {{{}}}}},\n{{\"name\": \"U\"}}]}}",
        colours.join(",")
    );
    let declarative = read(PATH, &text);
    let errors: Vec<_> = declarative.errors().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        ["`themes/a.json` line 2, column 1: `themes[1].appearance` is missing"]
    );
}

#[test]
fn findings_cannot_steer_a_terminal() {
    let text = "{\"name\": \"F\", \"\\u001b[2J\": 1, \"themes\": [{\"name\": \"T\", \"appearance\": \"\\u202edark\"}]}";
    for finding in read(PATH, text).findings {
        let shown = format!("{finding}{:?}", finding.hint);
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_refused_wherever_they_lead() {
    use std::os::unix::fs::symlink;

    let outside = tempfile::tempdir().unwrap();
    std::fs::write(
        outside.path().join("a.json"),
        "{\"name\": \"F\", \"themes\": []}",
    )
    .unwrap();
    std::fs::write(outside.path().join("highlights.scm"), "(").unwrap();
    let sample = Sample::new(&[("languages/a/config.toml", "name = \"A\"\n")])
        .manifest("themes = [\"themes/a.json\", \"out/a.json\", \"pipe.json\"]\n");
    std::fs::create_dir(sample.path().join("themes")).unwrap();
    symlink(
        outside.path().join("a.json"),
        sample.path().join("themes/a.json"),
    )
    .unwrap();
    symlink(outside.path(), sample.path().join("out")).unwrap();
    symlink(
        outside.path().join("highlights.scm"),
        sample.path().join("languages/a/highlights.scm"),
    )
    .unwrap();
    let pipe = std::process::Command::new("mkfifo")
        .arg(sample.path().join("pipe.json"))
        .status();
    assert!(pipe.unwrap().success());
    let declarative = sample.read();
    assert_eq!(
        said(&declarative),
        [
            "error `themes/a.json`: it is a link, or lies behind one",
            "error `out/a.json`: it is a link, or lies behind one",
            "error `pipe.json`: it is not a plain file",
        ]
    );
    assert!(declarative.themes.is_empty());
    assert!(declarative.languages[0].queries.is_empty());
}
