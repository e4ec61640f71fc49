//! Ids and names that registries take, and the names that are made from an id.
//!
//! Zed's registry refuses some ids that are valid, and some names: what is refused there is not made
//! here. <https://zed.dev/docs/extensions/developing-extensions> has its rules.

use annexe::types::ExtensionId;

use crate::cli::failure::Complaint;

/// The word that neither an id nor a name may have.
const WORD: &str = "extension";

/// The name of the editor, which no id may begin or end with, nor any name.
const EDITOR: &str = "zed";

/// How the names of language servers end.
const SERVERS: [&str; 4] = ["-language-server", "-server", "-lsp", "-ls"];

/// Reads the id of a new extension. `written` says how to ask for another one.
///
/// # Errors
/// Where it is not an id, or one that a registry refuses; the nearest good one is offered.
pub fn id(text: &str, written: impl Fn(&str) -> String) -> Result<ExtensionId, Complaint> {
    let problem = match text.parse::<ExtensionId>() {
        Err(error) => error.to_string(),
        Ok(id) => match refused(text) {
            None => return Ok(id),
            Some(problem) => format!("registries refuse the id `{text}`: {problem}"),
        },
    };
    let hint = match nearest(text) {
        Some(id) => format!("try `{}`", written(&id)),
        None => format!(
            "give one of lower-case letters, digits and `-`: `{}`",
            written("<ID>")
        ),
    };
    Err(Complaint::usage(problem).with_hint(hint))
}

/// Why a registry refuses an id, if it does.
fn refused(id: &str) -> Option<String> {
    if id.contains('_') {
        Some("it contains `_`".into())
    } else if id.contains(WORD) {
        Some(format!("it contains `{WORD}`"))
    } else if without_prefix(id).is_some() {
        Some(format!("it starts with `{EDITOR}-`"))
    } else if without_suffix(id).is_some() {
        Some(format!("it ends with `-{EDITOR}`"))
    } else {
        None
    }
}

