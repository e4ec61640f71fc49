//! Runs of git: what each is given, and the bounds that it is held to.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    process::Command,
};
use url::{Host, Url};

use super::{GitClient, error::GitError};
use crate::{
    base::{
        fs,
        process::{RunError, RunLimits, Streams, collect},
        search_path::SearchPath,
        task::blocking,
        types::GitAddress,
    },
    network::http::{is_never_asked, is_plain},
};

/// The settings that no configuration of the user's changes: nothing of a repository runs, nothing is done besides, and
/// a server that has stopped sending is not waited for.
const SETTINGS: [&str; 19] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    // What is larger is not held in memory.
    "core.bigFileThreshold=16m",
    "protocol.version=2",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "fetch.output=full",
    // One file, not one for each object.
    "fetch.unpackLimit=1",
    "transfer.unpackLimit=1",
    "transfer.bundleURI=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
    "advice.fetchShowForcedUpdates=false",
    "color.ui=false",
];

/// The most bytes of what git says on its standard error that are kept: the last ones.
const MOST_WORDS: usize = 16 << 10;

/// The time between two looks at how many bytes are on the disk.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// The time for what git has left to say once it has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The answer of one run.
pub(super) struct Answer {
    pub(super) succeeded: bool,
    pub(super) stdout: Vec<u8>,
    /// The end of what it said, as text.
    pub(super) words: String,
}

/// The bounds of one run.
#[derive(Clone, Copy)]
pub(super) struct Bounds<'a> {
    /// The most bytes of its answer.
    pub(super) answer_bytes: u64,
    /// The folder that it fills, and hears how many bytes are in it.
    pub(super) filling: Option<(&'a Path, &'a (dyn Fn(u64) + Send + Sync))>,
}

impl GitClient {
    /// A run of git in a repository of our own, that may reach `address` and what that leads to.
    pub(super) fn command(&self, repository: &Path, address: &GitAddress) -> Command {
        let mut command = self.local_command(repository);
        let mut protocols = "https:ssh".to_owned();
        if self.options.plain_http || address.scheme() == "http" {
            protocols.push_str(":http");
        }
        if address.scheme() == "file" {
            protocols.push_str(":file");
        }
        if address.scheme() == "http" && !self.options.plain_http {
            // It was let through because it does not leave this machine, which what it leads to may.
            command.args(["-c", "http.followRedirects=false"]);
        }
        command.env("GIT_ALLOW_PROTOCOL", protocols);
        command
    }

    /// A run of git in a repository of our own that reaches nothing else.
    pub(super) fn local_command(&self, repository: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .envs(&self.options.environment)
            .env("PATH", SearchPath::of_process().to_variable())
            .env("LC_ALL", "C")
            .env("GIT_DIR", repository)
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_DEFAULT_HASH", "sha1")
            .env("GIT_ALLOW_PROTOCOL", "none")
            .arg("--no-pager")
            .arg("--literal-pathspecs");
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.current_dir(repository.parent().unwrap_or(repository));
        command
    }

    /// Has `ssh` ask nobody, where the user has not said how it is called: without a terminal of its own it would wait
    /// for ever.
    pub(super) async fn silence_ssh(
        &self,
        command: &mut Command,
        repository: &Path,
        address: &GitAddress,
    ) -> Result<(), GitError> {
        let environment = &self.options.environment;
        let is_said = ["GIT_SSH_COMMAND", "GIT_SSH"]
            .iter()
            .any(|name| environment.contains_key(std::ffi::OsStr::new(name)));
        if is_said {
            return Ok(());
        }
        let mut asking = self.local_command(repository);
        asking.args(["config", "--get", "core.sshCommand"]);
        let answer = self.run(asking, address, Bounds::small()).await?;
        if answer.stdout.trim_ascii().is_empty() {
            command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
        }
        Ok(())
    }

    /// Refuses an address that may not be asked.
    pub(super) fn check(&self, address: &GitAddress) -> Result<(), GitError> {
        let address = address.clone();
        let url = Url::parse(address.as_str());
        let url = url.map_err(|_| GitError::Answer {
            problem: "an address is none any more",
        })?;
        if url.scheme() == "file" {
            return match self.options.local {
                true => Ok(()),
                false => Err(GitError::File { address }),
            };
        }
        if self.options.offline {
            return Err(GitError::Offline { address });
        }
        if url.scheme() == "http" && is_plain(&url) && !self.options.plain_http {
            return Err(GitError::Plain { address });
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            // Of a scheme that it does not know, the reader of addresses leaves the host as it is.
            Some(Host::Domain(name)) => name.parse().ok(),
            None => None,
        };
        match literal.is_some_and(is_never_asked) {
            true => Err(GitError::Never { address }),
            false => Ok(()),
        }
    }

