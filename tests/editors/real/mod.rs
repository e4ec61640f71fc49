//! Real servers from npm, in real editors, through what the command writes: a first start that installs, a warm one and
//! one without a network. What is looked for can only come from the settings of the project.

mod home;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::json;

use self::home::{AFTER_EDITOR, End, Home, Network};
use crate::{
    desk::{programs, script},
    support::{place::text, skip},
    vim::with_ale,
};

const SERVER: &str = "yaml-language-server";
const JSON: &str = "json-language-server";
/// A diagnostic, a hover and a completion that the project's settings ask for.
const WANTED: [&str; 3] = ["Wrong ordering of key", "The berth of the harbour", "quay"];
const SCHEMA: &str = r#"{ "type": "object", "properties": {
    "port": { "type": "integer", "description": "The berth of the harbour" },
    "anchor": { "type": "string" }, "quay": { "type": "string" } } }"#;

/// How long a fetch may outlive an editor here.
const FETCH: Duration = Duration::from_secs(240);

/// An editor, by the arguments that open a file and run the script.
struct Kind {
    name: &'static str,
    arguments: fn(&Home, &Path) -> Vec<String>,
}

const NEOVIM: Kind = Kind {
    name: "neovim",
    arguments: |_, file| {
        let script = script("real/real.lua");
        let arguments = ["--headless", text(file), "-S", &script];
        arguments.map(str::to_owned).to_vec()
    },
};

const EMACS: Kind = Kind {
    name: "emacs",
    arguments: |home, file| {
        let (init, script) = (home.path("home/.emacs.d/init.el"), script("real/real.el"));
        let start = ["--batch", "--eval", "(package-initialize)", "-l"];
        let rest = [text(&init), text(file), "-l", &script];
        let all = start.into_iter().chain(rest);
        all.map(str::to_owned).collect()
    },
};

/// Vim with ALE.
const VIM: Kind = Kind {
    name: "vim",
    arguments: |home, file| {
        // What runs without a screen reads no file of the user's by itself.
        let (vimrc, script) = (home.path("home/.vimrc"), script("real/real.vim"));
        fs::write(&vimrc, "filetype on\npackadd! ale\n").unwrap();
        let arguments = ["-N", "-u", text(&vimrc), "-es", "-S", &script, text(file)];
        arguments.map(str::to_owned).to_vec()
    },
};

/// Kakoune with kak-lsp.
const KAKOUNE: Kind = Kind {
    name: "kakoune",
    arguments: |home, file| {
        home.link(&KAKOUNE_PROGRAMS);
        home.link(&[text(&kak_lsp().unwrap())]);
        let kakrc = home.path("home/.config/kak/kakrc");
        let written = fs::read_to_string(&kakrc).unwrap();
        if !written.contains("kak-lsp") {
            let set_up = format!("evaluate-commands %sh{{kak-lsp}}\nlsp-enable\n{written}");
            fs::write(&kakrc, set_up).unwrap();
        }
        let (script, file) = (script("real/real.sh"), text(file));
        let run = format!(
            "nop %sh{{ sh '{script}' \"$kak_session\" '{file}' >/dev/null 2>&1 </dev/null & }}"
        );
        let arguments = ["-ui", "dummy", "-e", &run, file];
        arguments.map(str::to_owned).to_vec()
    },
};

/// The programs of Kakoune's own scripts, of kak-lsp's, and of the one here.
const KAKOUNE_PROGRAMS: [&str; 20] = [
    "awk", "cat", "cut", "date", "dirname", "find", "grep", "head", "kak", "ls", "mkfifo",
    "mktemp", "mv", "readlink", "rm", "sed", "sleep", "sort", "tr", "uname",
];

/// What the variable `ANNEXE_KAK_LSP` names: no package brings kak-lsp.
fn kak_lsp() -> Option<PathBuf> {
    let named = std::env::var_os("ANNEXE_KAK_LSP").map(PathBuf::from);
    named.filter(|path| path.is_absolute() && path.exists())
}

fn kakounes() -> Vec<PathBuf> {
    if kak_lsp().is_none() {
        skip("kak-lsp", "`ANNEXE_KAK_LSP` names no kak-lsp");
        return Vec::new();
    }
    programs("kak", "ANNEXE_KAKOUNES")
}

