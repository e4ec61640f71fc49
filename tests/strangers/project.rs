//! A project folder that a stranger has prepared, as the current one: no command starts what was planted there, believes
//! what it says of programs, or changes it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use crate::{
    commands::Case,
    digest, started,
    support::place::Place,
    template::{cargo_home, try_all},
};

/// The programs that somebody may look for, each planted under its name.
const NAMES: [&str; 12] = [
    "git", "cargo", "rustc", "rustup", "node", "npm", "sh", "cc", "ld", "python3", "planted",
    "annexe",
];

/// A project folder in which everything that can name a program names a planted one.
struct Trap {
    folder: PathBuf,
    /// What a planted program writes to.
    marker: PathBuf,
}

impl Trap {
    fn in_place(place: &Place) -> Self {
        let trap = Self {
            folder: place.here(),
            marker: place.beside("marker"),
        };
        for name in NAMES {
            trap.plant(name);
        }
        trap.plant(".git/hooks/post-checkout");
        trap.plant(".git/hooks/pre-commit");
        trap.lay_files();
        trap
    }

    /// Writes a program that tells that it ran.
    fn plant(&self, name: &str) {
        let text = format!("#!/bin/sh\necho \"$0 $*\" >>'{}'\n", self.marker.display());
        self.write(name, &text);
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.folder.join(name), mode).unwrap();
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn lay_files(&self) {
        let planted = self.folder.join("planted").display().to_string();
        let settings = format!(
            "{{\"lsp\": {{\"echo\": {{\"binary\": {{\"path\": \"{planted}\"}}, \
             \"settings\": {{\"tsdk\": \"{planted}\"}}, \
             \"initialization_options\": {{\"interpreter\": \"{planted}\"}}}}}}, \"tab_size\": 7}}"
        );
        for (name, text) in [
            (".git/HEAD", "ref: refs/heads/main\n".to_owned()),
            (".git/objects/x", String::new()),
            (".git/refs/x", String::new()),
            (".git/config", git_configuration(&planted)),
            (".gitattributes", "* filter=evil diff=evil\n".to_owned()),
            (".cargo/config.toml", cargo_configuration(&planted)),
            (
                "rust-toolchain.toml",
                "[toolchain]\npath = \".\"\n".to_owned(),
            ),
            (
                ".npmrc",
                format!(
                    "script-shell={planted}\nnode-options=--require ./evil.js\ngit={planted}\n"
                ),
            ),
            (
                "package.json",
                format!(
                    "{{\"name\":\"x\",\"version\":\"1.0.0\",\"scripts\":{{\"preinstall\":\"{planted}\"}}}}"
                ),
            ),
            (".annexe/settings.json", settings.clone()),
            (".zed/settings.json", settings),
            ("annexe.lock", lockfile()),
            ("evil.tar.gz", "no archive".to_owned()),
            (
                "annexe.toml",
                format!("[grants]\nprogram = \"{planted}\"\n"),
            ),
        ] {
            self.write(name, &text);
        }
    }
}

/// Each setting of git's that names a program.
fn git_configuration(planted: &str) -> String {
    format!(
        "[core]\nrepositoryformatversion = 0\nbare = false\nfsmonitor = {planted}\nhooksPath = .git/hooks\n\
         sshCommand = {planted}\npager = {planted}\neditor = {planted}\naskPass = {planted}\n\
         gitProxy = {planted}\n[alias]\nconfig = !{planted}\ninit = !{planted}\n[credential]\nhelper = !{planted}\n\
         [init]\ntemplateDir = .git\n[filter \"evil\"]\nclean = {planted}\nsmudge = {planted}\n\
         [diff]\nexternal = {planted}\n[gpg]\nprogram = {planted}\n[user]\nname = planted\nemail = planted@example.org\n"
    )
}

/// Each setting of cargo's that names a program.
fn cargo_configuration(planted: &str) -> String {
    format!(
        "[build]\nrustc = \"{planted}\"\nrustc-wrapper = \"{planted}\"\nrustc-workspace-wrapper = \"{planted}\"\n\
         rustdoc = \"{planted}\"\n[alias]\nmetadata = \"run\"\n[env]\nPATH = {{ value = \".\", force = true }}\n\
         RUSTC = {{ value = \"{planted}\", force = true }}\n[target.wasm32-wasip2]\nlinker = \"{planted}\"\n\
         runner = \"{planted}\"\n[registry]\nglobal-credential-providers = [\"{planted}\"]\n"
    )
}

/// Another archive for what the user may ask for by its id, and another digest for what they have.
fn lockfile() -> String {
    let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let entry = |id: &str, version: &str, origin: &str| {
        format!(
            "[[extension]]\nid = \"{id}\"\nversion = \"{version}\"\nfamily = \"extension\"\n{origin}\n\
             sha256 = \"{digest}\"\nsize = 10\n\n"
        )
    };
    format!(
        "version = 1\n\n{}{}{}",
        entry("dotenv", "9.9.9", "archive = \"evil.tar.gz\""),
        entry("guest", "1.0.0", "registry = \"annexe\""),
        entry("paper", "1.1.0", "registry = \"test\"")
    )
}

