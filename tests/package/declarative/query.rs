//! Query files.

use annexe::declarative::QueryKind;

use super::{Sample, said};

fn sample(files: &[(&str, &str)]) -> Sample {
    let sample = Sample::new(&[("languages/a/config.toml", "name = \"A\"\n")]);
    for (name, text) in files {
        sample.write(&format!("languages/a/{name}"), text);
    }
    sample
}

#[test]
fn the_kind_is_what_the_name_begins_with() {
    let names: Vec<String> = QueryKind::ALL
        .iter()
        .map(|kind| format!("{kind}.scm"))
        .collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "(a) @b")).collect();
    let declarative = sample(&files).read();
    assert_eq!(said(&declarative), [""; 0]);
    let mut kinds: Vec<QueryKind> = declarative.languages[0]
        .queries
        .iter()
        .map(|query| query.kind)
        .collect();
    kinds.sort();
    assert_eq!(kinds, QueryKind::ALL);
}

#[test]
fn a_query_that_does_not_balance_is_lost_alone() {
    let declarative = sample(&[
        ("brackets.scm", "(\"(\" @open \")\" @close)"),
        ("highlights.scm", "; é\n(a) @b\n(c [\"d\") @e\n"),
        ("indents.scm", "(a)\n\"text\n"),
        ("outline.scm", "(a) @b)"),
    ])
    .read();
    assert_eq!(
        said(&declarative),
        [
            "error `languages/a/highlights.scm` line 3, column 8: `)` cannot close `[`",
            "error `languages/a/indents.scm` line 2, column 1: this text has no end on its line",
            "error `languages/a/outline.scm` line 1, column 7: nothing opens this `)`",
        ]
    );
    let queries = &declarative.languages[0].queries;
    assert_eq!(queries.len(), 1);
    assert_eq!(queries[0].path.as_str(), "languages/a/brackets.scm");
}

#[test]
fn a_query_that_nothing_reads_is_named() {
    let declarative = sample(&[
        ("highlight.scm", ""),
        ("locals.scm", ""),
        ("notes.txt", "("),
    ])
    .read();
    let expected = "no query has a name that begins like this";
    assert_eq!(
        said(&declarative),
        [
            format!("warning `languages/a/highlight.scm`: {expected}"),
            format!("warning `languages/a/locals.scm`: {expected}"),
        ]
    );
    let hint = declarative.findings[0].hint.as_deref();
    assert_eq!(hint, Some("did you mean `highlights.scm`?"));
}
