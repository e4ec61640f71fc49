//! The list of errors in `src/error.rs` has every public one of the library: what is not in it has no hint that is
//! shown, and does not become an `annexe::Error`.

use super::{
    paths::{code, is_of_word, words},
    sources,
};

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

/// The names of the error types that a file defines: the public ones whose `Error` is derived, and those whose is
/// written out.
fn defined(text: &str) -> Vec<String> {
    let code = code(text);
    let mut found = Vec::new();
    let mut is_derived = false;
    for (start, word) in words(&code) {
        let (before, after) = (&code[..start], &code[start + word.len()..]);
        match word {
            "derive" => {
                let (list, _) = after.split_once(')').unwrap_or((after, ""));
                let mut traits = list.trim_start_matches('(').split(',').map(last);
                is_derived |= traits.any(|it| it == "Error");
            }
            "enum" | "struct" | "union" => {
                let is_public = before.trim_end().ends_with("pub");
                if std::mem::take(&mut is_derived) && is_public {
                    found.push(last(after).to_owned());
                }
            }
            "impl" => found.extend(written_out(after)),
            _ => {}
        }
    }
    found
}

/// The type that an implementation is for, if it is one of an `Error`, under whatever name that was imported.
fn written_out(after_impl: &str) -> Option<String> {
    let (head, _) = after_impl.split_once('{')?;
    let (of, target) = head.split_once(" for ")?;
    let is_error = of.trim_end().ends_with("Error");
    is_error.then(|| last(target).to_owned())
}

/// The last name of the path at the start of a text.
fn last(text: &str) -> &str {
    let path = text.trim_start();
    let end = path.find(|letter| !is_of_word(letter) && letter != ':');
    let path = path[..end.unwrap_or(path.len())].trim_end_matches(':');
    path.rsplit("::").next().unwrap_or(path)
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
                #[derive(Debug)]\npub struct Other;\nimpl std::error::Error for Two {}\n\
                #[derive(Error, Debug)]\n#[non_exhaustive]\npub enum Three<'a> {}\n\
                #[derive(\n    Debug,\n    thiserror::Error,\n)]\npub enum Four {}\n\
                impl StdError for Five {}\nimpl<T: Into<u8>> Error for six::Six<T> {}\n\
                mod inner {\n    #[derive(Debug, Error)]\n    pub struct Seven;\n}\n\
                #[derive(Error)]\npub(crate) struct Eight;\nimpl From<Error> for Nine {}\n\
                impl fmt::Display for One {}\n// #[derive(Error)]\npub struct Ten;";
    let names = ["One", "Two", "Three", "Four", "Five", "Six", "Seven"];
    assert_eq!(defined(text), names);
}
