//! Live extensions, driven through the public API: the guests are built with the published crates.

mod guest;
mod language_server;
