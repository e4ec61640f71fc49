//! The compiled cache: what is in doubt is never run, and nothing is compiled twice.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use annexe::{CacheConfiguration, CodeOrigin, Component, Hint as _, Host, HostError, Identity};
use semver::Version;

use crate::support::guests::{stopping, wasm as guest};

fn host(folder: &Path) -> Host {
    Host::builder()
        .cache(configuration(folder))
        .build()
        .unwrap()
}

fn configuration(folder: &Path) -> CacheConfiguration {
    CacheConfiguration::new(folder.join("cache"), folder.join("key"))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder.join("cache/v1"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "cwasm")
        })
        .collect();
    entries.sort();
    entries
}

fn replace(path: &Path, content: &[u8]) {
    let _ = std::fs::remove_file(path);
    std::fs::write(path, content).unwrap();
}

fn was_compiled(component: &Component) -> bool {
    matches!(component.origin(), CodeOrigin::Compiled { .. })
}

#[tokio::test]
async fn every_flipped_byte_and_every_cut_of_an_entry_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path());
    let component = host.compile(stopping::component()).await.unwrap();
    let digest = component.digest();
    let api = Version::new(0, 0, 1);
    let entry = entries(folder.path()).remove(0);
    let whole = std::fs::read(&entry).unwrap();
    assert!(host.compiled(&digest, "extension", &api).is_some());
    for position in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[position] ^= 1 << (position % 8);
        replace(&entry, &damaged);
        assert!(
            host.compiled(&digest, "extension", &api).is_none(),
            "byte {position} of {}",
            whole.len()
        );
        assert!(
            !entry.exists(),
            "byte {position}: the damaged entry is still there"
        );
    }
    for length in 0..whole.len() {
        replace(&entry, &whole[..length]);
        assert!(
            host.compiled(&digest, "extension", &api).is_none(),
            "cut to {length} of {}",
            whole.len()
        );
    }
    replace(&entry, &[&whole[..], b"x"].concat());
    assert!(host.compiled(&digest, "extension", &api).is_none());
    replace(&entry, &whole);
    assert!(host.compiled(&digest, "extension", &api).is_some());
}

#[tokio::test]
async fn a_damaged_entry_is_compiled_anew_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path());
    let wasm = guest("0.0.1");
    let component = host.compile(wasm.clone()).await.unwrap();
    let (digest, api) = (component.digest(), component.api().clone());
    let entry = entries(folder.path()).remove(0);
    let whole = std::fs::read(&entry).unwrap();
    for step in 0..200 {
        let mut damaged = whole.clone();
        let position = step * whole.len() / 200;
        damaged[position] = !damaged[position];
        replace(&entry, &damaged);
        assert!(
            host.compiled(&digest, "extension", &api).is_none(),
            "byte {position}"
        );
        // Compiling takes its time: a few of them prove that what is noticed is also mended.
        if step % 40 == 0 {
            let component = host.compile(wasm.clone()).await.unwrap();
            assert!(was_compiled(&component));
            start(&host, &component, folder.path()).await;
        } else {
            replace(&entry, &whole);
        }
        let component = host.compiled(&digest, "extension", &api).expect("mended");
        if step % 20 == 0 {
            start(&host, &component, folder.path()).await;
        }
    }
}

async fn start(host: &Host, component: &Component, folder: &Path) {
    let identity = Identity::new("guest".parse().unwrap(), folder.join("work"));
    host.start(component, identity).await.unwrap();
}

#[tokio::test]
async fn another_entrys_file_under_this_name_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path());
    host.compile(stopping::component()).await.unwrap();
    let small = entries(folder.path()).remove(0);
    let component = host.compile(guest("0.0.1")).await.unwrap();
    let other = entries(folder.path())
        .into_iter()
        .find(|entry| *entry != small)
        .unwrap();
    replace(&other, &std::fs::read(&small).unwrap());
    assert!(
        host.compiled(&component.digest(), "extension", component.api())
            .is_none()
    );
}

#[tokio::test]
async fn a_cache_without_its_key_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let component = host(folder.path())
        .compile(stopping::component())
        .await
        .unwrap();
    for key in [None, Some(&b"short"[..])] {
        match key {
            None => std::fs::remove_file(folder.path().join("key")).unwrap(),
            Some(key) => replace(&folder.path().join("key"), key),
        }
        let host = host(folder.path());
        assert!(
            host.compiled(&component.digest(), "extension", component.api())
                .is_none()
        );
        assert!(was_compiled(
            &host.compile(stopping::component()).await.unwrap()
        ));
    }
    let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.path().join("key")), 0o600);
    assert_eq!(mode(folder.path().join("cache")), 0o700);
    assert_eq!(mode(entries(folder.path()).remove(0)), 0o400);
}

#[test]
fn a_folder_others_may_write_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("cache")).unwrap();
    std::fs::set_permissions(
        folder.path().join("cache"),
        std::fs::Permissions::from_mode(0o777),
    )
    .unwrap();
    let error = Host::builder()
        .cache(configuration(folder.path()))
        .build()
        .unwrap_err();
    assert!(error.hint().is_some(), "{error}");
}

