//! The interpreter of a session.

use zed_extension_api::{Os, Result, Worktree, current_platform, serde_json::Value};

/// What the interpreter is called on `PATH`, the usual name first.
const NAMES: [&str; 2] = ["python3", "python"];

/// The one that the session names, else that of the project's `.venv`, else the one on `PATH`.
pub fn of_session(named: Option<&Value>, worktree: &Worktree) -> Result<String> {
    let named = match named {
        Some(Value::Array(words)) => words.first(),
        named => named,
    };
    match named {
        None | Some(Value::Null) => {}
        Some(Value::String(path)) if !path.is_empty() => return program(path, worktree),
        Some(_) => {
            return Err(
                "`python` in the configuration must be a path, or a list that begins with one"
                    .to_owned(),
            );
        }
    }
    // Every environment has this file.
    if worktree.read_text_file(".venv/pyvenv.cfg").is_ok() {
        let root = worktree.root_path();
        return Ok(match current_platform() {
            (Os::Windows, _) => format!(r"{root}\.venv\Scripts\python.exe"),
            _ => format!("{root}/.venv/bin/python"),
        });
    }
    NAMES
        .iter()
        .find_map(|name| worktree.which(name))
        .ok_or_else(|| {
            "neither `python3` nor `python` is on PATH; install Python, or name it as `python` in the configuration"
                .to_owned()
        })
}

/// A bare name is looked up on `PATH`, as a shell does.
fn program(path: &str, worktree: &Worktree) -> Result<String> {
    if path.contains(['/', '\\']) {
        return Ok(path.to_owned());
    }
    worktree.which(path).ok_or_else(|| {
        format!("`{path}`, which `python` in the configuration names, is not on PATH")
    })
}
