//! What lies in a guest's folders may be anything, and must not hold up its host.

use crate::guest::{self, Place, ask};

#[cfg(unix)]
#[tokio::test]
async fn a_pipe_in_the_work_directory_holds_up_nobody() {
    for version in ["0.0.1", "0.7.0"] {
        let place = Place::new();
        let extension = guest::start(&guest::host(), version, &place).await;
        let pipe = place.work_dir().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        std::os::unix::fs::symlink("pipe", place.work_dir().join("link")).unwrap();
        for verb in [
            "file:pipe",
            "write:pipe",
            "file:link",
            "set-times:pipe",
            "set-times:link",
        ] {
            let refused = guest::words(ask(&extension, &place, verb).await);
            assert!(!refused.is_empty(), "{version} {verb}");
        }
        assert_eq!(ask(&extension, &place, "count").await.unwrap(), ["6"]);
        ask(&extension, &place, "write:file").await.unwrap();
        ask(&extension, &place, "set-times:file").await.unwrap();
        // What lies outside shows not even by what it is.
        let outside = "../../../../../../../../dev/null";
        let [device, file] =
            [outside, "../../../../../../../../etc/passwd"].map(|path| format!("file:{path}"));
        let device = guest::words(ask(&extension, &place, &device).await);
        let file = guest::words(ask(&extension, &place, &file).await);
        assert_eq!(device, file, "{version}");
        assert_eq!(
            ask(&extension, &place, "list").await.unwrap(),
            ["file", "link", "pipe"]
        );
    }
}
