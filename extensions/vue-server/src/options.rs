//! What the server is told when it starts, and when it asks for its configuration.

use zed_extension_api::serde_json::{Value, json};

use crate::plugin;

/// The project's TypeScript, and what the settings say over it.
pub fn initialization(typescript: Option<String>, wanted: Option<Value>) -> Option<Value> {
    let defaults = typescript.map(|folder| json!({"typescript": {"tsdk": folder}}));
    match (defaults, wanted.filter(|wanted| !wanted.is_null())) {
        (Some(mut options), Some(wanted)) => {
            merge(&mut options, wanted);
            Some(options)
        }
        (defaults, wanted) => wanted.or(defaults),
    }
}

/// The settings, without what is this extension's own.
pub fn workspace(settings: Option<Value>) -> Option<Value> {
    let mut settings = settings?;
    if let Some(table) = settings.as_object_mut() {
        table.remove(plugin::SETTING);
        if table.is_empty() {
            return None;
        }
    }
    (!settings.is_null()).then_some(settings)
}

/// Lays one value over another: tables key by key, anything else as a whole.
fn merge(base: &mut Value, over: Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over,
    }
}
