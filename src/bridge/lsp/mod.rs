//! A bridge between an editor and a language server: to the editor it is the server, and the server is its child.
//!
//! - Nearly all messages pass as they came (`pump`): of each only the envelope is looked at (`envelope`), and none
//!   is parsed but those few that the bridge has a part in (`session`).
//! - `initialize` is held until the server is prepared (`provider`): three members of it change (`initialize`).
//! - Settings are merged into what either side sends of them (`configuration`).
//! - Each direction has one queue and one writer (`wire::outlet`), and whoever reads one side answers nothing from there but
//!   through them: two sides that write and do not read cannot hold each other up.
//! - The server's process ends with the bridge (`child`).
//!
//! `probe` finds out without an editor whether a server starts and answers.
//!
//! There is no restart, no multiplexing, and nothing but LSP on the stream to the editor.

mod configuration;
mod envelope;
mod idle;
mod initialize;
mod message;
mod probe;
mod provider;
mod pump;
mod receivers;
mod root;
mod serve;
mod session;
mod steps;

pub use self::{
    probe::probe,
    provider::{PreparedServer, ServerProvider},
    root::Root,
    serve::{EditorConnection, serve},
};
pub use super::{
    preparation::{PreparationError, PreparationErrorKind, PreparationProgress},
    probing::{ProbeAnswer, ProbeError},
};
