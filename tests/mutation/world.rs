//! The folders of a user who has and does everything: an extension's sources with each kind of file, a registry, a store
//! with what is installed from it and has run, a configuration with every table, a project, a lockfile.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use crate::{
    frames::framed,
    kinds::KINDS,
    server::Server,
    support::{
        files::{copy, copy_exactly, make_writable, names, write},
        guests,
        place::{Place, text},
        server::archives,
    },
};

/// What the guest is asked for.
const CALLED: &str = "language-server-command";

/// The guest that is installed and called.
const GUEST: &str = "0.6.0";

/// What stands for the length of a folder.
const FOLDER: u64 = u64::MAX;

/// The folders of a user, and a copy of them as they were at first.
pub struct World {
    place: Place,
    first: tempfile::TempDir,
    /// Each file and folder there was at first, and how it is known again.
    files: BTreeMap<PathBuf, (SystemTime, u64)>,
    server: Server,
    /// What the store had at first and must keep.
    kept: BTreeSet<String>,
}

impl World {
    pub fn new() -> Self {
        let mut place = Place::new();
        let root = place.beside("");
        let server = Server::start(&root);
        let cache = place.beside("cache").into_os_string();
        place.environment.push(("ANNEXE_CACHE".into(), cache));
        // Nothing is looked for on this machine, whatever it has.
        place
            .environment
            .push(("PATH".into(), "/usr/bin:/bin".into()));
        let mut world = Self {
            place,
            first: tempfile::tempdir().unwrap(),
            files: BTreeMap::new(),
            server,
            kept: BTreeSet::new(),
        };
        world.write_sources();
        world.write_registry();
        world.write_answers();
        world.write_configuration();
        world.live();
        world.kept = world.stored();
        copy_exactly(&root, world.first.path());
        world.files = files(&root);
        world
    }

    /// The folder of all.
    pub fn root(&self) -> PathBuf {
        self.place.beside("")
    }

    /// A path below it, in which one `*` stands for the first that is there.
    pub fn path(&self, path: &str) -> PathBuf {
        let Some((folder, rest)) = path.split_once('*') else {
            return self.place.beside(path);
        };
        let folder = self.place.beside(folder);
        let name = names(&folder)
            .into_iter()
            .find(|name| !name.starts_with('.'));
        folder.join(format!("{}{rest}", name.unwrap()))
    }

