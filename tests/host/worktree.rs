//! What a guest may ask of the worktree, the platform and the work directory.

use std::{path::Path, sync::Arc};

use crate::guest::{self, Anywhere, Place, VERSIONS, ask, has, words};

#[tokio::test]
async fn a_worktree_answers_every_version() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        std::fs::create_dir(place.worktree_dir().join("src")).unwrap();
        std::fs::write(
            place.worktree_dir().join("src/main.rs"),
            "fn main() { /* ä */ }\n",
        )
        .unwrap();
        let extension = guest::start(&host, version, &place).await;
        for path in ["src/main.rs", "./src/main.rs", "src/../src//main.rs"] {
            let read = ask(&extension, &place, &format!("read:{path}"))
                .await
                .unwrap();
            assert_eq!(read, ["fn main() { /* ä */ }\n"], "{version} {path}");
        }
        let found = ask(&extension, &place, "which:sh").await.unwrap().remove(0);
        assert!(
            Path::new(&found).is_absolute() && found.ends_with("/sh"),
            "{version}: {found}"
        );
        assert_eq!(
            ask(&extension, &place, "which:no-such-program")
                .await
                .unwrap(),
            ["none"]
        );
        let command = extension
            .language_server_command("echo".into(), place.worktree())
            .await
            .unwrap();
        assert_eq!(command.env, place.environment());

        let root = place.worktree_dir().to_string_lossy().into_owned();
        for (verb, answer) in [("id", guest::WORKTREE.to_string()), ("root", root)] {
            let asked = ask(&extension, &place, verb).await;
            if has(version, "0.0.6") {
                assert_eq!(asked.unwrap(), [answer], "{version}");
            } else {
                assert_eq!(words(asked), format!("unknown verb: {verb}"), "{version}");
            }
        }
    }
}

#[tokio::test]
async fn a_path_that_leaves_the_worktree_is_an_error_and_never_a_trap() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let worktree = place.worktree_dir();
        std::fs::write(worktree.join("../secret"), "secret").unwrap();
        std::fs::create_dir(worktree.join("folder")).unwrap();
        std::fs::write(worktree.join("binary"), [0xff, 0xfe, 0x00]).unwrap();
        let extension = guest::start(&host, version, &place).await;
        let absolute = worktree.join("../secret").to_string_lossy().into_owned();
        let paths = [
            "../secret",
            "folder/../../secret",
            "/etc/passwd",
            "//etc/passwd",
            "\\secret",
            "C:/secret",
            "c:",
            "folder",
            "",
            ".",
            "missing",
            "binary",
            "a\0b",
            "folder/\0",
            &absolute,
        ];
        for path in paths {
            let message = words(ask(&extension, &place, &format!("read:{path}")).await);
            assert!(
                !message.is_empty() && !message.contains("unknown verb"),
                "{version} {path:?}: {message}"
            );
        }
        for path in ["../secret", "/etc/passwd", "a\0b"] {
            let message = words(ask(&extension, &place, &format!("read:{path}")).await);
            assert!(
                message.contains(path),
                "the refusal names the path: {message}"
            );
        }
        // The instance has lived through it all.
        let count = ask(&extension, &place, "count").await.unwrap();
        assert_eq!(count, [(paths.len() + 4).to_string()], "{version}");
    }
}

#[tokio::test]
#[cfg(unix)]
async fn a_pipe_in_the_worktree_is_an_error_and_does_not_hold_the_guest() {
    let place = Place::new();
    let made = std::process::Command::new("mkfifo")
        .arg(place.worktree_dir().join("pipe"))
        .status();
    assert!(made.unwrap().success());
    let extension = guest::start(&guest::host(), "0.6.0", &place).await;
    assert!(words(ask(&extension, &place, "read:pipe").await).contains("not a file"));
}

#[tokio::test]
async fn every_version_knows_the_platform() {
    let system = match std::env::consts::OS {
        "macos" => "Os::Mac",
        "windows" => "Os::Windows",
        _ => "Os::Linux",
    };
    let architecture = match std::env::consts::ARCH {
        "aarch64" => "Architecture::Aarch64",
        "x86" => "Architecture::X86",
        _ => "Architecture::X8664",
    };
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let platform = ask(&extension, &place, "platform").await.unwrap();
        assert_eq!(platform, [system, architecture], "{version}");
    }
}

#[tokio::test]
async fn a_guest_finds_its_work_directory_under_both_names() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let work_dir = place.work_dir().to_string_lossy().into_owned();
        assert_eq!(
            ask(&extension, &place, "work-dir").await.unwrap(),
            [work_dir.as_str()],
            "{version}"
        );

        for path in ["relative".to_owned(), format!("{work_dir}/absolute")] {
            let written = ask(&extension, &place, &format!("write:{path}"))
                .await
                .unwrap();
            assert_eq!(written, ["written by the guest"], "{version} {path}");
        }
        for (file, folder) in [("relative", ""), ("absolute", ":.")] {
            let text = std::fs::read_to_string(place.work_dir().join(file)).unwrap();
            assert_eq!(text, "written by the guest");
            let names = ask(&extension, &place, &format!("list{folder}"))
                .await
                .unwrap();
            assert_eq!(names, ["absolute", "relative"], "{version}");
        }
        let names = ask(&extension, &place, &format!("list:{work_dir}"))
            .await
            .unwrap();
        assert_eq!(names, ["absolute", "relative"], "{version}");
    }
}

