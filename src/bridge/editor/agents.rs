//! The files of agents that are clients of language servers, and opencode's, which has context servers too. They are shown, and the user puts them where they belong.

use serde_json::{Map, Value, json};

use super::{
    Editor, EditorRequest, context_servers,
    error::EditorError,
    language::{EditorLanguage, EditorServer, servers},
    launch::arguments,
};

/// The milliseconds that a server has for its start: a first one installs it.
const STARTUP: u32 = 600_000;

/// The file of an agent, indented.
pub(super) fn text(
    editor: Editor,
    request: &EditorRequest<'_>,
    languages: &[EditorLanguage],
) -> Result<String, EditorError> {
    let command = request.launch.command()?;
    let mut all = Map::new();
    for (server, languages) in servers(languages) {
        let line: Vec<_> = command.iter().cloned().chain(arguments(server)).collect();
        let extensions = extensions(server, &languages);
        if extensions.is_empty() {
            continue;
        }
        let entry = match (editor, line.split_first()) {
            (Editor::Opencode, _) => {
                json!({"command": line, "extensions": extensions.keys().collect::<Vec<_>>()})
            }
            (Editor::CopilotCli, Some((program, arguments))) => {
                json!({"command": program, "args": arguments, "fileExtensions": extensions})
            }
            (_, Some((program, arguments))) => json!({
                "command": program,
                "args": arguments,
                "extensionToLanguage": extensions,
                "startupTimeout": STARTUP,
            }),
            (_, None) => continue,
        };
        all.insert(format!("annexe-{}", server.id), entry);
    }
    let file = match editor {
        Editor::Opencode => {
            json!({ "lsp": all, "mcp": context_servers::entries(editor, request)? })
        }
        Editor::CopilotCli => json!({ "lspServers": all }),
        _ => Value::Object(all),
    };
    Ok(format!("{file:#}\n"))
}

/// The extensions of a server's files, with the ids of their languages. Agents know files by nothing else.
fn extensions(server: &EditorServer, languages: &[&EditorLanguage]) -> Map<String, Value> {
    let mut extensions = Map::new();
    for language in languages {
        let id = language.servers.iter().find(|it| it.id == server.id);
        let id = id.map_or(&server.language_id, |it| &it.language_id);
        for suffix in &language.path_suffixes {
            let is_extension =
                !suffix.contains(['.', '/']) && !suffix.starts_with(char::is_uppercase);
            if is_extension {
                extensions.entry(format!(".{suffix}")).or_insert(json!(id));
            }
        }
    }
    extensions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::editor::{launch::Launch, tools::EditorTools};

    #[test]
    fn each_agent_has_its_own_words() {
        let launch = Launch {
            program: "/opt/annexe".into(),
            store: None,
        };
        let server = EditorServer {
            id: "s".into(),
            extension: Some("e".into()),
            language_id: "yaml".into(),
        };
        let languages = [EditorLanguage {
            name: "YAML".into(),
            extension: None,
            path_suffixes: ["yml", "Dockerfile", "x.yml"].map(Into::into).to_vec(),
            line_comments: Vec::new(),
            servers: vec![server],
        }];
        let request = EditorRequest {
            launch: &launch,
            languages: &languages,
            tools: &EditorTools::default(),
            only: &[],
        };
        let read = |editor| -> Value {
            serde_json::from_str(&text(editor, &request, &languages).unwrap()).unwrap()
        };
        let arguments = json!(["lsp", "s", "--extension", "e"]);
        assert_eq!(
            read(Editor::ClaudeCode)["annexe-s"],
            json!({
                "command": "/opt/annexe",
                "args": arguments,
                "extensionToLanguage": {".yml": "yaml"},
                "startupTimeout": 600_000,
            })
        );
        assert_eq!(
            read(Editor::CopilotCli)["lspServers"]["annexe-s"],
            json!({"command": "/opt/annexe", "args": arguments, "fileExtensions": {".yml": "yaml"}})
        );
        assert_eq!(
            read(Editor::Opencode)["lsp"]["annexe-s"],
            json!({"command": ["/opt/annexe", "lsp", "s", "--extension", "e"], "extensions": [".yml"]})
        );
    }
}
