//! Pipes in the place of files that lie where others may put them: nobody waits for them, and words say so.
#![cfg(target_os = "linux")]

use std::{fs, path::Path};

use crate::support::place::{Place, text};

fn put_pipe(path: &Path) {
    if path.exists() {
        fs::remove_file(path).unwrap();
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
}

#[test]
fn a_stores_own_files_are_read_only_where_they_are_files() {
    for (file, asked) in [
        ("current", &["list"][..]),
        ("generations/1.json", &["list"]),
        ("withdrawals.json", &["list"]),
        ("dev/echo.json", &["dev", "--stop", "echo"]),
        ("downloads/echo.json", &["lock"]),
        ("stats/echo.json", &["stats"]),
        ("audit/echo.jsonl", &["audit", "echo"]),
        ("logs/echo.log", &["log", "echo"]),
        ("logs/echo.log.1", &["log", "echo"]),
    ] {
        for is_device in [false, true] {
            let place = Place::new();
            let registry = place.registry(&[("echo", "1.0.0")]);
            place.ok(["install", "echo", "--registry", &registry]);
            let path = place.store().join(file);
            put_pipe(&path);
            if is_device {
                fs::remove_file(&path).unwrap();
                std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
            }
            let ran = place.run(asked.iter().copied());
            assert_eq!(ran.code, 1, "{file}: {ran:?}");
            let name = file.rsplit('/').next().unwrap();
            assert!(ran.stderr.contains(name), "{file}: {ran:?}");
            assert!(ran.stderr.contains("hint: "), "{file}: {ran:?}");
        }
    }
}

#[test]
fn a_pipe_in_a_registrys_folder_is_named_for_what_it_is() {
    for file in ["config.json", "index/ec/ho/echo"] {
        let place = Place::new();
        let registry = place.registry(&[("echo", "1.0.0")]);
        let path = place.path("registry").join(file);
        assert!(path.is_file(), "{file}");
        put_pipe(&path);
        let ran = place.run(["install", "echo", "--registry", &registry]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains(text(&path)), "{ran:?}");
        assert!(ran.stderr.contains("it is not a plain file"), "{ran:?}");
        assert!(ran.stderr.contains("hint: "), "{ran:?}");
    }
}
