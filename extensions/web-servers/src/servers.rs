//! The three servers, all of one package.

use zed_extension_api::{
    Result,
    serde_json::{Value, json},
};

use crate::npm::Server;

const PACKAGE: &str = "vscode-langservers-extracted";

/// One of the servers, and what it is told where a user has set nothing.
pub struct WebServer {
    pub server: Server,
    pub options: fn() -> Value,
    pub configuration: fn() -> Value,
}

/// The server of this id.
pub fn find(id: &str) -> Result<WebServer> {
    match id {
        "json-language-server" => Ok(JSON),
        "vscode-css-language-server" => Ok(CSS),
        "vscode-html-language-server" => Ok(HTML),
        _ => Err(format!("this extension has no server `{id}`")),
    }
}

const JSON: WebServer = WebServer {
    server: server(
        &["vscode-json-language-server", "vscode-json-languageserver"],
        "bin/vscode-json-language-server",
    ),
    options: || json!({"provideFormatter": true}),
    configuration: || json!({"json": {"validate": {"enable": true}, "format": {"enable": true}}}),
};

const CSS: WebServer = WebServer {
    server: server(
        &["vscode-css-language-server"],
        "bin/vscode-css-language-server",
    ),
    options: || json!({"provideFormatter": true}),
    // Without a word about it the server validates nothing.
    configuration: || {
        json!({
            "css": {"validate": true},
            "scss": {"validate": true},
            "less": {"validate": true},
        })
    },
};

const HTML: WebServer = WebServer {
    server: server(
        &["vscode-html-language-server"],
        "bin/vscode-html-language-server",
    ),
    options: || {
        json!({
            "provideFormatter": true,
            "embeddedLanguages": {"css": true, "javascript": true},
        })
    },
    configuration: || {
        json!({
            "html": {"validate": {"scripts": true, "styles": true}},
            "css": {"validate": true},
            "javascript": {"validate": {"enable": true}},
        })
    },
};

const fn server(programs: &'static [&'static str], script: &'static str) -> Server {
    Server {
        programs,
        package: PACKAGE,
        script,
        arguments: &["--stdio"],
    }
}
