//! Commands of Kakoune for kak-lsp 17 and later. A line in the user's `kakrc` has Kakoune ask for them at its start, so
//! that what is installed later is seen.

use super::{
    EditorRequest,
    error::EditorError,
    language::{EditorLanguage, brought, is_plain_suffix},
    launch::arguments,
    names::names,
    toml_text::{array, string},
};

/// What marks the root of a project, as kak-lsp looks for it.
const ROOTS: [&str; 6] = [".annexe", ".zed", ".git", ".hg", ".jj", ".svn"];

/// The commands for what is installed.
pub(super) fn commands(
    request: &EditorRequest<'_>,
    languages: &[EditorLanguage],
) -> Result<String, EditorError> {
    let command = request.launch.command()?;
    let (program, options) = command
        .split_first()
        .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let mut text = String::new();
    for language in languages {
        let known = names(&language.name).filter(|names| !names.kakoune.is_empty());
        let types = match known {
            Some(names) => names.kakoune.iter().map(|it| (*it).to_owned()).collect(),
            None => vec![language.file_type()],
        };
        if known.is_none() {
            text.push_str(&new_type(&types[0], language));
        }
        let mut servers = String::new();
        for server in brought(language) {
            let arguments: Vec<_> = options.iter().cloned().chain(arguments(server)).collect();
            servers.push_str(&format!(
                "[{}]\ncommand = {}\nargs = {}\nroot_globs = {}\n",
                string(&format!("annexe-{}", server.id)),
                string(program),
                array(&arguments),
                array(&ROOTS),
            ));
        }
        if servers.is_empty() {
            continue;
        }
        for file_type in &types {
            let id = language.servers.first().map(|it| it.language_id.as_str());
            let id = match id.filter(|id| id != file_type && is_balanced(id)) {
                Some(id) => format!(
                    "try %{{ set-option buffer lsp_language_id {} }}\n",
                    word(id)
                ),
                None => String::new(),
            };
            text.push_str(&format!(
                "hook -group annexe global BufSetOption filetype={file_type} %{{\n\
                 try %{{ set-option buffer lsp_servers %{{\n{servers}}} }}\n{id}}}\n"
            ));
        }
    }
    Ok(text)
}

/// Gives the files of a language that Kakoune does not have their type.
fn new_type(name: &str, language: &EditorLanguage) -> String {
    let suffixes: Vec<_> = language
        .path_suffixes
        .iter()
        .filter(|suffix| is_plain_suffix(suffix))
        .map(|suffix| escaped(suffix))
        .collect();
    if suffixes.is_empty() {
        return String::new();
    }
    let comment = match language.line_comments.first() {
        Some(sign) if is_balanced(sign) => format!(
            "hook -group annexe global BufSetOption filetype={} %{{\n\
             set-option buffer comment_line {}\n}}\n",
            name,
            word(sign.trim_end())
        ),
        _ => String::new(),
    };
    // What Kakoune has found already, by hooks that were there before, stays.
    format!(
        "{comment}hook -group annexe global BufCreate {} %{{\n\
         evaluate-commands %sh{{ [ -n \"$kak_opt_filetype\" ] || echo set-option buffer filetype {name} }}\n}}\n",
        word(&format!("(?:.*[./])?(?:{})", suffixes.join("|"))),
    )
}

/// The line that has Kakoune ask for the commands.
pub(super) fn load(request: &EditorRequest<'_>) -> Result<String, EditorError> {
    let mut command: Vec<_> = request.launch.command()?;
    command.extend(["--quiet", "editor", "kakoune", "--print"].map(str::to_owned));
    for only in request.only {
        command.extend(["--only".to_owned(), only.clone()]);
    }
    let command: Vec<_> = command.iter().map(|part| shell(part)).collect();
    Ok(format!(
        "evaluate-commands %sh{}\n",
        delimited(&command.join(" "))
    ))
}

/// Whether a text that an extension's author has written can stand between braces without an end of them.
fn is_balanced(text: &str) -> bool {
    !text.contains(|it: char| matches!(it, '{' | '}') || it.is_control())
}

/// A plain suffix as a regular expression of Kakoune's, which takes no more escapes than it needs.
fn escaped(suffix: &str) -> String {
    suffix.replace('.', r"\.").replace('+', r"\+")
}

/// A word of Kakoune's.
fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A word of the shell's.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text between delimiters that do not occur in it.
fn delimited(text: &str) -> String {
    let pairs = [('{', '}'), ('[', ']'), ('(', ')'), ('<', '>'), ('|', '|')];
    let fitting = pairs
        .into_iter()
        .find(|(open, close)| !text.contains([*open, *close]));
    let (open, close) = fitting.unwrap_or(('{', '}'));
    format!("{open} {text} {close}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::editor::{language::EditorServer, launch::Launch, tools::EditorTools};

    #[test]
    fn it_has_a_hook_for_each_file_type() {
        let launch = Launch {
            program: "/opt/it's {annexe".into(),
            store: None,
        };
        let server = EditorServer {
            id: "bash-language-server".into(),
            extension: Some("bash-server".into()),
            language_id: "shellscript".into(),
        };
        let language = |name: &str, servers| EditorLanguage {
            name: name.into(),
            extension: Some("x".into()),
            path_suffixes: vec!["env".into(), "env.local".into()],
            line_comments: vec!["# ".into()],
            servers,
        };
        let languages = [
            language("Shell Script", vec![server.clone()]),
            language("Dotenv", Vec::new()),
            EditorLanguage {
                path_suffixes: vec!["a} %sh{b".into(), "evil".into()],
                line_comments: vec!["} nop %sh{ b }".into()],
                servers: vec![EditorServer {
                    language_id: "} nop %sh{ b }".into(),
                    ..server
                }],
                ..language("Evil", Vec::new())
            },
        ];
        let only = ["one's".to_owned()];
        let request = EditorRequest {
            launch: &launch,
            languages: &languages,
            tools: &EditorTools::default(),
            only: &only,
        };
        let text = commands(&request, &languages).unwrap();
        assert_eq!(text.matches("%sh").count(), 2, "{text}");
        assert!(text.contains("BufSetOption filetype=sh %{\n"), "{text}");
        assert!(text.contains("lsp_language_id 'shellscript'"), "{text}");
        assert!(
            text.contains("command = \"/opt/it's \\u007bannexe\"\n"),
            "{text}"
        );
        assert!(
            text.contains("BufCreate '(?:.*[./])?(?:env|env\\.local)' %{\nevaluate-commands %sh{ [ -n \"$kak_opt_filetype\" ] || echo set-option buffer filetype dotenv }\n"),
            "{text}"
        );
        assert_eq!(text.matches('{').count(), text.matches('}').count());
        assert_eq!(
            load(&request).unwrap(),
            "evaluate-commands %sh[ '/opt/it'\\''s {annexe' '--quiet' 'editor' 'kakoune' '--print' '--only' 'one'\\''s' ]\n"
        );
    }
}
