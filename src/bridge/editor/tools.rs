//! Context servers and debug adapters as an editor or an agent is told of them.

use std::collections::BTreeSet;

use super::EditorRequest;
use crate::store::Languages;

/// A context server or a debug adapter of an installed extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditorTool {
    /// Its name in the extension's manifest.
    pub name: String,
    /// The extension that brings it.
    pub extension: String,
    /// The languages of what a debug adapter debugs, by their names in Zed: see [`debugged_languages`].
    pub languages: Vec<String>,
}

/// The context servers and debug adapters that an editor is told of, and what they are started with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditorTools {
    /// The context servers.
    pub context_servers: Vec<EditorTool>,
    /// The debug adapters.
    pub debug_adapters: Vec<EditorTool>,
    /// The variables by which this program finds its own, for agents that pass on no others.
    pub environment: Vec<(String, String)>,
}

impl EditorTool {
    /// What stands behind [`Launch::command`](super::Launch) for it.
    pub(super) fn arguments(&self, command: &str) -> Vec<String> {
        let words = [command, &self.name, "--extension", &self.extension];
        words.map(str::to_owned).to_vec()
    }
}

/// Those that are wanted, with their own name or with their extension's. A name that would be read as an option is no
/// tool's.
pub(super) fn wanted<'a>(
    tools: &'a [EditorTool],
    request: &EditorRequest<'_>,
) -> Vec<&'a EditorTool> {
    let is_named = |name: &String| request.only.is_empty() || request.only.contains(name);
    let wanted = tools.iter().filter(|it| !it.name.starts_with('-'));
    wanted
        .filter(|it| is_named(&it.name) || is_named(&it.extension))
        .collect()
}

/// The languages of what a debug adapter debugs, by their names in Zed: those whose extension names the adapter among its
/// `debuggers`, and the usual ones of adapters that are widely known.
pub fn debugged_languages(adapter: &str, languages: &Languages) -> Vec<String> {
    let is_adapter = |name: &str| name.eq_ignore_ascii_case(adapter);
    let all = languages.all();
    let told = all
        .iter()
        .filter(|language| language.debuggers.iter().any(|it| is_adapter(it)))
        .map(|language| language.name.as_str());
    let usual = USUAL.iter().filter(|(name, _)| is_adapter(name));
    let usual = usual.flat_map(|(_, languages)| languages.iter().copied());
    let found: BTreeSet<&str> = told.chain(usual).collect();
    found.into_iter().map(str::to_owned).collect()
}

/// The languages of adapters that are widely known, which no manifest tells.
const USUAL: [(&str, &[&str]); 13] = [
    ("codelldb", &["C", "C++", "Rust", "Zig"]),
    ("debugpy", &["Python"]),
    ("delve", &["Go"]),
    ("elixir-ls", &["Elixir"]),
    ("gdb", &["C", "C++", "Rust"]),
    ("javascript", &["JavaScript", "TypeScript"]),
    ("js-debug", &["JavaScript", "TypeScript"]),
    ("lldb-dap", &["C", "C++", "Rust", "Swift", "Zig"]),
    ("netcoredbg", &["C#"]),
    ("php", &["PHP"]),
    ("rdbg", &["Ruby"]),
    ("swift", &["Swift"]),
    ("xdebug", &["PHP"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::editor::names::names;

    #[test]
    fn a_known_adapter_has_its_usual_languages_which_editors_know() {
        let languages = Languages::default();
        assert_eq!(debugged_languages("Debugpy", &languages), ["Python"]);
        assert!(debugged_languages("klingon", &languages).is_empty());
        for (_, languages) in USUAL {
            assert!(
                languages.iter().all(|it| names(it).is_some()),
                "{languages:?}"
            );
        }
    }
}