impl Kind {
    /// A home with this editor, the YAML server, and a project with settings for it.
    fn home(&self) -> Option<Home> {
        let home = Home::with(self.name, &["yaml-server"])?;
        yaml_project(&home, "project");
        Some(home)
    }

    fn session(&self, home: &Home, editor: &Path, network: Network, end: End) -> String {
        let arguments = (self.arguments)(home, &home.path("project/below/a.yaml"));
        let wanted = WANTED.join("\n");
        home.session(editor, &arguments, ("WANTED", &wanted), network, end)
    }

    /// All starts and all ends.
    fn is_served(&self, editor: &Path) {
        let Some(home) = self.home() else {
            return;
        };
        let installed = home.package("yaml-server", SERVER);
        assert!(!installed.exists());
        for (network, end) in [
            (Network::Reached, End::Quit),
            (Network::Reached, End::Quit),
            (Network::Off, End::Quit),
            (Network::Off, End::Terminated),
            (Network::Off, End::Killed),
        ] {
            if network == Network::Off {
                // So that it is also looked, in vain, for something newer.
                let fetches = home.path("home/.cache/annexe/fetches");
                fs::remove_dir_all(fetches).unwrap();
            }
            let said = self.session(&home, editor, network, end);
            let about = format!("{} {network:?} {end:?}: {said}", editor.display());
            for wanted in WANTED {
                assert!(said.contains(wanted), "no `{wanted}`: {about}");
            }
            assert!(installed.exists(), "{about}");
        }
    }

    /// An editor that is killed during a first start.
    fn fetch_goes_on(&self, editor: &Path) {
        let Some(home) = self.home() else {
            return;
        };
        let arguments = (self.arguments)(&home, &home.path("project/below/a.yaml"));
        let wanted = WANTED.join("\n");
        let asked = ("WANTED", wanted.as_str());
        let running = home.start(editor, &arguments, asked, Network::Reached, End::Killed);
        let limit = Instant::now() + AFTER_EDITOR * 4;
        while !home.processes().iter().any(|it| it.contains("--fetch")) {
            assert!(Instant::now() < limit, "nothing is fetched");
            std::thread::sleep(Duration::from_millis(5));
        }
        running.end(End::Killed);
        home.assert_nothing_is_left(FETCH);
        // Nobody is left to install it now.
        let said = self.session(&home, editor, Network::Off, End::Quit);
        assert!(said.contains(WANTED[0]), "{said}");
    }
}

/// A project in which keys are to be in order, and files have a schema.
fn yaml_project(home: &Home, name: &str) {
    let schema = format!("file://{}", home.path(name).join("schema.json").display());
    let yaml = json!({ "yaml": { "keyOrdering": true, "schemas": { schema: "*.yaml" } } });
    let files = [
        ("below/a.yaml", "port: 1\nanchor: a\n\n"),
        ("schema.json", SCHEMA),
    ];
    home.project(name, &json!({ SERVER: yaml }), &files);
    home.trust(&[name]);
}

fn emacses() -> Vec<PathBuf> {
    let ask = "(progn (package-initialize) (kill-emacs (if (locate-library \"eglot\") 0 1)))";
    let has_eglot = |emacs: &PathBuf| {
        let asked = Command::new(emacs)
            .args(["--batch", "--eval", ask])
            .output();
        asked.unwrap().status.success()
    };
    let found: Vec<_> = programs("emacs", "ANNEXE_EMACSES");
    let found: Vec<_> = found.into_iter().filter(has_eglot).collect();
    if found.is_empty() {
        skip("eglot", "eglot is not installed");
    }
    found
}

#[test]
#[ignore = "it asks npm's registry over the network"]
fn neovim_shows_what_the_settings_of_a_project_ask_for() {
    for neovim in programs("nvim", "ANNEXE_NEOVIMS") {
        NEOVIM.is_served(&neovim);
    }
}

#[test]
#[ignore = "it asks npm's registry over the network"]
fn eglot_shows_what_the_settings_of_a_project_ask_for() {
    for emacs in emacses() {
        EMACS.is_served(&emacs);
    }
}

#[test]
#[ignore = "it asks npm's registry over the network"]
fn ale_shows_what_the_settings_of_a_project_ask_for() {
    for vim in with_ale() {
        VIM.is_served(&vim);
    }
}

#[test]
#[ignore = "it asks npm's registry over the network"]
fn kakoune_shows_what_the_settings_of_a_project_ask_for() {
    for kakoune in kakounes() {
        KAKOUNE.is_served(&kakoune);
    }
}

