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
