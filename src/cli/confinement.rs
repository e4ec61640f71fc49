//! The user's configuration of how extensions are run: what they may use and see of the machine,
//! and when they are started.
//!
//! ```toml
//! [limits]                                   # for every extension
//! guest_time_seconds = 20                    # as `annexe::Limits`, times in seconds
//! memory_bytes = 1073741824
//!
//! [sandbox]
//! environment = ["HTTP_PROXY"]               # variables of this process, by name
//!
//! [[sandbox.mount]]
//! host = "/data/models"
//! guest = "/models"
//! access = "read-only"                       # the default; or "read-write"
//!
//! [supervision]                              # as `annexe::Supervision`, times in seconds
//! faults = 5
//! idle_seconds = 600
//!
//! [extension.taplo]                          # for one
//! on_startup = true                          # it starts with its host
//!
//! registry = "corp"                          # or `archive`, `git`, or `folder`: whose `sandbox` this is
//!
//! [extension.taplo.sandbox]
//! sockets = ["127.0.0.1:8080"]               # TCP addresses it may connect to
//! ```
//!
//! What is said for one extension takes the place of what is said for all, key by key: above, `taplo` has the
//! mount and the variable too. An empty list takes them away.
//!
//! Another extension of the same id sees nothing more of the machine for it, whatever is said for one: what its
//! `sandbox` gives is for the one that comes from where the table says, and without that, for the one that comes
//! from a registry of the configuration. What it takes away is taken from all of the id.

use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf, time::Duration};

use annexe::{
    ExtensionId, ExtensionOptions, Limits, Supervision,
    registry::RegistryConfiguration,
    sandbox::{Access, GuestPath, Mount, Sandbox, Sockets, VariableName},
    types::{ExtensionOrigin, GitAddress, GitFolder},
};
use serde::Deserialize;

use super::{failure::Complaint, paths};

/// The configuration of how one extension is run.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confinement {
    registry: Option<String>,
    archive: Option<String>,
    git: Option<GitAddress>,
    folder: Option<PathBuf>,
    on_startup: Option<bool>,
    #[serde(default)]
    limits: LimitsEntry,
    #[serde(default)]
    sandbox: SandboxEntry,
    #[serde(default)]
    supervision: SupervisionEntry,
}

/// The fields of [`Limits`], with the units of times in their names.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsEntry {
    guest_time_seconds: Option<Seconds>,
    call_time_seconds: Option<Seconds>,
    host_time_seconds: Option<Seconds>,
    memory_bytes: Option<usize>,
    memories: Option<usize>,
    table_elements: Option<usize>,
    tables: Option<usize>,
    instances: Option<usize>,
    handles: Option<usize>,
    lifted_bytes: Option<usize>,
    answer_bytes: Option<usize>,
    random_bytes: Option<u64>,
    descriptors: Option<usize>,
    work_dir_bytes: Option<u64>,
    work_dir_files: Option<u64>,
    http_streams: Option<usize>,
    status_messages_per_second: Option<u32>,
    status_message_bytes: Option<usize>,
    stored_bytes: Option<u64>,
    /// With a size of 0, no call would ever reach the extension.
    queued_calls: Option<NonZeroUsize>,
    log_lines_per_second: Option<u32>,
    log_line_bytes: Option<usize>,
}

/// The fields of [`Supervision`], with the units of times in their names.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupervisionEntry {
    faults: Option<u32>,
    window_seconds: Option<Seconds>,
    backoff_seconds: Option<Seconds>,
    longest_backoff_seconds: Option<Seconds>,
    idle_seconds: Option<Seconds>,
}

/// A time above zero, and within the years for which a clock can be asked.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
pub(super) struct Seconds(pub(super) Duration);

/// Some thirty years.
const MOST_SECONDS: f64 = 1e9;

impl TryFrom<f64> for Seconds {
    type Error = &'static str;

    fn try_from(seconds: f64) -> Result<Self, Self::Error> {
        Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|time| !time.is_zero() && seconds <= MOST_SECONDS)
            .map(Self)
            .ok_or("it must be a number of seconds above zero and up to 1000000000")
    }
}

