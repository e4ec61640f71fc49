//! The resources of its host that one extension may use, all its instances together.

mod room;
mod status;

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(crate) use self::room::{Fits, Room, Taken};
use self::status::Statuses;
pub(super) use self::status::pass_on;
use super::{ServiceResult, Services};
use crate::runtime::{
    delegate::ExtensionEvent,
    limits::{LimitExceeded, Limits},
};

/// The resources that one extension may use, and how much of each it uses.
#[derive(Debug)]
pub(crate) struct Allowance {
    /// The space in its work directory.
    pub(crate) room: Arc<Room>,
    pub(super) statuses: Arc<Statuses>,
    http_streams: (Arc<Semaphore>, usize),
    stored_bytes: u64,
    /// The limits that were told of.
    told: Mutex<BTreeSet<&'static str>>,
}

impl Allowance {
    pub(crate) fn new(limits: &Limits, work_dir: &Path) -> Self {
        let streams = limits.http_streams.min(Semaphore::MAX_PERMITS);
        Self {
            room: Arc::new(Room::new(
                work_dir.to_owned(),
                limits.work_dir_bytes,
                limits.work_dir_files,
            )),
            statuses: Arc::new(Statuses::new(limits)),
            http_streams: (Arc::new(Semaphore::new(streams)), limits.http_streams),
            stored_bytes: limits.stored_bytes,
            told: Mutex::default(),
        }
    }
}

impl Services {
    /// Lets one more answer of a server be read piece by piece, for as long as what is given back is there.
    ///
    /// # Errors
    /// [`ServiceError::Limit`](super::ServiceError::Limit).
    pub(super) fn take_http_stream(&self) -> ServiceResult<OwnedSemaphorePermit> {
        let (streams, most) = &self.allowance.http_streams;
        let taken = streams.clone().try_acquire_owned();
        taken.map_err(|_| self.reached(LimitExceeded::HttpStreams(*most)).into())
    }

    /// Lets so many bytes be stored in a call that has stored some already.
    ///
    /// # Errors
    /// [`ServiceError::Limit`](super::ServiceError::Limit).
    pub(super) fn check_stored(&self, bytes: u64) -> ServiceResult<()> {
        let most = self.allowance.stored_bytes;
        if bytes > most {
            return Err(self.reached(LimitExceeded::StoredBytes(most)).into());
        }
        Ok(())
    }

    /// Tells, once, that the extension has run into a limit; gives the limit back.
    pub(crate) fn reached(&self, limit: LimitExceeded) -> LimitExceeded {
        let told = self.allowance.told.lock();
        let is_new = told
            .unwrap_or_else(PoisonError::into_inner)
            .insert(limit.setting());
        if is_new {
            let message = limit.to_string();
            tracing::warn!(extension = %self.extension, "{message}");
            self.sink.tell(&ExtensionEvent::LimitReached {
                setting: limit.setting(),
                message: &message,
            });
        }
        limit
    }
}
