//! Errors of running a program to its end.

use std::{io, time::Duration};

/// A program that did not run to its end. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// It cannot be started.
    #[error("the program cannot be started")]
    Start(#[source] io::Error),
    /// Its output cannot be read, or its end not be waited for.
    #[error("the program cannot be followed")]
    Follow(#[source] io::Error),
    /// It ran longer than it might.
    #[error("the program was ended after {} seconds", .0.as_secs_f64())]
    TimeLimit(Duration),
    /// It wrote more than this many bytes to one of its streams.
    #[error("the program wrote more than {0} bytes")]
    OutputLimit(u64),
}
