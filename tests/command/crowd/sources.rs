//! Where the processes' extensions come from: a registry of ours, one of Zed's interface, a container registry, a
//! repository, and a folder laid out as Zed's.

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use crate::support::{
    git::{Repository, has_git},
    place::{Place, text},
    server::{background::Server, containers::ContainerRegistry},
    zed::{Published, ZedRegistry},
};

pub const VERSIONS: [&str; 3] = ["1.0.0", "1.1.0", "2.0.0"];

/// What our own registry has.
const OWN: [&str; 3] = ["echo", "other", "paper"];
/// What the registry of Zed's interface has.
pub const OF_ZED: &str = "dusk";
/// What the container registry has.
const OF_CONTAINERS: &str = "night";
/// What the repository has.
const OF_GIT: &str = "shades";
/// What lies in the folder laid out as Zed's: the first changes all the time.
const IMPORTED: [&str; 2] = ["busy", "calm"];

/// All sources. What this machine has no program for is left out.
pub struct Sources {
    _zed: ZedRegistry,
    _containers: Option<ContainerRegistry>,
    repository: Option<Repository>,
    /// The folder laid out as Zed's.
    pub folder: PathBuf,
}

impl Sources {
    /// Publishes everything, and configures the place.
    pub fn new(place: &Place) -> (Self, Server) {
        let registry = place.registry(&[]);
        let zed = ZedRegistry::start([]);
        let containers = ContainerRegistry::start();
        let team = place.registry_called("team", "team", &[]);
        let repository = has_git().then(Repository::new);
        for version in VERSIONS {
            for id in OWN {
                match id {
                    "paper" => place.themes(id, version),
                    _ => place.extension(id, version),
                };
                place.publish(&registry, id, version);
            }
            zed.publish(Published::from_folder(&place.themes(OF_ZED, version)));
            place.themes(OF_CONTAINERS, version);
            place.publish(&team, OF_CONTAINERS, version);
            if let Some(repository) = &repository {
                repository.release(version);
            }
        }
        let server = Server::start(&place.path("registry"), false);
        place.ok(["source", "add", "own", &server.address]);
        let address = zed.address();
        place.ok(["source", "add", "zed", &address, "--kind", "zed", "--yes"]);
        if let Some(containers) = &containers {
            let address = containers.address("team");
            place.ok(["registry", "push", &team, &address]);
            place.ok(["source", "add", "team", &address]);
        }
        let folder = place.beside("zed");
        for name in ["installed", "staging"] {
            fs::create_dir_all(folder.join(name)).unwrap();
        }
        let sources = Self {
            _zed: zed,
            _containers: containers,
            repository,
            folder,
        };
        for id in IMPORTED {
            let made = sources.make(place, id, 0);
            fs::rename(made, sources.folder.join("installed").join(id)).unwrap();
        }
        (sources, server)
    }

    /// The extensions that are installed by name or from the repository.
    pub fn installable(&self) -> Vec<&'static str> {
        let mut ids = OWN.to_vec();
        ids.push(OF_ZED);
        ids.extend(self._containers.as_ref().map(|_| OF_CONTAINERS));
        ids.extend(self.repository.as_ref().map(|_| OF_GIT));
        ids
    }

    /// All extensions that may be installed.
    pub fn all(&self) -> Vec<&'static str> {
        let mut ids = self.installable();
        ids.extend(IMPORTED);
        ids
    }

    /// What `install` is given for an extension: any of the versions, the newest of a major one, or one alone.
    pub fn request(&self, id: &str, requirement: &str) -> String {
        let Some(repository) = self.repository.as_ref().filter(|_| id == OF_GIT) else {
            return format!("{id}{requirement}");
        };
        let url = repository.url();
        match requirement {
            "" => url,
            "@^1" => format!("{url}#v1.1.0"),
            exact => format!("{url}#v{}", exact.trim_start_matches("@=")),
        }
    }

    fn make(&self, place: &Place, id: &str, version: u32) -> PathBuf {
        let made = self.folder.join("staging").join(id);
        fs::rename(place.themes(id, &format!("1.0.{version}")), &made).unwrap();
        made
    }

    /// Changes what lies in Zed's folder as Zed does, until it is over.
    pub fn change(&self, place: &Place, is_over: &AtomicBool) {
        let [busy, _] = IMPORTED;
        let installed = self.folder.join("installed").join(busy);
        for version in 1.. {
            if is_over.load(Ordering::Relaxed) {
                break;
            }
            let made = self.make(place, busy, version);
            fs::remove_dir_all(&installed).unwrap();
            fs::rename(made, &installed).unwrap();
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The command that takes over what lies in Zed's folder.
    pub fn import(&self) -> [&str; 6] {
        let folder = text(&self.folder);
        ["import", "zed", "--from", folder, "--yes", "--json"]
    }
}
