//! JSON values laid over one another.

use serde_json::Value;

/// Lays a value over another: objects key by key, anything else in its place.
pub(crate) fn merge(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                match under.get_mut(&key) {
                    Some(known) => merge(known, value),
                    None => {
                        under.insert(key, value);
                    }
                }
            }
        }
        (under, over) => *under = over,
    }
}

/// Whether settings are such that nothing is set by them: null, or an empty object.
pub(crate) fn says_nothing(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_merged_and_lists_are_replaced() {
        let mut value = json!({ "a": { "b": 1, "c": [1, 2] }, "d": 1 });
        merge(&mut value, json!({ "a": { "c": [3], "e": null }, "d": {} }));
        assert_eq!(
            value,
            json!({ "a": { "b": 1, "c": [3], "e": null }, "d": {} })
        );
    }
}
