//! One location of a registry: the main one or a mirror. What is read there goes through the cache,
//! and is kept only once it is known to be what it should be.

mod catalogue;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::OnceCell;

use super::{
    append_only::{Growth, growth},
    cache::{Cache, Entry},
    catalogue::CatalogueLine,
    config::{self, Config},
    error::Error,
    freshness::{OlderCatalogue, Order, is_past, order},
    index_file::{IndexFile, MAX_INDEX_BYTES},
    path::{CONFIG_PATH, index_path},
    skipped::{LineProblem, MOST_LINES},
    source::{Reading, Source, SourceError},
};
use crate::base::{
    digest::{Sha256Digest, Sha256Hasher},
    timestamp::Timestamp,
    types::ExtensionId,
};
use crate::network::http::Validator;

/// How long a location that failed is asked after the others.
const REST: Duration = Duration::from_secs(30);

/// One location of a registry.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) source: Arc<dyn Source>,
    /// The registry's own location, not a mirror.
    pub(super) is_main: bool,
    /// It is on the network, and the network is not to be used.
    pub(super) is_offline: bool,
    /// What is kept of this location alone: its configuration.
    pub(super) own: Option<Cache>,
    /// What is kept of the registry, wherever it was read: a mirror may not go back behind what the
    /// main location said.
    pub(super) shared: Option<Cache>,
    config: OnceCell<Config>,
    failed: Mutex<Option<Instant>>,
    /// The answers of this location that were older than what was seen before, each once.
    older: Mutex<Vec<OlderCatalogue>>,
}

/// A file as it was read.
enum Answer {
    /// It is what the cache has.
    Kept(Entry),
    /// It came now.
    Fresh(Fresh),
}

struct Fresh {
    content: Vec<u8>,
    validator: Option<Validator>,
    /// What the cache had.
    before: Option<Entry>,
}

impl Answer {
    fn content(&self) -> &[u8] {
        match self {
            Self::Kept(entry) => &entry.content,
            Self::Fresh(fresh) => &fresh.content,
        }
    }
}

impl Site {
    /// A main location of which nothing is kept.
    pub(super) fn new(source: Arc<dyn Source>) -> Self {
        Self {
            source,
            is_main: true,
            is_offline: false,
            own: None,
            shared: None,
            config: OnceCell::new(),
            failed: Mutex::new(None),
            older: Mutex::default(),
        }
    }

    /// Returns its location, for messages.
    pub(super) fn location(&self) -> String {
        self.source.location()
    }

    /// It has failed lately: asking it costs time.
    pub(super) fn rests(&self) -> bool {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.is_some_and(|moment| moment.elapsed() < REST)
    }