    /// Runs git to its end. It is ended, with all that it has started, where it breaks a bound or this is dropped.
    pub(super) async fn run(
        &self,
        mut command: Command,
        address: &GitAddress,
        bounds: Bounds<'_>,
    ) -> Result<Answer, GitError> {
        command.stdin(Stdio::null());
        let limits = RunLimits {
            time: None,
            last_words: LAST_WORDS,
        };
        let (mut stdout, words) = (Vec::new(), Words::new());
        let mut broken = None;
        let (answer, said, breach) = (&mut stdout, &words, &mut broken);
        let read = |streams: Streams| async move {
            let reading = async {
                tokio::try_join!(
                    collect(streams.stdout, answer, bounds.answer_bytes),
                    said.read(streams.stderr),
                )
            };
            tokio::select! {
                read = reading => read.map(drop),
                error = self.watch(address, bounds, &said.heard) => {
                    *breach = Some(error);
                    // The real one is told below.
                    Err(RunError::OutputLimit(bounds.answer_bytes))
                }
            }
        };
        let ran = self.launcher.run(command, limits, read).await;
        if let Some(error) = broken {
            return Err(error);
        }
        let status = ran.map_err(|error| match error {
            RunError::Start(source) | RunError::Follow(source) => GitError::Start(source),
            RunError::OutputLimit(limit) => GitError::TooLarge {
                address: address.clone(),
                limit,
            },
            RunError::TimeLimit(limit) => GitError::Silent {
                address: address.clone(),
                limit,
            },
        })?;
        Ok(Answer {
            succeeded: status.success(),
            stdout,
            words: words.text(),
        })
    }

    /// Refuses more bytes on the disk than may be.
    pub(super) async fn weigh(&self, address: &GitAddress, folder: &Path) -> Result<u64, GitError> {
        let folder = folder.to_owned();
        // A file may go while it is counted.
        let counted = blocking(move || Ok::<_, GitError>(fs::bytes_below(&folder).unwrap_or(0)));
        let (bytes, limit) = (counted.await?, self.options.limits.fetched_bytes);
        match bytes > limit {
            true => Err(GitError::TooLarge {
                address: address.clone(),
                limit,
            }),
            false => Ok(bytes),
        }
    }

    /// Returns when a run has broken a bound: too many bytes are on the disk, nothing has happened for too long, or it has taken
    /// too long in all.
    async fn watch(&self, address: &GitAddress, bounds: Bounds<'_>, heard: &Heard) -> GitError {
        let limits = &self.options.limits;
        let mut last = (0, 0);
        let begun = Instant::now();
        let mut since = begun;
        loop {
            tokio::time::sleep(BETWEEN_LOOKS).await;
            let mut bytes = 0;
            if let Some((folder, hears)) = bounds.filling {
                bytes = match self.weigh(address, folder).await {
                    Ok(bytes) => bytes,
                    Err(error) => return error,
                };
                hears(bytes);
            }
            let now = (bytes, heard.load(std::sync::atomic::Ordering::Relaxed));
            if now != last {
                (last, since) = (now, Instant::now());
            }
            if begun.elapsed() >= limits.time {
                return GitError::TooSlow {
                    address: address.clone(),
                    limit: limits.time,
                };
            }
            if since.elapsed() >= limits.silence {
                return GitError::Silent {
                    address: address.clone(),
                    limit: limits.silence,
                };
            }
        }
    }
}

impl Bounds<'_> {
    /// Those of a short answer.
    pub(super) fn small() -> Self {
        Self {
            answer_bytes: 1 << 20,
            filling: None,
        }
    }
}

/// The number of bytes git has written so far.
type Heard = std::sync::atomic::AtomicU64;

/// The end of what git says.
struct Words {
    text: std::sync::Mutex<Vec<u8>>,
    heard: Heard,
}

impl Words {
    fn new() -> Self {
        Self {
            text: std::sync::Mutex::default(),
            heard: Heard::new(0),
        }
    }

    async fn read(&self, stream: Option<impl AsyncRead + Unpin>) -> Result<(), RunError> {
        let Some(mut stream) = stream else {
            return Ok(());
        };
        let mut piece = vec![0; 4096];
        loop {
            let read = stream.read(&mut piece).await.map_err(RunError::Follow)?;
            if read == 0 {
                return Ok(());
            }
            self.heard
                .fetch_add(read as u64, std::sync::atomic::Ordering::Relaxed);
            let mut text = self.lock();
            text.extend_from_slice(piece.get(..read).unwrap_or_default());
            let beyond = text.len().saturating_sub(MOST_WORDS);
            text.drain(..beyond);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.text
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The part worth telling: the lines with an error, or else the last one.
    fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.lock()).into_owned();
        // Progress writes over its own line.
        let lines = || {
            text.split(['\n', '\r'])
                .map(str::trim)
                .filter(|it| !it.is_empty())
        };
        let is_told = |line: &&str| {
            [
                "fatal:",
                "error:",
                "remote: ",
                "ssh:",
                "git@",
                "Permission",
                "Host key",
            ]
            .iter()
            .any(|begin| line.starts_with(begin))
        };
        let told: Vec<&str> = lines().filter(is_told).collect();
        match told.is_empty() {
            false => told.join("; "),
            true => lines().next_back().unwrap_or_default().to_owned(),
        }
    }
}
