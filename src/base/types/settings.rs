//! Settings that an extension may read. They cross the boundary as JSON text; these are its shapes,
//! which serve every API version: an older guest passes over keys it does not know.

use std::{collections::BTreeMap, num::NonZeroU32};

use serde::{Deserialize, Serialize};

/// The place in a worktree for which settings are looked up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsLocation {
    /// The editor's number of the worktree.
    pub worktree_id: u64,
    /// A path in the worktree; empty for its root.
    pub path: String,
}

/// Settings for the text of a language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageSettings {
    /// Columns of an indentation. Default 4.
    pub tab_size: NonZeroU32,
    /// Whether indentation is made of tabs. Default no.
    pub hard_tabs: bool,
    /// Columns after which a line should end. Default 80.
    pub preferred_line_length: u32,
}

impl Default for LanguageSettings {
    fn default() -> Self {
        let four = NonZeroU32::MIN.saturating_add(3);
        Self {
            tab_size: four,
            hard_tabs: false,
            preferred_line_length: 80,
        }
    }
}

/// A user's settings for a language server. All empty where nothing is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LanguageServerSettings {
    /// The program to use in place of the extension's choice.
    pub binary: Option<CommandSettings>,
    /// Options for the server's start.
    pub initialization_options: Option<serde_json::Value>,
    /// The server's own settings.
    pub settings: Option<serde_json::Value>,
}

/// A user's settings for a context server. All empty where nothing is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContextServerSettings {
    /// The program to use in place of the extension's choice.
    pub command: Option<CommandSettings>,
    /// The server's own settings.
    pub settings: Option<serde_json::Value>,
}

/// A user's settings for a debug adapter. All empty where nothing is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DebugAdapterSettings {
    /// The program that the user has installed, which extensions are told of.
    pub binary: Option<CommandSettings>,
}

/// A program that a user has set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CommandSettings {
    /// The program's path.
    pub path: Option<String>,
    /// Its arguments.
    pub arguments: Option<Vec<String>>,
    /// Variables to add to its environment; read by extensions from API 0.2.0.
    pub env: Option<BTreeMap<String, String>>,
}
