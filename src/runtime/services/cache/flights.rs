//! Questions under way, one at a time for each key, and the servers that were silent a moment ago.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{sync::Mutex as Turn, time::Instant};

/// How long a server that was silent is not waited for.
const REST: Duration = Duration::from_secs(30);

/// The longest that a server is waited for while another one rests: it may be the network that is silent, and a start that
/// asks several must not wait for each.
const LITTLE: Duration = Duration::from_millis(500);

/// The questions whose answers are known from before and that are asked again.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    turns: Mutex<HashMap<String, Weak<Turn<()>>>>,
    silent: Mutex<HashMap<String, Instant>>,
}

impl Flights {
    /// The turn of a key: whoever holds it is the one who asks.
    pub(super) fn turn(&self, key: &str) -> Arc<Turn<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(key).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        turns.insert(key.to_owned(), Arc::downgrade(&turn));
        turn
    }

    /// Notes that nothing came from a server for as long as it was waited for.
    pub(super) fn was_silent(&self, server: &str) {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        silent.retain(|_, since| since.elapsed() < REST);
        silent.insert(server.to_owned(), Instant::now());
    }

    /// Notes that a server has answered.
    pub(super) fn has_answered(&self, server: &str) {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        silent.remove(server);
    }

    /// Returns how long a server is waited for, `whole` at most: not at all where it was silent a moment ago, and a
    /// little where another was.
    pub(super) fn patience(&self, server: &str, whole: Duration) -> Duration {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        silent.retain(|_, since| since.elapsed() < REST);
        match silent.contains_key(server) {
            true => Duration::ZERO,
            false if silent.is_empty() => whole,
            false => whole.min(LITTLE),
        }
    }
}
