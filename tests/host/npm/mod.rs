//! Node.js, and the packages that a guest asks of npm: a real client, and a registry on this machine.
#![cfg(unix)]

mod failures;
mod kept;
mod locked;
mod work_dir;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use annexe::{
    CallError, Extension, NodeOptions, ServiceOptions,
    capability::{Capability, Grants},
    delegate::{ExtensionEvent, ExtensionObserver},
    types::ExtensionId,
};

use crate::{
    guest::{self, Place, VERSIONS, ask, found, has, words},
    support::npm::{self, Package, Registry},
};

/// A registry, and a guest whose host installs from it.
struct Setup {
    registry: Registry,
    place: Place,
    options: NodeOptions,
    extension: Extension,
}

/// How a setup differs from the plain one.
#[derive(Default)]
struct Difference<'a> {
    version: Option<&'a str>,
    grants: Option<Grants>,
    change: Option<fn(&mut ServiceOptions)>,
}

impl Setup {
    async fn new(packages: impl IntoIterator<Item = Package>) -> Option<Self> {
        Self::with(packages, Difference::default()).await
    }

    async fn with(
        packages: impl IntoIterator<Item = Package>,
        difference: Difference<'_>,
    ) -> Option<Self> {
        let registry = Registry::start(packages);
        let place = Place::new();
        let options = registry.options(&place.worktree_dir().with_file_name("npm"))?;
        let extension = start(&place, &options, difference).await;
        Some(Self {
            registry,
            place,
            options,
            extension,
        })
    }

    /// Another extension in the same place, which is what another process would start.
    async fn another(&self, difference: Difference<'_>) -> Extension {
        start(&self.place, &self.options, difference).await
    }

    async fn ask(&self, verb: &str) -> Result<Vec<String>, CallError> {
        found(&self.extension, &self.place, verb).await
    }

    /// Has a package installed.
    async fn install(&self, package: &str) {
        self.ask(&format!("npm-install:{package}")).await.unwrap();
    }

