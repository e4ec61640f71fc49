//! What the user's configuration says of what extensions may use and see of the machine.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::support::place::{Place, Ran, text, wasm};

const COMMAND: &str = "language-server-command";

/// An extension built with the newest API, under an id.
fn extension(place: &Place, id: &str) {
    let folder = place.extension(id, "1.0.0");
    std::fs::copy(wasm("0.7.0"), folder.join("extension.wasm")).unwrap();
}

/// What the extension in a folder of this place finds.
fn ask(place: &Place, id: &str, verb: &str) -> Value {
    place.json(["call", &format!("./{id}"), COMMAND, verb])["args"].take()
}

/// The words with which the call of an extension fails.
fn refusal(place: &Place, id: &str, verb: &str) -> String {
    let error = place.error(1, ["call", &format!("./{id}"), COMMAND, verb]);
    error["message"].as_str().unwrap().to_owned()
}

/// A folder with a file, to be mounted.
fn data(place: &Place) -> String {
    let data = place.path("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("file"), "content").unwrap();
    text(&data).to_owned()
}

#[test]
fn an_extension_reads_what_is_mounted_and_is_refused_a_write() {
    let place = Place::asking(["file:/models/file", "write:/models/file"]);
    let data = data(&place);
    extension(&place, "one");
    let mount = format!("[[sandbox.mount]]\nhost = \"{data}\"\nguest = \"/models\"\n");
    refusal(&place, "one", "file:/models/file");
    for access in ["", "access = \"read-only\"\n"] {
        place.configure(&format!("{mount}{access}"));
        assert_eq!(ask(&place, "one", "file:/models/file"), json!(["content"]));
        let refusal = refusal(&place, "one", "write:/models/file");
        assert!(refusal.contains("not permitted"), "{refusal}");
    }
    place.configure(&format!("{mount}access = \"read-write\"\n"));
    ask(&place, "one", "write:/models/file");
    let written = std::fs::read_to_string(place.path("data/file")).unwrap();
    assert_eq!(written, "written by the guest");
}

#[test]
fn what_is_said_for_one_extension_takes_the_place_of_what_is_said_for_all_key_by_key() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connect = format!("connect:{}", address.port());
    let place = Place::asking(["environment", "file:/models/file", &connect]);
    let data = data(&place);
    for id in ["one", "two", "three"] {
        extension(&place, id);
    }
    place.configure(&format!(
        "[sandbox]\nenvironment = [\"GIVEN\", \"NOT_SET\"]\n\
         [[sandbox.mount]]\nhost = \"{data}\"\nguest = \"/models\"\n\
         [extension.two]\nfolder = \"{two}\"\n\
         [extension.two.sandbox]\nsockets = [\"{address}\"]\n\
         [extension.three]\nfolder = \"{three}\"\n\
         [extension.three.sandbox]\nmount = []\nenvironment = [\"OTHER\"]\n",
        two = place.path("two").display(),
        three = place.path("three").display(),
    ));
    let run = |id: &str, verb: &str| {
        let mut command = place.command();
        command
            .args(["call", &format!("./{id}"), COMMAND, verb, "--json"])
            .env("GIVEN", "a value")
            .env("OTHER", "another");
        Ran::of(command)
    };
    for (id, variable, reads, connects) in [
        ("one", "GIVEN=a value", 0, 1),
        ("two", "GIVEN=a value", 0, 0),
        ("three", "OTHER=another", 1, 1),
    ] {
        assert_eq!(run(id, "file:/models/file").code, reads, "{id}");
        assert_eq!(run(id, &connect).code, connects, "{id}");
        let answer: Value = serde_json::from_str(&run(id, "environment").stdout).unwrap();
        let found: Vec<&str> = answer["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap())
            .filter(|it| !it.starts_with("PWD="))
            .collect();
        assert_eq!(found, ["RUST_BACKTRACE=1", variable], "{id}");
    }
}

#[test]
fn what_one_may_see_is_shown_to_no_other_of_its_id() {
    let place = Place::asking(["environment", "file:/models/file"]);
    let data = data(&place);
    extension(&place, "one");
    let registry = place.registry(&[]);
    place.publish(&registry, "one", "1.0.0");
    let configure = |whose: &str| {
        place.configure(&format!(
            "[sandbox]\nenvironment = [\"GIVEN\"]\n\
             [[registry]]\nname = \"test\"\nlocation = \"{registry}\"\n\
             [extension.one]\n{whose}\n\
             [extension.one.sandbox]\nenvironment = [\"OTHER\"]\n\
             [[extension.one.sandbox.mount]]\nhost = \"{data}\"\nguest = \"/models\"\n"
        ));
    };
    let sees = |subject: &str| {
        let run = |verb: &str| {
            let mut command = place.command();
            command
                .args(["call", subject, COMMAND, verb, "--json"])
                .env("GIVEN", "a value")
                .env("OTHER", "another");
            Ran::of(command)
        };
        let environment = run("environment");
        assert_eq!(environment.code, 0, "{environment:?}");
        // What it takes away is taken from all of the id.
        assert!(!environment.stdout.contains("GIVEN"), "{environment:?}");
        let has_variable = environment.stdout.contains("OTHER=another");
        assert_eq!(run("file:/models/file").code == 0, has_variable);
        has_variable
    };
    configure("");
    place.ok(["install", "one"]);
    assert!(sees("one"), "it is from a registry of the configuration");
    assert!(!sees("./one"), "a folder that has the id");
    place.ok(["install", "./one-1.0.0.tar.gz"]);
    assert!(!sees("one"), "an archive that has the id");
    configure("registry = \"other\"");
    place.ok(["install", "one", "--registry", &registry]);
    assert!(!sees("one"), "another registry's");
    configure(&format!("folder = \"{}\"", place.path("one").display()));
    assert!(sees("./one") && !sees("one"));
    configure("registry = \"test\"\nfolder = \"/one\"");
    let error = place.error(1, ["call", "one", COMMAND, "environment"]);
    assert!(error["hint"].is_string(), "{error}");
}

#[test]
fn limits_hold_for_all_and_for_one() {
    let place = Place::asking(["allocate:64", "loop"]);
    for id in ["one", "two"] {
        extension(&place, id);
    }
    place.configure(
        "[limits]\nguest_time_seconds = 1\nmemory_bytes = 33554432\n\
         [extension.two.limits]\nmemory_bytes = 134217728\n",
    );
    for id in ["one", "two"] {
        let refusal = refusal(&place, id, "loop");
        assert!(refusal.contains("limit `guest_time`"), "{id}: {refusal}");
        assert!(refusal.contains("1 s"), "{id}: {refusal}");
    }
    let refusal = refusal(&place, "one", "allocate:64");
    assert!(refusal.contains("32 MiB"), "{refusal}");
    assert_eq!(ask(&place, "two", "allocate:64"), json!(["67108864"]));
}

#[test]
fn a_folder_that_is_not_there_is_told_with_the_way_out() {
    let place = Place::new();
    extension(&place, "one");
    place.configure("[[sandbox.mount]]\nhost = \"/not/there\"\nguest = \"/models\"\n");
    let error = place.error(1, ["call", "./one", COMMAND, "echo"]);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("`/not/there`"), "{error}");
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("create the folder")
    );
}

