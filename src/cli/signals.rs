//! The signals that end a command.

use std::io;

/// The signals that the process was started to ignore, as `nohup` does it and shells do for what runs in their background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// They end the command as any other: somebody has sent them.
    Heeded,
    /// They stay ignored, for the program that the process becomes has them as they are.
    Kept,
}

/// Waits for Ctrl-C.
///
/// # Errors
/// Where the system does not tell of signals.
pub async fn interrupted(ignored: Ignored) -> io::Result<()> {
    #[cfg(unix)]
    return received(tokio::signal::unix::SignalKind::interrupt(), ignored).await;
    #[cfg(not(unix))]
    {
        let _ = ignored;
        tokio::signal::ctrl_c().await
    }
}

/// Waits until the process is told to end in another way: its terminal is closed, or a supervisor asks for it.
/// What it has started ends with it then.
pub async fn told_to_end(ignored: Ignored) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::SignalKind;

        let terminated = received(SignalKind::terminate(), ignored);
        let hung_up = received(SignalKind::hangup(), ignored);
        let told = tokio::select! {
            told = terminated => told,
            told = hung_up => told,
        };
        if told.is_ok() {
            return;
        }
    }
    let _ = ignored;
    std::future::pending().await
}

/// Waits for a signal; for ever where it is to stay ignored.
#[cfg(unix)]
async fn received(kind: tokio::signal::unix::SignalKind, ignored: Ignored) -> io::Result<()> {
    if ignored == Ignored::Kept && is_ignored(kind.as_raw_value()) {
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
