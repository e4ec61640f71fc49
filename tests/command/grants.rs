//! What extensions are granted, by the command and by hand, and what is kept of what they asked for.

use std::fs;

use serde_json::{Value, json};

use crate::support::{
    place::{Place, Ran, text, wasm},
    server::background::Server,
};

const COMMAND: &str = "language-server-command";

/// An extension built with the newest API, whose manifest lists `gem install`, published and installed.
fn installed(place: &Place, id: &str) {
    let folder = place.extension(id, "1.0.0");
    fs::copy(wasm("0.7.0"), folder.join("extension.wasm")).unwrap();
    let registry = place.registry(&[]);
    place.publish(&registry, id, "1.0.0");
    place.ok(["install", id, "--registry", &registry, "--quiet"]);
}

/// The line about a capability.
fn line(answer: &Value, short: &str) -> Value {
    let lines = answer["capabilities"].as_array().unwrap();
    let line = lines.iter().find(|line| line["short"] == short);
    line.unwrap_or(&Value::Null).clone()
}

fn grants_file(place: &Place) -> std::path::PathBuf {
    place.configuration().with_file_name("grants.toml")
}

#[test]
fn what_an_extension_may_do_is_shown_with_why_and_changed() {
    let place = Place::new();
    installed(&place, "one");
    let answer = place.json(["grants", "one"]);
    assert_eq!(
        answer["origin"],
        json!({"registry": place.registry_id("registry")})
    );
    assert_eq!(
        (&answer["profile"], &answer["own_profile"]),
        (&json!("default"), &json!(false))
    );
    let gem = line(&answer, "process:exec gem install **");
    assert_eq!(
        (&gem["asked_for"], &gem["granted"]),
        (&json!(true), &json!("full"))
    );
    assert_eq!(line(&answer, "http *")["granted"], "full");

    let answer = place.json([
        "grants",
        "one",
        "--profile",
        "strict",
        "--allow",
        "http *.example.org",
    ]);
    let gem = line(&answer, "process:exec gem install **");
    assert_eq!(gem["granted"], "none");
    assert_eq!(gem["reason"], json!({"own-profile": "strict"}));
    assert_eq!(line(&answer, "http *")["granted"], "partial");
    let own = line(&answer, "http *.example.org");
    assert_eq!(
        (&own["asked_for"], &own["granted"]),
        (&json!(false), &json!("full"))
    );

    let answer = place.json(["grants", "one", "--deny", "http evil.example.org"]);
    assert_eq!(line(&answer, "http *.example.org")["granted"], "partial");
    assert_eq!(line(&answer, "http evil.example.org")["granted"], "none");
    let ran = place.run([
        "grants",
        "one",
        "--allow",
        "http x.example.org",
        "--allow",
        "http *",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("`http *` is denied still"), "{ran:?}");
    assert!(!ran.stderr.contains("x.example.org"), "{ran:?}");
    let heading = format!(
        "one 1.0.0 from the registry `{}`\nprofile: strict (its own)\n",
        place.registry_id("registry")
    );
    assert!(ran.stdout.contains(&heading), "{ran:?}");

    // What the manifest must list is not given by a grant alone.
    let answer = place.json(["grants", "one", "--allow", "process:exec sh **"]);
    let program = line(&answer, "process:exec sh **");
    assert_eq!(
        (&program["granted"], &program["reason"]),
        (&json!("none"), &json!("manifest"))
    );

    place.ok(["grants", "one", "--reset"]);
    let answer = place.json(["grants", "one"]);
    assert_eq!(
        (&answer["profile"], &line(&answer, "http *")["granted"]),
        (&json!("default"), &json!("full"))
    );

    place.configure("grants = \"strict\"\n");
    let answer = place.json(["grants", "one"]);
    assert_eq!(
        (&answer["profile"], &line(&answer, "http *")["reason"]),
        (&json!("strict"), &json!("all"))
    );
}

#[test]
fn a_refused_call_says_how_to_grant_it_and_that_works() {
    let verb = "http:http://127.0.0.1:9/x";
    let place = Place::asking([verb, "process:/bin/other", "npm-install:*@1.0.0"]);
    installed(&place, "one");
    place.configure("grants = \"strict\"\n");
    let error = place.error(1, ["call", "one", COMMAND, verb]);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("the capability `http` to send requests to `127.0.0.1` is not granted"),
        "{error}"
    );
    let hint = error["hint"].as_str().unwrap();
    let grant = "annexe grants one --allow 'http 127.0.0.1'";
    assert!(hint.contains(grant), "{hint}");
    place.ok(["grants", "one", "--allow", "http 127.0.0.1"]);
    let error = place.error(1, ["call", "one", COMMAND, verb]);
    assert!(
        !error["message"].as_str().unwrap().contains("granted"),
        "{error}"
    );

    let error = place.error(1, ["call", "one", COMMAND, "process:/bin/other"]);
    assert!(
        error["hint"].as_str().unwrap().contains("author"),
        "{error}"
    );
    // What a guest writes as a pattern is never advised.
    let error = place.error(1, ["call", "one", COMMAND, "npm-install:*@1.0.0"]);
    assert!(!error["hint"].to_string().contains("--allow"), "{error}");

    let audit = place.json(["audit", "one"]);
    let outcomes: Vec<_> = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["request"]["kind"].as_str().unwrap(),
                entry["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            ("http", "refused-by-grants"),
            ("http", "allowed"),
            ("process:exec", "refused-by-manifest"),
            ("npm:install", "refused-by-grants"),
        ]
    );
    let words = place.ok(["audit", "--refused"]);
    assert_eq!(words.lines().count(), 3, "{words}");
    assert!(
        words.contains("one 1.0.0  refused by grants    send requests to `127.0.0.1`"),
        "{words}"
    );
}

