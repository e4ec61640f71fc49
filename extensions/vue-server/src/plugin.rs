//! The plugin by which TypeScript's servers understand `.vue` files, as each of them is told of it.

use zed_extension_api::{
    Result,
    serde_json::{Value, json},
};

/// The setting that is this extension's own.
pub const SETTING: &str = "typescript_plugin";

const NAME: &str = "@vue/typescript-plugin";

/// The location the settings name.
pub fn location_setting(settings: Option<&Value>) -> Result<Option<&str>> {
    match settings.and_then(|settings| settings.get(SETTING)) {
        None | Some(Value::Null) => Ok(None),
        Some(setting) => match setting.get("location") {
            Some(Value::String(location)) if !location.is_empty() => Ok(Some(location)),
            _ => Err(format!(
                "the setting `{SETTING}` must be a table whose `location` is the path of a folder"
            )),
        },
    }
}

/// What a server is told at its start.
pub fn initialization(server: &str, location: &str) -> Option<Value> {
    (server == "typescript-language-server")
        .then(|| json!({"plugins": [{"name": NAME, "location": location, "languages": ["vue"]}]}))
}

/// What a server is told with its configuration.
pub fn workspace(server: &str, location: &str) -> Option<Value> {
    (server == "vtsls").then(|| {
        json!({"vtsls": {"tsserver": {"globalPlugins": [{
            "name": NAME,
            "location": location,
            "languages": ["vue"],
            "configNamespace": "typescript",
            "enableForWorkspaceTypeScriptVersions": true,
        }]}}})
    })
}
