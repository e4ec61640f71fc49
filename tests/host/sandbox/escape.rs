//! A guest gets to nothing outside the folders it is given.

use std::os::unix::fs::symlink;

use annexe::sandbox::Access;

use super::{Fixture, SECRET, with_mounts};
use crate::guest::{VERSIONS, words};

/// Links that lead out of the mount, made by somebody else.
fn lay_links(fixture: &Fixture) {
    let links = [
        ("../secret", "relative"),
        (fixture.path("secret").to_str().unwrap(), "absolute"),
        ("..", "parent"),
        ("folder/../../secret", "roundabout"),
        ("relative", "chained"),
    ]
    .map(|(target, name)| (target.to_owned(), name));
    for (target, name) in links {
        symlink(target, fixture.data().join(name)).unwrap();
    }
}

#[tokio::test]
async fn no_link_and_no_parent_leads_out() {
    for (version, access) in VERSIONS
        .into_iter()
        .flat_map(|version| [(version, Access::ReadOnly), (version, Access::ReadWrite)])
    {
        let fixture = Fixture::new();
        lay_links(&fixture);
        let sandbox = with_mounts([fixture.mount("/models", access)]);
        let extension = fixture.start(version, &sandbox).await;
        fixture.ask(&extension, "write:mine").await.unwrap();
        let mut verbs: Vec<String> = [
            "relative",
            "absolute",
            "roundabout",
            "chained",
            "parent/secret",
            "../secret",
            "folder/../../secret",
            "./../secret",
        ]
        .into_iter()
        .flat_map(|path| {
            ["file", "write", "append", "truncate"].map(|verb| format!("{verb}:/models/{path}"))
        })
        .collect();
        verbs.extend(
            [
                "list:/models/parent",
                "list:/models/parent/",
                "list:/models/..",
                "write:/models/parent/new",
                "write:/models/../new",
                "make-dir:/models/../new",
                "remove:/models/../secret",
                "remove:/models/parent/secret",
                "rename:/models/../secret mine-now",
                "rename:/models/parent/secret mine-now",
                "rename:/models/file /models/../new",
                "rename:mine /models/parent/new",
                "hard-link:/models/../secret mine-now",
                "hard-link:/models/parent/secret /models/hard",
                "hard-link:/models/file /models/../new",
                "symlink:secret /models/../new",
                "set-times:/models/../secret",
                "set-times:/models/relative",
            ]
            .map(str::to_owned),
        );
        for verb in verbs {
            let answer = fixture.ask(&extension, &verb).await;
            words(answer);
        }
        let secret = std::fs::read_to_string(fixture.path("secret")).unwrap();
        assert_eq!(secret, SECRET, "{version}");
        let around = std::fs::read_dir(fixture.path("")).unwrap();
        assert_eq!(around.count(), 2, "{version}: nothing came beside it");
        assert_eq!(fixture.ask(&extension, "list").await.unwrap(), ["mine"]);
    }
}

#[tokio::test]
async fn a_link_that_a_guest_makes_itself_leads_out_no_more() {
    for version in VERSIONS {
        let fixture = Fixture::new();
        let sandbox = with_mounts([fixture.mount("/scratch", Access::ReadWrite)]);
        let extension = fixture.start(version, &sandbox).await;
        // A target that is absolute is refused; a relative one may be made, and not followed.
        let absolute = format!("symlink:{} /scratch/out", fixture.path("secret").display());
        words(fixture.ask(&extension, &absolute).await);
        for folder in ["/scratch", "."] {
            let made = format!("symlink:../secret {folder}/out");
            fixture.ask(&extension, &made).await.unwrap();
            for verb in [
                format!("file:{folder}/out"),
                format!("append:{folder}/out"),
                format!("write:{folder}/out"),
                format!("set-times:{folder}/out"),
            ] {
                words(fixture.ask(&extension, &verb).await);
            }
        }
        // Nor once the link has another name, or lies in another folder.
        fixture
            .ask(&extension, "rename:/scratch/out /scratch/folder/out")
            .await
            .unwrap();
        words(fixture.ask(&extension, "file:/scratch/folder/out").await);
        fixture
            .ask(&extension, "rename:/scratch/folder/out moved")
            .await
            .unwrap();
        words(fixture.ask(&extension, "file:moved").await);
        let secret = std::fs::read_to_string(fixture.path("secret")).unwrap();
        assert_eq!(secret, SECRET, "{version}");
    }
}
