//! Defaults, with what a user has set over them.

use zed_extension_api::serde_json::Value;

/// Lays what a user has set over the defaults: tables key by key, anything else as a whole.
pub fn with(mut defaults: Value, set: Option<Value>) -> Value {
    if let Some(set) = set.filter(|set| !set.is_null()) {
        merge(&mut defaults, set);
    }
    defaults
}

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
