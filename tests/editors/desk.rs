//! A user's machine with an editor, some extensions, and a stand-in for the bridge.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use crate::support::{
    files, guests, npm,
    place::{Place, Ran, text},
    publish::Package,
    skip,
};

/// A language that no editor has, and its server.
const MANIFEST: &str = "[language_servers.klingon-server]\nlanguages = [\"Klingon\"]\n\
                        [language_servers.klingon-server.language_ids]\nKlingon = \"tlh\"\n\
                        [language_servers.\"x`touch $HOME/touched`{'y\"]\nlanguages = [\"\u{65e5}\u{672c}\"]\n";
const LANGUAGE: &str = "name = \"Klingon\"\npath_suffixes = [\"klg\", \"Klingfile\", \"test.klt\"]\n\
                        line_comments = [\"## \"]\n";
/// A language whose name has nothing for a file type, and whose author gives it all files.
const OTHER: &str =
    "name = \"\u{65e5}\u{672c}\"\npath_suffixes = [\"nihon\", \"*\", \"[\", \"x|qa!\"]\n";
/// Its server, which a shell must not see.
pub const OTHER_SERVER: &str = "x`touch $HOME/touched`{'y";

pub struct Desk {
    pub place: Place,
    program: PathBuf,
}

impl Desk {
    /// A machine with this editor, for which `annexe editor` has written its files; `None` where there is no Node.js,
    /// which runs the stand-in.
    pub fn with(editor: &str) -> Option<Self> {
        Self::with_only(editor, &[])
    }

    /// Such a machine, on which the editor is to start these servers, or those of these extensions, alone.
    pub fn with_only(editor: &str, only: &[&str]) -> Option<Self> {
        let Some(node) = npm::node() else {
            skip("node", "node is not installed");
            return None;
        };
        let place = Place::new();
        let registry = place.registry(&[]);
        let klingon = Package::of("klingon", "Klingon", "1.0.0", MANIFEST)
            .file("languages/klingon/config.toml", LANGUAGE)
            .file("languages/other/config.toml", OTHER)
            .wasm(guests::wasm("0.7.0"));
        klingon.publish(Path::new(&registry));
        place.ok(["install", "klingon", "--registry", &registry, "--quiet"]);
        place.ok(["install", "yaml-server", "bash-server", "--quiet"]);
        fs::create_dir_all(place.path(".zed")).unwrap();
        let desk = Self {
            program: place.beside("annexe"),
            place,
        };
        desk.stand_in(&node);
        desk.write(editor, only);
        Some(desk)
    }

    /// A program that is the command, but for `lsp`.
    fn stand_in(&self, node: &Path) {
        let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/editors/server.js");
        let script = format!(
            "#!/bin/sh\nall=\"$*\"\nwhile [ $# != 0 ]; do\n\
             if [ \"$1\" = lsp ]; then shift; exec '{}' '{}' \"$@\"; fi\nshift\ndone\nexec '{}' $all\n",
            text(node),
            text(&server),
            env!("CARGO_BIN_EXE_annexe"),
        );
        program(&self.program, &script);
    }

    /// Has the command write the editor's files, and puts the stand-in in its place.
    fn write(&self, editor: &str, only: &[&str]) {
        let only = only.iter().flat_map(|name| ["--only", name]);
        let write = ["editor", editor, "--write"];
        let answer = self.place.json(write.into_iter().chain(only));
        for file in answer["files"].as_array().unwrap() {
            let path = Path::new(file["path"].as_str().unwrap());
            let written = fs::read_to_string(path).unwrap();
            let program = env!("CARGO_BIN_EXE_annexe");
            fs::write(path, written.replace(program, text(&self.program))).unwrap();
        }
    }

    /// A file of the project, below a folder of it.
    pub fn file(&self, name: &str) -> PathBuf {
        let path = self.place.path("below").join(name);
        files::write(&path, "a: 1\n");
        path
    }

    /// The diagnostic of a server for a file: it is started where the project's settings are.
    pub fn diagnostic(&self, server: &str, language: &str) -> String {
        let root = self.place.here().canonicalize().unwrap();
        format!("{server} says {language} in file://{}", root.display())
    }

    /// Runs the editor to its end, and gives what it has said.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        editor: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> String {
        let mut command = self.command(editor);
        command.args(arguments);
        let Ran { stdout, stderr, .. } = Ran::of(command);
        self.assert_servers_have_ended();
        format!("{stdout}{stderr}")
    }

    /// The editor, in the project's folder and for this user.
    pub fn command(&self, editor: &Path) -> Command {
        let mut command = Command::new(editor);
        command
            .current_dir(self.place.here().canonicalize().unwrap())
            .env("HOME", self.place.home())
            .env("ANNEXE_CONFIG", self.place.configuration())
            .env("ANNEXE_CACHE", guests::command_cache())
            .env("PIDS", self.place.beside("pids"));
        for name in [
            "ANNEXE_STORE",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "NVIM_APPNAME",
        ] {
            command.env_remove(name);
        }
        command
    }

    fn assert_servers_have_ended(&self) {
        let pids = fs::read_to_string(self.place.beside("pids")).unwrap_or_default();
        let end = Instant::now() + Duration::from_secs(10);
        for pid in pids.lines() {
            while Path::new("/proc").join(pid).exists() {
                assert!(Instant::now() < end, "the server {pid} lives on");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// Writes a program, and makes the folders above it.
pub fn program(path: &Path, script: &str) {
    files::write(path, script);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The programs of an editor: one on `PATH`, and those that a variable names.
pub fn programs(name: &str, variable: &str) -> Vec<PathBuf> {
    let named = std::env::var_os(variable).unwrap_or_default();
    let named = std::env::split_paths(&named);
    let mut programs: Vec<_> = named.filter(|path| path.is_absolute()).collect();
    programs.extend(which::which(name));
    if programs.is_empty() {
        skip(name, format!("{name} is not installed"));
    }
    programs
}

/// The programs of Neovim. Tests are for those before 0.11 and for those from then on, which start servers in two ways.
pub fn neovims() -> Vec<PathBuf> {
    let programs = programs("nvim", "ANNEXE_NEOVIMS");
    if !programs.is_empty() && !programs.iter().any(|it| is_newer_neovim(it)) {
        skip("newer-neovim", "no Neovim from 0.11 on is installed");
    }
    programs
}

fn is_newer_neovim(program: &Path) -> bool {
    let said = Command::new(program).arg("--version").output();
    let said = String::from_utf8(said.unwrap().stdout).unwrap();
    let version = said.strip_prefix("NVIM v0.").unwrap_or_default();
    let minor = version.split('.').next().unwrap_or_default();
    minor.parse().is_ok_and(|minor: u32| minor >= 11)
}

/// A script beside this file.
pub fn script(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/editors");
    text(&folder.join(name)).to_owned()
}
