//! A channel of events, for a task that reads them when it has time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{
    Semaphore,
    mpsc::{self, error::TryRecvError, error::TrySendError},
};

use super::{event::Event, listener::Listener};
use crate::runtime::delegate::ExtensionEvent;

/// An event, and how many before it found no place.
type Message = (u64, Event);

/// A channel from a store to a task, in which at most `capacity` events wait, but at least one.
///
/// What finds no place is dropped, so that a slow reader holds up no change and no extension; how many these were is
/// told by [`Event::Missed`] in their place. A quarter of the places, rounded down, is kept from what may come as often
/// as it likes, [`Event::Extension`] and [`ChangeStep::Fetching`](crate::store::ChangeStep::Fetching): a noisy extension pushes out no change of the store.
///
/// ```
/// # fn listen(store: annexe::Store) {
/// let (sender, mut events) = annexe::store::events(256);
/// let store = store.with_listener(std::sync::Arc::new(sender));
/// let reader = async move {
///     while let Some(event) = events.next().await {
///         println!("{event:?}");
///     }
/// };
/// # drop((store, reader));
/// # }
/// ```
pub fn events(capacity: usize) -> (EventSender, EventReceiver) {
    let (sender, receiver) = mpsc::channel(capacity.clamp(1, Semaphore::MAX_PERMITS));
    let missed = Arc::new(Mutex::new(0));
    let sender = EventSender {
        sender,
        missed: Arc::clone(&missed),
        wants_host_calls: false,
    };
    let receiver = EventReceiver {
        receiver,
        missed,
        next: None,
    };
    (sender, receiver)
}

/// The end of a [channel](events) that hears: a [`Listener`] that never waits.
#[derive(Debug, Clone)]
pub struct EventSender {
    sender: mpsc::Sender<Message>,
    /// How many found no place since the last that did. Held while one is sent, or it is looked whether one was: that
    /// keeps the count in its place among the events.
    missed: Arc<Mutex<u64>>,
    wants_host_calls: bool,
}

impl EventSender {
    /// Sends [`ExtensionEvent::HostCall`] too. Default: no.
    #[must_use]
    pub fn with_host_calls(mut self) -> Self {
        self.wants_host_calls = true;
        self
    }
}

impl Listener for EventSender {
    fn hear(&self, event: &Event) {
        let is_host_call = matches!(
            event,
            Event::Extension {
                event: ExtensionEvent::HostCall(_),
                ..
            }
        );
        if is_host_call && !self.wants_host_calls {
            return;
        }
        let kept_free = match event.is_frequent() {
            true => self.sender.max_capacity() / 4,
            false => 0,
        };
        let mut missed = held(&self.missed);
        match self.sender.try_reserve() {
            // The place that is reserved counts no more.
            Ok(_) if self.sender.capacity() < kept_free => *missed += 1,
            Ok(place) => place.send((std::mem::take(&mut *missed), event.clone())),
            Err(TrySendError::Full(())) => *missed += 1,
            Err(TrySendError::Closed(())) => {}
        }
    }

    /// No, where nobody reads any more.
    fn wants_host_calls(&self) -> bool {
        self.wants_host_calls && !self.sender.is_closed()
    }
}

/// The end of a [channel](events) that is read.
#[derive(Debug)]
pub struct EventReceiver {
    receiver: mpsc::Receiver<Message>,
    missed: Arc<Mutex<u64>>,
    /// The event after an [`Event::Missed`] that was given.
    next: Option<Event>,
}

impl EventReceiver {
    /// Waits for the next event; `None` when nothing can come any more, since the store, its clones and all that runs
    /// from it are gone. The future may be dropped at any point: no event is lost by that.
    pub async fn next(&mut self) -> Option<Event> {
        // A reader whose events come without end gives way to others.
        tokio::task::coop::consume_budget().await;
        if let Some(event) = self.next.take() {
            return Some(event);
        }
        let waiting = {
            let mut missed = held(&self.missed);
            match self.receiver.try_recv() {
                Ok(message) => Some(message),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) if *missed > 0 => {
                    let count = std::mem::take(&mut *missed);
                    return Some(Event::Missed { count });
                }
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => return None,
            }
        };
        let (count, event) = match waiting {
            Some(message) => message,
            None => self.receiver.recv().await?,
        };
        if count == 0 {
            return Some(event);
        }
        self.next = Some(event);
        Some(Event::Missed { count })
    }
}

