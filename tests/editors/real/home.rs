//! An empty home in which a user has installed extensions and had an editor's configuration written, and projects beside
//! it whose settings are believed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};

use crate::support::{files, npm, place::Ran, skip};

/// What the editor's processes can reach: everything that the user's npm can, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    Reached,
    Off,
}

/// The ways an editor ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By its own command.
    Quit,
    Terminated,
    Killed,
}

/// The programs that an editor and npm start.
const PROGRAMS: [&str; 5] = ["node", "npm", "sh", "env", "git"];

/// How long a first start may take, with what npm fetches.
const FIRST_START: Duration = Duration::from_secs(150);

/// How long what an editor has started may outlive it.
pub const AFTER_EDITOR: Duration = Duration::from_secs(15);

pub struct Home {
    folder: tempfile::TempDir,
}

/// An editor that runs.
pub struct Running<'a> {
    home: &'a Home,
    editor: Child,
    said: PathBuf,
}

impl Home {
    /// A home with these extensions, and the editor's configuration as the command writes it. `None` where Node.js, npm or
    /// its registry is not there.
    pub fn with(editor: &str, extensions: &[&str]) -> Option<Self> {
        npm::machine()?;
        // Servers look for no files in a folder that is hidden.
        let folder = tempfile::Builder::new()
            .prefix("annexe-")
            .tempdir()
            .unwrap();
        let home = Self { folder };
        for name in ["home/.config/annexe", "bin", "tmp"] {
            fs::create_dir_all(home.path(name)).unwrap();
        }
        home.link(&PROGRAMS);
        let asked = home
            .command(Path::new("npm"), Network::Reached)
            .args([
                "view",
                "yaml-language-server",
                "version",
                "--fetch-retries=0",
            ])
            .output()
            .unwrap();
        if !asked.status.success() {
            skip("network", "npm reaches no registry");
            return None;
        }
        home.annexe(&[&["install"], extensions].concat());
        home.annexe(&["editor", editor, "--write"]);
        Some(home)
    }

    /// Has processes of this user find programs.
    pub fn link(&self, programs: &[&str]) {
        for program in programs {
            let name = Path::new(program).file_name().unwrap();
            let link = self.path("bin").join(name);
            if let Ok(found) = which::which(program)
                && !link.exists()
            {
                std::os::unix::fs::symlink(found, link).unwrap();
            }
        }
    }

    /// A path beside the home, without links.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// Runs `annexe`, which must succeed.
    pub fn annexe(&self, arguments: &[&str]) {
        let mut command = self.command(Path::new(env!("CARGO_BIN_EXE_annexe")), Network::Off);
        command.args(arguments);
        let ran = Ran::of(command);
        assert_eq!(ran.code, 0, "{ran:?}");
    }

    /// Makes a project with settings for servers, by their ids, and with files.
    pub fn project(&self, name: &str, settings: &Value, given: &[(&str, &str)]) {
        let servers = settings.as_object().unwrap().iter();
        let servers: Map<String, Value> = servers
            .map(|(server, settings)| (server.clone(), json!({ "settings": settings })))
            .collect();
        let folder = self.path(name);
        let settings = json!({ "lsp": servers }).to_string();
        files::write(&folder.join(".zed/settings.json"), settings);
        for (file, content) in given {
            files::write(&folder.join(file), content);
        }
    }

    /// Has projects trusted, and no others.
    pub fn trust(&self, projects: &[&str]) {
        let folders: Vec<_> = projects.iter().map(|name| self.path(name)).collect();
        let text = format!("trusted_projects = {}\n", json!(folders));
        fs::write(self.path("home/.config/annexe/config.toml"), text).unwrap();
    }

