//! What is read-only stays as it is, whatever a guest tries.

use std::{path::Path, time::SystemTime};

use annexe::sandbox::{Access, Mount};

use super::{CONTENT, Fixture, with_mounts};
use crate::guest::{VERSIONS, words};

/// Everything about a folder that a guest might change: names, kinds, contents, times, other names.
fn state(folder: &Path) -> Vec<(String, SystemTime, u64, String)> {
    use std::os::unix::fs::MetadataExt as _;
    let mut entries = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(path) = entries.pop() {
        let metadata = std::fs::symlink_metadata(&path).unwrap();
        let content = if metadata.is_dir() {
            let inner = std::fs::read_dir(&path).unwrap();
            entries.extend(inner.map(|entry| entry.unwrap().path()));
            String::new()
        } else {
            std::fs::read_to_string(&path).unwrap()
        };
        found.push((
            format!("{} {:?}", path.display(), metadata.file_type()),
            metadata.modified().unwrap(),
            metadata.nlink(),
            content,
        ));
    }
    found.sort();
    found
}

#[tokio::test]
async fn nothing_changes_what_is_read_only() {
    for version in VERSIONS {
        let fixture = Fixture::new();
        std::fs::create_dir(fixture.path("scratch")).unwrap();
        let sandbox = with_mounts([
            fixture.mount("/models", Access::ReadOnly),
            fixture.mount("given/here", Access::ReadOnly),
            Mount::new(
                fixture.path("scratch"),
                "/scratch".parse().unwrap(),
                Access::ReadWrite,
            ),
        ]);
        let extension = fixture.start(version, &sandbox).await;
        fixture.ask(&extension, "write:mine").await.unwrap();
        fixture.ask(&extension, "make-dir:my-folder").await.unwrap();
        let before = state(&fixture.data());
        for name in ["/models", "given/here"] {
            for verb in [
                format!("write:{name}/new"),
                format!("write:{name}/file"),
                format!("write:{name}/folder/inner"),
                format!("truncate:{name}/file"),
                format!("append:{name}/file"),
                format!("make-dir:{name}/made"),
                format!("remove:{name}/file"),
                format!("remove-dir:{name}/folder"),
                format!("rename:{name}/file {name}/renamed"),
                format!("rename:{name}/file stolen"),
                format!("rename:{name}/file /scratch/stolen"),
                format!("rename:{name}/folder stolen"),
                format!("rename:mine {name}/mine"),
                format!("rename:mine {name}/file"),
                format!("rename:my-folder {name}/mine"),
                format!("hard-link:{name}/file {name}/linked"),
                format!("hard-link:{name}/file stolen"),
                format!("hard-link:{name}/file /scratch/stolen"),
                format!("hard-link:mine {name}/mine"),
                format!("symlink:file {name}/linked"),
                format!("set-times:{name}/file"),
                format!("set-times:{name}/folder"),
            ] {
                let refusal = words(fixture.ask(&extension, &verb).await);
                assert!(
                    refusal.contains("not permitted"),
                    "{version} {verb}: {refusal}"
                );
                assert_eq!(state(&fixture.data()), before, "{version} {verb}");
            }
            let read = fixture.ask(&extension, &format!("file:{name}/file")).await;
            assert_eq!(read.unwrap(), [CONTENT], "{version}");
        }
        // A link of the guest's own leads into no other folder.
        fixture
            .ask(&extension, "symlink:../models /scratch/models")
            .await
            .unwrap();
        words(fixture.ask(&extension, "write:/scratch/models/file").await);
        assert_eq!(state(&fixture.data()), before, "{version}");
        assert_eq!(
            fixture.ask(&extension, "list").await.unwrap(),
            ["mine", "my-folder"],
            "{version}"
        );
    }
}
