//! Tests that a machine cannot run.

use std::fmt::Display;

/// Tells that a test, or a part of it, is not run, and why; the caller returns. `need` names what the machine lacks:
/// a program, or one of
///
/// - `crates`: the packages of a build, where there is no network; `network`: npm's registry;
/// - `foreign-javascript`, `foreign-python`: what `.ci/build-foreign` makes of a language, guest and sample;
/// - `debugpy`, `mcp-sdks`: Python's debugger, and the official SDKs of agents, from their registries;
/// - `newer-neovim`: a Neovim from 0.11 on, which starts servers in another way than those before it;
/// - `wasm-target`: the compiler's part for extensions;
/// - `root`, `not-root`, `other-user`: who runs the tests, and whether another user can run the command;
/// - `mount`, `ptrace`, `unshare`, `exchange`, `inotify`, `descriptors`, `tmp`, `dev-shm`: what the system lets them do;
/// - `system`: another system than this one.
///
/// # Panics
/// Where `ANNEXE_NO_SKIP` is `1` and `ANNEXE_MAY_SKIP`, names with spaces between them, does not have `need`: there a
/// test that is not run has failed.
#[track_caller]
pub fn skip(need: &str, reason: impl Display) {
    let variable = |name| std::env::var_os(name).unwrap_or_default();
    let may_skip = variable("ANNEXE_MAY_SKIP");
    let may_skip = may_skip.to_string_lossy();
    assert!(
        variable("ANNEXE_NO_SKIP") != "1" || may_skip.split_whitespace().any(|it| it == need),
        "not run: {reason} (`ANNEXE_MAY_SKIP` does not name `{need}`)"
    );
    println!("skipped: {reason}");
}
