//! The settings that are the server's own.

use zed_extension_api::{Result, serde_json::Value};

/// The setting that names the file of the graph.
pub const MEMORY_FILE_PATH: &str = "memory_file_path";

/// The file's name where nobody has chosen one. The server writes a line of JSON for each entry.
const FILE_NAME: &str = "memory.jsonl";

/// The file of the graph: the one the settings name, else one in `folder`.
///
/// The server would take a relative path from wherever its own package is kept, so it is given an
/// absolute one.
pub fn memory_file(settings: Option<&Value>, folder: &str) -> Result<String> {
    let path = match settings.and_then(|settings| settings.get(MEMORY_FILE_PATH)) {
        None | Some(Value::Null) => FILE_NAME,
        Some(Value::String(path)) if !path.trim().is_empty() => path,
        Some(_) => {
            return Err(format!(
                "the setting `{MEMORY_FILE_PATH}` must be the path of a file"
            ));
        }
    };
    if path.starts_with('~') {
        return Err(format!(
            "the setting `{MEMORY_FILE_PATH}` is `{path}`, in which nobody replaces the `~`; write the path in full"
        ));
    }
    if is_absolute(path) {
        return Ok(path.to_owned());
    }
    Ok(format!("{}/{path}", folder.trim_end_matches(['/', '\\'])))
}

fn is_absolute(path: &str) -> bool {
    path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':')
}
