//! A user with extensions, and the command run for them.
//!
//! ```text
//! here/          the current folder
//! store/         `paper` and `guest`, a change for each
//! store-with-dev/   the same with the dev extension `shade`
//! home/          registry/ with `paper` and `guest`, the sources and archives of both and of `theme`, zed/ with `theme`, one.lock
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock},
    thread,
};

use crate::{
    commands::{CASES, Case},
    support::{
        files::copy_exactly,
        place::{Place, text, wasm},
    },
};

/// How many commands run at a time.
const AT_A_TIME: usize = 4;

/// A copy of the template, for a user who has a toolchain.
pub fn place() -> Place {
    let mut place = Place::copy_of(&template().path("folders"));
    // The toolchain's own folders lie in the home that the tests were started with.
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    let rustup = std::env::var_os("RUSTUP_HOME").unwrap_or(home.join(".rustup").into());
    place.environment = vec![
        ("CARGO_HOME".into(), cargo_home().into()),
        ("RUSTUP_HOME".into(), rustup),
        ("NO_COLOR".into(), "1".into()),
    ];
    place
}

/// Where cargo keeps what it has fetched.
pub fn cargo_home() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let user = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cargo");
    home.unwrap_or_else(user)
}

/// Has every command that is `chosen` tried in a place of its own, and fails with all that is wrong.
pub fn try_all(
    chosen: impl Fn(&Case) -> bool,
    attempt: impl Fn(&Case, &Place) -> Vec<String> + Sync,
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
                    let place = place();
                    if case.has_dev {
                        fs::rename(place.store(), place.beside("without-dev")).unwrap();
                        fs::rename(place.beside("store-with-dev"), place.store()).unwrap();
                    }
                    let found = attempt(case, &place);
                    let found = found.into_iter().map(|it| format!("{}: {it}", case.line()));
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What every place is a copy of, made once by the command itself.
fn template() -> &'static Place {
    static TEMPLATE: OnceLock<Place> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let place = Place::asking(["settings-lsp:echo", "which:planted"]);
        let folder = place.path("folders");
        for name in ["here", "home", "store"] {
            fs::create_dir_all(folder.join(name)).unwrap();
        }
        // What there is without a configuration, written down so that it can be taken out.
        let built_in = "[[registry]]\nname = \"annexe\"\nlocation = \"embedded\"\n";
        fs::write(folder.join("config.toml"), built_in).unwrap();
        let registry = place.registry_called("test", "registry", &[]);
        place.themes("paper", "1.0.0");
        place.publish(&registry, "paper", "1.0.0");
        place.extension("guest", "1.0.0");
        fs::copy(wasm("0.7.0"), place.path("guest/extension.wasm")).unwrap();
        place.publish(&registry, "guest", "1.0.0");
        let store = folder.join("store");
        fs::remove_dir(&store).unwrap();
        for id in ["paper", "guest"] {
            let wanted = ["install", id, "--registry", &registry];
            place.ok(wanted.into_iter().chain(["--store", text(&store)]));
        }
        let echo = ["call", "guest", "language-server-command", "echo"];
        place.ok(echo.into_iter().chain(["--store", text(&store)]));
        place.ok(["remove", "guest", "--store", text(&store)]);
        let lockfile = folder.join("home/one.lock");
        place.ok([
            "lock",
            "--lockfile",
            text(&lockfile),
            "--store",
            text(&store),
        ]);
        place.ok(["rollback", "--store", text(&store)]);
        let with_dev = folder.join("store-with-dev");
        fs::create_dir(&with_dev).unwrap();
        copy_exactly(&store, &with_dev);
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
            fs::rename(place.path(name), folder.join("home").join(name)).unwrap();
        }
        let of_zed = folder.join("home/zed/extensions/installed/theme");
        fs::create_dir_all(&of_zed).unwrap();
        copy_exactly(&folder.join("home/theme"), &of_zed);
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
