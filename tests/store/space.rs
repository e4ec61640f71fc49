//! Disks that are full.

#![cfg(target_os = "linux")]

use std::{fs, path::PathBuf, process::Command};

use annexe::{
    Hint as _,
    delegate::LocalWorktree,
    store::{AuditOutcome, StoreError},
};

use crate::place::{ID, Package, Place, guest_of, id};

const BLOCK_BYTES: usize = 4096;

/// A file system of one mebibyte, which goes when dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn new(folder: PathBuf) -> Option<Self> {
        fs::create_dir(&folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m,mode=0700", "annexe-test"])
            .arg(&folder)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then(|| Self(folder))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Whatever is still open in it, such as the working directory of an extension that runs.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_leaves_what_was_installed() {
    let place = Place::with(&["1.0.0", "2.0.0"]);
    let Some(_mounted) = Mounted::new(place.store_dir()) else {
        crate::support::skip("mount", "a small file system can only be mounted by root");
        return;
    };
    let store = place.store();
    place.install(&store, "^1").await.unwrap();
    place.assert_answers(&store).await;
    let before = store.generation().unwrap();

    // Every place where the disk may run full: all but some blocks are taken.
    let mut failed = 0;
    for free in 0.. {
        let filler = place.store_dir().join("filler");
        let mut content = vec![0; (1 << 20) - free * 2 * BLOCK_BYTES];
        while fs::write(&filler, &content).is_err() {
            content.truncate(content.len().checked_sub(BLOCK_BYTES).unwrap());
        }
        content.truncate(content.len().saturating_sub(free * 2 * BLOCK_BYTES));
        fs::write(&filler, &content).unwrap();
        let result = place.install(&store, "^2").await;
        let error = match result {
            Ok(receipt) => {
                assert_eq!(receipt.installed.version.to_string(), "2.0.0");
                break;
            }
            Err(error) => error,
        };
        failed += 1;
        assert!(!error.is_refusal(), "{error:?}");
        assert!(error.hint().is_some(), "{error:?}");
        assert!(!matches!(error, StoreError::Broken { .. }), "{error:?}");
        assert_eq!(store.generation().unwrap(), before);
        assert_eq!(
            store.installed(&id(ID)).unwrap().version.to_string(),
            "1.0.0"
        );
        place.assert_intact(&store, "1.0.0").await;
    }
    assert!(failed > 3, "{failed}");
    place.assert_intact(&store, "2.0.0").await;
}

#[tokio::test]
async fn a_full_disk_refuses_what_cannot_be_written_down() {
    let place = Place::new();
    let Some(_mounted) = Mounted::new(place.store_dir()) else {
        crate::support::skip("mount", "a small file system can only be mounted by root");
        return;
    };
    place.publish(&Package::new("1.0.0").wasm(guest_of("0.6.0")));
    let store = place.store();
    place.install(&store, "*").await.unwrap();
    let extension = store.start(&id(ID)).await.unwrap();
    let mut resources = annexe::CallResources::default();
    let worktree = LocalWorktree::new(1, place.path("worktree"), Vec::new());
    resources.worktree = Some(std::sync::Arc::new(worktree));
    // Nobody listens there.
    let verb = serde_json::json!(["http:http://127.0.0.1:9/"]);
    let asked = async || {
        let asked = extension.call_by_name("language-server-command", verb.clone(), &resources);
        asked.await.unwrap_err().to_string()
    };
    let filler = place.store_dir().join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while std::io::Write::write(&mut file, &[0; 512]).is_ok() {}
    drop(file);
    for _ in 0..2 {
        let words = asked().await;
        let expected = "is refused, since it cannot be recorded: failed to write";
        assert!(words.contains(expected), "{words}");
        assert!(words.contains("the disk is full"), "{words}");
    }
    assert_eq!(store.audit(&id(ID)).unwrap(), []);
    fs::remove_file(&filler).unwrap();
    let words = asked().await;
    assert!(words.contains("cannot be reached"), "{words}");
    let outcomes: Vec<_> = store
        .audit(&id(ID))
        .unwrap()
        .into_iter()
        .map(|entry| (entry.outcome, entry.times))
        .collect();
    let expected = [
        (AuditOutcome::RefusedByAudit, 2),
        (AuditOutcome::Allowed, 1),
    ];
    assert_eq!(outcomes, expected);
}
