//! A person with extensions, and the command run for them.
//!
//! ```text
//! here/          the current folder
//! store/         `paper` and `guest`, a change for each
//! store-with-dev/   the same with the dev extension `shade`
//! home/          registry/ with `paper` and `guest`, the sources and archives of both and of `theme`, one.lock
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, OnceLock},
    thread,
};

use crate::{
    commands::{CASES, Case},
    place::{Place, Ran, text, wasm},
};

/// How many commands run at a time.
const AT_A_TIME: usize = 4;

/// A copy of the person's folders, which goes when dropped.
pub struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let template = template().here();
        copy(&template.join("scene"), folder.path());
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The current folder.
    pub fn here(&self) -> PathBuf {
        self.path("here")
    }

    pub fn store(&self) -> PathBuf {
        self.path("store")
    }

    /// The folder of the person's own files.
    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// The command among this scene's folders.
    pub fn command(&self) -> Command {
        let mut command = template().command();
        command
            .current_dir(self.here())
            .env("HOME", self.home())
            .env("ANNEXE_STORE", self.store())
            .env("ANNEXE_CONFIG", self.path("config.toml"))
            // The toolchain's own folders lie in the home that the tests were started with.
            .env("CARGO_HOME", cargo_home())
            .env("NO_COLOR", "1");
        if let Some(home) = std::env::var_os("HOME") {
            let rustup = PathBuf::from(home).join(".rustup");
            command.env(
                "RUSTUP_HOME",
                std::env::var_os("RUSTUP_HOME").unwrap_or(rustup.into()),
            );
        }
        command
    }

    pub fn run(&self, words: impl IntoIterator<Item = String>) -> Ran {
        let mut command = self.command();
        command.args(words);
        Ran::of(command)
    }
}

/// Where cargo keeps what it has fetched.
pub fn cargo_home() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let user = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cargo");
    home.unwrap_or_else(user)
}

/// Copies all that is in a folder as it is.
pub fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp")
        .arg("-a")
        .arg(from.join("."))
        .arg(to)
        .status();
    assert!(copied.unwrap().success(), "{}", from.display());
}

/// Has every command that is `chosen` tried in a scene of its own, and fails with all that is wrong.
pub fn try_all(
    chosen: impl Fn(&Case) -> bool,
    attempt: impl Fn(&Case, &Scene) -> Vec<String> + Sync,
) {
    let cases: Vec<&Case> = CASES.iter().filter(|case| chosen(case)).collect();
    let next = Mutex::new(cases.into_iter());
    let wrong = Mutex::new(Vec::new());
    template();
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let Some(case) = next.lock().unwrap().next() else {
                        return;
                    };
                    let scene = Scene::new();
                    if case.has_dev {
                        fs::rename(scene.store(), scene.path("without-dev")).unwrap();
                        fs::rename(scene.path("store-with-dev"), scene.store()).unwrap();
                    }
                    let found = attempt(case, &scene);
                    let found = found.into_iter().map(|it| format!("{}: {it}", case.line()));
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What every scene is a copy of, made once by the command itself.
fn template() -> &'static Place {
    static TEMPLATE: OnceLock<Place> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let place = Place::new();
        let scene = place.path("scene");
        for name in ["here", "home", "store"] {
            fs::create_dir_all(scene.join(name)).unwrap();
        }
        fs::write(scene.join("config.toml"), "").unwrap();
        let registry = place.registry_called("test", "registry", &[]);
        place.themes("paper", "1.0.0");
        place.publish(&registry, "paper", "1.0.0");
        place.extension("guest", "1.0.0");
        fs::copy(wasm("0.7.0"), place.path("guest/extension.wasm")).unwrap();
        place.publish(&registry, "guest", "1.0.0");
        let store = scene.join("store");
        fs::remove_dir(&store).unwrap();
        for id in ["paper", "guest"] {
            let wanted = ["install", id, "--registry", &registry];
            place.ok(wanted.into_iter().chain(["--store", text(&store)]));
        }
        let echo = ["call", "guest", "language-server-command", "echo"];
        place.ok(echo.into_iter().chain(["--store", text(&store)]));
        place.ok(["remove", "guest", "--store", text(&store)]);
        let lockfile = scene.join("home/one.lock");
        place.ok([
            "lock",
            "--lockfile",
            text(&lockfile),
            "--store",
            text(&store),
        ]);
        place.ok(["rollback", "--store", text(&store)]);
        let with_dev = scene.join("store-with-dev");
        fs::create_dir(&with_dev).unwrap();
        copy(&store, &with_dev);
        place.themes("shade", "1.0.0");
        place.ok(["dev", "shade", "--once", "--store", text(&with_dev)]);
        place.themes("paper", "1.1.0");
        place.publish(&registry, "paper", "1.1.0");
        place.themes("theme", "1.0.0");
        place.ok(["pack", "theme"]);
        rust_project(&place.path("rust"));
        for name in [
            "registry",
            "paper",
            "theme",
            "rust",
            "paper-1.1.0.tar.gz",
            "theme-1.0.0.tar.gz",
        ] {
            fs::rename(place.path(name), scene.join("home").join(name)).unwrap();
        }
        place
    })
}

/// An extension in Rust that depends on nothing. It is built, and found to be none.
fn rust_project(folder: &Path) {
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = "id = \"rust\"\nname = \"Rust\"\nversion = \"1.0.0\"\nschema_version = 1\n\
                    authors = [\"A Person <a@example.org>\"]\n[lib]\nkind = \"Rust\"\n";
    fs::write(folder.join("extension.toml"), manifest).unwrap();
    let package = "[package]\nname = \"rust\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\
                   [lib]\ncrate-type = [\"cdylib\"]\n";
    fs::write(folder.join("Cargo.toml"), package).unwrap();
    fs::write(folder.join("src/lib.rs"), "").unwrap();
}
