//! Schemas of debug adapters.

use serde_json::json;

use crate::{Sample, said};

#[test]
fn schemas_are_read_as_values_and_what_is_none_is_named() {
    let sample = Sample::new(&[
        ("debug_adapter_schemas/Wader.json", "{\"type\": \"object\"} // all"),
        ("schemas/deep.json", "[]"),
        ("schemas/torn.json", "{\"type\""),
    ])
    .manifest(
        "[debug_adapters.Wader]\n[debug_adapters.Gone]\n[debug_adapters.Deep]\nschema_path = \"schemas/deep.json\"\n\
         [debug_adapters.Torn]\nschema_path = \"schemas/torn.json\"\n",
    );
    let declarative = sample.read();
    assert_eq!(
        said(&declarative),
        [
            "error `schemas/deep.json` line 1, column 1: a schema is a table, not a list",
            "error `debug_adapter_schemas/Gone.json`: it is missing",
            "error `schemas/torn.json` line 1, column 8: this is not JSON: expected colon after the string or word in object property",
        ]
    );
    let [schema] = &declarative.debug_adapter_schemas[..] else {
        panic!("{declarative:?}")
    };
    assert_eq!(schema.adapter, "Wader");
    assert_eq!(schema.schema, json!({"type": "object"}));
}
