//! Installations from repositories, and how what was installed is shown.

use std::sync::atomic::Ordering;

use serde_json::json;

use crate::{
    repository::{Repository, assert_nothing_left, has_git, place},
    server::{self, PASSWORD, Server},
    sshd::Sshd,
    support::place::text,
};

#[test]
fn a_private_repository_is_read_with_the_users_own_credentials() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    let commit = repository.git(["rev-parse", "HEAD"]);
    let server = Server::start(repository.folder(), true);
    let place = place();
    let source = format!("{}/shades.git#v1.0.0", server.address);

    let refused = place.error(1, ["install", &source]);
    assert_eq!(refused["kind"], "refused", "{refused}");
    assert!(
        refused["hint"].as_str().unwrap().contains("git ls-remote"),
        "{refused}"
    );
    assert_nothing_left(&place);

    let helper = format!(
        "[credential]\n\thelper = \"!f() {{ echo username=user; echo password={PASSWORD}; }}; f\"\n"
    );
    std::fs::write(place.home().join(".gitconfig"), helper).unwrap();
    let ran = place.run(["install", &source, "-vvv"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.stderr.contains(PASSWORD) && !ran.stdout.contains(PASSWORD));
    let http = server.address.strip_prefix("git+").unwrap();
    let words = format!("\n  git          {http}/shades.git, the tag `v1.0.0`: {commit}\n");
    assert!(
        ran.stdout.starts_with("installed shades 1.0.0\n"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains(&words), "{ran:?}");
    assert_nothing_left(&place);

    let list = place.json(["list"]);
    assert_eq!(list[0]["git"], format!("{http}/shades.git"));
    assert_eq!(list[0]["revision"], commit);
    assert_eq!(list[0]["reference"], "refs/tags/v1.0.0");
    assert!(place.ok(["list"]).contains("at the tag `v1.0.0`"));
    assert!(place.ok(["info", "shades"]).contains(&words));
    place.ok(["lock"]);
    let lockfile = std::fs::read_to_string(place.path("annexe.lock")).unwrap();
    assert!(
        lockfile.contains(&format!("revision = \"{commit}\"")),
        "{lockfile}"
    );
    assert!(!lockfile.contains("cache"), "{lockfile}");
    assert_eq!(place.json(["history"])[0]["reason"], "install shades 1.0.0");

    // What is allowed to it is the repository's, not the commit's.
    place.ok(["grants", "shades", "--allow", "http example.org"]);
    let grants = std::fs::read_to_string(place.beside("grants.toml")).unwrap();
    assert!(
        grants.contains(&format!("git = \"{http}/shades.git\"")),
        "{grants}"
    );
    assert!(!grants.contains(&commit), "{grants}");
    repository.release("1.1.0");
    place.ok(["install", &format!("{}/shades.git", server.address)]);
    let shown = place.ok(["grants", "shades"]);
    assert!(shown.contains("http example.org"), "{shown}");
    let again = place.json(["install", &format!("{}/shades.git", server.address)]);
    assert_eq!(again[0]["unchanged"], true);
    place.ok(["grants", "shades", "--reset"]);
}

#[test]
fn over_ssh_nobody_is_asked_and_no_name_is_an_option() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    let mut place = place();
    let ssh = server::ssh(repository.folder());
    place
        .environment
        .retain(|(name, _)| name != "GIT_SSH_COMMAND");
    place
        .environment
        .push(("GIT_SSH_COMMAND".into(), ssh.into()));
    let source = format!(
        "git+ssh://git@host.invalid{}#main",
        text(&repository.bare())
    );
    let receipt = place.json(["install", &source]);
    assert_eq!(receipt[0]["installed"]["reference"], "refs/heads/main");
    let calls = std::fs::read_to_string(repository.folder().join("calls")).unwrap();
    assert!(
        calls.contains("git@host.invalid git-upload-pack"),
        "{calls}"
    );

    // Where the user has not said how `ssh` is called, it is told to ask nobody.
    place
        .environment
        .retain(|(name, _)| name != "GIT_SSH_COMMAND");
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", text(repository.folder()));
    place.environment.push(("PATH".into(), path.into()));
    place.json(["install", &source]);
    let calls = std::fs::read_to_string(repository.folder().join("calls")).unwrap();
    assert!(calls.contains("-o BatchMode=yes"), "{calls}");
    assert_nothing_left(&place);
}

#[test]
fn a_server_of_ssh_lets_in_who_has_the_key_and_no_other() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    let keys = tempfile::tempdir().unwrap();
    let Some(sshd) = Sshd::start(keys.path()) else {
        return;
    };
    let mut place = place();
    place
        .environment
        .retain(|(name, _)| name != "GIT_SSH_COMMAND");
    let source = format!(
        "git+ssh://{}@127.0.0.1:{}{}#v1.0.0",
        sshd.user,
        sshd.port,
        text(&repository.bare())
    );
    // The server is not known, and nobody is asked whether it is the one.
    let error = place.error(1, ["install", &source]);
    assert_eq!(error["kind"], "refused", "{error}");
    assert_nothing_left(&place);
    let client = sshd.client.clone();
    place
        .environment
        .push(("GIT_SSH_COMMAND".into(), client.into()));
    let receipt = place.json(["install", &source]);
    assert_eq!(receipt[0]["installed"]["reference"], "refs/tags/v1.0.0");
    repository.release("1.1.0");
    let outcome = place.json(["update"]);
    assert_eq!(outcome["receipts"][0]["installed"]["version"], "1.1.0");
    assert_nothing_left(&place);
}

