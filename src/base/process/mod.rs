//! Child processes in process groups of their own: a group ends with the program that leads it, with the handle that is
//! held on it, and with the host.
//!
//! A [`Launcher`] runs a program to its end and has its output read meanwhile, or starts it and leaves its streams to
//! the caller.

mod child;
mod error;
mod group;
mod launcher;
mod lifeline;
mod output;
#[cfg(unix)]
#[cfg(test)]
mod tests;

#[cfg(feature = "authoring")]
pub(crate) use self::output::lines;
pub(crate) use self::{
    child::{GroupChild, Streams},
    error::RunError,
    launcher::{Launcher, RunLimits},
    output::collect,
};
