//! Checks of what the extension brings by its manifest: grammars, language servers, and parts that are no
//! longer wanted.

use url::Url;

use super::{
    code::Code,
    finding::{Finding, Findings},
};
use crate::package::manifest::PartialManifest;

/// Tables of the manifest that newer versions of Zed ignore, and what stands for each there now.
const DEPRECATED: [(&str, &str); 3] = [
    ("slash_commands", "offer a context server in its place"),
    (
        "indexed_docs_providers",
        "offer a context server in its place",
    ),
    (
        "agent_servers",
        "register the agent with the registry of the Agent Client Protocol",
    ),
];

pub(super) fn check(partial: &PartialManifest, findings: &mut Findings) {
    for name in partial.manifest.grammars.keys() {
        grammar(partial, name, findings);
    }
    for id in partial.manifest.language_servers.keys() {
        let path = [
            "language_servers".into(),
            id.as_str().into(),
            "language".into(),
        ];
        if partial.has(&path) {
            let problem = "`language` is deprecated for `languages`";
            let code = Code::LanguageServerLanguage;
            findings.in_manifest(partial, &path, code, problem);
        }
    }
    for (part, instead) in DEPRECATED {
        if partial.has(&[part.into()]) {
            let problem = format!(
                "newer versions of Zed ignore `{part}`, and its registry refuses it; this program serves it"
            );
            let finding =
                Finding::in_manifest(partial, &[part.into()], Code::DeprecatedPart, problem);
            findings.add(finding.with_fix(Some(format!("for Zed, {instead}"))));
        }
    }
}

fn grammar(partial: &PartialManifest, name: &str, findings: &mut Findings) {
    let table = ["grammars".into(), name.into()];
    if !is_snake_case(name) {
        let problem = format!("the grammar's name `{name}` is not in snake_case");
        findings.in_manifest(partial, &table, Code::GrammarName, problem);
    }
    let of = |key: &'static str| [table[0], table[1], key.into()];
    if let Some(text) = partial.text(&of("repository")) {
        let (code, problem) = match Url::parse(text) {
            Ok(url) if url.scheme() == "https" => (None, String::new()),
            Ok(url) if url.scheme() == "file" => (
                Some(Code::GrammarRepository),
                format!("`{text}` is on this machine, where no other user finds it"),
            ),
            Ok(_) => (
                Some(Code::GrammarRepositoryInsecure),
                format!("`{text}` is not an https address"),
            ),
            Err(error) => (
                Some(Code::GrammarRepository),
                format!("`{text}` is not an address: {error}"),
            ),
        };
        if let Some(code) = code {
            findings.in_manifest(partial, &of("repository"), code, problem);
        }
    }
    // The newer name of the key counts.
    let key = if partial.has(&of("rev")) {
        "rev"
    } else {
        "commit"
    };
    if let Some(revision) = partial.text(&of(key))
        && !is_commit(revision)
    {
        let problem = format!("`{revision}` is not the 40 digits of a commit");
        findings.in_manifest(partial, &of(key), Code::GrammarRevision, problem);
    }
}

fn is_snake_case(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.split('_').all(is_word)
}

fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_grammars_are_in_snake_case() {
        for name in ["toml", "c_sharp", "ocaml_interface", "x86asm", "html2"] {
            assert!(is_snake_case(name), "{name}");
        }
        for name in ["", "C", "c-sharp", "cSharp", "a__b", "_a", "a_", "2a", "é"] {
            assert!(!is_snake_case(name), "{name}");
        }
    }
}