#[test]
fn a_wrong_key_is_told_with_line_and_column_before_an_extension_runs() {
    let place = Place::new();
    extension(&place, "one");
    for (configuration, words) in [
        (
            "[sandbox]\nenvironment = []\n  socket = []\n",
            "line 3, column 3: unknown field `socket`",
        ),
        (
            "[supervision]\nidle = 9\n",
            "line 2, column 1: unknown field `idle`",
        ),
        (
            "[limits]\nqueued_calls = 0\n",
            "line 2, column 16: invalid value: integer `0`",
        ),
    ] {
        place.configure(configuration);
        let ran = place.run(["call", "./one", COMMAND, "echo"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(ran.stderr.contains(words), "{ran:?}");
    }
}

/// Has every number up to 159 open, and no more than 200, then runs what follows.
#[cfg(target_os = "linux")]
const FEW_LEFT: &str =
    "for n in {10..159}; do eval \"exec $n</dev/null\"; done; ulimit -n 200; exec \"$@\"";

#[cfg(target_os = "linux")]
#[test]
fn a_socket_leaves_the_process_the_descriptors_that_its_host_needs() {
    if !std::path::Path::new("/bin/bash").exists() {
        crate::support::skip("bash", "there is no `/bin/bash`");
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connect = format!("connect:{}", address.port());
    let place = Place::asking([&*connect]);
    extension(&place, "one");
    place.configure(&format!("[sandbox]\nsockets = [\"{address}\"]\n"));
    for (script, code) in [("exec \"$@\"", 0), (FEW_LEFT, 1)] {
        let mut inner = place.command();
        inner.args(["call", "./one", COMMAND, &connect]);
        let mut command = std::process::Command::new("/bin/bash");
        command.args(["-c", script, "bash"]);
        command.arg(inner.get_program()).args(inner.get_args());
        for (name, value) in inner.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.current_dir(inner.get_current_dir().unwrap());
        let ran = Ran::of(command);
        assert_eq!(ran.code, code, "{ran:?}");
        assert_eq!(ran.stderr.contains("`descriptors`"), code == 1, "{ran:?}");
    }
}