/// The shell that ends what a command has started, should the command be killed, with its arguments.
const WATCHER: [&str; 4] = [
    "/bin/sh",
    "-c",
    include_str!("../../src/base/process/watcher.sh"),
    "annexe-watcher",
];

/// What each command may start; all others start nothing. Nothing of this lies in the project.
fn may_start(case: &Case) -> &'static [&'static str] {
    match case.command {
        "new" => &["git"],
        "dev" | "build" => &[
            "cargo",
            "rustc",
            "rustup",
            "cc",
            "ld",
            "collect2",
            "rust-lld",
            "wasm-component-ld",
        ],
        _ => &[],
    }
}

/// What a command makes or changes in the current folder: a lockfile that is there is kept true.
fn changes(case: &Case) -> &'static [&'static str] {
    match case.command {
        _ if refusal(case).is_some() => &[],
        "install" | "import zed" | "update" | "remove" | "pin" | "unpin" | "rollback" => {
            &["annexe.lock"]
        }
        _ => case.makes,
    }
}

/// What is refused here though it is not elsewhere, and in which words.
fn refusal(case: &Case) -> Option<&'static str> {
    match (case.command, case.arguments) {
        ("install", "dotenv") => Some("annexe.lock` was not named"),
        ("install", "paper --registry {home}/registry") => Some("annexe.lock` was not named"),
        _ => None,
    }
}

#[test]
fn no_command_starts_believes_or_changes_what_a_stranger_has_prepared() {
    try_all(
        |_| true,
        |case, place| {
            let trap = Trap::in_place(place);
            let apart = changes(case);
            let before = digest::of(&trap.folder, apart);
            let mut command = place.command();
            command.args(case.words(place)).env("PATH", search_path());
            let (ran, started) = started::by(&command, &place.beside("trace"));
            let after = digest::of(&trap.folder, apart);
            let mut wrong = digest::difference(&before, &after);
            if let Ok(told) = fs::read_to_string(&trap.marker) {
                wrong.push(format!("a planted program ran: {told}"));
            }
            for program in started.into_iter().flatten() {
                let allowed = may_start(case);
                let is_watcher = program.path == WATCHER[0]
                    && program.arguments == WATCHER
                    && allowed.contains(&"cargo");
                if program.is_below(&trap.folder)
                    || !is_watcher && !allowed.contains(&program.name().as_str())
                {
                    wrong.push(format!("started {} {:?}", program.path, program.arguments));
                }
            }
            // The extension that is asked for it tells of no program of the project's.
            let without_its_question = ran.stdout.replace("which:planted", "");
            if without_its_question.contains("planted") {
                wrong.push(format!("believed: {ran:?}"));
            }
            if let Some(words) = refusal(case) {
                let is_refused =
                    ran.code == 1 && ran.stderr.contains(words) && ran.stderr.contains("\nhint: ");
                if !is_refused {
                    wrong.push(format!("not refused: {ran:?}"));
                }
            } else if ran.code != expected(case) || !ran.stderr.contains(told(case)) {
                wrong.push(format!("{ran:?}"));
            }
            wrong
        },
    );
}

/// What the user is told of the project.
fn told(case: &Case) -> &'static str {
    match case.arguments {
        "guest language-server-command settings-lsp:echo" => "trusted_projects",
        _ => "",
    }
}

/// What a command comes to that the project is not to hold up.
fn expected(case: &Case) -> i32 {
    match case.command {
        // What it builds is no extension.
        "build" => 1,
        _ => case.code(),
    }
}

/// The user's own search path, behind two entries that mean the current folder.
fn search_path() -> String {
    let own = std::env::var_os("PATH").unwrap_or_default();
    let cargo = cargo_home().join("bin");
    format!(
        ":.:{}:{}",
        own.to_string_lossy(),
        Path::new(&cargo).display()
    )
}

/// What stands in the place of a file, and is none.
const PIPES: [&str; 15] = [
    "annexe.lock",
    ".annexe/settings.json",
    ".zed/settings.json",
    ".git/config",
    ".git/HEAD",
    ".cargo/config.toml",
    "rust-toolchain.toml",
    ".npmrc",
    "annexe.toml",
    ".git/info/exclude",
    ".gitignore",
    ".gitattributes",
    ".gitmodules",
    ".mailmap",
    ".ignore",
];

#[test]
fn no_command_waits_for_what_is_no_file() {
    try_all(
        |_| true,
        |case, place| {
            let here = place.here();
            for name in PIPES {
                let path = here.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                let made = std::process::Command::new("mkfifo").arg(path).status();
                assert!(made.unwrap().success());
            }
            let before = digest::of(&here, case.makes);
            let ran = place.run(case.words(place));
            let mut wrong = digest::difference(&before, &digest::of(&here, case.makes));
            // Those that would keep to the lockfile say what is wrong with it.
            let lockfile = here.join("annexe.lock").display().to_string();
            let is_refused = ran.code == 1
                && ran.stderr.contains(&lockfile)
                && ran.stderr.contains("is not a")
                && ran.stderr.contains("\nhint: ");
            if !is_refused && ran.code != expected(case) {
                wrong.push(format!("{ran:?}"));
            }
            wrong
        },
    );
}
