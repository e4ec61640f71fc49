//! Every sample of the built-in registry installs from it, from a folder and from a web server, and
//! then does what it is for: each has a file of its name here.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test may fail, print and look at files"
)]

mod bash_server;
mod manifest_notes;
mod nginx;
mod registry;
mod sample;
mod taplo;
