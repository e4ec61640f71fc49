//! The folders of one run, and what lies in them before it.
//!
//! ```text
//! <folder>/<scenario>/template/          prepared once
//! <folder>/<scenario>/place/             where commands run; a copy of the template for each point
//!     home/  store/  registry/  cache/   `cache` only where compilation is part of the scenario
//!     here/                              the working directory: archives, `annexe.lock`
//!     sources/                           a dev extension's, where there is one
//!     zed/                               a folder laid out as Zed's, where there is one
//! <folder>/<scenario>/stdout, stderr     outside, so that writes to them do not count
//! ```

use std::{
    any::Any,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    rc::Rc,
};

use nix::errno::Errno;
use serde_json::Value;

use crate::support::{guests, zed::Published};

use super::tracer::{self, Fate, Traced, WAITING_SHELL};

/// When everything was published: what is written must not depend on the time.
pub const PUBLISHED: &str = "2026-11-22T10:00:00Z";

/// Where the command finds compiled code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cache {
    /// In a folder that all runs share and nobody counts.
    Warm,
    /// In the place, where there is nothing yet.
    Cold,
}

/// The folders of one scenario.
pub struct Place {
    folder: PathBuf,
    cache: Cache,
    /// The registry that commands ask: a folder of the place, unless the scenario has another.
    pub registry: String,
    /// What stands for words such as `{git}` in arguments.
    pub words: Vec<(&'static str, String)>,
    /// The servers and repositories that its commands ask, which last as long as it does.
    pub services: Vec<Rc<dyn Any>>,
}

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    /// An empty place in `folder`, which must not be there yet.
    pub fn new(folder: &Path, cache: Cache) -> Self {
        fs::create_dir(folder).unwrap();
        let place = Self {
            folder: folder.canonicalize().unwrap(),
            cache,
            registry: "../registry".into(),
            words: Vec::new(),
            services: Vec::new(),
        };
        for name in ["home", "here"] {
            fs::create_dir_all(place.path(name)).unwrap();
        }
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join("place").join(name)
    }

    /// Keeps what has been prepared, to begin from again and again.
    pub fn keep(&self) {
        fs::rename(self.path(""), self.folder.join("template")).unwrap();
    }

    /// Begins again from what has been prepared.
    pub fn begin_again(&self) {
        remove(&self.path(""));
        let copied = Command::new("cp")
            .arg("-a")
            .args([self.folder.join("template"), self.folder.join("place")])
            .status();
        assert!(copied.unwrap().success());
    }

