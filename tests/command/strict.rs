//! `--locked`, `--offline` and `--frozen`: installations that stay within what is known.

use std::fs;

use serde_json::json;

use crate::support::{
    place::{Place, Ran},
    server::background::Server,
};

/// A registry with two versions of `paper` and one of `other`, served, and the user's own caches.
struct Strict {
    place: Place,
    server: Server,
}

impl Strict {
    fn new() -> Self {
        let place = Place::new();
        let registry = place.registry(&[]);
        for (id, version) in [("paper", "1.0.0"), ("other", "1.0.0")] {
            place.themes(id, version);
            place.publish(&registry, id, version);
        }
        let server = Server::start(&place.path("registry"), false);
        Self { place, server }
    }

    /// Publishes another version of `paper`.
    fn publish(&self, version: &str) {
        self.place.themes("paper", version);
        let registry = self.place.path("registry");
        self.place
            .publish(registry.to_str().unwrap(), "paper", version);
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.place.command();
        command
            .args(arguments)
            .env("ANNEXE_REGISTRY", &self.server.address)
            .env("ANNEXE_CACHE", self.place.path("cache"));
        Ran::of(command)
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        ran.stdout
    }

    /// Runs a command that must fail with these words and this way out, and change nothing.
    fn fails(&self, arguments: &[&str], words: &str, way_out: &str) {
        let state = || (self.place.json(["list"]), self.lockfile());
        let before = state();
        let ran = self.run(arguments);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (1, ""),
            "{arguments:?}: {ran:?}"
        );
        assert!(ran.stderr.contains(words), "{arguments:?}: {ran:?}");
        let (_, hint) = ran.stderr.split_once("\n\nhint: ").unwrap();
        assert!(hint.contains(way_out), "{arguments:?}: {ran:?}");
        assert_eq!(state(), before, "{arguments:?}");
        self.place.assert_clean();
    }

    fn lockfile(&self) -> Option<String> {
        fs::read_to_string(self.place.path("annexe.lock")).ok()
    }

    fn version(&self) -> String {
        let installed = self.place.json(["list"]);
        installed[0]["version"].as_str().unwrap().to_owned()
    }
}

#[test]
fn locked_installs_what_the_lockfile_has_and_nothing_else() {
    let strict = Strict::new();
    let no_lockfile = "there is no lockfile";
    strict.fails(
        &["install", "paper", "--locked"],
        no_lockfile,
        "`annexe lock`",
    );
    strict.fails(&["update", "--locked"], no_lockfile, "`annexe lock`");
    strict.ok(&["install", "paper"]);
    strict.ok(&["lock"]);
    let lockfile = strict.lockfile().unwrap();
    assert!(
        lockfile.contains("id = \"paper\"\nversion = \"1.0.0\"\n"),
        "{lockfile}"
    );
    strict.publish("1.1.0");

    let leave_out = "leave out `--locked`";
    let words = "`other` is not in the lockfile";
    strict.fails(&["install", "other", "--locked"], words, leave_out);
    strict.fails(&["install", "paper", "other", "--locked"], words, leave_out);
    let words = "the lockfile has `paper` 1.0.0, which is not in `^1.1`";
    strict.fails(&["install", "paper@1.1", "--locked"], words, leave_out);
    let words = "paper-1.1.0.tar.gz` is not in the lockfile";
    strict.fails(
        &["install", "paper-1.1.0.tar.gz", "--locked"],
        words,
        leave_out,
    );
    let words = "`paper` would be updated to 1.1.0, which the lockfile does not have";
    strict.fails(&["update", "--locked"], words, leave_out);

    strict.ok(&["remove", "paper", "--lockfile", "another.lock"]);
    strict.ok(&["install", "paper", "--locked"]);
    assert_eq!(strict.version(), "1.0.0");
    assert_eq!(strict.lockfile().unwrap(), lockfile);
    // Without the flag the lockfile is kept to where it says something, and follows where not.
    strict.ok(&["install", "paper"]);
    assert_eq!(strict.version(), "1.0.0");
    strict.ok(&["update"]);
    assert_eq!(strict.version(), "1.1.0");
    assert!(strict.lockfile().unwrap().contains("version = \"1.1.0\""));
}

#[test]
fn offline_asks_nobody_and_installs_what_is_here() {
    let strict = Strict::new();
    let online = "run it once without `--offline`";
    let never = "`config.json` of the registry at";
    strict.fails(&["install", "paper", "--offline"], never, online);
    assert!(strict.server.web.requests().is_empty());

    // The index is known, the archive is not here.
    strict.ok(&["info", "paper"]);
    strict.server.web.forget();
    strict.fails(&["install", "paper", "--offline"], "was never read", online);
    strict.fails(&["install", "other", "--offline"], "was never read", online);
    assert!(strict.server.web.requests().is_empty());

    strict.ok(&["install", "paper"]);
    strict.publish("1.1.0");
    strict.server.web.forget();
    let update: serde_json::Value =
        serde_json::from_str(&strict.ok(&["update", "--offline", "--json"])).unwrap();
    assert_eq!(update["skipped"][0]["reason"], "is up to date", "{update}");
    strict.ok(&["remove", "paper"]);
    strict.ok(&["install", "paper", "--offline"]);
    assert_eq!(strict.version(), "1.0.0");
    assert!(strict.server.web.requests().is_empty());
    strict.ok(&["update"]);
    assert_eq!(strict.version(), "1.1.0");
}

#[test]
fn frozen_is_locked_and_offline() {
    let strict = Strict::new();
    let no_lockfile = "there is no lockfile";
    strict.fails(
        &["install", "paper", "--frozen"],
        no_lockfile,
        "`annexe lock`",
    );
    strict.ok(&["install", "paper"]);
    strict.ok(&["lock"]);
    strict.publish("1.1.0");
    strict.server.web.forget();
    let words = "`other` is not in the lockfile";
    strict.fails(&["install", "other", "--frozen"], words, "`--frozen`");
    strict.ok(&["update", "--frozen"]);
    strict.ok(&["remove", "paper", "--lockfile", "another.lock"]);
    strict.ok(&["install", "paper", "--frozen"]);
    assert_eq!(strict.version(), "1.0.0");

    // What is locked and not here any more cannot be had.
    strict.ok(&["remove", "paper", "--lockfile", "another.lock"]);
    strict.ok(&["gc", "--keep", "1"]);
    let words = "was never read, and this is offline";
    strict.fails(&["install", "paper", "--frozen"], words, "`--offline`");
    assert!(strict.server.web.requests().is_empty());
    assert_eq!(strict.place.json(["list"]), json!([]));
    strict.ok(&["install", "paper", "--locked"]);
    assert_eq!(strict.version(), "1.0.0");
}
