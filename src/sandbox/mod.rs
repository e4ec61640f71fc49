//! What an extension sees of the machine: folders, environment, streams, clocks, randomness, sockets.
//!
//! A [`Sandbox`] is data, and belongs to no engine: `engine` makes of it what WASI gives the guest.

/// What an extension sees of the machine, beside its work directory. The default is nothing.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Sandbox {}
