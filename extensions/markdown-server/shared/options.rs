//! What the server is told when it starts.

use zed_extension_api::serde_json::{Value, json};

/// The settings' options over the default: changes of a file are sent, not the file.
pub fn options(settings: Option<Value>) -> Value {
    let mut options = json!({ "preferredTextSyncKind": 2 });
    match (&mut options, settings) {
        (Value::Object(options), Some(Value::Object(settings))) => options.extend(settings),
        (_, Some(settings)) => options = settings,
        (_, None) => {}
    }
    options
}
