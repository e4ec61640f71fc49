use super::*;
use crate::base::types::{GithubReleaseAsset, Tools};
use crate::{base::hint::Hint as _, store::disk::installed::tests::installed};

#[test]
fn what_is_written_is_read_again_and_sorted() {
    let mut lockfile = Lockfile::default();
    let mut second = installed("2.0.0");
    second.id = "abc".parse().unwrap();
    second.pinned = true;
    second.api = Some(Version::new(0, 6, 0));
    second.origin = Origin::Archive {
        archive: "https://example.org/a.tar.gz".into(),
    };
    lockfile.set(&installed("1.0.0"));
    lockfile.set(&second);
    let text = lockfile.to_string();
    let zeros = "0".repeat(64);
    assert_eq!(
        text.strip_prefix(HEADER).unwrap(),
        format!(
            "version = 1\n\n[[extension]]\nid = \"abc\"\nversion = \"2.0.0\"\nfamily = \"extension\"\n\
             api = \"0.6.0\"\narchive = \"https://example.org/a.tar.gz\"\nsha256 = \"{zeros}\"\nsize = 0\n\
             pinned = true\n\n[[extension]]\nid = \"toml\"\nversion = \"1.0.0\"\nfamily = \"extension\"\n\
             registry = \"test\"\nsha256 = \"{zeros}\"\nsize = 0\n"
        )
    );
    assert_eq!(Lockfile::parse(&text).unwrap(), lockfile);
    lockfile.remove(&second.id);
    assert_eq!(lockfile.extensions().count(), 1);
}

#[test]
fn what_a_later_program_notes_survives_until_the_archive_changes() {
    let mut lockfile = Lockfile::default();
    lockfile.set(&installed("1.0.0"));
    let text = lockfile.to_string() + "[[extension.licence]]\nurl = \"x\"\n";
    let mut lockfile = Lockfile::parse(&text).unwrap();
    lockfile.set(&installed("1.0.0"));
    assert!(lockfile.to_string().contains("[[extension.licence]]"));
    let mut other = installed("1.0.1");
    other.sha256 = Sha256Digest::of(b"other");
    lockfile.set(&other);
    assert!(!lockfile.to_string().contains("licence"));
}

fn answer(asked: &str) -> ToolAnswer {
    ToolAnswer {
        from: ToolAnswer::GITHUB.into(),
        name: "owner/name".into(),
        asked: asked.into(),
        version: "v1".into(),
        assets: vec![GithubReleaseAsset {
            name: "tool.gz".into(),
            download_url: "https://a/b".into(),
            digest: None,
        }],
    }
}

#[test]
fn what_an_extension_has_fetched_is_locked_with_the_archive_that_fetched_it() {
    let mut lockfile = Lockfile::default();
    lockfile.set(&installed("1.0.0"));
    let id = installed("1.0.0").id;
    let file = |url: &str| Download {
        url: url.into(),
        final_url: "elsewhere".into(),
        sha256: Sha256Digest::of(url.as_bytes()),
        size: 7,
    };
    let tools = Tools {
        answers: vec![answer("latest"), answer("^1")],
        downloads: vec![file("https://a/b"), file("https://a/a")],
        packages: vec![NpmPackage {
            path: "node_modules/one".into(),
            version: "1.0.0".into(),
            dependencies: vec!["two ^1.0.0".into()],
            ..NpmPackage::default()
        }],
    };
    lockfile.set_tools(&id, &tools);
    let text = lockfile.to_string();
    let mut again = Lockfile::parse(&text).unwrap();
    assert_eq!(again, lockfile);
    let asked: Vec<_> = again
        .get(&id)
        .unwrap()
        .answers
        .iter()
        .map(|it| &*it.asked)
        .collect();
    assert_eq!(asked, ["^1", "latest"]);
    assert_eq!(again.get(&id).unwrap().packages, tools.packages);
    let urls = |lockfile: &Lockfile| -> Vec<_> {
        let downloads = &lockfile.get(&id).unwrap().downloads;
        downloads.iter().map(|file| file.url.clone()).collect()
    };
    assert_eq!(urls(&again), ["https://a/a", "https://a/b"]);
    again.set(&installed("1.0.0"));
    assert_eq!(urls(&again).len(), 2);
    let mut other = installed("1.0.1");
    other.sha256 = Sha256Digest::of(b"other");
    again.set(&other);
    assert!(urls(&again).is_empty() && again.get(&id).unwrap().answers.is_empty());
}

#[test]
fn what_is_no_lockfile_is_refused_with_a_way_out() {
    let entry = |rest: &str| {
        format!(
            "version = 1\n[[extension]]\nid = \"a\"\nversion = \"1.0.0\"\nfamily = \"extension\"\n\
             sha256 = \"{}\"\nsize = 1\n{rest}",
            "0".repeat(64)
        )
    };
    let twice = entry("registry = \"r\"\n");
    let second = twice.strip_prefix("version = 1\n").unwrap();
    for text in [
        "",
        "version = 2",
        "version = 1\nrevision = 3\n[[package]]\nname = \"x\"\n",
        "<<<<<<< ours\nversion = 1\n",
        "version = 1\n[[extension]]\nid = \"A B\"\n",
        &entry(""),
        &entry("registry = \"r\"\narchive = \"a\"\n"),
        &entry("git = \"https://example.org/a\"\n"),
        &entry("git = \"ext::sh\"\nrevision = \"0000000000000000000000000000000000000000\"\n"),
        &entry("git = \"https://example.org/a\"\nrevision = \"--help\"\n"),
        &format!("{twice}{second}"),
    ] {
        let error = Lockfile::parse(text).unwrap_err();
        assert!(error.hint().is_some(), "{text}: {error}");
    }
    assert_eq!(Lockfile::parse(&twice).unwrap().extensions().count(), 1);
}
