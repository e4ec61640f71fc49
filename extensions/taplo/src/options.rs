//! What the server is told when it starts, and when it asks for its configuration.

use zed_extension_api::serde_json::{Map, Value};

/// The section in which taplo looks for its settings.
const SECTION: &str = "evenBetterToml";

/// The defaults, overlaid by what the settings say.
pub fn initialization(cache: Option<&str>, wanted: Option<Value>) -> Value {
    let mut options = Map::new();
    options.insert("configurationSection".to_owned(), Value::from(SECTION));
    if let Some(cache) = cache {
        options.insert("cachePath".to_owned(), Value::from(cache));
    }
    match wanted {
        None | Some(Value::Null) => {}
        Some(Value::Object(wanted)) => options.extend(wanted),
        Some(other) => return other,
    }
    Value::Object(options)
}

/// The settings inside the section taplo asks for, whether or not they were written inside it.
pub fn configuration(settings: Value) -> Value {
    if settings.get(SECTION).is_some() {
        return settings;
    }
    let mut sections = Map::new();
    sections.insert(SECTION.to_owned(), settings);
    Value::Object(sections)
}

#[cfg(test)]
mod tests {
    use super::*;
    use zed_extension_api::serde_json::json;

    #[test]
    fn settings_are_put_into_the_section_once() {
        let inside = json!({"evenBetterToml": {"schema": {"enabled": false}}});
        assert_eq!(configuration(json!({"schema": {"enabled": false}})), inside);
        assert_eq!(configuration(inside.clone()), inside);
    }

    #[test]
    fn initialization_options_overlay_the_defaults() {
        let options = initialization(Some("/cache"), Some(json!({"cachePath": "/mine"})));
        assert_eq!(
            options,
            json!({"configurationSection": "evenBetterToml", "cachePath": "/mine"})
        );
        let options = initialization(None, None);
        assert_eq!(options, json!({"configurationSection": "evenBetterToml"}));
    }
}
