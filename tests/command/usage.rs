//! The command line itself.

use std::io::Read as _;

use crate::support::place::{Place, Ran, text, wasm};

#[test]
fn wrong_usage_exits_with_2_and_says_nothing_on_stdout() {
    let place = Place::new();
    let table: [&[&str]; 8] = [
        &[],
        &["no-such-command"],
        &["install"],
        &["install", "Not An Id"],
        &["install", "toml@newest"],
        &["install", "toml", "--registry", "ftp://example.org/"],
        &[
            "registry",
            "add",
            "folder",
            "archive",
            "--published",
            "yesterday",
        ],
        &["call", "x", "y", "--deadline", "0"],
    ];
    for arguments in table {
        let ran = place.run(arguments.iter().copied());
        assert_eq!(ran.code, 2, "{arguments:?} {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(!ran.stderr.is_empty(), "{arguments:?}");
    }
    let error = place.error(2, ["install", "Not An Id"]);
    assert!(
        error["message"].as_str().unwrap().contains("`not-an-id`"),
        "{error}"
    );
}

#[test]
fn help_and_version_are_results() {
    let place = Place::new();
    assert!(place.ok(["--help"]).contains("Exit codes: 0 done"));
    assert!(place.ok(["call", "--help"]).contains("--deadline"));
    for command in ["install", "update", "sync"] {
        let help = place.ok([command, "--help"]);
        assert!(help.contains("stranger's"), "{help}");
    }
    assert_eq!(
        place.ok(["--version"]),
        concat!("annexe ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn every_shell_gets_its_completions() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(
            place.ok(["completions", shell]).contains("completions"),
            "{shell}"
        );
    }
    assert_eq!(place.run(["completions", "tcsh"]).code, 2);
    assert_eq!(place.run(["completions"]).code, 2);
}

#[test]
fn completions_know_the_ids_of_what_is_installed() {
    let place = Place::new();
    assert_eq!(place.ok(["completions", "--ids"]), "");
    let registry = place.registry(&[("echo", "1.0.0"), ("other", "1.0.0")]);
    place.ok([
        "install",
        "echo",
        "other",
        "--registry",
        &registry,
        "--quiet",
    ]);
    assert_eq!(place.ok(["completions", "--ids"]), "echo\nother\n");
    let fish = place.ok(["completions", "fish"]);
    let (_, last) = fish.rsplit_once("__fish_seen_subcommand_from ").unwrap();
    let (commands, _) = last.split_once('"').unwrap();
    for command in [
        "update", "remove", "info", "grants", "log", "pin", "disable", "call",
    ] {
        assert!(commands.split(' ').any(|it| it == command), "{commands}");
    }
    assert!(!commands.contains("search"), "{commands}");
    let zsh = place.ok(["completions", "zsh"]);
    assert!(zsh.starts_with("#compdef annexe\n"), "{zsh}");
    let part = |name: &str| {
        let (_, part) = zsh.split_once(&format!("\n({name})\n")).unwrap();
        part.split_once(";;").unwrap().0.to_owned()
    };
    assert!(
        part("update").contains(":_annexe_ids'"),
        "{}",
        part("update")
    );
    assert!(!part("search").contains("_annexe_ids"));
    // Each of the others asks, in the commands about ids, before it shows the words of its own script.
    let [elvish, powershell] = ["elvish", "powershell"].map(|it| place.ok(["completions", it]));
    let (_, wrapper) = elvish.split_once("var annexe-words~ = ").unwrap();
    let between = |text: &str, start: &str, end: &str| {
        let (_, rest) = text.split_once(start).unwrap();
        rest.split_once(end).unwrap().0.to_owned()
    };
    let commands = between(wrapper, "(has-value [", "] $words[1])");
    assert!(commands.split(' ').any(|it| it == "update"), "{commands}");
    assert!(!commands.contains("search"), "{commands}");
    assert!(wrapper.find("completions --ids") < wrapper.find("annexe-words $@words"));
    let commands = between(&powershell, "if (@(", ") -contains ($command");
    assert!(
        commands.contains("'update'") && !commands.contains("'search'"),
        "{commands}"
    );
    assert!(powershell.find("completions --ids") < powershell.find("$completions.Where{"));
}

#[cfg(unix)]
#[test]
fn bash_completes_an_id_by_what_is_installed() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.0.0"), ("other", "1.0.0")]);
    place.ok([
        "install",
        "echo",
        "other",
        "--registry",
        &registry,
        "--quiet",
    ]);
    let script = place.ok(["completions", "bash"]);
    let complete = |words: &str, at: usize| {
        let program = place.command().get_program().to_owned();
        let ask = format!(
            "annexe() {{ {program:?} \"$@\"; }}\n{script}\nCOMP_WORDS=({words}) COMP_CWORD={at}\n\
             _annexe_with_ids annexe \"${{COMP_WORDS[COMP_CWORD]}}\" \"\"\necho \"${{COMPREPLY[@]}}\""
        );
        let mut bash = std::process::Command::new("bash");
        bash.args(["--norc", "-c", &ask]);
        for (name, value) in place.command().get_envs() {
            match value {
                Some(value) => bash.env(name, value),
                None => bash.env_remove(name),
            };
        }
        let output = bash.output().unwrap();
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    };
    assert_eq!(complete("annexe remove ec", 2), "echo");
    assert_eq!(
        complete("annexe update echo \"\"", 3)
            .split(' ')
            .filter(|it| !it.starts_with('-'))
            .count(),
        2
    );
    assert!(!complete("annexe remove --wo", 2).contains("echo"));
    assert!(!complete("annexe search ec", 2).contains("echo"));
}

