//! Language servers.

use serde::{Deserialize, Serialize};

/// The language server that a call is about.
///
/// In JSON it is an object, or the id alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "ServerIdForm")]
pub struct ServerId {
    /// The server's key in the manifest's `language_servers`.
    pub id: String,
    /// The language the server was started for. API 0.0.1 to 0.0.5 pass it to the extension; later
    /// versions pass the id alone.
    pub language: String,
}

impl ServerId {
    /// Names a server and the language it is started for.
    pub fn new(id: impl Into<String>, language: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            language: language.into(),
        }
    }
}

impl From<&str> for ServerId {
    /// A server by its id, with no language named.
    fn from(id: &str) -> Self {
        Self::new(id, "")
    }
}

/// The two forms of a server id in JSON.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a server's id, or an object with `id` and `language`"
)]
enum ServerIdForm {
    Id(String),
    Object {
        id: String,
        #[serde(default)]
        language: String,
    },
}

impl From<ServerIdForm> for ServerId {
    fn from(form: ServerIdForm) -> Self {
        match form {
            ServerIdForm::Id(id) => Self::new(id, ""),
            ServerIdForm::Object { id, language } => Self { id, language },
        }
    }
}
