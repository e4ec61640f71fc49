//! The scripts for editors that run one at their start, and so see what is installed later.

use serde_json::json;

use super::{
    EditorRequest,
    error::EditorError,
    names::{Names, TABLE},
};

/// The file for Neovim.
pub(super) fn neovim(request: &EditorRequest<'_>) -> Result<String, EditorError> {
    let data = data(request)?;
    let mut level = String::new();
    while data.contains(&format!("]{level}]")) {
        level.push('=');
    }
    Ok(format!(
        "local data = vim.fn.json_decode([{level}[{data}]{level}])\n\n{}{}",
        include_str!("neovim.lua"),
        include_str!("neovim_dap.lua")
    ))
}

/// The file for Vim.
pub(super) fn vim(request: &EditorRequest<'_>) -> Result<String, EditorError> {
    let data = data(request)?.replace('\'', "''");
    Ok(format!(
        "let s:data = json_decode('{data}')\n\n{}",
        include_str!("vim.vim")
    ))
}

/// What both are told: JSON on one line.
fn data(request: &EditorRequest<'_>) -> Result<String, EditorError> {
    let types: serde_json::Map<_, _> = TABLE
        .iter()
        .map(|names| (names.zed.to_owned(), json!(names.vim)))
        .collect();
    let data = json!({
        "command": request.launch.command()?,
        "only": request.only,
        "file_types": types,
    });
    Ok(data.to_string())
}

/// The file for Emacs.
pub(super) fn emacs(request: &EditorRequest<'_>) -> Result<String, EditorError> {
    let list = |texts: &[String]| {
        let texts: Vec<_> = texts.iter().map(|text| lisp_string(text)).collect();
        texts.join(" ")
    };
    let row = |names: &Names| {
        format!(
            "    ({} {})\n",
            lisp_string(names.zed),
            names.emacs.join(" ")
        )
    };
    let rows: String = TABLE.iter().map(row).collect();
    Ok(format!(
        "(defconst annexe--command '({})\n  \"What is started.\")\n\
         (defconst annexe--only '({})\n  \"The servers or extensions that are wanted; all where it is empty.\")\n\
         (defconst annexe--known-modes\n  '(\n{rows}    )\n  \"The modes of languages, by their names in Zed.\")\n\n{}",
        list(&request.launch.command()?),
        list(request.only),
        include_str!("emacs.el").replace(
            "(provide 'annexe)\n",
            concat!(include_str!("emacs_dape.el"), "(provide 'annexe)\n")
        ),
    ))
}

/// The line that loads a file into Emacs.
pub(super) fn emacs_load(path: &str) -> String {
    format!("(load {} t t)\n", lisp_string(path))
}

fn lisp_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::editor::{launch::Launch, tools::EditorTools};

    fn launch() -> Launch {
        Launch {
            program: "/opt/it's \"a\" ]] \\ program".into(),
            store: Some("/store".into()),
        }
    }

    #[test]
    fn paths_come_through_each_way_of_quoting() {
        let launch = launch();
        let only = ["yaml-server".to_owned()];
        let request = EditorRequest {
            launch: &launch,
            languages: &[],
            tools: &EditorTools::default(),
            only: &only,
        };
        let lua = neovim(&request).unwrap();
        let first = lua.lines().next().unwrap();
        let inner = first
            .strip_prefix("local data = vim.fn.json_decode([=[")
            .unwrap();
        let json: serde_json::Value =
            serde_json::from_str(inner.strip_suffix("]=])").unwrap()).unwrap();
        assert_eq!(json["command"][0], launch.program.to_str().unwrap());
        assert_eq!(json["command"][2], "/store");
        assert_eq!(json["file_types"]["Shell Script"], json!(["sh", "bash"]));

        let text = vim(&request).unwrap();
        let first = text.lines().next().unwrap();
        let inner = first.strip_prefix("let s:data = json_decode('").unwrap();
        let inner = inner.strip_suffix("')").unwrap().replace("''", "'");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&inner).unwrap(),
            json
        );

        let lisp = emacs(&request).unwrap();
        assert!(
            lisp.contains(r#"'("/opt/it's \"a\" ]] \\ program" "--store" "/store")"#),
            "{lisp}"
        );
        assert!(
            lisp.contains("(\"Shell Script\" sh-mode bash-ts-mode)"),
            "{lisp}"
        );
    }
}
