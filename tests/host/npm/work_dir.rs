//! What a guest has written into its work directory widens nothing of what it is granted.

use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use super::{Difference, Package, Setup, only, words};

#[tokio::test]
async fn scripts_and_other_packages_of_the_work_directory_are_not_run() {
    let evil =
        || Package::new("evil", "1.0.0").with("scripts", json!({"postinstall": "touch $HOME/ran"}));
    let difference = || Difference {
        grants: Some(only("one")),
        ..Difference::default()
    };
    let packages = || [Package::new("one", "1.0.0"), evil()];
    let Some(setup) = Setup::with(packages(), difference()).await else {
        return;
    };
    let npm = setup.place.work_dir().with_file_name("npm");
    let touch = format!("touch {}/ran", npm.display());
    let scripts: serde_json::Map<String, Value> = [
        "preinstall",
        "install",
        "postinstall",
        "prepublish",
        "preprepare",
        "prepare",
        "postprepare",
        "dependencies",
    ]
    .into_iter()
    .map(|name| (name.to_owned(), touch.clone().into()))
    .collect();
    let manifest = json!({
        "name": "mine",
        "scripts": scripts,
        "dependencies": {
            "evil": "1.0.0",
            "one": "0.0.1",
            "two": "file:../secret",
            "three": "git+file:///secret",
            "--registry": "http://127.0.0.1:9/",
        },
        "devDependencies": {"evil": "1.0.0"},
        "optionalDependencies": {"evil": "1.0.0"},
        "overrides": {"one": "npm:evil@1.0.0"},
        "workspaces": ["../secret"],
    });
    setup.write("package.json", &manifest.to_string());
    // A shell, a registry and options of the guest's own.
    let shell = format!("#!/bin/sh\n{touch}\n");
    setup.write("shell", &shell);
    std::process::Command::new("chmod")
        .arg("+x")
        .arg(setup.place.work_dir().join("shell"))
        .status()
        .unwrap();
    let work_dir = setup.place.work_dir();
    let work_dir = work_dir.display();
    let settings = format!(
        "script-shell={work_dir}/shell\nnode-options=--require={work_dir}/evil.js\nregistry=http://127.0.0.1:9/\nignore-scripts=false\ngit={work_dir}/shell\ncache={work_dir}/cache\n"
    );
    setup.write(".npmrc", &settings);
    setup.write("node_modules/.npmrc", &settings);
    setup.write(
        "evil.js",
        &format!("require('fs').writeFileSync('{}/ran', '')", npm.display()),
    );
    // A lock file that leads elsewhere.
    let lock = json!({
        "name": "mine", "lockfileVersion": 3, "requires": true,
        "packages": {
            "": {"dependencies": {"one": "1.0.0"}},
            "node_modules/one": {"version": "1.0.0", "resolved": "http://127.0.0.1:9/evil.tgz"},
        },
    });
    for name in [
        "package-lock.json",
        "npm-shrinkwrap.json",
        "node_modules/.package-lock.json",
    ] {
        setup.write(name, &lock.to_string());
    }
    assert_eq!(setup.ask("npm-latest:one").await.unwrap(), ["1.0.0"]);
    setup.install("one@1.0.0").await;
    assert!(!npm.join("ran").exists(), "a script ran");
    assert_eq!(setup.installed("one").await, "1.0.0");
    assert_eq!(setup.installed("evil").await, "none");
    assert!(!setup.has("cache"));
    let asked = setup.registry.requests();
    assert!(!asked.iter().any(|path| path.contains("evil")), "{asked:?}");
    // What it wrote is its own still, but for what is installed.
    let manifest = std::fs::read_to_string(setup.place.work_dir().join("package.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["dependencies"], json!({"one": "1.0.0"}));
    assert_eq!(manifest["name"], "mine");
}

#[tokio::test]
async fn links_of_the_work_directory_lead_nowhere() {
    let packages = || {
        [
            Package::new("one", "1.0.0"),
            Package::new("@scope/two", "1.0.0"),
        ]
    };
    for (link, to) in [
        ("node_modules", "outside"),
        ("node_modules/one", "outside"),
        ("node_modules/@scope", "outside"),
        ("node_modules/.bin", "outside"),
        ("package.json", "outside/package.json"),
        ("package.json", "outside/missing"),
        ("package-lock.json", "outside/missing"),
    ] {
        let Some(setup) = Setup::new(packages()).await else {
            return;
        };
        let outside = setup.place.work_dir().with_file_name("outside");
        std::fs::create_dir(&outside).unwrap();
        let secret =
            json!({"version": "1.0.0", "secret": "value", "dependencies": {"hidden": "1.0.0"}});
        std::fs::write(outside.join("package.json"), secret.to_string()).unwrap();
        let before = listing(&outside);
        let path = setup.place.work_dir().join(link);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(setup.place.work_dir().with_file_name(to), &path).unwrap();
        if to == "outside" && link.ends_with("one") {
            let message = words(setup.ask("npm-installed:one").await);
            assert!(
                message.contains("outside the extension's work directory"),
                "{message}"
            );
        }
        setup.install("one@1.0.0").await;
        setup.install("@scope/two@1.0.0").await;
        assert_eq!(setup.installed("one").await, "1.0.0", "{link}");
        assert_eq!(setup.installed("@scope/two").await, "1.0.0", "{link}");
        assert_eq!(listing(&outside), before, "{link}");
        let manifest =
            std::fs::read_to_string(setup.place.work_dir().join("package.json")).unwrap();
        assert!(
            !manifest.contains("secret") && !manifest.contains("hidden"),
            "{link}: {manifest}"
        );
    }
}

/// The names and contents of a folder's files.
fn listing(folder: &std::path::Path) -> Vec<(std::ffi::OsString, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name(), std::fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn what_cannot_be_a_manifest_is_as_good_as_none() {
    let packages = || [Package::new("one", "1.0.0")];
    let long = "x".repeat(2 << 20);
    for text in ["", "[]", "{", "{\"version\":7}", &long] {
        let Some(setup) = Setup::new(packages()).await else {
            return;
        };
        setup.write("package.json", text);
        setup.write("node_modules/one/package.json", text);
        assert_eq!(setup.installed("one").await, "none");
        setup.install("one@1.0.0").await;
        assert_eq!(setup.installed("one").await, "1.0.0");
    }
}

#[tokio::test]
async fn the_version_before_stays_where_the_new_one_cannot_be_had() {
    let Some(mut setup) = Setup::new([Package::new("one", "1.0.0")]).await else {
        return;
    };
    setup.install("one@1.0.0").await;
    setup.registry.publish(Package::new("one", "1.1.0"));
    setup.registry.tamper();
    let message = words(setup.ask("npm-install:one@1.1.0").await);
    assert!(message.contains("npm cache verify"), "{message}");
    assert_eq!(setup.installed("one").await, "1.0.0");
    setup.registry.stop();
    words(setup.ask("npm-install:one@1.1.0").await);
    assert_eq!(setup.installed("one").await, "1.0.0");
    assert!(setup.has("node_modules/one/package.json"));
}

#[tokio::test]
async fn npm_does_not_work_where_others_can_change_what_it_installs() {
    use std::os::unix::fs::{PermissionsExt as _, chown};
    let Some(setup) = Setup::new([Package::new("one", "1.0.0")]).await else {
        return;
    };
    let work_dir = setup.place.work_dir();
    let holder = work_dir.parent().unwrap().to_path_buf();
    let fixture = work_dir.with_file_name(".npm-work");
    let set = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let refused = async |at_fault: &std::path::Path| {
        let message = words(setup.ask("npm-install:one@1.0.0").await);
        let expected = format!("others can change `{}`", at_fault.display());
        assert!(message.contains(&expected), "{message}");
        assert!(!setup.has("node_modules"));
        assert_eq!(setup.registry.requests().len(), 0);
    };
    // Shared with others, such as `/tmp`.
    set(&holder, 0o1777);
    refused(&holder).await;
    assert!(!fixture.exists());
    set(&holder, 0o755);
    // There before it, with a project of somebody else's in it.
    std::fs::create_dir_all(fixture.join("project/node_modules/one")).unwrap();
    set(&fixture, 0o777);
    refused(&fixture).await;
    set(&fixture, 0o700);
    if rustix::process::geteuid().is_root() {
        chown(&fixture, Some(65534), None).unwrap();
        refused(&fixture).await;
        chown(&fixture, Some(0), None).unwrap();
    } else {
        crate::support::skip("root", "only root can give a folder away");
    }
    set(&work_dir, 0o777);
    refused(&work_dir).await;
    set(&work_dir, 0o755);
    setup.install("one@1.0.0").await;
    assert_eq!(setup.installed("one").await, "1.0.0");
}