fn held(missed: &Mutex<u64>) -> MutexGuard<'_, u64> {
    missed.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: u64) -> Event {
        Event::Extension {
            id: "one".parse().unwrap(),
            event: ExtensionEvent::OutputDropped { lines: number },
        }
    }

    /// The numbers of the next events, and what was missed as `-count`.
    async fn read(events: &mut EventReceiver, many: usize) -> Vec<i64> {
        let mut numbers = Vec::new();
        for _ in 0..many {
            numbers.push(match events.next().await.unwrap() {
                Event::Extension {
                    event: ExtensionEvent::OutputDropped { lines },
                    ..
                } => lines as i64,
                Event::Missed { count } => -(count as i64),
                other => panic!("{other:?}"),
            });
        }
        numbers
    }

    #[tokio::test]
    async fn what_finds_no_place_is_counted_in_its_place() {
        let (sender, mut events) = events(2);
        (1..=5).for_each(|number| sender.hear(&event(number)));
        // A place is free: what comes next is after those that were lost.
        assert_eq!(read(&mut events, 1).await, [1]);
        sender.hear(&event(6));
        sender.hear(&event(7));
        assert_eq!(read(&mut events, 4).await, [2, -3, 6, -1]);
        sender.hear(&event(8));
        (9..=11).for_each(|number| sender.hear(&event(number)));
        drop(sender);
        assert_eq!(read(&mut events, 3).await, [8, 9, -2]);
        assert!(events.next().await.is_none());
    }

    #[tokio::test]
    async fn what_comes_often_leaves_a_quarter_of_the_places_to_the_store() {
        let (sender, mut events) = events(8);
        (1..=9).for_each(|number| sender.hear(&event(number)));
        // Two places are left for what the store has to tell, and no more.
        let own = Event::Missed { count: 100 };
        (1..=3).for_each(|_| sender.hear(&own));
        // What came too often is counted where it was lost, though places were free.
        assert_eq!(read(&mut events, 7).await, [1, 2, 3, 4, 5, 6, -3]);
        assert_eq!(read(&mut events, 2).await, [-100, -100]);
        sender.hear(&event(10));
        assert_eq!(read(&mut events, 2).await, [-1, 10]);
    }

    #[tokio::test]
    async fn a_channel_that_nobody_reads_wants_no_host_calls() {
        let (sender, events) = events(1);
        let sender = sender.with_host_calls();
        assert!(sender.wants_host_calls());
        drop(events);
        assert!(!sender.wants_host_calls());
        sender.hear(&event(1));
    }

    #[tokio::test]
    async fn a_reader_of_many_events_gives_way_to_others() {
        let (sender, mut events) = events(10_000);
        (1..=7_000).for_each(|number| sender.hear(&event(number)));
        let reading = tokio::spawn(async move { read(&mut events, 7_000).await });
        // Both tasks share a thread: had the reader not given way, it would have ended.
        tokio::task::yield_now().await;
        assert!(!reading.is_finished());
        assert_eq!(reading.await.unwrap().len(), 7_000);
    }

    #[tokio::test]
    async fn a_reader_that_waits_is_woken_and_one_that_is_gone_holds_up_nobody() {
        let (sender, mut events) = events(0);
        let reading = tokio::spawn(async move { read(&mut events, 1).await });
        tokio::task::yield_now().await;
        sender.hear(&event(1));
        assert_eq!(reading.await.unwrap(), [1]);
        (2..=9).for_each(|number| sender.hear(&event(number)));
    }
}