    fn command<S: AsRef<str>>(
        &self,
        prefix: &[&str],
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let said = |argument: S| {
            let words = self.words.iter();
            words.fold(argument.as_ref().to_owned(), |text, (word, meaning)| {
                text.replace(word, meaning)
            })
        };
        let annexe = env!("CARGO_BIN_EXE_annexe");
        let mut words = prefix.iter().copied().chain([annexe]);
        let mut command = Command::new(words.next().unwrap());
        let cache = match self.cache {
            Cache::Warm => warm_cache(),
            Cache::Cold => self.path("cache"),
        };
        command
            .args(words)
            .args(arguments.into_iter().map(said))
            .current_dir(self.path("here"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("ANNEXE_STORE", self.path("store"))
            .env("ANNEXE_REGISTRY", &self.registry)
            .env("ANNEXE_CACHE", cache)
            .stdin(Stdio::null());
        command
    }

    /// Runs the command to its end.
    pub fn run<S: AsRef<str>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        let output = self.command(&[], arguments).output().unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command that must succeed, and gives its stdout.
    pub fn ok<S: AsRef<str>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.stdout
    }

    /// Runs the command and strikes at a call in the place.
    ///
    /// # Errors
    /// Where this process may not trace.
    pub fn traced(
        &self,
        arguments: &[&str],
        strike: Option<(usize, Fate)>,
    ) -> Result<(Traced, Ran), Errno> {
        let [stdout, stderr] = ["stdout", "stderr"].map(|name| self.folder.join(name));
        let mut command = self.command(&WAITING_SHELL, arguments);
        command
            .stdout(File::create(&stdout).unwrap())
            .stderr(File::create(&stderr).unwrap());
        let traced = tracer::run(&mut command, &self.path(""), strike)?;
        let ran = Ran {
            code: traced.code,
            stdout: fs::read_to_string(stdout).unwrap(),
            stderr: fs::read_to_string(stderr).unwrap(),
        };
        Ok((traced, ran))
    }

    /// The ids and versions that run, sorted, or why they cannot be listed.
    pub fn listed(&self) -> Result<Vec<(String, String)>, Ran> {
        let ran = self.run(["list", "--json"]);
        if ran.code != Some(0) {
            return Err(ran);
        }
        let list: Value = serde_json::from_str(&ran.stdout).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let list = list.as_array().unwrap().iter();
        // A dev extension's build shadows what is installed.
        let version = |one: &Value| match &one["dev"]["build"]["version"] {
            Value::Null => text(&one["version"]),
            shadowing => text(shadowing),
        };
        Ok(list.map(|one| (text(&one["id"]), version(one))).collect())
    }

    /// Packs an extension into `here/<id>-<version>.tar.gz`.
    pub fn pack(&self, id: &str, version: &str, has_component: bool) {
        let folder = self.path("here").join(id);
        write(&folder, id, version, has_component);
        self.ok(["pack", id, "--allow", "licence-missing"]);
        remove(&folder);
    }

    /// Writes the sources of a version of `echo` into `sources/`, in the place of what was there.
    pub fn sources(&self, version: &str) {
        let folder = self.path("sources");
        write(&folder, "echo", version, true);
    }

    /// A version as a registry of Zed's interface has it.
    pub fn for_zed(&self, id: &str, version: &str, has_component: bool) -> Published {
        let folder = self.path("here").join(id);
        write(&folder, id, version, has_component);
        let published = Published::from_folder(&folder);
        remove(&folder);
        published.saying("wasm_api_version", has_component.then_some("0.0.1"))
    }

    /// Writes an extension without a component into Zed's folder, in the place of what was there.
    pub fn in_zed(&self, id: &str, version: &str) {
        let folder = self.path("zed/installed").join(id);
        write(&folder, id, version, false);
    }

    /// Publishes `tool`, whose language server downloads a file.
    pub fn publish_tool(&self, server: &str) {
        let folder = self.path("here/tool");
        write(&folder, "tool", "1.0.0", true);
        let path = folder.join("extension.toml");
        let manifest = fs::read_to_string(&path).unwrap();
        let manifest = manifest.replace("servers.echo", &format!("servers.'{server}'"));
        fs::write(path, manifest).unwrap();
        self.ok(["pack", "tool", "--allow", "licence-missing"]);
        remove(&folder);
        self.add("tool-1.0.0.tar.gz");
    }

    /// Packs an extension and publishes it in the place's registry.
    pub fn publish(&self, id: &str, version: &str, has_component: bool) {
        self.pack(id, version, has_component);
        self.add(&format!("{id}-{version}.tar.gz"));
    }

    fn add(&self, archive: &str) {
        self.ok([
            "registry",
            "add",
            "../registry",
            archive,
            "--published",
            PUBLISHED,
        ]);
        fs::remove_file(self.path("here").join(archive)).unwrap();
    }
}

/// The cache that all runs share.
pub fn warm_cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("crash-cache")
}

/// Writes an extension. Each version has files of its own, in more than one folder.
fn write(folder: &Path, id: &str, version: &str, has_component: bool) {
    fs::create_dir_all(folder.join("themes")).unwrap();
    let mut manifest = format!(
        "id = \"{id}\"\nname = \"The {id}\"\nversion = \"{version}\"\nschema_version = 1\n\
         description = \"For tests\"\nauthors = [\"A Person <a@example.org>\"]\n"
    );
    fs::write(folder.join("README.md"), format!("{id} {version}\n")).unwrap();
    let theme = folder.join("themes/one.json");
    fs::write(theme, "{\"name\": \"One\", \"themes\": []}").unwrap();
    if has_component {
        fs::copy(guests::file("0.0.1"), folder.join("extension.wasm")).unwrap();
        manifest.push_str("[language_servers.echo]\nlanguages = [\"Rust\"]\n");
    }
    if has_component && version != "1.0.0" {
        manifest.push_str(
            "[[capabilities]]\nkind = \"process:exec\"\ncommand = \"gem\"\nargs = [\"**\"]\n",
        );
    }
    fs::write(folder.join("extension.toml"), manifest).unwrap();
}

/// Removes a folder with what is read-only in it; content with one that is not there.
pub fn remove(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder)
        && error.kind() == io::ErrorKind::PermissionDenied
    {
        let made_writable = Command::new("chmod")
            .args(["-R", "u+w"])
            .arg(folder)
            .status();
        assert!(made_writable.unwrap().success());
        fs::remove_dir_all(folder).unwrap();
    }
}
