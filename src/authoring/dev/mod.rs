//! Dev extensions, kept live: a folder is built, started and put into service, and again whenever its
//! sources change. What fails leaves the last good build in service.
//!
//! Needs the feature `authoring`.
//!
//! 1. The sources are watched before anything is built, so no change is missed.
//! 2. The build goes into the build folder; nothing is written into the sources.
//! 3. The build is started. Only what starts is put into service, so a trap at the start does no harm.
//! 4. The store names it as what runs under its id; those who follow the store swap it in.
//!
//! A change of the sources while they are compiled ends the compilation and begins a new one.

mod attempt;
mod error;
mod event;
mod session;
mod watch;

use std::{path::PathBuf, time::Duration};

pub use self::{
    error::DevError,
    event::{DevEvent, Served},
    watch::WatchError,
};
use crate::{
    authoring::builder::{Builder, Profile},
    store::{DevExtension, ExtensionStore, RunningExtensions},
};

/// How long the sources must have been left alone before they are built: editors write in several steps.
pub const QUIET: Duration = watch::DEBOUNCE;

/// A folder that is to be a dev extension, and how.
#[derive(Debug)]
#[must_use]
pub struct Dev {
    store: ExtensionStore,
    builder: Builder,
    folder: PathBuf,
    profile: Profile,
    live: Option<RunningExtensions>,
    quiet: Duration,
}

impl ExtensionStore {
    /// Prepares to make a folder a dev extension: it is built with `builder`, and runs in place of what is
    /// installed under its id, until [`stop_dev`](crate::store::Store::stop_dev). Nothing happens before
    /// [`Dev::run`] or [`Dev::once`].
    pub fn dev(&self, folder: impl Into<PathBuf>, builder: Builder) -> Dev {
        Dev {
            store: self.clone(),
            builder,
            folder: folder.into(),
            profile: Profile::Debug,
            live: None,
            quiet: QUIET,
        }
    }
}

impl Dev {
    /// Sets how its component is compiled. Default: [`Profile::Debug`], as in Zed.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Running extensions in which each build takes the place of the one before as soon as it has started,
    /// with no call lost. Others, in this process or another, follow the store by
    /// [`RunningExtensions::watch`]. Default: none; each build is started once to see that it does.
    pub fn live(mut self, live: RunningExtensions) -> Self {
        self.live = Some(live);
        self
    }

    /// Sets how long the sources must have been left alone before they are built. Default: [`QUIET`].
    pub fn quiet(mut self, quiet: Duration) -> Self {
        self.quiet = quiet;
        self
    }

    /// Builds the folder once and makes it a dev extension, without keeping it live.
    ///
    /// # Errors
    /// A [`DevError`]. A build that was in service before stays.
    pub async fn once(
        self,
        follow: impl Fn(DevEvent) + Send + Sync,
    ) -> Result<DevExtension, DevError> {
        session::once(self, &follow).await
    }

    /// Makes the folder a dev extension and keeps it live, until it is stopped by
    /// [`Store::stop_dev`](crate::store::Store::stop_dev) from anywhere, or the future is dropped: then the last good build stays
    /// in service. `follow` hears of all that happens; what fails later than the start is an event, not an
    /// error.
    ///
    /// # Errors
    /// [`DevError::NoFolder`], [`DevError::Manifest`] where the extension's id cannot be read,
    /// [`DevError::Store`] where another process keeps it live or the store cannot be written,
    /// [`DevError::Watch`] where the system cannot watch the folder.
    pub async fn run(self, follow: impl Fn(DevEvent) + Send + Sync) -> Result<(), DevError> {
        session::run(self, &follow).await
    }
}
