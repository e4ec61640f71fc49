//! Snippets.

use crate::{Sample, said};

/// A file with one of everything.
pub const FILE: &str = r#"{
  // The format of VS Code.
  "Link": {
    "prefix": ["link", "a"],
    "body": "[${1:text}](${2:url})$0",
    "description": "A link",
  },
  "Fence": {
    "prefix": "fence",
    "body": ["```${1|rust,toml|}", "$0", "```"],
    "description": ["A block", "of code"],
    "scope": "markdown"
  },
  "Bare": {"body": "${TM_FILENAME/(.*)\\..+$/$1/} \\${"}
}"#;

const PATH: &str = "snippets/markdown.json";

pub fn sample(text: &str) -> Sample {
    Sample::new(&[(PATH, text)]).manifest("snippets = [\"./snippets/markdown.json\"]\n")
}

#[test]
fn a_file_is_read_with_all_it_says() {
    let declarative = sample(FILE).read();
    assert_eq!(
        said(&declarative),
        [format!(
            "warning `{PATH}` line 14, column 11: `Bare.prefix` is missing"
        )]
    );
    let file = &declarative.snippets[0];
    assert_eq!(file.language.as_deref(), Some("markdown"));
    let [bare, fence, link] = &file.snippets[..] else {
        panic!("{file:?}")
    };
    assert_eq!(
        (bare.name.as_str(), &bare.prefixes[..]),
        ("Bare", &["Bare".to_owned()][..])
    );
    assert_eq!(bare.body, "${TM_FILENAME/(.*)\\..+$/$1/} \\${");
    assert_eq!(fence.body, "```${1|rust,toml|}\n$0\n```");
    assert_eq!(fence.description.as_deref(), Some("A block\nof code"));
    assert_eq!(link.prefixes, ["link", "a"]);
}

#[test]
fn the_file_called_snippets_is_for_every_language() {
    let sample = Sample::new(&[(
        "snippets.json",
        "{\"A\": {\"prefix\": \"a\", \"body\": \"b\"}}",
    )]);
    let declarative = sample.read();
    assert_eq!(said(&declarative), [""; 0]);
    assert_eq!(declarative.snippets[0].language, None);
    assert_eq!(declarative.snippets[0].snippets.len(), 1);
}

#[test]
fn a_snippet_that_cannot_be_used_is_lost_alone() {
    let table = [
        ("{\"prefix\": \"a\"}", "column 1: `A.body` is missing"),
        (
            "{\"prefix\": \"a\", \"body\": 1}",
            "column 25: `A.body` must be a string, not a number",
        ),
        (
            "{\"prefix\": \"a\", \"body\": [\"x\", 1]}",
            "column 31: `A.body[1]` must be a string, not a number",
        ),
        ("\"x\"", "column 1: `A` must be a table, not a string"),
    ];
    for (snippet, expected) in table {
        let text = format!("{{\"A\":\n{snippet},\n\"B\": {{\"prefix\": \"b\", \"body\": \"b\"}}}}");
        let declarative = sample(&text).read();
        assert_eq!(
            said(&declarative),
            [format!("error `{PATH}` line 2, {expected}")]
        );
        assert_eq!(declarative.snippets[0].snippets.len(), 1);
    }
}

#[test]
fn a_body_that_looks_like_a_slip_is_named_and_kept_as_it_is() {
    let table = [
        ("[]", "", "`A.body` is empty"),
        ("\"x ${1:y\"", "x ${1:y", "`A.body`: nothing closes `${1:y`"),
    ];
    for (body, kept, expected) in table {
        let text = format!("{{\"A\": {{\"prefix\": \"a\", \"body\":\n{body}}}}}");
        let declarative = sample(&text).read();
        assert_eq!(
            said(&declarative),
            [format!("warning `{PATH}` line 2, column 1: {expected}")]
        );
        assert_eq!(declarative.snippets[0].snippets[0].body, kept);
    }
}

#[test]
fn a_prefix_that_cannot_be_typed_is_named_and_the_name_stands_for_it() {
    for (prefix, expected) in [
        ("\"\"", "`A.prefix` is empty"),
        ("[\" \"]", "`A.prefix` is empty"),
        ("7", "`A.prefix` must be a string, not a number"),
    ] {
        let text = format!("{{\"A\": {{\"prefix\":\n{prefix}, \"body\": \"b\"}}}}");
        let declarative = sample(&text).read();
        assert_eq!(
            said(&declarative),
            [format!("warning `{PATH}` line 2, column 1: {expected}")]
        );
        assert_eq!(declarative.snippets[0].snippets[0].prefixes, ["A"]);
    }
}