/// The id that looks most like `text`, and that registries take; `None` where nothing is left of it.
fn nearest(text: &str) -> Option<String> {
    let mut id: String = text.to_ascii_lowercase();
    loop {
        // One dash stands for any run of what an id cannot hold.
        let words = id.split(|character: char| !character.is_ascii_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let tidy = words.join("-");
        let tidy = tidy.get(..ExtensionId::MAX_LENGTH).unwrap_or(&tidy);
        let kept = tidy.replace(WORD, "-");
        let kept = without_prefix(&kept).unwrap_or(&kept);
        let kept = without_suffix(kept).unwrap_or(kept);
        if kept == id {
            break;
        }
        id = kept.to_owned();
    }
    (id.parse::<ExtensionId>().is_ok() && refused(&id).is_none()).then_some(id)
}

fn without_prefix(id: &str) -> Option<&str> {
    id.strip_prefix(EDITOR)?.strip_prefix('-')
}

fn without_suffix(id: &str) -> Option<&str> {
    id.strip_suffix(EDITOR)?.strip_suffix('-')
}

/// Reads the name that people know an extension by.
pub fn name(text: &str) -> Result<String, String> {
    let lower = text.to_lowercase();
    let mut words = lower.split_whitespace();
    let first = words.next();
    if first.is_none() {
        return Err("it is empty".into());
    }
    let last = words.next_back();
    if last.is_some() && [first, last].contains(&Some(EDITOR)) {
        return Err("registries refuse names that start or end with `Zed`".into());
    }
    if lower.contains(WORD) {
        return Err(format!("registries refuse names that contain `{WORD}`"));
    }
    Ok(text.trim().to_owned())
}

/// A name made from an id: `markdown-outline` is `Markdown Outline`.
pub fn title(id: &str) -> String {
    words(id).join(" ")
}

/// The name of the Rust type that is the extension.
pub fn type_name(id: &str) -> String {
    let name = words(id).concat();
    match name.starts_with(|first: char| first.is_ascii_digit()) {
        true => format!("Extension{name}"),
        false => format!("{name}Extension"),
    }
}

/// The name of the cargo package, whose dependencies have the names `taken`: the id, where it can be
/// one. It need not be one that other packages can import: none does.
pub fn package(id: &str, taken: &[&str]) -> String {
    let is_number = id.starts_with(|first: char| first.is_ascii_digit());
    if is_number || taken.contains(&id) {
        format!("{WORD}-{id}")
    } else {
        id.to_owned()
    }
}

/// The name of the language server that an extension starts, as it would be customary.
pub fn server(id: &str) -> String {
    match language(id) == id {
        true => format!("{id}{}", SERVERS[0]),
        false => id.to_owned(),
    }
}

/// The name, in an id's letters, of the language that the server is for.
pub fn language(id: &str) -> &str {
    SERVERS
        .iter()
        .find_map(|end| id.strip_suffix(end))
        .filter(|language| !language.is_empty())
        .unwrap_or(id)
}

/// The words of an id, each with a capital.
fn words(id: &str) -> Vec<String> {
    id.split('-')
        .filter_map(|word| {
            let (first, rest) = word.split_at_checked(1)?;
            Some(first.to_ascii_uppercase() + rest)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use annexe::Hint as _;

    use super::*;

    #[test]
    fn ids_that_registries_take_are_taken() {
        for text in [
            "tcl",
            "0x96f",
            "vue-language-server",
            "zedlike",
            "zed",
            "a-zed-b",
        ] {
            assert!(id(text, str::to_owned).is_ok(), "{text}");
        }
    }

    #[test]
    fn an_id_that_is_refused_leads_to_the_nearest_good_one() {
        let table = [
            ("My Ext!", "`M`", Some("my-ext")),
            ("my_lang", "contains `_`", Some("my-lang")),
            ("zed-tcl", "starts with `zed-`", Some("tcl")),
            ("tcl-zed", "ends with `-zed`", Some("tcl")),
            ("zed-zed-tcl", "starts with `zed-`", Some("tcl")),
            ("zed-extension-tcl", "contains `extension`", Some("tcl")),
            ("tcl-extension", "contains `extension`", Some("tcl")),
            ("extensionextension", "contains `extension`", None),
            (
                "extextensionension",
                "contains `extension`",
                Some("ext-ension"),
            ),
            ("zed-", "starts with `zed-`", Some("zed")),
            ("nul", "a device", None),
            ("", "it is empty", None),
            ("王", "`王`", None),
        ];
        for (text, problem, near) in table {
            let error = id(text, |id| format!("--id {id}")).unwrap_err();
            assert!(error.to_string().contains(problem), "{text}: {error}");
            let hint = error.hint().unwrap();
            match near {
                Some(near) => assert_eq!(hint, format!("try `--id {near}`")),
                None => assert!(hint.contains("<ID>"), "{text}: {hint}"),
            }
        }
        let long = id(&"a-".repeat(65), str::to_owned).unwrap_err();
        assert_eq!(long.hint().unwrap().len(), "try ``".len() + 63);
    }

    #[test]
    fn names_that_registries_refuse_are_refused() {
        for good in [
            "Tcl",
            "Zed",
            "Zedlike Theme",
            "\"quoted\" \\ 王\nnext",
            "A Zed Thing",
        ] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            " \n",
            "Zed Tcl",
            "Tcl for Zed",
            "zed tcl",
            "Tcl Extension",
            "extensions",
        ] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_made_from_an_id_is_valid_where_it_goes() {
        assert_eq!(title("markdown-outline"), "Markdown Outline");
        assert_eq!(title("a--b-"), "A B");
        assert_eq!(type_name("markdown-outline"), "MarkdownOutlineExtension");
        assert_eq!(type_name("0x96f"), "Extension0x96f");
        assert_eq!(package("tcl", &["serde"]), "tcl");
        for id in ["serde", "0x96f"] {
            assert_eq!(package(id, &["serde"]), format!("extension-{id}"));
        }
        for (id, name, of) in [
            ("tcl", "tcl-language-server", "tcl"),
            ("tcl-lsp", "tcl-lsp", "tcl"),
            ("vue-language-server", "vue-language-server", "vue"),
            ("lsp", "lsp-language-server", "lsp"),
        ] {
            assert_eq!((server(id).as_str(), language(id)), (name, of));
        }
    }
}
