//! The `initialize` of an editor: what is read of it, and the three members that are changed.

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::{
    base::json::{merge, says_nothing},
    bridge::wire::splice,
};

/// The facts of an `initialize` that matter here.
#[derive(Debug, Clone)]
pub(super) struct Initialize {
    /// The whole request.
    body: Vec<u8>,
    /// Its id, as it is written.
    pub(super) id: String,
    /// Those of its parameters that are read here.
    pub(super) params: Value,
    /// The token by which the editor wants to hear of progress.
    pub(super) progress_token: Option<Value>,
    /// The editor answers `workspace/configuration`.
    pub(super) has_configuration: bool,
}

/// The parameters that are read here. No others are parsed, so that it matters to none what they are.
const READ: [&str; 5] = [
    "workspaceFolders",
    "rootUri",
    "rootPath",
    "workDoneToken",
    "initializationOptions",
];

impl Initialize {
    /// Reads the request.
    ///
    /// # Errors
    /// Where it is not JSON.
    pub(super) fn read(body: Vec<u8>) -> Result<Self, serde_json::Error> {
        serde_json::from_slice::<IgnoredAny>(&body)?;
        let mut params = Map::new();
        for key in READ {
            if let Some(value) = splice::read(&body, &["params", key]) {
                params.insert(key.to_owned(), value);
            }
        }
        let params = Value::Object(params);
        let configuration = ["params", "capabilities", "workspace", "configuration"];
        let id = splice::get(&body, &["id"]).unwrap_or(b"null");
        Ok(Self {
            id: String::from_utf8_lossy(id).into_owned(),
            progress_token: params.get("workDoneToken").cloned(),
            has_configuration: splice::read(&body, &configuration).unwrap_or(false),
            body,
            params,
        })
    }

    /// The request as the server gets it: with the options laid under the editor's own, the bridge as the process that
    /// the server is to end with, and configuration to be asked for. All else is as it came.
    pub(super) fn for_server(&self, options: Option<Value>, process: u32) -> Option<Vec<u8>> {
        let mut body = self.body.clone();
        if let Some(mut options) = options {
            let own = self.params.get("initializationOptions");
            if let Some(own) = own.filter(|it| !says_nothing(it)) {
                merge(&mut options, own.clone());
            }
            let path = ["params", "initializationOptions"];
            body = splice::set(&body, &path, &options.to_string())?;
        }
        body = splice::set(&body, &["params", "processId"], &process.to_string())?;
        let path = ["params", "capabilities", "workspace", "configuration"];
        splice::set(&body, &path, "true")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn three_members_change_and_all_else_is_as_it_came() {
        let body = r#"{"jsonrpc":"2.0", "id" : "x\u0041" ,"params":{"initializationOptions":{"b":{"own":1}},"processId":null,"trace":"off","unknown":1.0e2,"capabilities":{"workspace":{"applyEdit":true}},"workDoneToken":"1"},"method":"initialize"}"#;
        let initialize = Initialize::read(body.into()).unwrap();
        assert_eq!(initialize.id, r#""x\u0041""#);
        assert_eq!(initialize.progress_token, Some(json!("1")));
        assert!(!initialize.has_configuration);
        let changed = initialize.for_server(Some(json!({ "b": { "c": 2 } })), 7);
        assert_eq!(
            String::from_utf8(changed.unwrap()).unwrap(),
            r#"{"jsonrpc":"2.0", "id" : "x\u0041" ,"params":{"initializationOptions":{"b":{"c":2,"own":1}},"processId":7,"trace":"off","unknown":1.0e2,"capabilities":{"workspace":{"configuration":true,"applyEdit":true}},"workDoneToken":"1"},"method":"initialize"}"#
        );
    }

    #[test]
    fn without_options_the_editor_s_own_stay() {
        let body = r#"{"id":1,"method":"initialize","params":{"processId":1,"initializationOptions":[1],"capabilities":{}}}"#;
        let changed = Initialize::read(body.into()).unwrap().for_server(None, 7);
        let changed: Value = serde_json::from_slice(&changed.unwrap()).unwrap();
        assert_eq!(changed["params"]["initializationOptions"], json!([1]));
        assert_eq!(
            changed["params"]["capabilities"]["workspace"]["configuration"],
            true
        );
    }
}
