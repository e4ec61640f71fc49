//! What the server is told when it starts, and when it asks for its configuration.

use zed_extension_api::serde_json::{Map, Value, json};

/// The section in which the server looks for its settings.
const SECTION: &str = "Lua";

/// The initialization options: the defaults with what the settings say merged over them.
pub fn initialization(wanted: Option<Value>) -> Value {
    // Each stands for a command of the server's own that only its VS Code client understands.
    let defaults = json!({
        "changeConfiguration": false,
        "languageConfiguration": false,
        "statusBar": false,
        "viewDocument": false,
    });
    merged(defaults, wanted)
}

/// The configuration: the defaults with the settings merged over them, whether or not those were
/// written inside the section the server asks for.
pub fn configuration(settings: Option<Value>) -> Value {
    let defaults = json!({
        SECTION: {
            "telemetry": {"enable": false},
            "workspace": {"checkThirdParty": false},
        },
    });
    let settings = settings.filter(|settings| !settings.is_null());
    let settings = settings.map(|settings| {
        if settings.get(SECTION).is_some() {
            return settings;
        }
        Value::Object(Map::from_iter([(SECTION.to_owned(), settings)]))
    });
    merged(defaults, settings)
}

fn merged(mut defaults: Value, wanted: Option<Value>) -> Value {
    if let Some(wanted) = wanted.filter(|wanted| !wanted.is_null()) {
        merge(&mut defaults, wanted);
    }
    defaults
}

/// Merges objects key by key, however deep; anything else takes the place of what was there.
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
