//! How a person sets the server up.

use zed_extension_api::ContextServerConfiguration;

/// What an editor shows and checks when a person sets the server up.
pub fn configuration() -> ContextServerConfiguration {
    ContextServerConfiguration {
        installation_instructions: include_str!("installation.md").to_owned(),
        settings_schema: include_str!("settings.schema.json").to_owned(),
        default_settings: include_str!("settings.jsonc").to_owned(),
    }
}
