//! What a user sees of work that takes a while, on a terminal.
#![cfg(target_os = "linux")]

use std::os::unix::fs::PermissionsExt as _;

use crate::{
    support::place::{Place, text, wasm},
    terminal::{Terminal, screen},
};

/// What turns at the beginning of a line.
const SPINNERS: &str = "⠁⠂⠄⡀⢀⠠⠐⠈⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/// What stands in the end, in which nothing turns any more.
#[track_caller]
fn left(written: &str) -> Vec<String> {
    let left = screen(written);
    for line in &left {
        assert!(!line.contains(|it| SPINNERS.contains(it)), "{left:?}");
    }
    left
}

#[test]
fn each_extension_has_a_line_and_how_many_are_ready_stands_above() {
    let place = Place::new();
    let ids = ["one", "two", "three"];
    let registry = place.registry(&ids.map(|id| (id, "1.0.0")));
    let install = |more: &[&str]| {
        let install = ["install", "one", "two", "three", "--registry", &registry];
        let arguments = [&install[..], more].concat();
        Terminal::start(&place, "", &arguments).end()
    };
    for more in ["--quiet", "--json"] {
        let (code, seen) = install(&["--dry-run", more]);
        assert_eq!((code, screen(&seen).len()), (0, 0), "{seen}");
    }
    let (code, seen) = install(&[]);
    assert_eq!(code, 0, "{seen}");
    for words in ["asking the registries", "0 of 3 extensions"] {
        assert!(seen.contains(words), "{words}: {seen}");
    }
    for id in ids {
        assert!(seen.contains(&format!("{id}: fetching")), "{id}: {seen}");
    }
    let left = left(&seen);
    assert!(!left.iter().any(|line| line.contains("of 3")), "{left:?}");
    // One alone needs no count.
    place.ok(["remove", "one"]);
    let one = ["install", "one", "--registry", &registry];
    let (code, seen) = Terminal::start(&place, "", &one).end();
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains("of 1"), "{seen}");
}

#[test]
fn what_is_told_meanwhile_stands_whole_above_the_lines() {
    let place = Place::new();
    let guest = wasm("0.7.0");
    let options = "language-server-initialization-options";
    let call = ["call", text(&guest), options, "ask:print:a word", "--trace"];
    let (code, seen) = Terminal::start(&place, "", &call).end();
    assert_eq!(code, 0, "{seen}");
    let left = left(&seen);
    let said = left.iter().filter(|line| line.ends_with("  a word"));
    assert_eq!(said.count(), 2, "{left:?}");
    assert!(
        left.iter().all(|line| !line.contains(": starting")),
        "{left:?}"
    );
}

/// An extension that waits for a program shows that it does, for as long as it does.
#[test]
fn a_program_that_runs_is_seen_to_be_waited_for() {
    let asked = "ask:process:gem install x";
    let mut place = Place::asking([asked]);
    let folder = place.extension("one", "1.0.0");
    std::fs::copy(wasm("0.7.0"), folder.join("extension.wasm")).unwrap();
    let go_on = place.path("go-on");
    let programs = place.beside("programs");
    std::fs::create_dir(&programs).unwrap();
    let gem = programs.join("gem");
    let waits = format!(
        "#!/bin/sh\nuntil test -e {}; do sleep 0.1; done\n",
        go_on.display()
    );
    std::fs::write(&gem, waits).unwrap();
    std::fs::set_permissions(&gem, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", programs.display());
    place.environment.push(("PATH".into(), path.into()));
    let options = "language-server-initialization-options";
    let call = ["call", "./one", options, asked];
    let mut terminal = Terminal::start(&place, "", &call);
    // A second sign, so that it is not a line that stands still.
    terminal.wait_for("waiting for the program `gem`, 1 s");
    terminal.wait_for("waiting for the program `gem`, 2 s");
    std::fs::write(go_on, "").unwrap();
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert_eq!(left(&seen), [""; 0], "{seen}");
}