    pub(super) fn has_failed(&self) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        *failed = Some(Instant::now());
    }

    /// Returns the older answers that were put aside for what was seen before.
    pub(super) fn older(&self) -> Vec<OlderCatalogue> {
        let older = self.older.lock().unwrap_or_else(PoisonError::into_inner);
        older.clone()
    }

    /// Notes that an answer was put aside for what was seen before.
    pub(super) fn note_older(&self, answer: OlderCatalogue) {
        let mut older = self.older.lock().unwrap_or_else(PoisonError::into_inner);
        if !older.contains(&answer) {
            tracing::debug!(%answer, "what was seen before is used instead");
            older.push(answer);
        }
    }

    /// The configuration, read at most once. `name` is what the registry calls itself: a mirror that calls
    /// itself otherwise is one of another registry. The main location may call itself as it likes.
    pub(super) async fn config(&self, name: Option<&str>) -> Result<&Config, Error> {
        let reading = self.config.get_or_try_init(|| self.read_config());
        let config = reading.await?;
        match name.filter(|name| !self.is_main && *name != config.registry) {
            Some(name) => Err(Error::OtherName {
                location: self.location(),
                expected: name.to_owned(),
                actual: config.registry.clone(),
            }),
            None => Ok(config),
        }
    }

    /// Returns the configuration of this location when it was read last.
    pub(super) async fn config_before(&self) -> Result<Option<Config>, Error> {
        let entry = before(self.own.as_ref(), CONFIG_PATH).await?;
        Ok(entry.and_then(|entry| Config::parse(&entry.content).ok()))
    }

    async fn read_config(&self) -> Result<Config, Error> {
        let cache = self.own.as_ref();
        let answer = match self
            .read(cache, CONFIG_PATH, config::MAX_CONFIG_BYTES)
            .await
        {
            Err(Error::Source(source)) if source.is_not_found() => {
                let location = self.location();
                return Err(Error::NoRegistry { location, source });
            }
            result => result?,
        };
        let config = Config::parse(answer.content()).map_err(|source| Error::Config {
            location: self.location(),
            source,
        })?;
        if let Answer::Fresh(Fresh {
            before: Some(before),
            ..
        }) = &answer
            && let Ok(kept) = Config::parse(&before.content)
            && kept.registry == config.registry
        {
            match order(config.made, kept.made, Timestamp::now()) {
                Order::Newer => {}
                Order::Behind => return Ok(kept),
                Order::Older(seen) => {
                    self.note_older(self.older_than(CONFIG_PATH, config.made, seen));
                    return Ok(kept);
                }
            }
        }
        self.keep(cache, CONFIG_PATH, answer).await;
        tracing::debug!(
            registry = config.registry,
            location = self.location(),
            "opened a registry"
        );
        Ok(config)
    }

    fn older_than(&self, path: &str, made: Option<Timestamp>, kept: Timestamp) -> OlderCatalogue {
        OlderCatalogue {
            location: format!("{}{path}", self.location()),
            made,
            kept,
        }
    }

    /// Returns the location's index file of one extension, `None` where it says that there is none. `listed` is the
    /// catalogue's line of the extension, where that was read.
    pub(super) async fn index(
        &self,
        registry: &str,
        id: &ExtensionId,
        listed: Option<&CatalogueLine>,
    ) -> Result<Option<IndexFile>, Error> {
        let path = index_path(id);
        let cache = self.shared.as_ref();
        let named = listed.and_then(|line| line.index);
        let answer = match self.read_named(cache, &path, named).await {
            Err(Error::Source(error)) if error.is_not_found() => {
                // Index files only grow: where there was one, the location is behind or ill, and its id
                // must not go to another registry.
                if let Some(before) = before(cache, &path).await? {
                    let growth = growth(id, &before.content, b"");
                    self.check_growth(registry, id, &before, growth)?;
                }
                return Ok(None);
            }
            result => result?,
        };
        let parsed = id.clone();
        // Thousands of lines at worst: too much to be read between two turns of the other tasks.
        let (answer, file, growth, is_listed) = off_thread(move || {
            let file = IndexFile::parse(&parsed, answer.content());
            let is_listed = named.is_none_or(|named| has_been(answer.content(), named));
            let growth = match &answer {
                Answer::Fresh(Fresh {
                    content,
                    before: Some(before),
                    ..
                }) if foreign(&file).is_none() => growth(&parsed, &before.content, content),
                _ => Growth::Grown,
            };
            (answer, file, growth, is_listed)
        })
        .await?;
        if let Some(reason) = foreign(&file) {
            let location = self.location();
            return Err(Error::NotAnIndex {
                path,
                location,
                reason,
            });
        }
        if let Answer::Fresh(Fresh {
            before: Some(before),
            ..
        }) = &answer
        {
            self.check_growth(registry, id, before, growth)?;
        }
        // The file may be on its way through caches; one that is not there after a day is held back.
        let made = listed.and_then(|line| line.made).filter(|_| !is_listed);
        if let Some(read) = made.filter(|made| is_past(*made, Timestamp::now())) {
            return Err(Error::Stale {
                id: id.clone(),
                registry: registry.to_owned(),
                location: self.location(),
                read,
            });
        }
        self.keep(cache, &path, answer).await;
        tell_skipped(registry, &file);
        Ok(Some(file))
    }

    fn check_growth(
        &self,
        registry: &str,
        id: &ExtensionId,
        before: &Entry,
        growth: Growth,
    ) -> Result<(), Error> {
        let (id, registry, location) = (id.clone(), registry.to_owned(), self.location());
        match growth {
            Growth::Grown => Ok(()),
            Growth::Shrunk => Err(Error::Stale {
                id,
                registry,
                location,
                read: before.read,
            }),
            Growth::Rewritten { line } => Err(Error::Rewritten {
                id,
                registry,
                location,
                line,
            }),
        }
    }

    /// Reads an index file. Where the server says that it has not changed, and the catalogue that it has, it is read as
    /// a whole: a server that knows files by the second may have missed a change.
    async fn read_named(
        &self,
        cache: Option<&Cache>,
        path: &str,
        named: Option<Sha256Digest>,
    ) -> Result<Answer, Error> {
        let answer = self.read(cache, path, MAX_INDEX_BYTES).await?;
        match (&answer, named) {
            (Answer::Kept(kept), Some(named))
                if !self.is_offline && Sha256Digest::of(&kept.content) != named =>
            {
                let before = before(cache, path).await?;
                self.ask(before, path, MAX_INDEX_BYTES, false).await
            }
            _ => Ok(answer),
        }
    }

    async fn read(&self, cache: Option<&Cache>, path: &str, limit: u64) -> Result<Answer, Error> {
        let before = before(cache, path).await?;
        if self.is_offline {
            return before.map(Answer::Kept).ok_or_else(|| self.offline(path));
        }
        self.ask(before, path, limit, true).await
    }

    /// Asks the source, for a change alone where that is known by what it said before.
    async fn ask(
        &self,
        before: Option<Entry>,
        path: &str,
        limit: u64,
        for_change: bool,
    ) -> Result<Answer, Error> {
        let known = before
            .as_ref()
            .filter(|before| for_change && before.location == self.location())
            .and_then(|before| before.validator.as_ref());
        match (
            self.source.read_if_changed(path, limit, known).await?,
            before,
        ) {
            (Reading::Unchanged, Some(before)) => Ok(Answer::Kept(before)),
            // A source that says so without having been given a validator.
            (Reading::Unchanged, None) => Err(SourceError::NotFound {
                location: format!("{}{path}", self.location()),
            }
            .into()),
            (Reading::Content { content, validator }, before) => Ok(Answer::Fresh(Fresh {
                content,
                validator,
                before,
            })),
        }
    }

    /// Keeps what came and is as it should be.
    async fn keep(&self, cache: Option<&Cache>, path: &str, answer: Answer) {
        let (Some(cache), Answer::Fresh(fresh)) = (cache, answer) else {
            return;
        };
        let entry = Entry {
            location: self.location(),
            validator: fresh.validator,
            read: Timestamp::now(),
            content: fresh.content,
        };
        let is_same = |before: Entry| {
            Entry {
                read: entry.read,
                ..before
            } == entry
        };
        if fresh.before.is_some_and(is_same) {
            return;
        }
        let (cache, path) = (cache.clone(), path.to_owned());
        if let Err(error) = off_thread(move || cache.write(&path, &entry)).await {
            tracing::debug!(%error, "the runtime stops, so an answer is not kept");
        }
    }

    /// The error of a file that only the network has.
    pub(super) fn offline(&self, path: &str) -> Error {
        Error::Offline {
            location: self.location(),
            path: path.to_owned(),
        }
    }
}