#[tokio::test]
async fn the_longest_unused_entries_go_first() {
    let folder = tempfile::tempdir().unwrap();
    let first = host(folder.path()).compile(guest("0.0.1")).await.unwrap();
    let entry = entries(folder.path()).remove(0);
    let size = std::fs::metadata(&entry).unwrap().len();
    let mut configuration = configuration(folder.path());
    configuration.size_bytes = size + size / 2;
    let host = Host::builder().cache(configuration).build().unwrap();
    let second = host.compile(guest("0.0.4")).await.unwrap();
    assert!(!entry.exists());
    assert!(
        host.compiled(&second.digest(), "extension", second.api())
            .is_some()
    );
    // What is mapped stays mapped, whatever becomes of its file.
    start(&host, &second, folder.path()).await;
    assert_eq!(host.cache_size().unwrap().entries, 1);
    assert_eq!(host.clear_cache().unwrap().entries, 1);
    start(&host, &second, folder.path()).await;
    assert!(
        host.compiled(&first.digest(), "extension", first.api())
            .is_none()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tasks_compile_once() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path());
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let host = host.clone();
            tokio::spawn(async move { host.compile(guest("0.0.4")).await.unwrap() })
        })
        .collect();
    let mut compiled = 0;
    for task in tasks {
        compiled += usize::from(was_compiled(&task.await.unwrap()));
    }
    assert_eq!(compiled, 1);
}

/// Runs this test binary again, as another process that compiles a guest and prints how it got it.
fn child(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "compiled_cache::compile_in_a_child",
            "--ignored",
            "--nocapture",
        ])
        .env("ANNEXE_TEST_FOLDER", folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
#[ignore = "only run by the tests that need another process"]
async fn compile_in_a_child() {
    let folder = PathBuf::from(std::env::var_os("ANNEXE_TEST_FOLDER").unwrap());
    let component = host(&folder).compile(guest("0.7.0")).await.unwrap();
    println!("compiled here: {}", was_compiled(&component));
}

#[test]
fn two_processes_compile_once() {
    let folder = tempfile::tempdir().unwrap();
    let children = [child(folder.path()), child(folder.path())];
    let outputs = children.map(|child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    });
    let count = |text: &str| {
        outputs
            .iter()
            .filter(|output| output.contains(text))
            .count()
    };
    assert_eq!(
        (count("compiled here: true"), count("compiled here: false")),
        (1, 1),
        "{outputs:?}"
    );
}

#[tokio::test]
async fn a_process_killed_while_it_compiles_leaves_a_working_cache() {
    let folder = tempfile::tempdir().unwrap();
    for milliseconds in [1, 5, 20, 50, 80, 110, 140, 170, 200] {
        let mut child = child(folder.path());
        tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let host = host(folder.path());
    let component = host.compile(guest("0.7.0")).await.unwrap();
    start(&host, &component, folder.path()).await;
    assert!(
        host.compiled(&component.digest(), "extension", component.api())
            .is_some()
    );
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path());
    let error = host.compile(b"(component)".to_vec()).await.unwrap_err();
    assert!(matches!(error, HostError::Engine(_)), "{error:?}");
    assert_eq!(host.cache_size().unwrap().entries, 0);
}

#[tokio::test]
async fn a_component_without_its_worlds_exports_is_refused_before_it_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let mut component = wasm_encoder::Component::new();
    component.section(&wasm_encoder::CustomSection {
        name: "zed:api-version".into(),
        data: (&[0, 0, 0, 7, 0, 0]).into(),
    });
    let error = host(folder.path())
        .compile(component.finish())
        .await
        .unwrap_err();
    assert!(matches!(error, HostError::Unfit { .. }), "{error:?}");
}

#[tokio::test]
async fn a_key_that_others_can_read_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let component = host(folder.path())
        .compile(stopping::component())
        .await
        .unwrap();
    let key = folder.path().join("key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(
        host(folder.path())
            .compiled(&component.digest(), "extension", component.api())
            .is_none()
    );
    assert_eq!(
        std::fs::metadata(key).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_key_in_the_cache_itself_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let cache = CacheConfiguration::new(folder.path(), folder.path().join("key"));
    assert!(Host::builder().cache(cache).build().is_err());
}

#[tokio::test]
async fn a_cache_that_others_can_change_is_refused_before_anything_is_in_it() {
    let place = tempfile::tempdir().unwrap();
    let (above, folder) = (place.path().join("above"), place.path().join("above/cache"));
    std::fs::create_dir_all(&folder).unwrap();
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    for (changed, mode) in [
        (&folder, 0o777),
        (&folder, 0o1777),
        (&above, 0o770),
        (&above, 0o1777),
    ] {
        set(changed, mode);
        let cache = CacheConfiguration::new(&folder, place.path().join("key"));
        let error = Host::builder().cache(cache).build().unwrap_err();
        let cause = std::error::Error::source(&error).unwrap();
        let words = format!(
            "{error} {cause} {:?}",
            cause.source().map(ToString::to_string)
        );
        assert!(
            words.contains(&format!("others can change `{}`", changed.display())),
            "{words}"
        );
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        set(changed, 0o755);
    }
}

#[tokio::test]
async fn what_is_not_the_caches_own_is_neither_counted_nor_removed() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path());
    host.compile(stopping::component()).await.unwrap();
    let entries = entries(folder.path());
    let inside = entries[0].parent().unwrap();
    for name in ["notes.cwasm", "draft.lock", ".tmp-notes", "notes"] {
        std::fs::write(inside.join(name), "precious").unwrap();
    }
    let link = inside.join(format!("{}.cwasm", "0".repeat(64)));
    std::os::unix::fs::symlink(inside.join("notes"), &link).unwrap();
    assert_eq!(host.cache_size().unwrap().entries, 1);
    host.clear_cache().unwrap();
    assert!(!entries[0].exists() && link.is_symlink());
    for name in ["notes.cwasm", "draft.lock", ".tmp-notes", "notes"] {
        assert_eq!(std::fs::read(inside.join(name)).unwrap(), b"precious");
    }
}