#[test]
fn a_private_address_is_refused_with_the_grant_and_the_setting_that_allow_it() {
    let request = "http:http://127.0.0.1:9/x";
    let spelled = "http:http://0x7f.1:9/x";
    let download = "download:http://127.0.0.1:9/a/b uncompressed x";
    let local = "http:http://localhost:9/x";
    let metadata = "http:http://169.254.169.254/latest/meta-data/";
    let place = Place::asking([request, spelled, download, local, metadata]);
    installed(&place, "one");
    let ask = |verb: &str| place.error(1, ["call", "one", COMMAND, verb]);
    let is_asked = |verb: &str| {
        let error = ask(verb);
        let words = error["message"].as_str().unwrap();
        assert!(words.contains("cannot be reached"), "{verb}: {error}");
    };
    for (verb, grant) in [
        (request, "http 127.0.0.1"),
        (spelled, "http 127.0.0.1"),
        (download, "download_file 127.0.0.1 a b"),
    ] {
        let error = ask(verb);
        let words = error["message"].as_str().unwrap();
        assert!(
            words.contains("is at the private address `127.0.0.1`"),
            "{error}"
        );
        let hint = error["hint"].as_str().unwrap();
        let ways = [
            format!("annexe grants one --allow '{grant}'"),
            "`private = [\"127.0.0.1\"]` under `[http]`".to_owned(),
        ];
        assert!(ways.iter().all(|way| hint.contains(way)), "{hint}");
        place.ok(["grants", "one", "--allow", grant]);
        is_asked(verb);
        place.ok(["grants", "one", "--reset"]);
    }
    // `localhost` is this machine, and another name is not.
    let error = ask(local);
    let words = error["message"].as_str().unwrap();
    assert!(words.contains("is at the private address"), "{error}");
    place.ok(["grants", "one", "--allow", "http example.org"]);
    assert_eq!(ask(local), error);
    place.ok(["grants", "one", "--allow", "http localhost"]);
    is_asked(local);
    place.ok(["grants", "one", "--reset"]);

    place.ok(["grants", "one", "--allow", "http 169.254.169.254"]);
    for rules in [
        "\"127.0.0.0/8\", \"::1\"",
        "\"*\"",
        "\"0.0.0.0/0\", \"::/0\"",
    ] {
        place.configure(&format!("[http]\nprivate = [{rules}]\n"));
        for verb in [request, download, local] {
            is_asked(verb);
        }
        let error = ask(metadata);
        let words = error["message"].as_str().unwrap();
        assert!(words.contains("which is never asked"), "{error}");
        assert!(!error["hint"].to_string().contains("--allow"), "{error}");
    }

    let outcomes = place.json(["audit", "one", "--refused"]).to_string();
    assert!(outcomes.contains("refused-by-address"), "{outcomes}");
    assert!(outcomes.contains("refused-always"), "{outcomes}");
    place.configure("[http]\nprivate = [\n  \"10.0.0.0/8\",\n  \"10.0.0.1/8\",\n]\n");
    let ran = place.run(["call", "one", COMMAND, request]);
    assert_ne!(ran.code, 0, "{ran:?}");
    let words =
        "line 2, column 11: `10.0.0.1/8` is not the beginning of a range; write `10.0.0.0/8`";
    assert!(ran.stderr.contains(words), "{ran:?}");
}