#[test]
#[ignore = "it asks npm's registry over the network"]
fn what_is_fetched_when_neovim_is_killed_is_there_at_the_next_start() {
    for neovim in programs("nvim", "ANNEXE_NEOVIMS") {
        NEOVIM.fetch_goes_on(&neovim);
    }
}

#[test]
#[ignore = "it asks npm's registry over the network"]
fn what_is_fetched_when_emacs_is_killed_is_there_at_the_next_start() {
    for emacs in emacses() {
        EMACS.fetch_goes_on(&emacs);
    }
}

#[test]
#[ignore = "it asks npm's registry over the network"]
fn what_is_fetched_when_vim_is_killed_is_there_at_the_next_start() {
    for vim in with_ale() {
        VIM.fetch_goes_on(&vim);
    }
}

#[test]
#[ignore = "it asks npm's registry over the network"]
fn kakoune_finds_what_was_fetched_when_it_was_killed() {
    for kakoune in kakounes() {
        KAKOUNE.fetch_goes_on(&kakoune);
    }
}

#[test]
#[ignore = "it asks npm's registry over the network"]
fn the_settings_of_a_project_that_is_not_trusted_do_not_count() {
    for neovim in programs("nvim", "ANNEXE_NEOVIMS") {
        let Some(home) = NEOVIM.home() else {
            return;
        };
        home.trust(&[]);
        let file = home.path("project/twice.yaml");
        fs::write(&file, "port: 1\nanchor: a\nanchor: b\n").unwrap();
        let arguments = (NEOVIM.arguments)(&home, &file);
        let asked = ("WANTED", "keys must be unique\n\n");
        let said = home.session(&neovim, &arguments, asked, Network::Reached, End::Quit);
        assert!(said.contains("keys must be unique"), "{said}");
        assert!(
            !said.contains(WANTED[0]) && !said.contains(WANTED[1]),
            "{said}"
        );
        assert!(said.contains("trusted_projects"), "{said}");
    }
}

#[test]
#[ignore = "it asks npm's registry over the network"]
fn two_servers_serve_two_projects_in_one_neovim() {
    for neovim in programs("nvim", "ANNEXE_NEOVIMS") {
        let Some(home) = Home::with("neovim", &["yaml-server", "web-servers"]) else {
            return;
        };
        let needing = |key: &str| json!({ "json": { "schemas": [{ "fileMatch": ["*.json"], "schema": { "required": [key] } }] } });
        let of_one =
            json!({ SERVER: { "yaml": { "keyOrdering": true } }, JSON: needing("harbour") });
        let schema = format!("file://{}", home.path("two/schema").display());
        let of_two = json!({ SERVER: { "yaml": { "schemas": { schema: "*.yaml" } } }, JSON: needing("quay") });
        let files = [
            ("a.yaml", "port: none\nanchor: a\n"),
            ("a.json", "{}\n"),
            ("schema", SCHEMA),
        ];
        home.project("one", &of_one, &files);
        home.project("two", &of_two, &files);
        home.trust(&["one", "two"]);
        let expected = [
            ("one/a.yaml", "Wrong ordering of key \"port\" in mapping"),
            ("two/a.yaml", "Incorrect type. Expected \"integer\"."),
            ("one/a.json", "Missing property \"harbour\"."),
            ("two/a.json", "Missing property \"quay\"."),
        ];
        let paths = expected.map(|(file, _)| text(&home.path(file)).to_owned());
        let arguments = [
            "--headless".to_owned(),
            "-S".to_owned(),
            script("real/two.lua"),
        ];
        let asked = ("FILES", paths.join("\n"));
        let asked = (asked.0, asked.1.as_str());
        let said = home.session(&neovim, &arguments, asked, Network::Reached, End::Quit);
        for (path, (_, message)) in paths.iter().zip(expected) {
            let of_file: Vec<_> = said.lines().filter(|line| line.starts_with(path)).collect();
            assert_eq!(of_file, [format!("{path}: {message}")], "{said}");
        }
        for (server, project) in [
            (SERVER, "one"),
            (SERVER, "two"),
            (JSON, "one"),
            (JSON, "two"),
        ] {
            let running = format!("annexe-{server} in {}\n", home.path(project).display());
            assert_eq!(said.matches(&running).count(), 1, "{said}");
        }
    }
}