    async fn installed(&self, package: &str) -> String {
        let answer = self.ask(&format!("npm-installed:{package}")).await;
        answer.unwrap().remove(0)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.place.work_dir().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn has(&self, path: &str) -> bool {
        self.place.work_dir().join(path).exists()
    }
}

async fn start(place: &Place, node: &NodeOptions, difference: Difference<'_>) -> Extension {
    let mut options = ServiceOptions::default();
    options.node = node.clone();
    options.http.retry.tries = 1;
    if let Some(change) = difference.change {
        change(&mut options);
    }
    let host = guest::builder()
        .services(options)
        .grants(difference.grants.unwrap_or_default())
        .build()
        .unwrap();
    guest::start(&host, difference.version.unwrap_or("0.7.0"), place).await
}

fn only(package: &str) -> Grants {
    let package = package.to_owned();
    Grants::from(vec![Capability::NpmInstall { package }])
}

#[tokio::test]
async fn the_newest_version_is_found_installed_and_known_to_be_there() {
    // The matrix asks every version.
    for version in ["0.0.1", "0.7.0"] {
        let difference = Difference {
            version: Some(version),
            ..Difference::default()
        };
        let packages = [
            Package::new("one", "1.0.0"),
            Package::new("one", "1.1.0"),
            Package::new("@scope/two", "2.0.0")
                .with("dependencies", serde_json::json!({"one": "^1.0.0"})),
        ];
        let Some(setup) = Setup::with(packages, difference).await else {
            return;
        };
        assert_eq!(setup.ask("npm-latest:one").await.unwrap(), ["1.1.0"]);
        assert_eq!(setup.ask("npm-latest:@scope/two").await.unwrap(), ["2.0.0"]);
        assert_eq!(setup.installed("@scope/two").await, "none");
        setup.install("@scope/two@2.0.0").await;
        assert_eq!(setup.installed("@scope/two").await, "2.0.0");
        assert_eq!(setup.installed("one").await, "1.1.0");
        if has(version, "0.0.3") {
            let node = npm::node().unwrap();
            let answer = setup.ask("node").await.unwrap();
            assert_eq!(answer, [node.to_str().unwrap()], "{version}");
        }
    }
}

#[tokio::test]
async fn every_version_is_refused_a_package_that_is_not_granted() {
    for version in VERSIONS {
        let difference = Difference {
            version: Some(version),
            grants: Some(only("one")),
            ..Difference::default()
        };
        let packages = [Package::new("one", "1.0.0"), Package::new("two", "1.0.0")];
        let Some(setup) = Setup::with(packages, difference).await else {
            return;
        };
        for verb in ["npm-latest:two", "npm-install:two@1.0.0"] {
            let message = words(setup.ask(verb).await);
            assert!(
                message.contains("npm:install") && message.contains("two"),
                "{version}: {message}"
            );
        }
        assert!(setup.registry.requests().is_empty(), "{version}");
        assert_eq!(setup.ask("count").await.unwrap(), ["3"], "{version}");
    }
}

#[tokio::test]
async fn a_version_that_is_there_is_not_installed_again() {
    let packages = [Package::new("one", "1.0.0"), Package::new("one", "1.1.0")];
    let Some(setup) = Setup::new(packages).await else {
        return;
    };
    setup.install("one@1.0.0").await;
    let asked = setup.registry.requests().len();
    setup.install("one@1.0.0").await;
    assert_eq!(setup.registry.requests().len(), asked);
    setup.install("one@latest").await;
    assert_eq!(setup.installed("one").await, "1.1.0");
    setup.install("one@1.0.0").await;
    assert_eq!(setup.installed("one").await, "1.0.0");
}

#[tokio::test]
async fn a_package_stays_when_another_comes() {
    let packages = ["one", "@scope/two", "three"].map(|name| Package::new(name, "1.0.0"));
    let Some(setup) = Setup::new(packages).await else {
        return;
    };
    for package in ["one", "@scope/two", "three"] {
        setup.install(&format!("{package}@1.0.0")).await;
        // A newer one is none of its business.
        setup.registry.publish(Package::new(package, "2.0.0"));
    }
    for package in ["one", "@scope/two", "three"] {
        assert_eq!(setup.installed(package).await, "1.0.0");
    }
}

#[tokio::test]
async fn what_was_installed_once_is_installed_again_without_a_network() {
    let scripts = serde_json::json!({"postinstall": "echo >> $HOME/ran"});
    let package = Package::new("one", "1.0.0").with("scripts", scripts);
    let Some(mut setup) = Setup::new([package]).await else {
        return;
    };
    setup.install("one@1.0.0").await;
    let ran = || {
        let file = setup.place.work_dir().with_file_name("npm").join("ran");
        std::fs::read(file).unwrap().len()
    };
    assert_eq!(ran(), 1);
    setup.registry.stop();
    let offline = Difference {
        change: Some(|options| options.offline = true),
        ..Difference::default()
    };
    let extension = setup.another(offline).await;
    let install = || found(&extension, &setup.place, "npm-install:one@1.0.0");
    install().await.unwrap();
    std::fs::remove_dir_all(setup.place.work_dir().join("node_modules")).unwrap();
    install().await.unwrap();
    assert_eq!(setup.installed("one").await, "1.0.0");
    // A script opens connections as it likes, so none runs.
    assert_eq!(ran(), 1);
    let message = words(found(&extension, &setup.place, "npm-install:other@1.0.0").await);
    assert!(message.contains("go online once"), "{message}");
    let message = words(ask(&extension, &setup.place, "npm-latest:one").await);
    assert!(message.contains("offline"), "{message}");
}

#[tokio::test]
async fn two_who_install_into_one_folder_take_turns() {
    let packages = ["one", "two", "three"].map(|name| Package::new(name, "1.0.0"));
    let Some(setup) = Setup::new(packages).await else {
        return;
    };
    let (second, third) = tokio::join!(
        setup.another(Difference::default()),
        setup.another(Difference::default())
    );
    let answers = tokio::join!(
        setup.ask("npm-install:one@1.0.0"),
        ask(&second, &setup.place, "npm-install:two@1.0.0"),
        ask(&third, &setup.place, "npm-install:three@1.0.0"),
    );
    for answer in [answers.0, answers.1, answers.2] {
        answer.unwrap();
    }
    for package in ["one", "two", "three"] {
        assert_eq!(setup.installed(package).await, "1.0.0");
    }
}

#[tokio::test]
async fn a_language_server_that_was_installed_answers() {
    use std::{
        io::{Read as _, Write as _},
        process::{Command, Stdio},
    };
    let server = Package::language_server("@scope/server", "3.0.0");
    let Some(setup) = Setup::new([server]).await else {
        return;
    };
    setup.install("@scope/server@3.0.0").await;
    let script = Path::new("node_modules/@scope/server/server.js");
    assert!(setup.has("node_modules/.bin/server"));
    let mut server = Command::new(npm::node().unwrap())
        .arg(setup.place.work_dir().join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = server.stdin.take().unwrap();
    for message in [
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#,
        r#"{"jsonrpc":"2.0","method":"exit"}"#,
    ] {
        write!(input, "Content-Length: {}\r\n\r\n{message}", message.len()).unwrap();
    }
    let mut answer = String::new();
    server
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut answer)
        .unwrap();
    assert!(server.wait().unwrap().success());
    assert!(
        answer.contains(r#""serverInfo":{"name":"@scope/server","version":"3.0.0"}"#),
        "{answer}"
    );
}

/// Notes what is waited for, and lets that go on.
struct Waits {
    told: Mutex<Vec<String>>,
    go_on: PathBuf,
}

impl ExtensionObserver for Waits {
    fn observe(&self, _: &ExtensionId, event: &ExtensionEvent) {
        let (what, is_over) = match event {
            ExtensionEvent::Waiting { what, .. } => (what, false),
            ExtensionEvent::Waited { what, .. } => (what, true),
            _ => return,
        };
        let mut told = self.told.lock().unwrap();
        told.push(format!("{what}{}", if is_over { ": over" } else { "" }));
        // The second sign is one that moves.
        if told.len() == 2 {
            std::fs::write(&self.go_on, "").unwrap();
        }
    }
}

#[tokio::test]
async fn while_npm_installs_that_is_told_again_and_again() {
    let script = "until test -e $HOME/go-on; do sleep 0.1; done";
    let slow =
        Package::new("one", "1.0.0").with("scripts", serde_json::json!({"postinstall": script}));
    let Some(setup) = Setup::new([slow]).await else {
        return;
    };
    let waits = Arc::new(Waits {
        told: Mutex::default(),
        go_on: setup.place.work_dir().with_file_name("npm").join("go-on"),
    });
    let mut options = ServiceOptions::default();
    options.node = setup.options.clone();
    let host = guest::builder()
        .services(options)
        .observer(waits.clone())
        .build()
        .unwrap();
    let extension = guest::start(&host, "0.7.0", &setup.place).await;
    let verb = "npm-install:one@1.0.0";
    found(&extension, &setup.place, verb).await.unwrap();
    let told = waits.told.lock().unwrap().clone();
    let (last, signs) = told.split_last().unwrap();
    assert!(signs.len() >= 2, "{told:?}");
    assert!(
        signs.iter().all(|it| it == "npm, which installs `one`"),
        "{told:?}"
    );
    assert_eq!(last, "npm, which installs `one`: over");
}
