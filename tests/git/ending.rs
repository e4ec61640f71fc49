//! Ends before the time: interrupted, killed, a disk that is full, a bound that is broken, and two at once.

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::Ordering,
    time::Duration,
};

use annexe::git::{GIT_VARIABLES, GitClient, GitError, GitOptions};

use crate::{
    repository::{Repository, assert_nothing_left, has_git, left, place},
    server::Server,
    support::place::{Place, Ran},
};

/// A command that installs from a server that stops in the middle, once it has.
fn stalled(place: &Place, server: &Server) -> Child {
    server.stalls.store(true, Ordering::Relaxed);
    let mut command = place.command();
    command.args(["install", &format!("{}/shades.git", server.address)]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = child.unwrap();
    server.asked.recv().unwrap();
    assert_eq!(left(place).len(), 1);
    child
}

fn kill(child: &Child, signal: &str) {
    let kill = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
}

#[test]
fn an_interrupted_fetch_leaves_nothing() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    let server = Server::start(repository.folder(), false);
    let place = place();
    let child = stalled(&place, &server);
    kill(&child, "-INT");
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (130, "interrupted\n"));
    assert_nothing_left(&place);
    server.stalls.store(false, Ordering::Relaxed);
    place.ok(["install", &format!("{}/shades.git", server.address)]);
}

#[test]
fn what_a_killed_process_has_left_goes_with_the_next_one() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    let server = Server::start(repository.folder(), false);
    let place = place();
    let mut child = stalled(&place, &server);
    kill(&child, "-KILL");
    child.wait().unwrap();
    assert_eq!(left(&place).len(), 1);
    assert_eq!(place.json(["list"]).as_array().unwrap().len(), 0);
    server.stalls.store(false, Ordering::Relaxed);
    place.ok(["install", &format!("{}/shades.git", server.address)]);
    assert_nothing_left(&place);
}

#[test]
fn two_at_once_are_as_good_as_one_after_the_other() {
    if !has_git() {
        return;
    }
    let (one, other) = (Repository::themes("1.0.0"), Repository::new());
    other.write_extension("", "other", "1.0.0");
    other.commit();
    let place = place();
    let children: Vec<Child> = [one.url(), other.url(), one.url()]
        .iter()
        .map(|url| {
            let mut command = place.command();
            command.args(["install", url]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    for child in children {
        let ran = Ran::from(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    assert_eq!(place.json(["list"]).as_array().unwrap().len(), 2);
    assert_nothing_left(&place);
}

/// A file that does not become smaller.
fn noise(bytes: usize) -> String {
    let mut state = 1_u64;
    let letters = (0..bytes).map(|_| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        char::from(b' ' + u8::try_from((state >> 33) % 94).unwrap())
    });
    letters.collect()
}

fn client(place: &Place, set: impl FnOnce(&mut GitOptions)) -> (GitClient, PathBuf) {
    let mut options = GitOptions::default();
    for name in GIT_VARIABLES {
        let value = std::env::var_os(name);
        options
            .environment
            .extend(value.map(|it| (name.into(), it)));
    }
    options
        .environment
        .insert("HOME".into(), place.home().into());
    options.local = true;
    set(&mut options);
    let folder = place.beside("cache/git");
    (GitClient::new(folder.clone(), options).unwrap(), folder)
}

#[tokio::test]
async fn more_than_the_bounds_allow_is_ended() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    repository.write("noise", &noise(3_000_000));
    repository.commit();
    let server = Server::start(repository.folder(), false);
    let place = place();
    let source = format!("{}/shades.git", server.address).parse().unwrap();
    let (client_of_few, _) = client(&place, |options| options.limits.fetched_bytes = 1_000_000);
    let error = client_of_few.checkout(&source, &|_| ()).await.unwrap_err();
    assert!(matches!(error, GitError::TooLarge { .. }), "{error}");
    let (of_few, _) = client(&place, |options| options.limits.bytes = 1_000_000);
    let error = of_few.checkout(&source, &|_| ()).await.unwrap_err();
    assert!(matches!(error, GitError::Limit { .. }), "{error}");
    let (of_one, _) = client(&place, |options| options.limits.files = 1);
    let error = of_one.checkout(&source, &|_| ()).await.unwrap_err();
    assert!(matches!(error, GitError::Limit { .. }), "{error}");
    assert_nothing_left(&place);
    server.stalls.store(true, Ordering::Relaxed);
    let (impatient, _) = client(&place, |options| {
        options.limits.silence = Duration::from_millis(500);
    });
    let error = impatient.checkout(&source, &|_| ()).await.unwrap_err();
    assert!(matches!(error, GitError::Silent { .. }), "{error}");
    assert_nothing_left(&place);
    server.stalls.store(false, Ordering::Relaxed);
    let (patient, _) = client(&place, |_| ());
    let checkout = patient.checkout(&source, &|_| ()).await.unwrap();
    assert!(checkout.path().join("extension.toml").is_file());
    let path = checkout.path().to_owned();
    drop(checkout);
    assert!(!path.exists());
}

/// A file system of two mebibytes, which goes when dropped.
#[cfg(target_os = "linux")]
struct Mounted(PathBuf);

#[cfg(target_os = "linux")]
impl Mounted {
    fn new(folder: PathBuf) -> Option<Self> {
        fs::create_dir_all(&folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=2m,mode=0700", "annexe-test"])
            .arg(&folder)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then(|| Self(folder))
    }
}

#[cfg(target_os = "linux")]
impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_leaves_what_was_installed() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    let place = place();
    place.ok(["install", &repository.url()]);
    let before = place.json(["list"]);
    repository.write("noise", &noise(3_000_000));
    repository.release("1.1.0");
    let Some(mounted) = Mounted::new(place.beside("cache/git")) else {
        crate::support::skip("mount", "a small file system can only be mounted by root");
        return;
    };
    let error = place.error(1, ["install", &repository.url()]);
    assert!(
        error["hint"].as_str().unwrap().contains("disk is full"),
        "{error}"
    );
    assert_eq!(place.json(["list"]), before);
    assert_nothing_left(&place);
    // The files themselves do not fit, where what is fetched does.
    repository.write("noise", &"x".repeat(3_000_000));
    repository.release("1.2.0");
    let error = place.error(1, ["install", &repository.url()]);
    assert!(
        error["hint"].as_str().unwrap().contains("disk is full"),
        "{error}"
    );
    assert_nothing_left(&place);
    drop(mounted);
    place.ok(["update"]);
}
