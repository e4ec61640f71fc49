//! Updates of what came from repositories.

use std::sync::atomic::Ordering;

use crate::{
    repository::{Repository, assert_nothing_left, has_git, place},
    server::Server,
    support::place::Place,
};

fn version(place: &Place, id: &str) -> String {
    let list = place.json(["list"]);
    let all = list.as_array().unwrap();
    let one = all.iter().find(|it| it["id"] == id).unwrap();
    one["version"].as_str().unwrap().to_owned()
}

/// Why one extension was not updated.
fn reason(outcome: &serde_json::Value) -> String {
    outcome["skipped"][0]["reason"].as_str().unwrap().to_owned()
}

#[test]
fn a_tag_is_followed_to_the_greatest_of_its_form() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    let place = place();
    place.ok(["install", &format!("{}#v1.0.0", repository.url())]);
    let outcome = place.json(["update"]);
    assert_eq!(reason(&outcome), "is up to date");
    repository.release("1.10.0");
    repository.release("1.9.0");
    repository.release("2.0.0-rc.1");
    repository.tag("other-9.0.0");
    let error = place.error(1, ["update", "--locked", "--lockfile", "none.lock"]);
    assert!(
        error["message"].as_str().unwrap().contains("lock"),
        "{error}"
    );
    let outdated = place.json(["outdated"]);
    assert_eq!(outdated["repositories"][0]["newer"], "refs/tags/v1.10.0");
    assert_eq!(outdated["unknown"], serde_json::json!([]));
    assert_eq!(place.run(["outdated", "--exit-code"]).code, 1);
    assert!(place.ok(["outdated"]).contains("v1.10.0"));
    let explained = place.ok(["explain", "shades"]);
    assert!(
        explained.contains("the tag `v1.10.0` is newer"),
        "{explained}"
    );
    assert!(place.json(["explain", "shades"])["git"].is_string());
    let outcome = place.json(["update", "--dry-run"]);
    assert_eq!(outcome["receipts"][0]["installed"]["version"], "1.10.0");
    assert_eq!(version(&place, "shades"), "1.0.0");
    let outcome = place.json(["update"]);
    let installed = &outcome["receipts"][0]["installed"];
    assert_eq!(installed["version"], "1.10.0");
    assert_eq!(installed["reference"], "refs/tags/v1.10.0");
    assert_eq!(
        place.json(["history"])[0]["reason"],
        "update shades 1.0.0 to 1.10.0"
    );
    place.ok(["pin", "shades"]);
    repository.release("1.11.0");
    assert_eq!(reason(&place.json(["update"])), "is pinned");
    place.ok(["unpin", "shades"]);
    place.ok(["lock"]);
    let error = place.error(1, ["update", "--locked"]);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("would be updated to the tag `v1.11.0`"),
        "{error}"
    );
    let offline = place.json(["update", "--offline"]);
    // A folder of this machine needs no connection.
    assert_eq!(offline["receipts"][0]["installed"]["version"], "1.11.0");
    assert_nothing_left(&place);
}

#[test]
fn a_branch_is_followed_to_its_head_and_a_commit_to_nothing() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    let commit = repository.git(["rev-parse", "HEAD"]);
    let place = place();
    place.ok(["install", &format!("{}#{commit}", repository.url())]);
    repository.release("1.1.0");
    let outcome = place.json(["update"]);
    assert_eq!(
        reason(&outcome),
        format!(
            "was installed as the commit {}, which has no later one",
            &commit[..10]
        )
    );
    place.ok(["install", &repository.url()]);
    let head = repository.release("1.2.0");
    let outcome = place.json(["update", "shades"]);
    assert_eq!(outcome["receipts"][0]["installed"]["revision"], head);
    assert_eq!(version(&place, "shades"), "1.2.0");
    repository.git_in(&repository.bare(), ["update-ref", "-d", "refs/heads/main"]);
    let outcome = place.json(["update"]);
    assert!(
        reason(&outcome).contains("has the branch `main` no longer"),
        "{outcome}"
    );
}

#[test]
fn a_tag_that_moved_is_named_and_nothing_is_taken_silently() {
    if !has_git() {
        return;
    }
    let repository = Repository::themes("1.0.0");
    let place = place();
    let source = format!("{}#v1.0.0", repository.url());
    place.ok(["install", &source]);
    let before = place.json(["list"]);
    repository.write(
        "themes/one.json",
        "{\"name\": \"Two\", \"author\": \"A\", \"themes\": []}",
    );
    let moved = repository.commit();
    repository.tag("v1.0.0");
    let ran = place.run([
        "update",
        "--json",
        "--accept-build",
        "--accept-capabilities",
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let words = format!(
        "points to the commit {} by now, under the same name",
        &moved[..10]
    );
    assert!(ran.stderr.contains(&words), "{ran:?}");
    assert!(
        ran.stdout.contains(&words) && ran.stdout.contains("annexe install"),
        "{ran:?}"
    );
    assert_eq!(place.json(["list"]), before);
    assert_eq!(place.json(["outdated"])["repositories"][0]["moved"], true);
    // Who asks for it gets it.
    place.ok(["install", &source]);
    assert_eq!(place.json(["list"])[0]["revision"], moved);
}

#[test]
fn a_repository_that_cannot_be_asked_holds_none_of_the_others_back() {
    if !has_git() {
        return;
    }
    let (here, away) = (Repository::themes("1.0.0"), Repository::new());
    away.write_extension("", "away", "1.0.0");
    away.commit();
    let server = Server::start(away.folder(), false);
    let place = place();
    place.ok([
        "install",
        &here.url(),
        &format!("{}/shades.git", server.address),
    ]);
    here.release("1.1.0");
    std::fs::rename(away.bare(), away.folder().join("gone")).unwrap();
    let ran = place.run(["update"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr
            .contains("`away` 1.0.0 stays: there is no repository at"),
        "{ran:?}"
    );
    assert_eq!(version(&place, "shades"), "1.1.0");
    let asked = server.served.load(Ordering::Relaxed);
    let outcome = place.json(["update", "--offline", "away"]);
    assert!(
        reason(&outcome).contains("no connection may be opened"),
        "{outcome}"
    );
    assert_eq!(server.served.load(Ordering::Relaxed), asked);
}
