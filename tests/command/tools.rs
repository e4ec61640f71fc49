//! `[tools]` of the configuration: where tools are fetched from, and which are held.

use crate::support::place::Place;

const WISHED: &str = "download:https://github.com/o/n/file uncompressed there";
const OTHER: &str = "npm-install:pyright@1.1.381";

/// A user with `echo`, and a configuration of tools. Nobody listens at the mirror.
fn place() -> Place {
    let place = Place::asking([WISHED, OTHER]);
    place.configure(
        "[tools]\ndownload = [{ from = \"https://github.com/\", to = \"http://127.0.0.1:9/mirror/\" }]\n\
         [tools.hold]\nnpm = { pyright = \"1.1.380\" }\ngithub = { \"o/held\" = \"v1\" }\n",
    );
    place.extension("echo", "1.0.0");
    place.ok(["pack", "echo"]);
    place.ok(["install", "echo-1.0.0.tar.gz"]);
    place
}

#[test]
fn the_audit_has_what_was_wished_for_and_where_it_went() {
    let place = place();
    let error = place.error(1, ["call", "echo", "language-server-command", WISHED]);
    assert!(
        error.to_string().contains("127.0.0.1:9/mirror/o/n/file"),
        "{error}"
    );
    let audit = place.json(["audit"]);
    let hosts: Vec<&str> = (audit.as_array().unwrap().iter())
        .map(|entry| entry["request"]["host"].as_str().unwrap())
        .collect();
    assert_eq!(hosts, ["github.com", "127.0.0.1"], "{audit}");
    assert!(
        audit
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["outcome"] == "allowed")
    );
    // What denies the mirror is heeded.
    place.ok(["grants", "echo", "--deny", "download_file 127.0.0.1 **"]);
    let error = place.error(1, ["call", "echo", "language-server-command", WISHED]);
    assert!(error.to_string().contains("download_file"), "{error}");
}

#[test]
fn what_is_held_is_refused_otherwise_with_the_way_out_and_shown() {
    let place = place();
    let error = place.error(1, ["call", "echo", "language-server-command", OTHER]);
    assert!(
        error.to_string().contains("it is held at `1.1.380`"),
        "{error}"
    );
    let held = [
        "held by the configuration: `o/held` on GitHub at `v1`",
        "held by the configuration: the npm package `pyright` at `1.1.380`",
    ];
    let ran = place.run(["doctor", "nothing"]);
    assert!(held.iter().all(|it| ran.stderr.contains(it)), "{ran:?}");
    let ran = place.run(["explain", "taplo"]);
    assert!(
        ran.stderr
            .contains("the npm package `pyright` at `1.1.380`"),
        "{ran:?}"
    );
}