#[tokio::test]
async fn a_guest_sees_nothing_of_the_machine_but_its_work_directory() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        std::fs::write(place.worktree_dir().join("file"), "not the guest's").unwrap();
        let extension = guest::start(&host, version, &place).await;
        #[cfg(unix)]
        std::os::unix::fs::symlink(place.worktree_dir(), place.work_dir().join("link")).unwrap();
        let outside = place
            .worktree_dir()
            .join("file")
            .to_string_lossy()
            .into_owned();
        for path in [
            "/etc/passwd",
            "../worktree/file",
            "link/file",
            "/proc/self/environ",
            &outside,
        ] {
            for verb in ["file", "write"] {
                words(ask(&extension, &place, &format!("{verb}:{path}")).await);
            }
        }
        assert_eq!(
            std::fs::read_to_string(&outside).unwrap(),
            "not the guest's"
        );
        let mut environment = ask(&extension, &place, "environment").await.unwrap();
        environment.sort();
        let expected = [
            format!("PWD={}", place.work_dir().display()),
            "RUST_BACKTRACE=1".to_owned(),
        ];
        assert_eq!(environment, expected, "{version}");
    }
}

#[tokio::test]
async fn a_guest_opens_no_socket() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let place = Place::new();
    let extension = guest::start(&guest::host(), "0.7.0", &place).await;
    words(ask(&extension, &place, &format!("connect:{port}")).await);
    assert_eq!(
        listener.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
}

#[tokio::test]
async fn a_relative_command_is_joined_to_the_work_directory() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let work_dir = place.work_dir();
        let table = [
            ("zls", work_dir.join("zls")),
            ("zls-v1.0.0/zls", work_dir.join("zls-v1.0.0/zls")),
            ("./bin/../zls", work_dir.join("zls")),
            ("/usr/bin/zls", "/usr/bin/zls".into()),
            ("", work_dir.clone()),
        ];
        for (program, expected) in table {
            let server = format!("command:{program}");
            let command =
                extension.language_server_command(server.as_str().into(), place.worktree());
            assert_eq!(
                Path::new(&command.await.unwrap().command),
                expected,
                "{version} {program}"
            );
        }
    }
}

#[tokio::test]
async fn an_editor_is_asked_for_paths_inside_the_worktree_alone() {
    let host = guest::host();
    for version in VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let read = async |path: &str| {
            let worktree = Arc::new(Anywhere {
                root: "/",
                text: None,
            });
            let server = format!("read:{path}");
            let command = extension.language_server_command(server.as_str().into(), worktree);
            Ok(command.await?.args)
        };
        for path in ["src/main.rs", "./src//a/../main.rs", "src/./main.rs/"] {
            assert_eq!(read(path).await.unwrap(), ["src/main.rs"], "{version}");
        }
        for path in ["../x", "a/../../x", "/x", "\\x", "C:/x", "a\0"] {
            let message = words::<Vec<String>>(read(path).await);
            assert!(message.contains(path), "{version}: {message}");
        }
    }
}

#[tokio::test]
async fn an_editors_text_is_passed_on_up_to_the_length_that_a_guest_can_take() {
    let host = guest::host();
    for version in ["0.0.1", "0.7.0"] {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let read = async |length: usize| {
            let worktree = Arc::new(Anywhere {
                root: "/",
                text: Some("x".repeat(length)),
            });
            extension
                .language_server_command("read:folder/file".into(), worktree)
                .await
        };
        let longest = 16 << 20;
        let command = read(longest).await.unwrap();
        assert_eq!(command.args[0].len(), longest, "{version}");
        assert_eq!(
            words(read(longest + 1).await),
            "`folder/file` is longer than 16 MiB",
            "{version}"
        );
        assert_eq!(
            ask(&extension, &place, "count").await.unwrap(),
            ["3"],
            "{version}"
        );
    }
}

#[tokio::test]
async fn a_text_no_guest_can_take_and_a_link_that_leaves_are_errors_and_no_traps() {
    let host = guest::host();
    for version in guest::VERSIONS {
        let place = Place::new();
        let long = std::fs::File::create(place.worktree_dir().join("long")).unwrap();
        long.set_len((16 << 20) + 1).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc", place.worktree_dir().join("out")).unwrap();
        let extension = guest::start(&host, version, &place).await;
        for (path, words) in [("long", "longer"), ("out/hostname", "leaves the worktree")] {
            let answer = extension
                .language_server_command(format!("read:{path}").as_str().into(), place.worktree())
                .await;
            let Err(annexe::CallError::Guest { message, .. }) = answer else {
                panic!("{version} {path}: {answer:?}");
            };
            assert!(message.contains(words), "{version}: {message}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_is_not_looked_up_in_the_worktree_itself() {
    use std::os::unix::fs::PermissionsExt;

    use annexe::delegate::{LocalWorktree, WorktreeDelegate};

    let place = Place::new();
    let folder = place.worktree_dir();
    for name in ["sh", "bin/tool"] {
        let program = folder.join(name);
        std::fs::create_dir_all(program.parent().unwrap()).unwrap();
        std::fs::write(&program, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(program, PermissionsExt::from_mode(0o755)).unwrap();
    }
    for (path, finds) in [("", false), (".", false), (":", false), (".:/bin:", true)] {
        let environment = vec![("PATH".to_owned(), path.to_owned())];
        let worktree = LocalWorktree::new(1, &folder, environment);
        let found = worktree.which("sh").await;
        assert_eq!(found.as_deref(), finds.then_some("/bin/sh"), "{path:?}");
        assert_eq!(worktree.which("tool").await, None, "{path:?}");
        // What is named by its path is asked for there.
        assert!(worktree.which("bin/tool").await.is_some(), "{path:?}");
    }
}