#[test]
fn a_tag_a_branch_a_commit_and_a_folder_are_found_and_others_are_named() {
    if !has_git() {
        return;
    }
    let repository = Repository::new();
    repository.write_extension("extensions/one/", "one", "1.0.0");
    repository.write_extension("extensions/two/", "two", "2.0.0");
    repository.write("huge", &"x".repeat(100_000));
    let first = repository.commit();
    repository.tag("v1");
    repository.write_extension("extensions/one/", "one", "1.1.0");
    repository.commit();
    repository.git(["push", "--quiet", "origin", "HEAD:refs/heads/feature/x"]);
    repository.git(["push", "--quiet", "origin", "HEAD:refs/tags/both"]);
    repository.git(["push", "--quiet", "origin", "HEAD:refs/heads/both"]);
    let (place, url) = (place(), repository.url());
    for (end, version, reference) in [
        (
            "#v1:extensions/one".to_owned(),
            "1.0.0",
            json!("refs/tags/v1"),
        ),
        ("#:extensions/one".into(), "1.1.0", json!("refs/heads/main")),
        (format!("#{first}:extensions/one"), "1.0.0", json!(null)),
        (
            "#feature/x:extensions/one/".into(),
            "1.1.0",
            json!("refs/heads/feature/x"),
        ),
        (
            "#refs/tags/both:extensions/one".into(),
            "1.1.0",
            json!("refs/tags/both"),
        ),
    ] {
        let receipt = place.json(["install", &format!("{url}{end}")]);
        let installed = &receipt[0]["installed"];
        assert_eq!(installed["version"], version, "{end}");
        assert_eq!(
            installed.get("reference").unwrap_or(&json!(null)),
            &reference
        );
        assert_eq!(installed["folder"], "extensions/one");
    }
    for (end, words, hint) in [
        ("", "has no extension at its top", "`extensions/one`"),
        (
            "#main:extensions",
            "has no extension in `extensions`",
            "`extensions/one`",
        ),
        ("#v2", "has no tag and no branch `v2`", "`v1`"),
        ("#both", "has a tag and a branch `both`", "#refs/tags/both"),
        (
            "#0123456789012345678901234567890123456789",
            "has no commit `0123456789012345678901234567890123456789`",
            "digits",
        ),
    ] {
        let error = place.error(1, ["install", &format!("{url}{end}")]);
        assert!(
            error["message"].as_str().unwrap().contains(words),
            "{error}"
        );
        assert!(error["hint"].as_str().unwrap().contains(hint), "{error}");
        assert_nothing_left(&place);
    }
    for text in [
        format!("{url}#--upload-pack=x"),
        format!("{url}#main:../x"),
        "git+ext::sh -c x".into(),
        "git+https://user:secret@example.org/a".into(),
    ] {
        let ran = place.run(["install", &text]);
        assert_eq!(ran.code, 2, "{ran:?}");
    }
}

#[test]
fn what_may_not_be_asked_is_not() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    let server = Server::start(repository.folder(), false);
    let place = place();
    let source = format!("{}/shades.git", server.address);
    for (arguments, words) in [
        (vec!["install", &source, "--offline"], "no connection"),
        (vec!["install", "git+http://192.0.2.1/a"], "plain `http`"),
        (
            vec!["install", "git+https://169.254.169.254/a"],
            "never asked",
        ),
        (vec!["install", "git+https://[fe80::1]/a"], "never asked"),
    ] {
        let error = place.error(1, arguments);
        assert!(
            error["message"].as_str().unwrap().contains(words),
            "{error}"
        );
        assert!(error["hint"].is_string(), "{error}");
    }
    std::fs::write(place.path("annexe.lock"), "version = 1\n").unwrap();
    let error = place.error(1, ["install", &source, "--locked"]);
    assert!(
        error["message"].as_str().unwrap().contains("lockfile"),
        "{error}"
    );
    assert_eq!(server.served.load(Ordering::Relaxed), 0);
    // A repository of this machine needs no connection.
    place.json(["install", &repository.url(), "--offline"]);
}

#[test]
fn a_repository_with_other_object_names_is_refused_by_name() {
    if !has_git() {
        return;
    }
    let repository = Repository::new();
    let folder = repository.folder().join("other");
    let folder = text(&folder);
    repository.git(["init", "--quiet", "--object-format=sha256", folder]);
    let commit = ["commit", "--quiet", "--allow-empty", "--message=one"];
    repository.git_in(std::path::Path::new(folder), commit);
    let error = place().error(1, ["install", &format!("git+file://{folder}")]);
    assert_eq!(error["kind"], "incompatible", "{error}");
    assert!(error.to_string().contains("SHA-256"), "{error}");
}
