//! A session: watches the sources, and makes an attempt for each change of them.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::{
    Dev,
    attempt::{self, Failure, Started},
    error::DevError,
    event::DevEvent,
    watch::{Change, SourceWatch},
};
use crate::{
    base::{causes::in_full, digest::Blake3Digest, fs, task::blocking},
    store::{DevExtension, DevLease},
};

/// How often a session looks whether it was stopped.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// How long it waits between two looks whether work that was begun has ended.
const UNTIL_ALONE: Duration = Duration::from_millis(10);

/// How often it looks: for two seconds.
const TRIES_TO_LEAVE: u32 = 200;

/// How often in a row a change may end a compilation. What changes all the time is built at times.
const MOST_RESTARTS: u32 = 5;

/// Builds a folder once and makes it a dev extension.
pub(super) async fn once<F: Fn(DevEvent) + Send + Sync>(
    dev: Dev,
    follow: &F,
) -> Result<DevExtension, DevError> {
    let lease = lease(&dev).await?;
    follow(DevEvent::Building {
        id: lease.id().clone(),
        changed: Vec::new(),
    });
    let attempted = async {
        let (started, _) = attempt::start(&dev, &lease, None, follow).await?;
        let started = started.ok_or_else(|| stopped(&lease))?;
        let served = attempt::put_into_service(&dev, &lease, started).await?;
        Ok(served.ok_or_else(|| stopped(&lease))?)
    };
    match attempted.await {
        Ok(served) => {
            let extension = DevExtension {
                kept_live_by: None,
                ..served.extension.clone()
            };
            follow(DevEvent::Serving(served));
            Ok(extension)
        }
        Err(Failure { error, .. }) => {
            give_up(&lease, &error).await;
            Err(error)
        }
    }
}

/// Makes a folder a dev extension and keeps it live until it is stopped.
pub(super) async fn run<F: Fn(DevEvent) + Send + Sync>(
    dev: Dev,
    follow: &F,
) -> Result<(), DevError> {
    let lease = lease(&dev).await?;
    let (folder, quiet) = (lease.folder().to_path_buf(), dev.quiet);
    // Before the first build, so that nothing that changes meanwhile is missed.
    let watch = blocking(move || Ok::<_, DevError>(SourceWatch::start(folder, quiet)?)).await?;
    let session = Session {
        dev: &dev,
        lease: lease.clone(),
        follow,
        serving: None,
        sources: Vec::new(),
    };
    tokio::select! {
        ended = session.keep_live(watch) => ended?,
        () = until_stopped(&lease) => {}
    }
    let id = lease.id().clone();
    leave(lease).await;
    if let Some(live) = &dev.live
        && let Err(error) = live.refresh().await
    {
        tracing::warn!(%error, "what is installed is not taken up again");
    }
    follow(DevEvent::Stopped { id });
    Ok(())
}

/// Clears away what belongs to a dev extension that was stopped, once nothing of it is under way. What
/// stays behind is removed by whoever has stopped it, or collected.
async fn leave(lease: Arc<DevLease>) {
    for _ in 0..TRIES_TO_LEAVE {
        if Arc::strong_count(&lease) == 1 {
            break;
        }
        tokio::time::sleep(UNTIL_ALONE).await;
    }
    if let Err(error) = blocking(move || Ok::<_, DevError>(lease.leave()?)).await {
        tracing::warn!(%error, "builds of a dev extension that was stopped stay behind");
    }
}

/// Notes why a folder could not be built once; where it was never built, nothing stays of it.
async fn give_up(lease: &Arc<DevLease>, error: &DevError) {
    let (message, giving_up) = (in_one_line(error), lease.clone());
    let noted = blocking(move || Ok::<_, DevError>(giving_up.give_up(message)?)).await;
    if let Err(error) = noted {
        tracing::warn!(%error, "the failed build is not noted");
    }
}

struct Session<'a, F> {
    dev: &'a Dev,
    lease: Arc<DevLease>,
    follow: &'a F,
    /// The build that this session has put into service.
    serving: Option<Blake3Digest>,
    /// What is read outside of the folder.
    sources: Vec<PathBuf>,
}