    /// A program of this user, for whom nothing but the network is set up.
    pub fn command(&self, program: &Path, network: Network) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let is_own = ["ANNEXE_", "XDG_", "NVIM", "VIM", "KAKOUNE_", "EMACS"]
                .iter()
                .any(|start| text.starts_with(start));
            if is_own {
                command.env_remove(&name);
            }
        }
        command
            .env("HOME", self.path("home"))
            .env("PATH", self.path("bin"))
            .env("TMPDIR", self.path("tmp"))
            .current_dir(self.path("home"))
            .stdin(Stdio::null());
        match network {
            Network::Reached => {
                // npm is set up as it is for whoever runs the tests, and keeps what it has fetched for the next test.
                if let Some(home) = std::env::var_os("HOME") {
                    command.env("npm_config_userconfig", Path::new(&home).join(".npmrc"));
                }
                command.env(
                    "npm_config_cache",
                    Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm"),
                );
            }
            Network::Off => {
                command.env("npm_config_registry", "http://127.0.0.1:1/");
                for name in [
                    "http_proxy",
                    "https_proxy",
                    "HTTP_PROXY",
                    "HTTPS_PROXY",
                    "ALL_PROXY",
                ] {
                    command.env(name, "http://127.0.0.1:1");
                }
            }
        }
        command
    }

    /// Starts an editor, whose script says what it has found; `asked` is a variable that tells it what to look for.
    pub fn start(
        &self,
        editor: &Path,
        arguments: &[String],
        asked: (&str, &str),
        network: Network,
        end: End,
    ) -> Running<'_> {
        let said = self.path("said");
        let _ = fs::remove_file(&said);
        let mut command = self.command(editor, network);
        command
            .args(arguments)
            .env("SAID", &said)
            .env(asked.0, asked.1)
            .env("QUIT", if end == End::Quit { "1" } else { "" })
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.path("errors")).unwrap());
        let editor = command.spawn().unwrap();
        Running {
            home: self,
            editor,
            said,
        }
    }

    /// Runs an editor until it has said what it has found, ends it, and sees to it that nothing of it is left.
    pub fn session(
        &self,
        editor: &Path,
        arguments: &[String],
        asked: (&str, &str),
        network: Network,
        end: End,
    ) -> String {
        let running = self.start(editor, arguments, asked, network, end);
        let said = running.said();
        running.end(end);
        self.assert_nothing_is_left(AFTER_EDITOR);
        said
    }

    /// The command lines of this user's processes.
    pub fn processes(&self) -> Vec<String> {
        self.own().into_iter().map(|(_, line)| line).collect()
    }

    /// This user's processes, with their command lines.
    fn own(&self) -> Vec<(String, String)> {
        let home = format!("HOME={}", self.path("home").display());
        let all = fs::read_dir("/proc").unwrap().flatten();
        let own = all.filter(|process| {
            let environment = fs::read(process.path().join("environ")).unwrap_or_default();
            environment
                .split(|byte| *byte == 0)
                .any(|it| it == home.as_bytes())
        });
        let line = |process: fs::DirEntry| {
            let line = fs::read_to_string(process.path().join("cmdline")).unwrap_or_default();
            let pid = process.file_name().into_string().unwrap();
            (pid, line.replace('\0', " "))
        };
        own.map(line).filter(|(_, line)| !line.is_empty()).collect()
    }

    /// Kills this user's processes of a program.
    fn kill(&self, program: &str) {
        for (pid, line) in self.own() {
            if line.starts_with(program) {
                let _ = Command::new("kill").args(["-KILL", &pid]).status();
            }
        }
    }

    pub fn assert_nothing_is_left(&self, limit: Duration) {
        let end = Instant::now() + limit;
        loop {
            let left = self.processes();
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < end, "left: {left:#?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What has been fetched of a server's package.
    pub fn package(&self, extension: &str, package: &str) -> PathBuf {
        let work = format!("home/.local/share/annexe/store/work/{extension}");
        self.path(&work).join("node_modules").join(package)
    }
}

impl Running<'_> {
    /// What the editor's script has written when it was done.
    pub fn said(&self) -> String {
        let end = Instant::now() + FIRST_START;
        loop {
            if let Ok(said) = fs::read_to_string(&self.said) {
                return said;
            }
            let errors = || fs::read_to_string(self.home.path("errors"));
            assert!(
                Instant::now() < end,
                "the editor says nothing: {:?}",
                errors()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the editor in a way, and waits for its end.
    pub fn end(mut self, end: End) {
        match end {
            End::Quit => {}
            End::Terminated => {
                let pid = self.editor.id().to_string();
                assert!(Command::new("kill").arg(pid).status().unwrap().success());
            }
            End::Killed => self.editor.kill().unwrap(),
        }
        self.editor.wait().unwrap();
        if end == End::Killed {
            // It serves on when Kakoune is killed, for hours.
            self.home.kill("kak-lsp ");
        }
    }
}
