//! Context servers: servers of the model context protocol.

use serde::{Deserialize, Serialize};

/// Instructions and settings for a context server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContextServerConfiguration {
    /// What to do first, as Markdown.
    pub installation_instructions: String,
    /// The JSON schema of its settings, as JSON text.
    pub settings_schema: String,
    /// Its settings at first, as JSON text that may hold comments.
    pub default_settings: String,
}