#[test]
fn through_a_proxy_only_what_is_written_as_an_address_is_looked_at() {
    let hosts = [
        "name.invalid",
        "127.0.0.1",
        "10.0.0.1",
        "localhost",
        "169.254.169.254",
        "[::1]",
    ];
    let verb_for = |host: &str| format!("http:http://{host}/sub/x");
    let verbs = hosts.map(verb_for);
    let place = Place::asking(verbs.iter().map(String::as_str));
    installed(&place, "one");
    let served = place.path("served");
    fs::create_dir(&served).unwrap();
    fs::write(served.join("x"), "of the proxy").unwrap();
    // The user has named it, so that it may be on this machine.
    let proxy = Server::start(&served, false);
    let ask = |host: &str| {
        let mut command = place.command();
        command.args(["call", "one", COMMAND, &verb_for(host)]);
        command.env("http_proxy", proxy.web.base.trim_end_matches("/sub"));
        Ran::of(command)
    };
    // Nobody but the proxy knows where that is.
    let ran = ask(hosts[0]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(proxy.web.requests(), ["x"]);
    for host in &hosts[1..] {
        let ran = ask(host);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains(" is at the "), "{ran:?}");
    }
    assert_eq!(proxy.web.requests(), ["x"]);
}

#[test]
fn what_is_answered_is_started_strictly_by_a_grant_and_audited_with_its_file() {
    let start = "start:PATH=/evil GEM_HOME=/gems /opt/x --stdio";
    let place = Place::asking([start]);
    installed(&place, "one");
    let answer = place.json(["call", "one", COMMAND, start]);
    assert_eq!(answer["command"], "/opt/x");
    place.configure("grants = \"strict\"\n");
    for grant in [
        "process:exec /opt/x --stdio",
        "process:env PATH",
        "process:env GEM_HOME",
    ] {
        let error = place.error(1, ["call", "one", COMMAND, start]);
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("may not be started"), "{error}");
        let hint = error["hint"].as_str().unwrap();
        let way_out = format!("annexe grants one --allow '{grant}'");
        assert!(hint.contains(&way_out), "{hint}");
        place.ok(["grants", "one", "--allow", grant]);
    }
    place.json(["call", "one", COMMAND, start]);
    place.ok(["grants", "one", "--deny", "process:exec x **"]);
    place.error(1, ["call", "one", COMMAND, start]);

    let audit = place.json(["audit", "one"]);
    let lines: Vec<_> = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            (
                entry["request"]["kind"].as_str().unwrap(),
                entry["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("process:exec", "allowed"),
            ("process:exec", "refused-by-grants"),
            ("process:env", "refused-by-grants"),
            ("process:env", "refused-by-grants"),
            ("process:exec", "allowed"),
            ("process:exec", "refused-by-grants"),
        ]
    );
    for entry in audit.as_array().unwrap() {
        let variables = json!([
            {"name": "PATH", "value": "/evil"},
            {"name": "GEM_HOME", "value": "/gems"},
        ]);
        let execution = json!({"file": "/opt/x", "answer_of": COMMAND, "variables": variables});
        assert_eq!(entry["execution"], execution, "{entry}");
    }
    let words = place.ok(["audit"]);
    let line = "run `/opt/x --stdio`, which is `/opt/x`, with `PATH=/evil` `GEM_HOME=/gems`, \
                answered to `language-server-command`";
    assert!(words.contains(line), "{words}");
}

