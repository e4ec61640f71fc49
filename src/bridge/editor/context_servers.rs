//! The files of agents that are clients of context servers.

use serde_json::{Map, Value, json};

use super::{
    Editor, EditorRequest,
    error::EditorError,
    toml_text::{array, string},
    tools,
};

/// The seconds that a server has for its start: a first one installs it.
const STARTUP_SECONDS: u32 = 600;

/// The folder of the project, as VS Code puts it into its files.
const VS_CODE_FOLDER: [&str; 2] = ["--worktree", "${workspaceFolder}"];

/// The file of an agent, indented, or the part of it that is about context servers.
pub(super) fn text(editor: Editor, request: &EditorRequest<'_>) -> Result<String, EditorError> {
    let servers = entries(editor, request)?;
    let file = match editor {
        Editor::VsCode => json!({ "servers": servers, "inputs": [] }),
        Editor::Zed => json!({ "context_servers": servers }),
        _ => json!({ "mcpServers": servers }),
    };
    Ok(format!("{file:#}\n"))
}

/// The servers, each by its name.
pub(super) fn entries(
    editor: Editor,
    request: &EditorRequest<'_>,
) -> Result<Map<String, Value>, EditorError> {
    let command = request.launch.command()?;
    let mut servers = Map::new();
    for server in tools::wanted(&request.tools.context_servers, request) {
        let mut line = command.clone();
        line.extend(server.arguments("mcp"));
        if editor == Editor::VsCode {
            line.extend(VS_CODE_FOLDER.map(str::to_owned));
        }
        let variables = request.tools.environment.iter();
        let variables: Map<String, Value> = variables
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        let Some((program, arguments)) = line.split_first() else {
            continue;
        };
        let mut entry = match editor {
            Editor::Opencode => json!({
                "type": "local", "command": line, "enabled": true,
                "timeout": STARTUP_SECONDS * 1000
            }),
            Editor::VsCode => json!({ "type": "stdio", "command": program, "args": arguments }),
            _ => json!({ "command": program, "args": arguments }),
        };
        let key = match editor {
            Editor::Opencode => "environment",
            _ => "env",
        };
        // Zed wants it, be it empty.
        if !variables.is_empty() || editor == Editor::Zed {
            entry[key] = variables.into();
        }
        // Of two extensions that bring one of a name, the first.
        servers.entry(server.name.clone()).or_insert(entry);
    }
    Ok(servers)
}

/// The tables of Codex' `config.toml`.
pub(super) fn codex(request: &EditorRequest<'_>) -> Result<String, EditorError> {
    let servers = entries(Editor::Codex, request)?;
    let mut text = String::new();
    for (name, server) in &servers {
        let arguments = server["args"].as_array().into_iter().flatten();
        let arguments: Vec<String> = arguments
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect();
        let key = string(name);
        text.push_str(&format!(
            "[mcp_servers.{key}]\ncommand = {}\nargs = {}\nstartup_timeout_sec = {STARTUP_SECONDS}\n",
            string(server["command"].as_str().unwrap_or_default()),
            array(&arguments),
        ));
        let variables = server["env"].as_object().into_iter().flatten();
        let variables: Vec<String> = variables
            .map(|(name, value)| {
                format!(
                    "{} = {}",
                    string(name),
                    string(value.as_str().unwrap_or_default())
                )
            })
            .collect();
        if !variables.is_empty() {
            text.push_str(&format!("env = {{ {} }}\n", variables.join(", ")));
        }
        text.push('\n');
    }
    Ok(text.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::editor::{
        launch::Launch,
        tools::{EditorTool, EditorTools},
    };

    fn with<T>(act: impl FnOnce(&EditorRequest<'_>) -> T) -> T {
        let launch = Launch {
            program: "/opt/annexe".into(),
            store: Some("/store".into()),
        };
        let tool = |name: &str| EditorTool {
            name: name.into(),
            extension: "ext".into(),
            languages: Vec::new(),
        };
        let tools = EditorTools {
            context_servers: vec![tool("memory"), tool("-x"), tool("a.\"b\"")],
            environment: vec![("ANNEXE_CONFIG".into(), "/c".into())],
            ..EditorTools::default()
        };
        act(&EditorRequest {
            launch: &launch,
            languages: &[],
            tools: &tools,
            only: &[],
        })
    }

    const ARGUMENTS: [&str; 6] = ["--store", "/store", "mcp", "memory", "--extension", "ext"];

    #[test]
    fn each_agent_has_its_own_words() {
        let read = |editor| -> Value {
            serde_json::from_str(&with(|request| text(editor, request)).unwrap()).unwrap()
        };
        let env = json!({ "ANNEXE_CONFIG": "/c" });
        let plain = json!({ "command": "/opt/annexe", "args": ARGUMENTS, "env": env });
        let file = read(Editor::McpJson);
        assert_eq!(file["mcpServers"]["memory"], plain);
        assert_eq!(file["mcpServers"].as_object().unwrap().len(), 2);
        assert_eq!(read(Editor::Zed)["context_servers"]["memory"], plain);
        let of_code = read(Editor::VsCode);
        let server = &of_code["servers"]["memory"];
        assert_eq!(
            (&server["type"], &of_code["inputs"]),
            (&json!("stdio"), &json!([]))
        );
        assert_eq!(server["args"][7], "${workspaceFolder}");
        let of_opencode = with(|request| entries(Editor::Opencode, request)).unwrap();
        let command: Vec<&str> = std::iter::once("/opt/annexe").chain(ARGUMENTS).collect();
        let expected = json!({
            "type": "local", "command": command, "enabled": true, "timeout": 600_000,
            "environment": env
        });
        assert_eq!(of_opencode["memory"], expected);
    }

    #[test]
    fn codex_gets_tables_that_it_can_read() {
        let table: toml::Table = with(codex).unwrap().parse().unwrap();
        let servers = table["mcp_servers"].as_table().unwrap();
        let memory = &servers["memory"];
        assert_eq!(memory["command"].as_str(), Some("/opt/annexe"));
        assert_eq!(memory["args"].as_array().unwrap().len(), 6);
        assert_eq!(memory["startup_timeout_sec"].as_integer(), Some(600));
        assert_eq!(memory["env"]["ANNEXE_CONFIG"].as_str(), Some("/c"));
        assert!(servers.contains_key("a.\"b\""));
    }
}
