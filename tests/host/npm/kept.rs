//! The newest version that was known before, where npm does not say anything else of the package.

use std::{fs, os::unix::fs::PermissionsExt as _, time::Duration};

use annexe::NodeOptions;

use super::{Difference, Place, found, start, words};

/// A program in npm's place, which answers what it is told to.
struct Stub {
    place: Place,
    options: NodeOptions,
}

impl Stub {
    fn new() -> Self {
        let place = Place::new();
        let folder = place.worktree_dir();
        let npm = folder.join("npm");
        let script = format!(
            "#!/bin/sh\necho \"$*\" > {0}/asked\ncat {0}/answer\nexit $(cat {0}/status)\n",
            folder.display()
        );
        fs::write(&npm, script).unwrap();
        fs::set_permissions(&npm, fs::Permissions::from_mode(0o755)).unwrap();
        let mut options = NodeOptions::default();
        options.node = Some("/bin/sh".into());
        options.npm = Some(npm);
        options.lifetime = Duration::ZERO;
        Self { place, options }
    }

    fn answer(&self, answer: &str, status: i32) {
        let folder = self.place.worktree_dir();
        fs::write(folder.join("answer"), answer).unwrap();
        fs::write(folder.join("status"), status.to_string()).unwrap();
    }

    fn fail(&self, code: &str) {
        let answer = format!(r#"{{"error":{{"code":"{code}","summary":"it is {code}"}}}}"#);
        self.answer(&answer, 1);
    }
}

#[tokio::test]
async fn only_what_npm_says_of_the_name_is_final() {
    let stub = Stub::new();
    let extension = start(&stub.place, &stub.options, Difference::default()).await;
    let latest = || found(&extension, &stub.place, "npm-latest:one");
    stub.answer(r#"{"latest":"1.0.0"}"#, 0);
    assert_eq!(latest().await.unwrap(), ["1.0.0"]);
    for (code, is_final) in [
        ("", false),
        ("CERT_HAS_EXPIRED", false),
        ("DEPTH_ZERO_SELF_SIGNED_CERT", false),
        ("E400", false),
        ("E401", false),
        ("E403", false),
        ("E407", false),
        ("E429", false),
        ("E451", false),
        ("E500", false),
        ("EACCES", false),
        ("EAI_AGAIN", false),
        ("EINTEGRITY", false),
        ("EJSONPARSE", false),
        ("ENEEDAUTH", false),
        ("ENOENT", false),
        ("ENOSPC", false),
        ("EPIPE", false),
        ("ERR_TLS_CERT_ALTNAME_INVALID", false),
        ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", false),
        ("what nobody has thought of", false),
        ("E404", true),
        ("E410", true),
        ("ETARGET", true),
    ] {
        stub.fail(code);
        let answer = latest().await;
        match is_final {
            true => assert!(words(answer).contains(code), "{code}"),
            false => assert_eq!(answer.unwrap(), ["1.0.0"], "{code}"),
        }
    }
    for (answer, status) in [
        ("", 0),
        ("{}", 0),
        ("<html>sign in</html>", 0),
        ("Segmentation fault", 139),
    ] {
        stub.answer(answer, status);
        assert_eq!(latest().await.unwrap(), ["1.0.0"], "{answer}");
    }
    // npm itself is away.
    fs::remove_file(stub.options.npm.as_ref().unwrap()).unwrap();
    assert_eq!(latest().await.unwrap(), ["1.0.0"]);
}

#[tokio::test]
async fn npm_waits_as_long_as_this_host_does_and_no_longer() {
    let stub = Stub::new();
    let difference = Difference {
        change: Some(|options| {
            options.http.retry.tries = 3;
            options.http.retry.first_delay = Duration::from_millis(250);
            options.http.retry.longest_delay = Duration::from_secs(4);
            options.http.read_timeout = Duration::from_secs(7);
        }),
        ..Difference::default()
    };
    let extension = start(&stub.place, &stub.options, difference).await;
    stub.answer(r#"{"latest":"1.0.0"}"#, 0);
    found(&extension, &stub.place, "npm-latest:one")
        .await
        .unwrap();
    let asked = fs::read_to_string(stub.place.worktree_dir().join("asked")).unwrap();
    for expected in [
        "--fetch-retries=2 ",
        "--fetch-retry-factor=2 ",
        "--fetch-retry-mintimeout=250 ",
        "--fetch-retry-maxtimeout=4000 ",
        "--fetch-timeout=7000 ",
    ] {
        assert!(asked.contains(expected), "{expected}: {asked}");
    }
}

#[tokio::test]
async fn an_npm_that_is_silent_is_waited_for_as_long_as_patience_lasts() {
    let stub = Stub::new();
    let difference = Difference {
        change: Some(|options| options.patience = Duration::from_millis(200)),
        ..Difference::default()
    };
    let extension = start(&stub.place, &stub.options, difference).await;
    stub.answer(r#"{"latest":"1.0.0"}"#, 0);
    let latest = || found(&extension, &stub.place, "npm-latest:one");
    latest().await.unwrap();
    // A pipe that no program writes to: npm does not come to its end.
    let answer = stub.place.worktree_dir().join("answer");
    fs::remove_file(&answer).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&answer).status();
    assert!(made.unwrap().success());
    for _ in 0..3 {
        assert_eq!(latest().await.unwrap(), ["1.0.0"]);
    }
}