/// The user's configuration of a [`Sandbox`].
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxEntry {
    environment: Option<Vec<VariableName>>,
    mount: Option<Vec<MountEntry>>,
    sockets: Option<Vec<SocketAddr>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MountEntry {
    host: HostPath,
    guest: GuestPath,
    #[serde(default)]
    access: Access,
}

/// A folder of this machine. Commands run in many folders, so a relative path would be another one in each.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "PathBuf")]
pub struct HostPath(pub PathBuf);

impl TryFrom<PathBuf> for HostPath {
    type Error = &'static str;

    fn try_from(path: PathBuf) -> Result<Self, Self::Error> {
        if path.is_absolute() {
            Ok(Self(path))
        } else {
            Err("the folder is given by its absolute path")
        }
    }
}

impl Confinement {
    /// Says in `options` what this says.
    ///
    /// # Errors
    /// Where a variable of this process is not text.
    pub fn apply(&self, options: &mut ExtensionOptions) -> anyhow::Result<()> {
        set(&mut options.on_startup, self.on_startup);
        self.limits.apply(options.limits.get_or_insert_default());
        self.supervision.apply(&mut options.supervision);
        self.sandbox.apply(&mut options.sandbox)
    }

    /// Returns the origins of the extensions that get this sandbox.
    ///
    /// # Errors
    /// Where it says that twice.
    pub fn origins(
        &self,
        id: &ExtensionId,
        registries: &[RegistryConfiguration],
    ) -> anyhow::Result<Vec<ExtensionOrigin>> {
        Ok(
            match (&self.registry, &self.archive, &self.git, &self.folder) {
                (None, None, None, None) => registries
                    .iter()
                    .filter_map(|one| one.id().ok())
                    .map(|registry| ExtensionOrigin::Registry(registry.to_string()))
                    .collect(),
                (Some(name), None, None, None) => vec![ExtensionOrigin::Registry(name.clone())],
                (None, Some(place), None, None) => vec![ExtensionOrigin::Archive(place.clone())],
                (None, None, Some(repository), folder) => {
                    let folder = folder.as_deref().map(|folder| {
                        let folder = folder.to_str().unwrap_or_default();
                        folder.parse::<GitFolder>()
                    });
                    vec![ExtensionOrigin::Git {
                        repository: repository.clone(),
                        folder: folder.transpose()?,
                    }]
                }
                (None, None, None, Some(folder)) => {
                    let HostPath(folder) =
                        HostPath::try_from(folder.clone()).map_err(Complaint::new)?;
                    vec![ExtensionOrigin::Folder(paths::resolved(&folder)?)]
                }
                _ => {
                    let message = format!(
                        "`[extension.{id}]` of the configuration has more than one of `registry`, `archive`, `git` and `folder`"
                    );
                    return Err(Complaint::new(message)
                        .with_hint("give the one that says where the extension comes from")
                        .into());
                }
            },
        )
    }
}

/// The part of the common sandbox that is left where one extension is to see something else.
pub fn common(all: &Sandbox, one: &Sandbox) -> Sandbox {
    let mut common = all.clone();
    common
        .environment
        .retain(|name, _| one.environment.contains_key(name));
    common.mounts.retain(|mount| one.mounts.contains(mount));
    common.sockets = match (&all.sockets, &one.sockets) {
        (Sockets::Connect(all), Sockets::Connect(one)) => {
            let both = all.iter().filter(|address| one.contains(address));
            Sockets::Connect(both.copied().collect())
        }
        _ => Sockets::Denied,
    };
    common
}

impl LimitsEntry {
    /// Says in `limits` what this says.
    pub fn apply(&self, limits: &mut Limits) {
        set(&mut limits.guest_time, time(self.guest_time_seconds));
        set(&mut limits.call_time, time(self.call_time_seconds));
        set(&mut limits.host_time, time(self.host_time_seconds));
        set(&mut limits.memory_bytes, self.memory_bytes);
        set(&mut limits.memories, self.memories);
        set(&mut limits.table_elements, self.table_elements);
        set(&mut limits.tables, self.tables);
        set(&mut limits.instances, self.instances);
        set(&mut limits.handles, self.handles);
        set(&mut limits.lifted_bytes, self.lifted_bytes);
        set(&mut limits.answer_bytes, self.answer_bytes);
        set(&mut limits.random_bytes, self.random_bytes);
        set(&mut limits.descriptors, self.descriptors);
        set(&mut limits.work_dir_bytes, self.work_dir_bytes);
        set(&mut limits.work_dir_files, self.work_dir_files);
        set(&mut limits.http_streams, self.http_streams);
        set(
            &mut limits.status_messages_per_second,
            self.status_messages_per_second,
        );
        set(&mut limits.status_message_bytes, self.status_message_bytes);
        set(&mut limits.stored_bytes, self.stored_bytes);
        set(
            &mut limits.queued_calls,
            self.queued_calls.map(NonZeroUsize::get),
        );
        set(&mut limits.log_lines_per_second, self.log_lines_per_second);
        set(&mut limits.log_line_bytes, self.log_line_bytes);
    }
}

impl SupervisionEntry {
    /// Says in `supervision` what this says.
    pub fn apply(&self, supervision: &mut Supervision) {
        set(&mut supervision.faults, self.faults);
        set(&mut supervision.window, time(self.window_seconds));
        set(&mut supervision.backoff, time(self.backoff_seconds));
        set(
            &mut supervision.longest_backoff,
            time(self.longest_backoff_seconds),
        );
        set(&mut supervision.idle, time(self.idle_seconds).map(Some));
    }
}

fn time(seconds: Option<Seconds>) -> Option<Duration> {
    seconds.map(|Seconds(time)| time)
}

fn set<T>(limit: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *limit = value;
    }
}

impl SandboxEntry {
    /// Says in `sandbox` what this says.
    ///
    /// # Errors
    /// Where a variable of this process is not text.
    pub fn apply(&self, sandbox: &mut Sandbox) -> anyhow::Result<()> {
        if let Some(names) = &self.environment {
            sandbox.environment.clear();
            for name in names {
                // A variable that this process does not have is not set for the extension.
                let Some(value) = paths::variable(name.as_str()) else {
                    continue;
                };
                let value = value.into_string().map_err(|_| {
                    Complaint::new(format!(
                        "the variable `{name}` is not text, so no extension can be given it"
                    ))
                    .with_hint("take it out of `environment` in the configuration")
                })?;
                sandbox.environment.insert(name.clone(), value);
            }
        }
        if let Some(mounts) = &self.mount {
            let mounts = mounts.iter().map(|entry| {
                let HostPath(host) = &entry.host;
                Mount::new(host, entry.guest.clone(), entry.access)
            });
            sandbox.mounts = mounts.collect();
        }
        if let Some(addresses) = &self.sockets {
            if let Some(never) = addresses.iter().find(|it| Sockets::never_reach(**it)) {
                return Err(Complaint::usage(format!(
                    "`{never}` of `sockets` is an address of a link or of a cloud's metadata, which nothing allows"
                ))
                .with_hint("take it out of `sockets` in the configuration")
                .into());
            }
            sandbox.sockets = match addresses.as_slice() {
                [] => Sockets::Denied,
                addresses => Sockets::Connect(addresses.to_vec()),
            };
        }
        Ok(())
    }
}