#[test]
fn what_is_granted_does_not_pass_to_another_of_the_same_id() {
    let place = Place::new();
    installed(&place, "one");
    place.ok(["grants", "one", "--allow", "mount /tmp /shared"]);
    let mounted =
        |answer: &Value| line(answer, "mount /tmp /shared read-only")["granted"] == "full";
    assert!(mounted(&place.json(["grants", "one"])));
    // Its own sources, by their path.
    let by_path = place.json(["grants", "./one"]);
    assert!(
        !mounted(&by_path) && by_path["origin"]["folder"].is_string(),
        "{by_path}"
    );
    place.ok(["grants", "./one", "--allow", "env HOME"]);
    let text = fs::read_to_string(grants_file(&place)).unwrap();
    assert_eq!(text.matches("[[extension]]").count(), 2, "{text}");
}

#[test]
fn a_folder_that_is_granted_is_there() {
    let place = Place::asking(["file:/models/file"]);
    installed(&place, "one");
    let data = place.path("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("file"), "content").unwrap();
    place.error(1, ["call", "one", COMMAND, "file:/models/file"]);
    let mount = format!("mount {} /models", text(&data));
    place.ok(["grants", "one", "--allow", &mount]);
    let answer = place.json(["call", "one", COMMAND, "file:/models/file"]);
    assert_eq!(answer["args"], json!(["content"]));
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_alone_and_what_a_person_wrote_into_it_stays() {
    use std::os::unix::fs::{MetadataExt as _, symlink};
    let place = Place::new();
    installed(&place, "one");
    let file = grants_file(&place);
    let kept = place.path("dotfiles");
    fs::write(&kept, "# of my own\n").unwrap();
    symlink(&kept, &file).unwrap();
    place.ok(["grants", "one", "--allow", "env A"]);
    place.ok(["grants", "one", "--deny", "env B"]);
    let written = fs::read_to_string(&kept).unwrap();
    assert!(
        written.starts_with("# of my own\n\n[[extension]]\n"),
        "{written}"
    );
    assert_eq!(fs::metadata(&kept).unwrap().mode() & 0o777, 0o600);
    assert!(fs::symlink_metadata(&file).unwrap().is_symlink());
    fs::remove_file(&kept).unwrap();
    let error = place.error(1, ["call", "one", COMMAND, "echo"]);
    assert!(
        error["message"].as_str().unwrap().contains("grants"),
        "a link to nothing: {error}"
    );
}

#[test]
fn several_who_change_it_at_once_lose_nothing() {
    let place = Place::new();
    installed(&place, "one");
    std::thread::scope(|scope| {
        for number in 0..6 {
            let place = &place;
            scope.spawn(move || place.ok(["grants", "one", "--allow", &format!("env N{number}")]));
        }
    });
    let text = fs::read_to_string(grants_file(&place)).unwrap();
    assert_eq!(text.matches("env").count(), 6, "{text}");
}

#[test]
fn a_file_that_is_damaged_lets_nothing_run() {
    let place = Place::new();
    installed(&place, "one");
    for (damage, words) in [
        (
            "[[extension]]\nid = \"one\"\nregistry = \"test\"\ndeny = [{ kind = \"htp\" }]\n",
            "line 4, column",
        ),
        ("[[extension]\n", "line 1"),
        ("[[extension]]\nid = \"one\"\n", "registry"),
    ] {
        fs::write(grants_file(&place), damage).unwrap();
        for command in [
            &["call", "one", COMMAND, "echo"][..],
            &["grants", "one"],
            &["grants", "one", "--allow", "env A"],
        ] {
            let error = place.error(1, command.iter().copied());
            assert!(
                error["message"].as_str().unwrap().contains("grants.toml"),
                "{error}"
            );
            assert!(error["causes"].to_string().contains(words), "{error}");
        }
        assert_eq!(fs::read_to_string(grants_file(&place)).unwrap(), damage);
    }
}

#[test]
fn what_cannot_be_meant_is_an_error() {
    let place = Place::new();
    installed(&place, "one");
    let error = place.error(1, ["grants", "onee"]);
    assert!(error["hint"].to_string().contains("one"), "{error}");
    let error = place.error(1, ["audit", "onee"]);
    assert!(error["hint"].to_string().contains("one"), "{error}");
    for arguments in [
        ["grants", "one", "--allow", "htp example.org"],
        ["grants", "one", "--allow", "http https://example.org/"],
        ["grants", "one", "--profile", "lax"],
    ] {
        place.error(2, arguments);
    }
    // Nor is what can match nothing, whether it would allow or deny.
    for rule in [
        "http a*b.example",
        "http *.*.org",
        "download_file github.com/../x",
        "download_file github.com/a%2Fb",
        "download_file github.com owner ** x",
        "npm:install lodash@4",
        "process:exec git* **",
        "process:exec npm ** x",
        "env A=B",
    ] {
        for side in ["--allow", "--deny"] {
            place.error(2, ["grants", "one", side, rule]);
        }
    }
    place.error(2, ["grants", "one", "--allow", "env A", "--deny", "env A"]);
    assert!(!grants_file(&place).exists());

    // What an earlier program took and can match nothing hinders nothing where it allows, and does where it denies.
    place.ok(["grants", "one", "--allow", "env A"]);
    let text = fs::read_to_string(grants_file(&place)).unwrap();
    let idle = r#"{ kind = "npm:install", package = "lodash@4" }"#;
    let with = |list: &str| text.replace("allow = [", &format!("{list} = [{idle}]\nallow = ["));
    let allowing = text.replace("allow = [", &format!("allow = [{idle}, "));
    fs::write(grants_file(&place), allowing).unwrap();
    place.json(["call", "one", COMMAND, "echo"]);
    fs::write(grants_file(&place), with("deny")).unwrap();
    let error = place.error(1, ["call", "one", COMMAND, "echo"]);
    assert!(error["causes"].to_string().contains("lodash@4"), "{error}");
    fs::remove_file(grants_file(&place)).unwrap();

    // What is said of one that is gone is listed, and can be forgotten.
    place.ok(["grants", "one", "--allow", "env A"]);
    let all = place.json(["grants"]);
    assert_eq!(
        (&all[0]["id"], &all[0]["is_here"]),
        (&json!("one"), &json!(true))
    );
    assert_eq!(
        (&all[0]["allow"], &all[0]["deny"]),
        (&json!(["env A"]), &json!([]))
    );
    assert_eq!(all[0]["granted"], all[0]["asked_for"], "{all}");
    assert!(
        place
            .ok(["grants"])
            .contains("one  1.0.0    default  1 of 1   env A    -       from ")
    );
    place.error(2, ["grants", "--reset"]);
    place.error(2, ["grants", "--allow", "env A"]);
    place.ok(["remove", "one", "--quiet"]);
    fs::remove_dir_all(place.path("one")).unwrap();
    place.error(1, ["grants", "one"]);
    let all = place.json(["grants"]);
    assert_eq!(
        (&all[0]["id"], &all[0]["is_here"]),
        (&json!("one"), &json!(false))
    );
    assert_eq!(all[0]["version"], Value::Null);
    assert!(
        place
            .ok(["grants"])
            .contains("`annexe grants one --reset` forgets it")
    );
    place.ok(["grants", "one", "--reset"]);
    assert_eq!(place.json(["grants"]), json!([]));
    let text = fs::read_to_string(grants_file(&place)).unwrap();
    assert!(!text.contains("env"), "{text}");
}
