//! The command, stopped at every system call that changes a file.
//!
//! A crash test is exhaustive or it proves little: what loses an installation is the one moment that
//! nobody thought of. So the real command is run under `ptrace`, every call that changes a file below
//! its folders is counted over all its threads, and the run is repeated for each of them: once the
//! process is killed just before the call, and once for each of two errors the call fails, as it does
//! on a full disk (`ENOSPC`) and on a broken one (`EIO`). Afterwards
//!
//! - everything that was installed is listed, in its old or its new version, whole, and answers;
//! - `annexe verify` finds nothing wrong;
//! - files that are replaced as a whole (a lockfile, a registry's index) hold the old or the new text,
//!   and a registry can be installed from;
//! - a command that met an error said so, with the path and, on a full disk, the way out; or it did
//!   all that was asked, where the call did not matter;
//! - the same command, run again, succeeds, and nothing half done is left.
//!
//! What a process has written stays when it is killed, synced or not, so a lost write is no part of
//! this: a missing `fsync` goes unnoticed here.
//!
//! All of them, some thousand runs in a few minutes:
//!
//! ```sh
//! ANNEXE_CRASH=all cargo test --test crash -- --nocapture
//! ```
//!
//! Without `ANNEXE_CRASH=all` an evenly spaced sample of each scenario is tried; with
//! `ANNEXE_CRASH=<names of scenarios, with commas between>` all points of those are.
//!
//! - `scenario`, `backends`: what is run, as data: one constant for each command line;
//! - `place`: the folders of one run, and the extensions and the registry in them;
//! - `tracer`: runs a command and strikes at its nth call; `call`: which calls count;
//! - `aftermath`: what must hold afterwards;
//! - `campaign`: the points of one scenario, one after the other.
//!
//! strace can inject the same faults, but counts calls for each thread by itself, and the command has
//! several: the nth call of the process is out of its reach.
#![cfg(feature = "cli")]

#[path = "../support/mod.rs"]
mod support;

#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests look at the file system behind the command's back"
)]
#[expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "these are tests, whose helpers are no test functions"
)]
mod linux {
    mod aftermath;
    mod backends;
    mod call;
    mod campaign;
    mod place;
    mod scenario;
    mod tracer;
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")))]
#[test]
fn whatever_call_is_the_last_one_nothing_installed_is_lost() {
    crate::support::skip(
        "system",
        "calls are counted and made to fail on Linux on x86-64 only",
    );
}
