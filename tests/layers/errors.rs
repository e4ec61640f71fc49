//! The list of errors in `src/error.rs` has every public one of the library: what is not in it has no hint that is
//! shown, and does not become an `annexe::Error`.

use super::sources;

/// Errors that are public to their wing alone: a guest, or another error, has their words.
const INNER: &[&str] = &[
    "ClientError",
    "DownloadError",
    "GithubError",
    "NodeError",
    "ProcessError",
    "RequestError",
    "ServiceError",
    "TaskError",
];

/// The names of the public error types that a file defines.
fn defined(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_derived = false;
    for line in text.lines() {
        if line.starts_with("#[derive(") {
            is_derived = line.contains("thiserror::Error") || line.contains(", Error)");
        }
        let written_out = line
            .strip_prefix("impl std::error::Error for ")
            .map(|rest| name(rest).to_owned());
        let derived = ["pub enum ", "pub struct "]
            .iter()
            .find_map(|start| line.strip_prefix(start))
            .filter(|_| std::mem::take(&mut is_derived))
            .map(|rest| name(rest).to_owned());
        found.extend(written_out.or(derived));
    }
    found
}

fn name(rest: &str) -> &str {
    let end = rest.find(|letter: char| !letter.is_alphanumeric());
    &rest[..end.unwrap_or(rest.len())]
}

/// The names in the list.
fn listed(text: &str) -> Vec<String> {
    let (_, list) = text.split_once("\nerrors! {\n").unwrap();
    let (list, _) = list.split_once("\n}").unwrap();
    list.lines()
        .map(|line| line.trim().trim_end_matches(','))
        .filter(|line| !line.starts_with("#["))
        .map(|line| {
            line.rsplit_once("::")
                .map_or(line, |(_, name)| name)
                .to_owned()
        })
        // It has another name outside.
        .map(|name| {
            if name == "FileError" {
                "Error".into()
            } else {
                name
            }
        })
        .collect()
}

#[test]
fn every_public_error_is_in_the_list() {
    let sources = sources();
    let mut defined: Vec<String> = sources
        .iter()
        .filter(|it| it.module[0] != "cli" && it.module[0] != "error")
        .flat_map(|it| defined(&it.text))
        .filter(|name| !INNER.contains(&name.as_str()))
        .collect();
    let list = sources
        .iter()
        .find(|it| it.file.ends_with("error.rs") && it.module.len() == 1);
    let mut listed = listed(&list.unwrap().text);
    defined.sort();
    listed.sort();
    assert_eq!(defined, listed);
}

#[test]
fn error_types_are_found_in_a_text() {
    let text = "#[derive(Debug, thiserror::Error)]\n#[error(\"no\")]\npub struct One;\n\
                #[derive(Debug)]\npub struct Other;\nimpl std::error::Error for Two {}\n";
    assert_eq!(defined(text), ["One", "Two"]);
}