#[test]
fn the_users_own_folders_are_the_default() {
    let place = Place::new();
    for arguments in [&["install", "paper-theme"][..], &["cache"]] {
        let mut command = place.command();
        command
            .env_remove("ANNEXE_STORE")
            .env_remove("ANNEXE_CACHE")
            .args(arguments);
        command
            .env("XDG_DATA_HOME", place.path("data"))
            .env("XDG_CACHE_HOME", place.path("cache"));
        assert!(command.output().unwrap().status.success(), "{arguments:?}");
    }
    if cfg!(target_os = "linux") {
        assert!(place.path("data/annexe/store").is_dir());
        assert!(place.path("data/annexe/cache.key").is_file());
        assert!(place.path("cache/annexe/compiled").is_dir());
    }
    let other = place.path("other");
    place.ok(["install", "paper-theme", "--store", "other"]);
    assert!(other.is_dir() && !place.store().exists());
}

#[test]
fn the_cache_is_counted_and_cleared() {
    let place = Place::new();
    let run = |arguments: &[&str]| {
        let mut command = place.command();
        command
            .env("ANNEXE_CACHE", place.path("own-cache"))
            .args(arguments)
            .arg("--json");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    assert_eq!(run(&["cache"])["entries"], 0);
    let checked = run(&["check", text(&wasm("0.0.1"))]);
    assert!(
        checked[0]["compiled"]["compiled"]["milliseconds"].is_u64(),
        "{checked}"
    );
    assert_eq!(
        run(&["check", text(&wasm("0.0.1"))])[0]["compiled"],
        "cached"
    );
    let size = run(&["cache"]);
    assert_eq!(size["entries"], 1);
    assert_eq!(size["folder"], text(&place.path("own-cache")));
    assert_eq!(run(&["cache", "--clear"])["bytes"], size["bytes"]);
    assert_eq!(run(&["cache"])["entries"], 0);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::new();
    let mut command = place.command();
    command.args(["completions", "zsh"]);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(stderr, "");
}

#[test]
fn the_log_goes_to_stderr_and_quiet_hides_the_notes() {
    let place = Place::new();
    let registry = place.registry(&[("echo", "1.2.3")]);
    let plain = place.run(["info", "echo", "--registry", &registry]);
    assert_eq!(plain.stderr, "");
    let verbose = place.run(["-vv", "info", "echo", "--registry", &registry]);
    assert!(verbose.stderr.contains("opened a registry"), "{verbose:?}");
    assert_eq!(verbose.stdout, plain.stdout);
    let ran = place.run(["list", "--quiet"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "", "")
    );
    assert_eq!(place.run(["list", "--quiet", "--verbose"]).code, 2);
}

#[test]
fn a_cache_that_cannot_be_used_is_told_and_the_work_goes_on() {
    let place = Place::new();
    let guest = wasm("0.0.1");
    std::fs::write(place.path("file"), "").unwrap();
    let elsewhere = "set ANNEXE_CACHE to a folder of your own";
    let mut unusable = vec![("file", elsewhere.to_owned())];
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let open = place.path("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, PermissionsExt::from_mode(0o777)).unwrap();
        let way_out = format!("run `chmod 700 {}`, or {elsewhere}", text(&open));
        unusable.push(("open", way_out));
    }
    for (name, way_out) in unusable {
        let run = |arguments: &[&str]| {
            let mut command = place.command();
            command
                .args(arguments)
                .env("ANNEXE_CACHE", place.path(name));
            Ran::from(command.output().unwrap())
        };
        let ran = run(&["check", text(&guest)]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.contains("fits (not started)"), "{ran:?}");
        assert!(
            ran.stderr
                .starts_with("warning: nothing is kept of what is compiled: ")
                && ran.stderr.ends_with(&format!("; {way_out}\n"))
                && ran.stderr.contains(text(&place.path(name))),
            "{ran:?}"
        );
        let ran = run(&["list", "--json"]);
        assert_eq!(
            (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
            (0, "[]\n", "")
        );
        // Where the cache is what the request is about, it fails.
        let ran = run(&["cache"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(
            ran.stderr
                .starts_with("error: the compiled cache cannot be used: ")
                && ran.stderr.ends_with(&format!("\n\nhint: {way_out}\n")),
            "{ran:?}"
        );
    }
}

#[test]
fn an_error_in_json_cannot_steer_the_terminal() {
    let place = Place::new();
    let name = "a\u{9b}2J\u{202e}\u{e0041}";
    for arguments in [
        // What the command says of a file, and what the reader of the command line says.
        &["check", name, "--json"][..],
        &["call", name, "--json"],
        &["info", name, "--json"],
    ] {
        let ran = place.run(arguments.iter().copied());
        assert_ne!(ran.code, 0);
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(told.is_ascii(), "{told}");
        serde_json::from_str::<serde_json::Value>(&told).unwrap();
    }
}

#[test]
fn all_kinds_of_caches_are_shown_and_cleared_and_nothing_that_is_not_ours() {
    let mut place = Place::new();
    let cache = place.path("cache");
    place.environment = vec![("ANNEXE_CACHE".into(), cache.clone().into_os_string())];
    let digits = "0123456789abcdef";
    let ours = [
        ("builds", format!("build/one-{digits}/target/file")),
        ("builds", format!("build/begun/one-{digits}")),
        ("answers", format!("answers/{}.json", digits.repeat(4))),
        ("fetches", format!("fetches/{}", digits.repeat(2))),
        (
            "registries",
            format!("index/host-{}/file", digits.repeat(2)),
        ),
    ];
    let others = ["build/mine/file", "answers/mine.json", "index/mine", "mine"];
    let all = ours.iter().map(|(_, file)| file.as_str()).chain(others);
    for file in all {
        let file = cache.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "12345").unwrap();
    }
    let shown = place.ok(["cache"]);
    assert!(shown.contains("\n  builds      10 bytes in "), "{shown}");
    assert!(shown.contains("\n  answers     5 bytes in "), "{shown}");
    for cleared in [false, true] {
        let mut arguments = vec!["cache"];
        arguments.extend(cleared.then_some("--clear"));
        let answer = place.json(arguments);
        assert_eq!(answer["cleared"], cleared);
        for other in answer["others"].as_array().unwrap() {
            let bytes = if other["name"] == "builds" { 10 } else { 5 };
            assert_eq!(other["bytes"], bytes, "{answer}");
        }
    }
    for (_, file) in ours {
        assert!(!cache.join(&file).exists(), "{file}");
    }
    for file in others {
        assert!(cache.join(file).exists(), "{file}");
    }
    for other in place.json(["cache"])["others"].as_array().unwrap() {
        assert_eq!(other["bytes"], 0);
    }
}

#[test]
fn a_word_that_cannot_be_one_is_shown_in_short_and_on_one_line() {
    let place = Place::new();
    let word = format!("a\tb\r\n{}", "long ".repeat(5_000));
    let option = format!("--{word}");
    for arguments in [
        &["log", &word][..],
        &["check", "--explain", &word],
        &["list", &word],
        &["list", &option],
        &[&word],
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:.50?}");
        assert!(ran.stderr.contains("a b long"), "{:.500}", ran.stderr);
        assert!(ran.stderr.len() < 1_000, "{:.2000}", ran.stderr);
        let is_shown = |it: char| !it.is_control() || it == '\n';
        assert!(ran.stderr.chars().all(is_shown), "{:.500}", ran.stderr);
    }
}
