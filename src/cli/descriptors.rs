//! The number of files that the process may open: extensions hold up to 128 each, and a shell often gives a program no more than
//! 1,024 unless it asks for them.

/// As many as 60 extensions hold. It is not all that a system may allow, for the programs that this one starts
/// inherit it, and some of them close every number there can be.
#[cfg(unix)]
const WANTED: u64 = 8_192;

/// The number that the process was given.
#[cfg(unix)]
static GIVEN: std::sync::OnceLock<rustix::process::Rlimit> = std::sync::OnceLock::new();

/// Asks the system for more descriptors, up to its own limit. The library leaves that to its embedder.
pub fn raise() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};

        let mut limit = getrlimit(Resource::Nofile);
        let wanted = limit.maximum.unwrap_or(WANTED).min(WANTED);
        if limit.current.is_some_and(|current| current < wanted) {
            let _ = GIVEN.set(limit);
            limit.current = Some(wanted);
            if let Err(error) = setrlimit(Resource::Nofile, limit) {
                tracing::debug!(%error, "the process may open no more files than before");
            }
        }
    }
}

/// Goes back to what the process was given, for the program that it becomes.
pub fn lower() {
    #[cfg(unix)]
    if let Some(given) = GIVEN.get() {
        use rustix::process::{Resource, setrlimit};

        if let Err(error) = setrlimit(Resource::Nofile, *given) {
            tracing::debug!(%error, "the limit of open files stays as it is");
        }
    }
}
