//! The command as a person or a script meets it: its exit codes, what goes to stdout and what to
//! stderr, in words and as JSON.
#![cfg(feature = "cli")]
#![expect(
    clippy::disallowed_methods,
    reason = "the tests look at the file system behind the command's back"
)]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a helper of the tests may fail the test it helps, and says what is skipped"
)]

#[path = "command/api.rs"]
mod api;
#[path = "command/asking.rs"]
mod asking;
#[path = "command/audit.rs"]
mod audit;
#[path = "command/before.rs"]
mod before;
#[path = "command/call.rs"]
mod call;
#[path = "command/check.rs"]
mod check;
#[path = "command/clones.rs"]
mod clones;
#[path = "command/configuration.rs"]
mod configuration;
#[path = "command/confinement.rs"]
mod confinement;
#[path = "command/crowd.rs"]
mod crowd;
#[path = "command/dev.rs"]
mod dev;
#[path = "command/diagnosis.rs"]
mod diagnosis;
#[path = "command/direct.rs"]
mod direct;
#[path = "command/folder.rs"]
mod folder;
#[path = "command/found.rs"]
mod found;
#[path = "command/grants.rs"]
mod grants;
#[path = "command/help.rs"]
mod help;
#[path = "command/identity.rs"]
mod identity;
#[path = "command/info.rs"]
mod info;
#[path = "command/install.rs"]
mod install;
#[path = "command/interrupt.rs"]
mod interrupt;
#[path = "command/lockfile.rs"]
mod lockfile;
#[path = "command/named.rs"]
mod named;
#[path = "command/new.rs"]
mod new;
#[path = "command/pack.rs"]
mod pack;
#[path = "command/pipes.rs"]
mod pipes;
#[path = "command/place.rs"]
mod place;
#[path = "command/registry.rs"]
mod registry;
#[path = "command/server.rs"]
mod server;
#[path = "command/settings.rs"]
mod settings;
#[path = "guests/stopping.rs"]
mod stopping;
#[path = "command/strict.rs"]
mod strict;
#[path = "command/upgrade.rs"]
mod upgrade;
#[path = "command/usage.rs"]
mod usage;
#[path = "server/mod.rs"]
mod web;
#[path = "command/wit.rs"]
mod wit;
