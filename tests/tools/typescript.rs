//! TypeScript's real server, which no extension brings: what another extension adds to it changes what it answers.

use std::{
    io::BufReader,
    process::{Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    language_server::{answer, end, send},
    public_registry::is_reached,
    support::{
        files, npm,
        place::{Place, text},
    },
};

/// The command of the user's own, which is looked for on `PATH`.
const BRIDGED: [&str; 5] = [
    "lsp",
    "typescript-language-server",
    "--",
    "typescript-language-server",
    "--stdio",
];

/// How long the server may take to answer.
const LONGEST: Duration = Duration::from_secs(120);

/// What the stand-in for Vue's plugin adds to each hover.
const OF_PLUGIN: &str = "plugin @vue/typescript-plugin";

#[test]
#[ignore = "it asks npm's registry over the network"]
fn an_extension_adds_its_plugin_to_the_server_of_another_language() {
    if npm::machine().is_none() || !is_reached() {
        return;
    }
    let place = Place::new();
    let project = place.here().canonicalize().unwrap();
    let installed = Command::new("npm")
        .args([
            "install",
            "--no-audit",
            "--no-fund",
            "--prefix",
            text(&project),
        ])
        .args(["typescript-language-server@4", "typescript@5"])
        .output()
        .unwrap();
    assert!(installed.status.success(), "{installed:?}");
    let source =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/typescript_plugin");
    files::copy(
        &source,
        &place.beside("plugins/node_modules/@vue/typescript-plugin"),
    );
    files::write(&project.join("a.ts"), "export const harbour = 42;\n");
    place.ok(["install", "vue-server", "--quiet"]);

    // The settings of the project say where the plugin is, and count where the user trusts it.
    let location = json!({ "typescript_plugin": { "location": place.beside("plugins") } });
    let settings = json!({ "lsp": { "vue-language-server": { "settings": location } } });
    files::write(&project.join(".annexe/settings.json"), settings.to_string());
    let hover = hover(&place);
    assert!(
        hover.contains("harbour") && !hover.contains(OF_PLUGIN),
        "{hover}"
    );
    place.configure(&format!("trusted_projects = [{project:?}]\n"));
    let hover = self::hover(&place);
    assert!(
        hover.contains("harbour") && hover.contains(OF_PLUGIN),
        "{hover}"
    );
}

/// What the server says of a name, asked through the bridge.
fn hover(place: &Place) -> String {
    let project = place.here().canonicalize().unwrap();
    let mut path = vec![project.join("node_modules/.bin")];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut bridge = place
        .command()
        .args(BRIDGED)
        .env("PATH", std::env::join_paths(path).unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = bridge.stdin.take().unwrap();
    let mut output = BufReader::new(bridge.stdout.take().unwrap());
    let root = format!("file://{}", project.display());
    let (sender, receiver) = mpsc::channel();
    let talk = std::thread::spawn(move || {
        let params = json!({ "processId": null, "rootUri": root, "capabilities": {} });
        send(
            &mut input,
            &json!({ "id": 1, "method": "initialize", "params": params }),
        );
        answer(&mut output, 1);
        send(
            &mut input,
            &json!({ "method": "initialized", "params": {} }),
        );
        let uri = format!("{root}/a.ts");
        let opened = json!({ "textDocument": { "uri": uri, "languageId": "typescript", "version": 1,
            "text": "export const harbour = 42;\n" } });
        send(
            &mut input,
            &json!({ "method": "textDocument/didOpen", "params": opened }),
        );
        let at =
            json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 15 } });
        send(
            &mut input,
            &json!({ "id": 2, "method": "textDocument/hover", "params": at }),
        );
        let hover = answer(&mut output, 2);
        send(&mut input, &json!({ "id": 3, "method": "shutdown" }));
        answer(&mut output, 3);
        send(&mut input, &json!({ "method": "exit" }));
        let _: Result<(), mpsc::SendError<Value>> = sender.send(hover);
    });
    let hover = receiver.recv_timeout(LONGEST);
    if hover.is_err() {
        end(bridge);
    } else {
        assert_eq!(bridge.wait().unwrap().code(), Some(0));
    }
    talk.join().unwrap();
    hover.unwrap().to_string()
}