/// Tells of the lines that are left out.
pub(super) fn tell_skipped(registry: &str, file: &IndexFile) {
    for skipped in file.skipped.iter() {
        tracing::warn!(registry, extension = %file.id, "{skipped}");
    }
}

/// The reason why a file is not an index file: no line is of the format, not even of a later form of it, or it has
/// more lines than any index file. What one does not read to its end may withdraw a version there.
fn foreign(file: &IndexFile) -> Option<LineProblem> {
    let too_many = |reason: &LineProblem| matches!(reason, LineProblem::TooMany { .. });
    if let Some(cut) = file.skipped.iter().find(|it| too_many(&it.reason)) {
        return Some(cut.reason.clone());
    }
    let is_foreign = |reason: &LineProblem| {
        matches!(
            reason,
            LineProblem::Broken { .. } | LineProblem::Torn | LineProblem::TooLong { .. }
        )
    };
    let all = file.versions.is_empty() && file.skipped.iter().all(|it| is_foreign(&it.reason));
    let first = file.skipped.iter().next().filter(|_| all)?;
    Some(first.reason.clone())
}

/// Whether a file is, or was before lines were appended to it, the one that a catalogue names.
fn has_been(content: &[u8], named: Sha256Digest) -> bool {
    let mut hasher = Sha256Hasher::new();
    let mut lines = content
        .split_inclusive(|byte| *byte == b'\n')
        .take(MOST_LINES);
    lines.any(|line| {
        hasher.update(line);
        hasher.clone().finish() == named
    })
}

/// Runs blocking work on a thread that may block.
pub(super) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| SourceError::stopped(&error))?)
}

/// Returns the earlier content of a path, if it was kept.
async fn before(cache: Option<&Cache>, path: &str) -> Result<Option<Entry>, Error> {
    match cache {
        Some(cache) => {
            let (cache, path) = (cache.clone(), path.to_owned());
            off_thread(move || cache.read(&path)).await
        }
        None => Ok(None),
    }
}
