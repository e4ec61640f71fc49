//! Context servers: servers of the model context protocol.

use serde::{Deserialize, Serialize};

/// Instructions and settings for a context server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContextServerConfiguration {
    /// What to do first, as Markdown.
    pub installation_instructions: String,
    /// The JSON schema of its settings.
    pub settings_schema: serde_json::Value,
    /// Its settings at first: JSON as text, which may hold comments for the user who edits it.
    pub default_settings: String,
}