    /// The command, with `{root}` and `{server}` in its words filled in.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = self.place.command();
        if let Some(program) = std::env::var_os("ANNEXE_MUTATION_PROGRAM") {
            command = with_program(&program, &command);
        }
        command.args(words.iter().map(|word| self.fill(word)));
        command
    }

    pub fn fill(&self, text: &str) -> String {
        let root = self.root();
        let root = root.to_str().unwrap().trim_end_matches('/');
        let server = format!("http://{}", self.server.address);
        text.replace("{root}", root).replace("{server}", &server)
    }

    /// Makes everything as it was at first: what has changed alone, of some hundred files.
    pub fn restore(&self) {
        let root = self.root();
        let now = files(&root);
        // What is in a folder comes after it.
        for path in now.keys().rev() {
            if !self.files.contains_key(path) {
                remove(&root.join(path));
            }
        }
        for (path, (modified, length)) in &self.files {
            if now.get(path) == self.files.get(path) {
                continue;
            }
            let path = (self.first.path().join(path), root.join(path));
            if *length == FOLDER {
                fs::create_dir(path.1).unwrap();
                continue;
            }
            let _ = fs::remove_file(&path.1);
            with_access(&path.1, || fs::copy(&path.0, &path.1));
            let file = fs::File::open(path.1).unwrap();
            file.set_modified(*modified).unwrap();
        }
    }

    /// What of the store is gone.
    pub fn lost(&self) -> Option<String> {
        self.kept.difference(&self.stored()).next().cloned()
    }

    fn stored(&self) -> BTreeSet<String> {
        let in_folder = |folder: &str| {
            let names = match self.place.store().join(folder) {
                path if path.is_dir() => names(&path),
                _ => Vec::new(),
            };
            let paths = names.into_iter().map(|name| format!("{folder}/{name}"));
            paths.collect::<Vec<_>>()
        };
        ["trees", "generations"]
            .into_iter()
            .flat_map(in_folder)
            .collect()
    }

    fn write_sources(&self) {
        let manifest = |name: &str| sample(name);
        let full = self.place.path("full");
        // With a licence, and a theme beside those below.
        self.place.themes("full", "1.2.3");
        fs::remove_dir_all(full.join("themes")).unwrap();
        write(&full.join("extension.toml"), manifest("extension.toml"));
        write_files(&full);
        fs::copy(guests::file(GUEST), full.join("extension.wasm")).unwrap();

        self.place.extension("capable", "0.1.0");
        let capable = self.place.path("capable/extension.toml");
        write(&capable, manifest("capabilities.toml"));

        self.place.themes("legacy", "0.0.1");
        let legacy = self.place.path("legacy");
        fs::remove_file(legacy.join("extension.toml")).unwrap();
        write(&legacy.join("extension.json"), manifest("extension.json"));
        write_files(&legacy);

        self.place.extension("sourced", "0.1.0");
        let sourced = self.place.path("sourced");
        write(&sourced.join("Cargo.toml"), manifest("Cargo.toml"));
        write(&sourced.join("src/lib.rs"), "");
        fs::copy(guests::file(GUEST), self.place.path("bare.wasm")).unwrap();
        // It is newer than what it is made of.
        fs::copy(guests::file(GUEST), sourced.join("extension.wasm")).unwrap();
        self.place.ok(["pack", "full"]);
    }

    fn write_registry(&self) {
        let registry = self.place.registry_called("corp", "registry", &[]);
        self.place.registry_called("more", "other", &[]);
        for version in ["1.0.0", "1.1.0"] {
            let echo = self.place.extension("echo", version);
            fs::copy(guests::file(GUEST), echo.join("extension.wasm")).unwrap();
            let manifest = echo.join("extension.toml");
            let declared = fs::read_to_string(&manifest).unwrap() + &self.servers();
            fs::write(manifest, declared).unwrap();
            self.place.publish(&registry, "echo", version);
            self.place.themes("paper", version);
            self.place.publish(&registry, "paper", version);
        }
        self.place.ok([
            "registry",
            "yank",
            &registry,
            "paper@1.0.0",
            "--reason",
            "it is old",
        ]);
    }

    /// The servers that the guest is asked for, each of which stands for what it is to do.
    fn servers(&self) -> String {
        let mut servers = BTreeSet::new();
        for words in KINDS.iter().flat_map(|kind| kind.commands) {
            let asked = words.iter().skip_while(|word| **word != CALLED).nth(1);
            servers.extend(asked.filter(|word| **word != "--"));
        }
        let servers = servers.into_iter().map(|server| {
            let server = self.fill(server);
            format!("\n[language_servers.\"{server}\"]\nlanguages = [\"Rust\"]\n")
        });
        servers.collect()
    }

    fn write_answers(&self) {
        write(&self.path("answer"), sample("releases.json"));
        program(&self.path("npm"), &self.fill("cat '{root}/answer'"));
        program(&self.path("node"), "exit 0");
        write(&self.path("frames"), framed(&conversation(&self.root())));
        write(
            &self.path("frames.first"),
            framed(&conversation(&self.root())),
        );
        write(&self.path("word"), "echo");
    }

    fn write_configuration(&self) {
        self.place
            .configure(&self.fill(&sample("configuration.toml")));
        for (name, path) in [
            ("grants.toml", "grants.toml"),
            ("settings.json", "settings.json"),
            ("settings.json", "here/project/.annexe/settings.json"),
        ] {
            write(&self.path(path), sample(name));
        }
        let disabled = "# Not here.\ndisabled = [\"paper\", \"other\"]\n";
        write(&self.path("here/project/.annexe/extensions.toml"), disabled);
        let helix = "[language-server.mine]\ncommand = \"mine\"\n\n[[language]]\nname = \"toml\"\nlanguage-servers = [\"mine\"]\n";
        write(&self.path("home/.config/helix/languages.toml"), helix);
    }

    /// Installs, runs and changes, so that each of the store's files is there.
    fn live(&self) {
        let place = &self.place;
        place.ok(["install", "echo@=1.0.0", "paper@=1.1.0", "--quiet"]);
        place.ok([
            "install",
            "./full-1.2.3.tar.gz",
            "--accept-capabilities",
            "--quiet",
        ]);
        place.ok(["lock"]);
        let download = self.fill("download:{server}/file uncompressed file");
        for verb in ["count", "print:more", "github:o/n", &download] {
            place.ok(["call", "echo", CALLED, verb]);
        }
        place.ok(["list"]);
        place.ok([
            "info",
            "paper",
            "--registry",
            &self.fill("{server}/registry/"),
        ]);
    }
}

/// The same with another program.
fn with_program(program: &OsStr, command: &Command) -> Command {
    let mut other = Command::new(program);
    other.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => other.env(name, value),
            None => other.env_remove(name),
        };
    }
    other
}

