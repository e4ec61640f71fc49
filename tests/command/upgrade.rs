//! An extension's life across five versions of the API: installed, updated through each of them, taken
//! back, and kept where its host stands still.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::support::{
    guests::stopping,
    place::{Place, Ran},
    server::background::Server,
};

const ID: &str = "markdown-server";

/// A registry that has the sample, and a user's place with the server that it starts.
struct Life {
    place: Place,
    registry: String,
}

impl Life {
    fn new(registry: &str) -> Self {
        let place = Place::new();
        let server = place.path("bin/marksman");
        std::fs::create_dir(place.path("bin")).unwrap();
        std::fs::write(&server, "#!/bin/sh\necho 2026-11-01\n").unwrap();
        std::fs::set_permissions(&server, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(place.path("a.md"), "# A\n## B\n").unwrap();
        Self {
            place,
            registry: registry.to_owned(),
        }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.place.command();
        let path = std::env::join_paths([self.place.path("bin"), "/bin".into()]).unwrap();
        command
            .args(arguments)
            .env("PATH", path)
            .env("ANNEXE_REGISTRY", &self.registry);
        Ran::from(command.output().unwrap())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    }

    fn install(&self, version: &str) {
        let wanted = format!("{ID}@={version}");
        self.json(&["install", &wanted, "--accept-capabilities"]);
    }

    /// The version that is installed, the API it was built with and the adapter that serves it.
    fn installed(&self) -> [String; 3] {
        let list = self.json(&["list"]);
        ["version", "api", "adapter"].map(|key| list[0][key].as_str().unwrap().to_owned())
    }

    /// How often the server was started so far, and what the version says that asks it for its own.
    fn starts(&self) -> (String, Option<String>) {
        let command = self.json(&["call", ID, "language-server-command", "marksman"]);
        let variable = |name: &str| {
            let mut variables = command["env"].as_array().unwrap().iter();
            let found = variables.find(|variable| variable[0] == name)?;
            Some(found[1].as_str().unwrap().to_owned())
        };
        (
            variable("MARKDOWN_SERVER_STARTS").unwrap(),
            variable("MARKSMAN_VERSION"),
        )
    }

    /// What the version can do that the first could not: a slash command, labels of completions, of
    /// symbols.
    fn abilities(&self) -> [bool; 3] {
        let outline = r#"{"name": "outline", "description": "", "tooltip_text": "", "requires_argument": true}"#;
        let outline = self.run(&["call", ID, "run-slash-command", outline, r#"["a.md"]"#]);
        let label = |export: &str, of: Value| {
            let of = json!([of]).to_string();
            let ran = self.run(&["call", ID, export, "marksman", &of, "--json"]);
            let labels: Option<Value> = serde_json::from_str(&ran.stdout).ok();
            labels.is_some_and(|labels| !labels[0].is_null())
        };
        let detail = json!({"label": "Usage", "label_details": {"description": "README.md"}});
        let symbol = json!({"kind": "string", "name": "H2: Usage"});
        [
            outline.code == 0,
            label("labels-for-completions", detail),
            label("labels-for-symbols", symbol),
        ]
    }
}

fn lives_through_all_versions(registry: &str) {
    let life = Life::new(registry);
    let steps = [
        ("0.1.0", "0.0.4", "since_v0_0_4", [false; 3], false),
        (
            "0.2.0",
            "0.1.0",
            "since_v0_1_0",
            [true, false, false],
            false,
        ),
        ("0.3.0", "0.3.0", "since_v0_3_0", [true, true, false], false),
        ("0.4.0", "0.6.0", "since_v0_6_0", [true, true, false], true),
        ("0.5.0", "0.7.0", "since_v0_6_0", [true; 3], true),
    ];
    for (at, (version, api, adapter, abilities, asks)) in steps.into_iter().enumerate() {
        life.install(version);
        assert_eq!(life.installed(), [version, api, adapter]);
        let said = asks.then(|| "2026-11-01".to_owned());
        // The working directory lives on: it counts the starts of all versions.
        assert_eq!(life.starts(), ((at + 1).to_string(), said), "{version}");
        assert_eq!(life.abilities(), abilities, "{version}");
    }

    // What is too new for this host is explained, and not chosen; so is what was withdrawn.
    let update = life.run(&["update"]);
    assert_eq!((update.code, update.stdout.as_str()), (0, ""), "{update:?}");
    assert!(
        update.stderr.contains("0.7.0 needs extension API 0.9.0"),
        "{update:?}"
    );
    let explained = life.run(&["explain", ID]).stdout;
    for words in [
        "0.7.0       API 0.9.0  needs extension API 0.9.0, ",
        "0.6.0-rc.1  API 0.7.0  is a preview\n",
        "0.5.0       API 0.7.0  is taken\n",
        "0.3.1       API 0.3.0  was yanked: it fills the editor's log; use `0.3.0` instead\n",
        "0.1.0       API 0.0.4  would do, but 0.5.0 is greater\n",
    ] {
        assert!(explained.contains(words), "{words:?} in {explained}");
    }
    let ran = life.run(&["install", "markdown-server@=0.7.0"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("needs extension API 0.9.0"), "{ran:?}");
    let ran = life.run(&["install", "markdown-server@=0.3.1"]);
    assert!(ran.stderr.contains("was yanked"), "{ran:?}");

    for (version, starts, said) in [("0.4.0", "6", Some("2026-11-01")), ("0.3.0", "7", None)] {
        life.json(&["rollback"]);
        assert_eq!(life.installed()[0], version);
        assert_eq!(life.starts(), (starts.into(), said.map(str::to_owned)));
    }
    let update = life.run(&["update"]);
    assert_eq!(update.code, 1, "new power needs a yes: {update:?}");
    for words in [
        "markdown-server 0.3.0 → 0.5.0  api 0.3.0 → since_v0_3_0, then 0.7.0 → since_v0_6_0, ",
        "\n  may newly run `marksman --version`\n",
        "\nhint: nothing was changed; allow what it may do newly with `--accept-capabilities`\n",
    ] {
        assert!(update.stderr.contains(words), "{words:?} in {update:?}");
    }
    assert_eq!(life.installed()[0], "0.3.0");
    let updated = life.json(&["update", "--accept-capabilities"]);
    let warning = updated["warnings"][0].as_str().unwrap_or_default();
    assert!(
        warning.contains("0.7.0 needs extension API 0.9.0"),
        "{updated}"
    );
    assert_eq!(life.starts().0, "8");
    assert_eq!(life.installed()[0], "0.5.0");
    life.json(&["verify"]);
}

fn an_older_host_takes_what_it_serves(registry: &str) {
    let life = Life::new(registry);
    let settings = life.place.path("config.toml");
    std::fs::write(&settings, "api = \"<=0.3\"\n").unwrap();
    let configured = |arguments: &[&str]| {
        let mut command = life.place.command();
        command
            .args(arguments)
            .env("ANNEXE_CONFIG", &settings)
            .env("ANNEXE_REGISTRY", &life.registry);
        Ran::from(command.output().unwrap())
    };
    let ran = configured(&["install", ID]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(life.installed(), ["0.3.0", "0.3.0", "since_v0_3_0"]);
    assert!(
        ran.stderr
            .contains("0.5.0 needs extension API 0.7.0, this host is limited to `<=0.3`"),
        "{ran:?}"
    );
    let ran = configured(&["update"]);
    assert_eq!((ran.code, life.installed()[0].as_str()), (0, "0.3.0"));
}

#[test]
fn a_sample_lives_through_all_its_versions_from_the_built_in_registry() {
    lives_through_all_versions("embedded");
}

#[test]
fn a_sample_lives_through_all_its_versions_over_http() {
    let server = Server::start(&registry_folder(), false);
    lives_through_all_versions(&server.address);
}

#[test]
fn an_older_host_takes_what_it_serves_from_the_built_in_registry() {
    an_older_host_takes_what_it_serves("embedded");
}

#[test]
fn an_older_host_takes_what_it_serves_over_http() {
    let server = Server::start(&registry_folder(), false);
    an_older_host_takes_what_it_serves(&server.address);
}

fn registry_folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("registry-index")
}

#[test]
fn an_update_that_does_not_start_takes_itself_back() {
    let place = Place::asking(["version"]);
    let registry = place.registry(&[("echo", "1.0.0")]);
    let server = Server::start(&place.path("registry"), false);
    place.ok(["install", "echo", "--registry", &server.address]);
    let folder = place.extension("echo", "2.0.0");
    std::fs::write(folder.join("extension.wasm"), stopping::component()).unwrap();
    place.ok(["pack", "echo"]);
    let add = ["registry", "add", &registry, "echo-2.0.0.tar.gz"];
    let error = place.error(1, add);
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("--allow component-not-started"),
        "{error}"
    );
    place.ok(add.into_iter().chain(["--allow", "component-not-started"]));
    let update = [
        "update",
        "--registry",
        &server.address,
        "--accept-capabilities",
    ];
    let updated = place.json(update);
    assert_eq!(updated["receipts"][0]["installed"]["version"], "2.0.0");

    let call = ["call", "echo", "language-server-command", "version"];
    let ran = place.run(call);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("`echo` 2.0.0 did not start ("),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("so 1.0.0 is back"), "{ran:?}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answer["args"], json!(["0.0.1"]));
    let history = place.ok(["history"]);
    assert!(
        history.contains("bring back echo 1.0.0, as 2.0.0 did not start"),
        "{history}"
    );

    // A program hears of it too, whatever the user wants to hear.
    let again = ["install", "echo@=2.0.0", "--accept-capabilities"];
    place.json(again.into_iter().chain(["--registry", &server.address]));
    let quiet = call.into_iter().chain(["--json", "--quiet"]);
    let ran = place.run(quiet);
    assert!(
        ran.stderr
            .contains("{\"warning\":\"`echo` 2.0.0 did not start"),
        "{ran:?}"
    );

    // It is not tried again by itself, and says so.
    let ran = place.run(update);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(
        ran.stderr.contains("2.0.0 did not start on this machine"),
        "{ran:?}"
    );
    assert_eq!(place.json(["list"])[0]["version"], "1.0.0");
    let ran = place.run(call);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    // Whoever asks for it by its number tries it again.
    place.ok([
        "install",
        "echo@=2.0.0",
        "--registry",
        &registry,
        "--accept-capabilities",
    ]);
    assert_eq!(place.json(["list"])[0]["version"], "2.0.0");
}
