//! A user's folders for one test, and the command run among them.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};

use assert_cmd::Command;
use serde_json::Value;

pub use super::guests::file as wasm;
use super::{files::copy_exactly, guests::command_cache};

/// The longest that a command may run.
const LONGEST: Duration = Duration::from_secs(180);

/// What tells the MIT licence.
const MIT: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software \
    and associated documentation files ... The above copyright notice and this permission notice shall be \
    included in all copies or substantial portions of the Software. THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT \
    WARRANTY OF ANY KIND";

/// A home, a store and a folder to work in, which go when dropped.
pub struct Place {
    folder: tempfile::TempDir,
    /// What every command has in its environment besides.
    pub environment: Vec<(OsString, OsString)>,
    /// The language servers that the manifests of extensions name: what the guest is asked to do.
    pub servers: Vec<String>,
}

/// A copy of the command where every user can run it, which goes when the folder is dropped: the one that was built may
/// lie below a home that only its owner can enter.
pub struct CommandForAll {
    folder: tempfile::TempDir,
}

impl CommandForAll {
    pub fn new() -> Self {
        use std::{fs, os::unix::fs::PermissionsExt as _};

        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let copy = folder.path().join("annexe");
        fs::copy(env!("CARGO_BIN_EXE_annexe"), &copy).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("annexe")
    }
}

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "here"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("config.toml"), "").unwrap();
        Self {
            folder,
            environment: Vec::new(),
            servers: vec!["echo".into()],
        }
    }

    /// A place whose extensions are asked to do these things too, each as a language server.
    pub fn asking<'a>(verbs: impl IntoIterator<Item = &'a str>) -> Self {
        let mut place = Self::new();
        place.servers.extend(verbs.into_iter().map(Into::into));
        place
    }

    /// A copy of another place's folders, as they lie beside each other in `folder`.
    pub fn copy_of(folder: &Path) -> Self {
        let copy = Self::new();
        copy_exactly(folder, copy.folder.path());
        copy
    }

    /// A path in the folder to work in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.here().join(name)
    }

    pub fn here(&self) -> PathBuf {
        self.folder.path().join("here")
    }

    /// A path beside the folder to work in.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of the user's own files.
    pub fn home(&self) -> PathBuf {
        self.beside("home")
    }

    /// The user's configuration, which is empty until somebody writes it.
    pub fn configuration(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    pub fn configure(&self, text: &str) {
        std::fs::write(self.configuration(), text).unwrap();
    }

    pub fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// The command, in the folder to work in and among this place's folders alone. Compiled code is
    /// shared by all tests and runs.
    pub fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_annexe"));
        command
            .current_dir(self.here())
            .env("HOME", self.folder.path().join("home"))
            .env("ANNEXE_STORE", self.store())
            .env("ANNEXE_CONFIG", self.configuration())
            .env("ANNEXE_CACHE", command_cache());
        for name in [
            "ANNEXE_REGISTRY",
            "ANNEXE_LOCKFILE",
            "ANNEXE_SETTINGS",
            "XDG_DATA_HOME",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "NVIM_APPNAME",
            "KAKOUNE_CONFIG_DIR",
            "HTTP_PROXY",
            "http_proxy",
            "ALL_PROXY",
            "all_proxy",
        ] {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the command to its end.
    pub fn run(&self, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Ran {
        let mut command = self.command();
        command.args(arguments);
        Ran::of(command)
    }

    /// Runs a command that must succeed, and gives its stdout.
    pub fn ok<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.stdout
    }

    /// Runs a command that must succeed, with `--json`, and gives its answer.
    pub fn json<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Value {
        let stdout = self.ok(arguments.into_iter().chain(["--json"]));
        assert_eq!(stdout.lines().count(), 1, "{stdout}");
        serde_json::from_str(&stdout).unwrap()
    }

    /// Nothing that a change prepares is left.
    pub fn assert_clean(&self) {
        let staging = self.store().join("staging");
        assert_eq!(std::fs::read_dir(staging).map_or(0, Iterator::count), 0);
    }

    /// Runs a command that must fail with `code`, with `--json`, and gives its error.
    pub fn error<'a>(&self, code: i32, arguments: impl IntoIterator<Item = &'a str>) -> Value {
        let ran = self.run(arguments.into_iter().chain(["--json"]));
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran:?}");
        // Warnings stand before it.
        error_of(ran.stderr.lines().last().unwrap_or_default())
    }

    /// Writes an extension with a component: the guest built with API 0.0.1.
    pub fn extension(&self, id: &str, version: &str) -> PathBuf {
        let folder = self.themes(id, version);
        std::fs::copy(wasm("0.0.1"), folder.join("extension.wasm")).unwrap();
        let servers = self.servers.iter();
        let servers: String = servers
            .map(|id| format!("[language_servers.'{id}']\nlanguages = [\"Rust\"]\n"))
            .collect();
        let manifest = format!(
            "{}\n{servers}\n[[capabilities]]\nkind = \"process:exec\"\ncommand = \"gem\"\nargs = [\"install\", \"**\"]\n",
            std::fs::read_to_string(folder.join("extension.toml")).unwrap()
        );
        std::fs::write(folder.join("extension.toml"), manifest).unwrap();
        folder
    }

    /// Writes an extension without a component.
    pub fn themes(&self, id: &str, version: &str) -> PathBuf {
        let folder = self.path(id);
        std::fs::create_dir_all(folder.join("themes")).unwrap();
        let manifest = format!(
            "id = \"{id}\"\nname = \"The {id}\"\nversion = \"{version}\"\nschema_version = 1\n\
             description = \"For tests\"\nauthors = [\"A Person <a@example.org>\"]\n\
             repository = \"https://example.org/{id}\"\n"
        );
        std::fs::write(folder.join("extension.toml"), manifest).unwrap();
        std::fs::write(folder.join("LICENSE"), MIT).unwrap();
        std::fs::write(
            folder.join("themes/one.json"),
            "{\"name\": \"One\", \"author\": \"A\", \"themes\": []}",
        )
        .unwrap();
        folder
    }

    /// Makes a registry with the extensions `(id, version)`, by the command itself.
    pub fn registry(&self, extensions: &[(&str, &str)]) -> String {
        self.registry_called("test", "registry", extensions)
    }

    /// Makes a registry of another name in another folder.
    pub fn registry_called(&self, name: &str, folder: &str, extensions: &[(&str, &str)]) -> String {
        let registry = self.path(folder).to_str().unwrap().to_owned();
        self.ok(["registry", "init", &registry, "--name", name]);
        for (id, version) in extensions {
            self.extension(id, version);
            self.publish(&registry, id, version);
        }
        registry
    }

    /// What the registry in a folder is known by, where nobody has given it a name: its path without links.
    pub fn registry_id(&self, folder: &str) -> String {
        text(&self.path(folder).canonicalize().unwrap()).to_owned()
    }

    /// The working directory of what is installed.
    pub fn work_dir(&self, id: &str) -> PathBuf {
        let info = self.json(["info", id]);
        info["installed"]["work_dir"].as_str().unwrap().into()
    }

    /// Packs what is in the folder of an extension and publishes it.
    pub fn publish(&self, registry: &str, id: &str, version: &str) {
        self.ok(["pack", id]);
        let archive = format!("{id}-{version}.tar.gz");
        self.ok([
            "registry",
            "add",
            registry,
            &archive,
            "--published",
            "2026-11-22T10:00:00Z",
        ]);
    }
}

fn error_of(line: &str) -> Value {
    let mut answer: Value = serde_json::from_str(line).unwrap();
    answer["error"].take()
}

impl Ran {
    /// Runs a command to its end.
    pub fn of(command: std::process::Command) -> Self {
        // One that hangs fails its test instead of holding up all of them.
        let mut command = Command::from_std(command);
        Self::from(command.timeout(LONGEST).output().unwrap())
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

/// The text of a path.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
