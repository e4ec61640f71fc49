//! Every sample of the built-in registry installs from it, from a folder and from a web server, and
//! then does what it is for: each has a file of its name here. Those in other languages than Rust install
//! from an archive, where they could be built.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test may fail, print and look at files"
)]

mod bash_server;
mod clangd_server;
mod debugpy;
mod dockerfile_server;
mod dotenv;
mod file_servers;
mod foreign;
mod git_notes;
mod http_reference;
mod lldb;
mod lua_server;
mod manifest_notes;
mod markdown_lint;
mod markdown_server;
mod markdown_snippets;
mod memory_server;
mod npm_scripts;
mod npm_server;
mod paper_theme;
mod plain_icons;
mod python_server;
mod registry;
mod ruff_server;
mod sample;
#[path = "../support/mod.rs"]
mod support;
mod taplo;
mod vue_server;
mod web_servers;
mod yaml_server;
