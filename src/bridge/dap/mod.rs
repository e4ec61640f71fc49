//! A bridge between an editor and a debug adapter, by the Debug Adapter Protocol: to the editor it is the adapter.
//!
//! An editor wants an answer to `initialize` before it says what is to be debugged; an extension must know that before it
//! names an adapter. So the order is turned round:
//!
//! 1. `initialize` is answered at once, with the capabilities that the adapter had last, else with the least there can be.
//! 2. `launch` or `attach` brings the configuration, and the adapter is prepared (`provider`), then started or connected
//!    to (`connection`). What comes meanwhile is held.
//! 3. It gets `initialize`; its capabilities go to the editor as an event; then it gets the configuration, and all that
//!    was held (`session`).
//! 4. From there messages pass, with the numbers of one side for the other.
//!
//! An adapter that is reached over TCP is reached again by the sessions that it asks the editor to start (`reattachment`).
//! The adapter's process ends with the bridge (`child`). `probe` finds out without an editor whether an adapter starts and
//! answers.

mod connection;
mod message;
mod probe;
mod provider;
mod reattachment;
mod receivers;
mod serve;
mod session;
mod steps;

pub use self::{
    probe::probe,
    provider::{AdapterProvider, PreparedAdapter, StartRequest, TCP_CONNECTION},
    serve::{ClientConnection, serve},
};
pub use super::probing::{ProbeAnswer, ProbeError};
