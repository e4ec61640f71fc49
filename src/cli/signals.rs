//! The signals that end a command. One that the process was started to ignore, as `nohup` does it and shells do for what
//! runs in their background, it goes on ignoring.

use std::io;

/// Waits for Ctrl-C.
///
/// # Errors
/// Where the system does not tell of signals.
pub async fn interrupted() -> io::Result<()> {
    #[cfg(unix)]
    return received(tokio::signal::unix::SignalKind::interrupt()).await;
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Waits until the process is told to end in another way: its terminal is closed, or a supervisor asks for it.
/// What it has started ends with it then.
pub async fn told_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::SignalKind;

        let terminated = received(SignalKind::terminate());
        let hung_up = received(SignalKind::hangup());
        let told = tokio::select! {
            told = terminated => told,
            told = hung_up => told,
        };
        if told.is_ok() {
            return;
        }
    }
    std::future::pending().await
}

/// Waits for a signal; for ever where the process ignores it.
#[cfg(unix)]
async fn received(kind: tokio::signal::unix::SignalKind) -> io::Result<()> {
    if is_ignored(kind.as_raw_value()) {
        std::future::pending::<()>().await;
    }
    match tokio::signal::unix::signal(kind)?.recv().await {
        Some(()) => Ok(()),
        None => Err(io::Error::other("no more signals are told of")),
    }
}

/// Whether the process ignores a signal, where the system says so.
#[cfg(unix)]
#[expect(
    clippy::disallowed_methods,
    reason = "what cannot be read is not known, and needs no error"
)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