impl<F: Fn(DevEvent) + Send + Sync> Session<'_, F> {
    /// Makes attempts until the dev extension is stopped.
    async fn keep_live(mut self, mut watch: SourceWatch) -> Result<(), DevError> {
        let mut changed = Vec::new();
        loop {
            match self.attempt(&mut watch, changed).await? {
                Attempted::Stopped => return Ok(()),
                Attempted::Gone => {}
                Attempted::Ended => match watch.next().await {
                    Change::Sources(sources) => {
                        changed = sources.paths;
                        continue;
                    }
                    Change::Missing => self.tell_gone(),
                    Change::Back => {
                        changed = Vec::new();
                        continue;
                    }
                },
            }
            self.until_back(&mut watch).await;
            changed = Vec::new();
        }
    }

    /// One attempt, begun anew for each change of the sources that comes before it has started.
    async fn attempt(
        &mut self,
        watch: &mut SourceWatch,
        mut changed: Vec<PathBuf>,
    ) -> Result<Attempted, DevError> {
        let mut restarts = 0;
        let outcome = loop {
            (self.follow)(DevEvent::Building {
                id: self.lease.id().clone(),
                changed: std::mem::take(&mut changed),
            });
            let starting = attempt::start(self.dev, &self.lease, self.serving, self.follow);
            tokio::select! {
                biased;
                started = starting => break started,
                change = watch.next(), if restarts < MOST_RESTARTS => match change {
                    Change::Sources(sources) => changed = sources.paths,
                    Change::Back => {}
                    Change::Missing => {
                        self.tell_gone();
                        return Ok(Attempted::Gone);
                    }
                },
            }
            restarts += 1;
        };
        let outcome = match outcome {
            Ok((started, sources)) => {
                self.sources = sources;
                Ok(started)
            }
            Err(Failure { error, sources }) => {
                // The sources of the last good build may hold the mistake as well.
                self.sources.extend(sources);
                Err(error)
            }
        };
        watch.also(&self.sources)?;
        self.finish(outcome).await
    }

    async fn finish(
        &mut self,
        outcome: Result<Option<Started>, DevError>,
    ) -> Result<Attempted, DevError> {
        let served = match outcome {
            Ok(Some(started)) => attempt::put_into_service(self.dev, &self.lease, started).await,
            Ok(None) => {
                if !note(&self.lease, None).await {
                    return Ok(Attempted::Stopped);
                }
                (self.follow)(DevEvent::Unchanged);
                return Ok(Attempted::Ended);
            }
            Err(error) => Err(error),
        };
        match served {
            Ok(None) => return Ok(Attempted::Stopped),
            Ok(Some(served)) => {
                self.serving = served.extension.build.as_ref().map(|build| build.tree);
                (self.follow)(DevEvent::Serving(served));
            }
            Err(error) => {
                if !note(&self.lease, Some(&error)).await {
                    return Ok(Attempted::Stopped);
                }
                let lease = self.lease.clone();
                let serving = blocking(move || Ok::<_, DevError>(lease.build()?))
                    .await
                    .ok()
                    .flatten();
                (self.follow)(DevEvent::Failed {
                    error: Box::new(error),
                    serving: serving.map(Box::new),
                });
            }
        }
        Ok(Attempted::Ended)
    }

    async fn until_back(&self, watch: &mut SourceWatch) {
        while !matches!(watch.next().await, Change::Back) {}
        (self.follow)(DevEvent::Back {
            folder: self.lease.folder().to_path_buf(),
        });
    }

    fn tell_gone(&self) {
        (self.follow)(DevEvent::Gone {
            folder: self.lease.folder().to_path_buf(),
        });
    }
}

/// The end of an attempt.
enum Attempted {
    /// With a build, or with a reason why there is none.
    Ended,
    /// The sources are gone.
    Gone,
    /// The dev extension was stopped.
    Stopped,
}

/// Takes the right to keep the folder's extension live.
async fn lease(dev: &Dev) -> Result<Arc<DevLease>, DevError> {
    let (store, path) = (dev.store.clone(), dev.folder.clone());
    blocking(move || {
        let folder = match fs::canonicalize(&path) {
            Ok(folder) if folder.is_dir() => folder,
            Ok(_) => return Err(DevError::NoFolder { path }),
            Err(error) if error.is_not_found() => return Err(DevError::NoFolder { path }),
            Err(error) => return Err(error.into()),
        };
        let id = attempt::id_in(&folder)?;
        Ok(Arc::new(store.lease_dev(&id, &folder)?))
    })
    .await
}

/// Writes down why an attempt failed, if it did, for those who list dev extensions; whether it is still one.
async fn note(lease: &Arc<DevLease>, error: Option<&DevError>) -> bool {
    let message = error.map(in_one_line);
    let lease = lease.clone();
    let noted = blocking(move || Ok::<_, DevError>(lease.note_failure(message)?)).await;
    // A full disk, most often: it may be the very reason.
    noted.unwrap_or_else(|error| {
        tracing::warn!(%error, "how the last attempt ended is not noted");
        true
    })
}

/// An error with its causes.
fn in_one_line(error: &DevError) -> String {
    in_full(error).replace('\n', " ")
}

fn stopped(lease: &DevLease) -> DevError {
    DevError::Stopped {
        id: lease.id().clone(),
    }
}

async fn until_stopped(lease: &Arc<DevLease>) {
    while !lease.is_stopped() {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
