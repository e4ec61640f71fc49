//! No server outlives its bridge, nor does what the server has started, whichever way the bridge ends: not even one that
//! ignores every request to end.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::{
    editor::{Editor, Ended},
    life::Life,
    stand_in::{Behaviour, bridge},
    support::place::Place,
};

/// Begins a session, ends it as this does, and waits until nothing of it lives.
fn ended_by(behaviour: Behaviour, end: impl FnOnce(&mut Editor)) -> Ended {
    let place = Place::new();
    let life = Life::new();
    let mut command = bridge(&place, behaviour);
    life.of(&mut command);
    let mut editor = Editor::start(command);
    editor.begin(json!({ "capabilities": {} }));
    let living = life.both();
    end(&mut editor);
    for living in living {
        living.await_end();
    }
    editor.ended()
}

fn signal(editor: &Editor, signal: Signal) {
    let process = Pid::from_raw(editor.process().try_into().unwrap()).unwrap();
    kill_process(process, signal).unwrap();
}

fn shut_down(editor: &mut Editor) {
    editor.call("shutdown", Value::Null);
    editor.notify("exit", Value::Null);
}

#[test]
fn nothing_is_left_after_shutdown_and_exit() {
    for behaviour in [Behaviour::Plain, Behaviour::Deaf] {
        assert_eq!(ended_by(behaviour, shut_down).code, 0);
    }
}

#[test]
fn nothing_is_left_after_exit_alone() {
    let exit = |editor: &mut Editor| editor.notify("exit", Value::Null);
    assert_eq!(ended_by(Behaviour::Plain, exit).code, 1);
    assert_ne!(ended_by(Behaviour::Deaf, exit).code, 0);
}

#[test]
fn nothing_is_left_after_the_end_of_input() {
    for behaviour in [Behaviour::Plain, Behaviour::Deaf] {
        assert_ne!(ended_by(behaviour, Editor::close).code, 0);
    }
}

#[test]
fn nothing_is_left_after_the_bridge_was_asked_to_end() {
    for behaviour in [Behaviour::Plain, Behaviour::Deaf] {
        let ended = ended_by(behaviour, |editor| signal(editor, Signal::TERM));
        assert_ne!(ended.code, 0);
    }
}

#[test]
fn nothing_is_left_after_the_bridge_was_killed() {
    for behaviour in [Behaviour::Plain, Behaviour::Deaf] {
        let ended = ended_by(behaviour, |editor| signal(editor, Signal::KILL));
        assert_eq!(ended.code, -1);
    }
}

#[test]
fn nothing_is_left_after_the_editor_was_killed() {
    for behaviour in [Behaviour::Plain, Behaviour::Deaf] {
        let place = Place::new();
        let life = Life::new();
        let mut command = bridge(&place, behaviour);
        life.of(&mut command);
        let mut editor = Editor::start_deaf(command);
        editor.request("initialize", json!({ "capabilities": {} }));
        let living = life.both();
        editor.vanish();
        for living in living {
            living.await_end();
        }
        assert_ne!(editor.ended().code, 0);
    }
}

#[test]
fn what_a_server_leaves_running_ends_with_it() {
    let ended = ended_by(Behaviour::Plain, |editor| {
        editor.notify("test/words", json!({ "words": "", "code": 4 }));
    });
    assert_eq!(ended.code, 4);
}
