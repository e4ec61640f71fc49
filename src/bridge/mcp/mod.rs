//! Context servers for agents, by the Model Context Protocol over standard streams: one JSON value a line.
//!
//! Nothing stands between an agent and a server that runs: whoever starts one for an agent becomes the server. What is
//! here is for the rest: [`refuse`] answers an agent whose server cannot be had, and [`probe`] finds out without an agent
//! whether a server starts and answers.

mod lines;
mod probe;
mod refusal;

pub use self::{probe::probe, refusal::refuse};
pub use super::probing::{ProbeAnswer, ProbeError};
