//! The command as a user or a script meets it: its exit codes, what goes to stdout and what to
//! stderr, in words and as JSON.
#![cfg(feature = "cli")]
#![expect(
    clippy::disallowed_methods,
    reason = "the tests look at the file system behind the command's back"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a helper of the tests may fail the test it helps"
)]

mod api;
mod asking;
mod audit;
mod before;
mod call;
mod check;
mod clones;
mod compiler;
mod configuration;
mod confinement;
mod containers;
mod crowd;
mod dev;
mod diagnosis;
mod direct;
mod disable;
mod doctor;
mod editor;
mod fetch;
mod folder;
mod found;
mod grants;
mod help;
mod identity;
mod image;
mod import;
mod info;
mod install;
mod interrupt;
mod languages;
mod lockfile;
mod named;
mod new;
mod outdated;
mod pack;
mod pipes;
mod progress;
mod registry;
mod search;
mod settings;
mod source;
mod strict;
#[path = "../support/mod.rs"]
mod support;
#[cfg(target_os = "linux")]
mod terminal;
mod tools;
mod upgrade;
mod usage;
mod versions;
mod wit;
mod zed;
