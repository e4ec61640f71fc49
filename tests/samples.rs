//! Every sample of the built-in registry installs from it, from a folder and from a web server, and
//! then does what it is for.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test may fail, print and look at files"
)]

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use annexe::{
    CacheConfiguration, ExtensionStore, Host, Lendable, NoReporter, StoreConfiguration,
    delegate::LocalWorktree,
    registry::{Location, Registry},
};
use serde_json::{Value, json};

const SAMPLES: [&str; 3] = ["bash-server", "manifest-notes", "taplo"];

fn registry_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("registry-index")
}

fn store(folder: &Path) -> ExtensionStore {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let cache = CacheConfiguration::new(target.join("cache"), target.join("cache-key"));
    let host = Host::builder().cache(cache).build().unwrap();
    ExtensionStore::open(StoreConfiguration::new(folder), host).unwrap()
}

async fn install_all(location: &Location) {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let registry = Registry::open(location).await.unwrap();
    for sample in SAMPLES {
        let id = sample.parse().unwrap();
        let receipt = store
            .install(&registry, &id, &"*".parse().unwrap(), &NoReporter)
            .await
            .unwrap();
        assert_eq!(receipt.installed.id, id);
        assert_eq!(receipt.installed.registry, "annexe");
        assert!(receipt.installed.adapter.is_some());
        store.start(&id).await.unwrap();
    }
    assert_eq!(store.generation().unwrap().extensions.len(), SAMPLES.len());
}

/// Installs one sample from the built-in registry and asks it something in a worktree.
async fn ask(
    sample: &str,
    worktree: &Path,
    export: &str,
    arguments: Value,
) -> Result<Value, String> {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let registry = Registry::open(&Location::Embedded).await.unwrap();
    let id = sample.parse().unwrap();
    store
        .install(&registry, &id, &"*".parse().unwrap(), &NoReporter)
        .await
        .unwrap();
    let extension = store.start(&id).await.unwrap();
    let path = worktree.join("bin").to_string_lossy().into_owned();
    let environment = vec![("PATH".to_owned(), path)];
    let lendable = Lendable {
        worktree: Some(Arc::new(LocalWorktree::new(1, worktree, environment))),
        ..Lendable::default()
    };
    extension
        .call_by_name(export, arguments, &lendable)
        .await
        .map_err(|error| error.to_string())
}

/// A worktree whose `PATH` has a program of this name.
fn worktree_with(program: &str) -> tempfile::TempDir {
    let worktree = tempfile::tempdir().unwrap();
    let bin = worktree.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let file = bin.join(program);
    std::fs::write(&file, "#!/bin/sh\n").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    worktree
}

#[tokio::test]
async fn the_samples_install_from_the_built_in_registry() {
    install_all(&Location::Embedded).await;
}

#[tokio::test]
async fn the_samples_install_from_a_folder() {
    install_all(&Location::Folder(registry_folder())).await;
}

#[tokio::test]
async fn the_samples_install_from_nginx() {
    let Some(server) = Nginx::start(&registry_folder()) else {
        println!("skipped: nginx is not installed");
        return;
    };
    install_all(&server.url.parse().unwrap()).await;
}

#[tokio::test]
async fn bash_server_starts_the_server_that_is_on_the_path() {
    let worktree = worktree_with("bash-language-server");
    let arguments = json!([{"id": "bash-language-server", "language": "Shell Script"}]);
    let command = ask(
        "bash-server",
        worktree.path(),
        "language-server-command",
        arguments.clone(),
    )
    .await
    .unwrap();
    assert_eq!(command["args"], json!(["start"]));
    assert!(
        command["command"]
            .as_str()
            .unwrap()
            .ends_with("bin/bash-language-server")
    );

    let empty = tempfile::tempdir().unwrap();
    let error = ask(
        "bash-server",
        empty.path(),
        "language-server-command",
        arguments,
    )
    .await
    .unwrap_err();
    assert!(error.contains("npm install"), "{error}");
}

#[tokio::test]
async fn manifest_notes_lists_dependencies() {
    let worktree = tempfile::tempdir().unwrap();
    std::fs::write(
        worktree.path().join("Cargo.toml"),
        "[package]\nname = \"x\"\n[dependencies]\nserde = { version = \"1.2\", features = [\"derive\"] }\n",
    )
    .unwrap();
    let arguments = json!([{"name": "dependencies"}, ["cargo"]]);
    let output = ask(
        "manifest-notes",
        worktree.path(),
        "run-slash-command",
        arguments,
    )
    .await
    .unwrap();
    let text = output["text"].as_str().unwrap();
    assert!(text.contains("serde") && text.contains("1.2"), "{text}");
    for section in output["sections"].as_array().unwrap() {
        let end = section["range"]["end"].as_u64().unwrap();
        assert!(end <= text.len() as u64, "{section}");
    }
}

#[tokio::test]
async fn taplo_starts_the_server_and_labels_symbols() {
    let worktree = worktree_with("taplo");
    let command = ask(
        "taplo",
        worktree.path(),
        "language-server-command",
        json!(["taplo"]),
    )
    .await
    .unwrap();
    assert_eq!(command["args"], json!(["lsp", "stdio"]));
    let symbols = json!(["taplo", [{"kind": "property", "name": "version"}]]);
    let labels = ask("taplo", worktree.path(), "labels-for-symbols", symbols)
        .await
        .unwrap();
    assert!(labels.to_string().contains("version"), "{labels}");
}

#[test]
fn the_samples_are_small_and_carry_their_licence() {
    let mut bytes = 0;
    for sample in SAMPLES {
        let versions = registry_folder()
            .join("archives")
            .join(sample)
            .join("0.1.0");
        for archive in std::fs::read_dir(versions).unwrap() {
            let archive = archive.unwrap().path();
            bytes += std::fs::metadata(&archive).unwrap().len();
            let folder = tempfile::tempdir().unwrap();
            let file = std::fs::File::open(&archive).unwrap();
            annexe::archive::unpack(file, folder.path(), &annexe::archive::Limits::default())
                .unwrap();
            assert!(folder.path().join("LICENSE").is_file(), "{sample}");
        }
    }
    assert!(bytes < 1 << 20, "{bytes} bytes");
}

/// A real web server on a free port of this machine, ended when dropped.
struct Nginx {
    process: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Nginx {
    fn start(root: &Path) -> Option<Self> {
        let program = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"]
            .into_iter()
            .find(|path| Path::new(path).exists())?;
        // A worker process runs as another user, who may not see a temporary folder.
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let configuration = format!(
            "daemon off; master_process off; pid {pid}; error_log {errors};\n\
             events {{}}\n\
             http {{ access_log off; client_body_temp_path {body}; proxy_temp_path {proxy};\n\
             fastcgi_temp_path {fast}; uwsgi_temp_path {uwsgi}; scgi_temp_path {scgi};\n\
             server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n",
            pid = at("pid"),
            errors = at("errors"),
            body = at("body"),
            proxy = at("proxy"),
            fast = at("fast"),
            uwsgi = at("uwsgi"),
            scgi = at("scgi"),
            root = root.display(),
        );
        std::fs::write(folder.path().join("nginx.conf"), configuration).unwrap();
        let process = Command::new(program)
            .args(["-c", &at("nginx.conf")])
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let server = Self {
            process,
            url: format!("http://127.0.0.1:{port}/"),
            _folder: folder,
        };
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(server);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        None
    }
}