/// What is below a folder, and how a file is known again once it has changed.
fn files(root: &Path) -> BTreeMap<PathBuf, (SystemTime, u64)> {
    let mut files = BTreeMap::new();
    let mut pending = vec![root.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let name = path.strip_prefix(root).unwrap().to_owned();
            let known = match metadata.is_dir() {
                true => (SystemTime::UNIX_EPOCH, FOLDER),
                false => (metadata.modified().unwrap(), metadata.len()),
            };
            files.insert(name, known);
            if metadata.is_dir() {
                pending.push(path);
            }
        }
    }
    files
}

/// Removes a file, or a folder that is empty.
fn remove(path: &Path) {
    with_access(path, || match path.is_symlink() || !path.is_dir() {
        true => fs::remove_file(path),
        false => fs::remove_dir(path),
    });
}

/// Writes a file, be it protected.
pub fn overwrite(path: &Path, content: &[u8]) {
    with_access(path, || fs::write(path, content));
}

/// Does something to a path that may be in an installed tree: these are protected, but from root.
fn with_access<T>(path: &Path, act: impl Fn() -> io::Result<T>) -> T {
    let again = |_| {
        make_writable(path.parent().unwrap());
        act()
    };
    act().or_else(again).unwrap()
}

/// The files of an extension, but for its manifest.
fn write_files(folder: &Path) {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("extensions");
    let take = |from: &str, to: &str| {
        let path = folder.join(to);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(samples.join(from), path).unwrap();
    };
    take("paper-theme/themes/paper.json", "themes/paper.json");
    take(
        "plain-icons/icon_themes/plain-icons.json",
        "icon_themes/plain.json",
    );
    take(
        "markdown-snippets/snippets/markdown.json",
        "snippets/marsh.json",
    );
    copy(&samples.join("plain-icons/icons"), &folder.join("icons"));
    write(&folder.join("grammars/marsh.wasm"), grammar());
    for (name, path) in [
        ("language.toml", "languages/marsh/config.toml"),
        ("highlights.scm", "languages/marsh/highlights.scm"),
        ("overrides.scm", "languages/marsh/overrides.scm"),
        ("tasks.json", "languages/marsh/tasks.json"),
        ("schema.json", "debug_adapter_schemas/adapter.json"),
    ] {
        write(&folder.join(path), sample(name));
    }
}

/// A grammar, as it is compiled.
fn grammar() -> Vec<u8> {
    let text = "(module (@custom \"dylink.0\" (before first) \"\\01\\04\\00\\00\\00\\00\")
        (func (export \"tree_sitter_marsh\") (result i32) i32.const 0))";
    wat::parse_str(text).unwrap()
}

/// One of `samples/`.
fn sample(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mutation/samples");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// A tool, as it is released.
pub fn tool() -> [Vec<u8>; 2] {
    let files = [
        ("tool/bin/tool", 0o755, "#!/bin/sh\n"),
        ("tool/README", 0o644, "What it does.\n"),
        ("tool/lib/a.so", 0o644, "elf"),
    ];
    [archives::tar_gz(&files), archives::zip(&files)]
}

fn program(path: &Path, script: &str) {
    write(path, format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// What an editor says, from the beginning to the end.
fn conversation(root: &Path) -> Vec<String> {
    let uri = format!("file://{}", text(&root.join("here/project")));
    vec![
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"initialize","params":{{"processId":1,"rootUri":"{uri}","workspaceFolders":[{{"uri":"{uri}","name":"project"}}],"capabilities":{{"workspace":{{"configuration":true}}}},"initializationOptions":{{"a":1}}}}}}"#
        ),
        r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#.into(),
        r#"{"jsonrpc":"2.0","method":"workspace/didChangeConfiguration","params":{"settings":{"echo":{"a":[1,2]}}}}"#.into(),
        format!(
            r#"{{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{{"textDocument":{{"uri":"{uri}/a.marsh","languageId":"marsh","version":1,"text":"é\n"}}}}}}"#
        ),
        r#"{"jsonrpc":"2.0","id":"c","method":"workspace/configuration","params":{"items":[{"section":"echo"},{"scopeUri":"file:///a"}]}}"#.into(),
        r#"{"jsonrpc":"2.0","id":1,"result":{"capabilities":{"textDocumentSync":1},"serverInfo":{"name":"x"}}}"#.into(),
        r#"{"jsonrpc":"2.0","id":2,"method":"textDocument/completion","params":{}}"#.into(),
        r#"{"jsonrpc":"2.0","id":2,"result":{"isIncomplete":false,"items":[{"label":"a","kind":3}]}}"#.into(),
        r#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":2}}"#.into(),
        r#"{"jsonrpc":"2.0","id":3,"method":"shutdown"}"#.into(),
        r#"{"jsonrpc":"2.0","method":"exit"}"#.into(),
    ]
}
