//! Tests of ignored files among the sources.

use super::*;

/// Files that are built, or belong to tools.
const IGNORED: [&str; 12] = [
    "target/debug/deps/a.rlib",
    "crates/b/target/debug/b",
    "out/debug/c",
    ".git/objects/aa/bb",
    ".hg/store",
    ".jj/repo",
    ".vscode/settings.json",
    ".venv/lib/d.py",
    "node_modules/e/index.js",
    "crates/b/node_modules/e/index.js",
    "python/__pycache__/f.pyc",
    "src/.lib.rs.swp",
];

/// Files that may look as if they were.
const SOURCES: [&str; 9] = [
    "extension.wasm",
    "grammars/toml.wasm",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    ".gitignore",
    "languages/target/config.toml",
    "target.rs",
    "debug/main.rs",
];

fn with_all() -> Desk {
    Desk::new(|folder| {
        for name in SOURCES.iter().chain(&IGNORED) {
            write(&folder.join(name), "old");
        }
        write(&folder.join("crates/b/Cargo.toml"), "");
        write(&folder.join("out/CACHEDIR.TAG"), "");
    })
}

#[tokio::test]
async fn what_is_built_does_not_count() {
    let mut desk = with_all();
    for name in IGNORED {
        write(&desk.path(name), "new");
        write(&desk.path(name).with_file_name("new.swp~"), "new");
    }
    for folder in ["target/release", ".git/refs", "out/new"] {
        write(&desk.path(folder).join("file"), "new");
    }
    assert_eq!(desk.changed().await, names([]));
    for folder in ["target", "out", ".git", "node_modules"] {
        fs::remove_dir_all(desk.path(folder)).unwrap();
    }
    assert_eq!(desk.changed().await, names([]));
    write(&desk.path("target/debug/deps/a.rlib"), "built again");
    write(&desk.path("node_modules/e/index.js"), "installed again");
    assert_eq!(desk.changed().await, names([]));
}

#[tokio::test]
async fn what_may_look_built_counts() {
    let mut desk = with_all();
    for name in SOURCES {
        write(&desk.path(name), "new");
    }
    assert_eq!(desk.changed().await, names(SOURCES));
}

#[tokio::test]
async fn a_folder_marked_as_a_cache_does_not_count_from_then_on() {
    let mut desk = Desk::new(|folder| write(&folder.join("cache/a/b"), ""));
    desk.sees("cache/a/b").await;
    write(&desk.path("cache/CACHEDIR.TAG"), "");
    assert_eq!(desk.changed().await, names([]));
    write(&desk.path("cache/a/b"), "new");
    write(&desk.path("cache/c"), "new");
    assert_eq!(desk.changed().await, names([]));
    fs::remove_dir_all(desk.path("cache")).unwrap();
    assert_eq!(desk.changed().await, names([]));
}

#[tokio::test]
async fn a_folder_becomes_cargos_with_its_manifest() {
    let mut desk = Desk::new(|folder| write(&folder.join("target/a/b"), ""));
    desk.sees("target/a/b").await;
    write(&desk.path("Cargo.toml"), "");
    assert_eq!(desk.changed().await, names(["Cargo.toml"]));
    write(&desk.path("target/a/b"), "built");
    assert_eq!(desk.changed().await, names([]));
    fs::remove_file(desk.path("Cargo.toml")).unwrap();
    assert!(desk.changed().await.contains("extension/Cargo.toml"));
    desk.sees("target/a/b").await;
}

#[tokio::test]
async fn a_folder_that_gets_the_name_of_a_source_counts() {
    let mut desk = with_all();
    fs::rename(desk.path("node_modules"), desk.path("vendored")).unwrap();
    assert_eq!(desk.changed().await, names(["vendored/e/index.js"]));
    desk.sees("vendored/e/index.js").await;
    fs::rename(desk.path("vendored"), desk.path("node_modules")).unwrap();
    assert_eq!(desk.changed().await, names(["vendored/e/index.js"]));
    write(&desk.path("node_modules/e/index.js"), "again");
    assert_eq!(desk.changed().await, names([]));
}

#[tokio::test]
async fn a_build_changes_nothing_but_the_lock_file() {
    let mut desk = Desk::new(|folder| {
        let manifest = "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2024\"";
        write(&folder.join("Cargo.toml"), manifest);
        write(&folder.join("src/lib.rs"), "");
    });
    let built = |folder: &Path, target: &str| {
        let mut cargo = std::process::Command::new("cargo");
        cargo.args(["build", "--offline", "--target-dir", target]);
        let built = cargo.current_dir(folder).output();
        built.is_ok_and(|output| output.status.success())
    };
    if !built(&desk.folder, "target") {
        println!("skipped: cargo does not build here");
        return;
    }
    assert_eq!(desk.changed().await, names(["Cargo.lock"]));
    // Cargo marks its folder as a cache, wherever it is.
    for target in ["target", "built", "built"] {
        write(&desk.path("src/lib.rs"), &format!("// {target}"));
        assert!(built(&desk.folder, target));
        assert_eq!(desk.changed().await, names(["src/lib.rs"]));
    }
}

#[tokio::test]
async fn the_extensions_folder_counts_whatever_its_name_is() {
    for name in [".hidden/node_modules", "with/target", "cache"] {
        let mut desk = Desk::at(name, |folder| {
            write(&folder.with_file_name("Cargo.toml"), "");
            write(&folder.join("CACHEDIR.TAG"), "");
            write(&folder.join("src/lib.rs"), "");
        });
        write(&desk.path("src/lib.rs"), "new");
        desk.until(&desk.path("src/lib.rs")).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_is_built_takes_no_watches() {
    use std::os::unix::fs::MetadataExt as _;

    let desk = with_all();
    // The inodes that any watch of this process is on.
    let mut watched = BTreeSet::new();
    for entry in fs::read_dir("/proc/self/fdinfo").unwrap() {
        let told = fs::read_to_string(entry.unwrap().path()).unwrap_or_default();
        for line in told.lines().filter(|line| line.starts_with("inotify ")) {
            let inode = line.split(' ').find_map(|word| word.strip_prefix("ino:"));
            watched.insert(u64::from_str_radix(inode.unwrap(), 16).unwrap());
        }
    }
    let is_watched = |name: &str| watched.contains(&fs::metadata(desk.path(name)).unwrap().ino());
    for name in ["", "src", "crates/b", ".cargo", "languages/target"] {
        assert!(is_watched(name), "`{name}` is watched");
    }
    for name in [
        "target",
        "target/debug",
        "out",
        "out/debug",
        ".git",
        "node_modules/e",
        ".venv",
    ] {
        assert!(!is_watched(name), "`{name}` is not watched");
    }
}
