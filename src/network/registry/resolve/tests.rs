use std::time::Duration;

use semver::Version;
use serde_json::{Value, json};

use super::super::line::Channel;
use super::*;
use crate::base::hint::Hint as _;
use crate::network::registry::line::tests::version_json;

fn serves(family: &str, api: &Version) -> Result<(), String> {
    if family == "extension" && *api < Version::new(0, 8, 0) {
        Ok(())
    } else {
        Err("this host serves 0.0.1 to 0.7".into())
    }
}

fn host() -> HostSupport<'static> {
    let version = "0.2.0-dev".parse().unwrap();
    let mut host = HostSupport::new(&serves, 0..=1, version, "linux-x86_64".into());
    host.now = "2026-11-25T10:00:00Z".parse().unwrap();
    host
}

fn index(changes: &[(&str, Value)]) -> IndexFile {
    let mut content = String::new();
    for (version, change) in changes {
        let mut line = version_json("toml", version);
        for (key, value) in change
            .as_object()
            .unwrap()
            .iter()
            .filter(|(key, _)| *key != "state")
        {
            line[key] = value.clone();
        }
        content.push_str(&format!("{line}\n"));
        if let Some(state) = change.get("state") {
            let at = "2026-11-23T10:00:00Z";
            let line =
                json!({"v": 1, "state": state, "version": version, "reason": "it hangs", "at": at});
            content.push_str(&format!("{line}\n"));
        }
    }
    IndexFile::parse(&"toml".parse().unwrap(), content.as_bytes())
}

fn chosen(index: &IndexFile, requirement: &str, host: &HostSupport<'_>) -> Option<String> {
    let resolution = resolve(index, &requirement.parse().unwrap(), host).ok()?;
    Some(resolution.chosen.version.to_string())
}

#[test]
fn a_prerelease_will_do_where_there_is_nothing_else_and_the_registry_does_not_tell_it_from_a_release()
 {
    let mut only = index(&[("0.0.1-alpha", json!({})), ("0.0.1-alpha.1", json!({}))]);
    assert_eq!(chosen(&only, "*", &host()), None);
    only.prereleases_will_do = true;
    let newest = Some("0.0.1-alpha.1".to_owned());
    assert_eq!(chosen(&only, "*", &host()), newest);
    assert_eq!(chosen(&only, "1", &host()), None);
    // There may be a release behind the newest.
    only.newest_only = true;
    assert_eq!(chosen(&only, "*", &host()), None);
    let mut both = index(&[("1.0.0", json!({})), ("1.1.0-rc.1", json!({}))]);
    both.prereleases_will_do = true;
    assert_eq!(chosen(&both, "*", &host()), Some("1.0.0".to_owned()));
}

#[test]
fn the_greatest_version_that_is_left_is_chosen_and_the_others_keep_their_reasons() {
    let index = index(&[
        ("1.9.0", json!({})),
        ("1.10.0", json!({})),
        ("2.0.0", json!({"api": "0.9.0"})),
        ("2.1.0", json!({"schema": 2})),
        ("2.2.0", json!({"state": "blocked"})),
        ("2.3.0", json!({"state": "yanked"})),
        ("2.4.0", json!({"channel": "preview"})),
        ("2.5.0", json!({"requires": {"host": ">=3"}})),
        (
            "2.6.0",
            json!({"requires": {"platforms": ["macos", "linux-x86"]}}),
        ),
        ("2.7.0", json!({"family": "producer"})),
    ]);
    let resolution = resolve(&index, &VersionRequirement::STAR, &host()).unwrap();
    assert_eq!(resolution.chosen.version, ExtensionVersion::new(1, 10, 0));
    let reasons: Vec<String> = resolution
        .rejected
        .iter()
        .map(Rejected::to_string)
        .collect();
    assert_eq!(
        reasons,
        [
            "2.7.0 needs producer API 0.6.0, this host serves 0.0.1 to 0.7",
            "2.6.0 works on macos, linux-x86, this is linux-x86_64",
            "2.5.0 needs a host `>=3`, this one is 0.2.0-dev",
            "2.4.0 is a preview",
            "2.3.0 was yanked: it hangs",
            "2.2.0 is blocked: it hangs",
            "2.1.0 needs manifest schema 2, this host reads 0 to 1",
            "2.0.0 needs extension API 0.9.0, this host serves 0.0.1 to 0.7",
        ]
    );
}

#[test]
fn a_pre_release_is_taken_only_when_asked_for() {
    let index = index(&[("1.0.0", json!({})), ("1.1.0-rc.1", json!({}))]);
    assert_eq!(chosen(&index, "1", &host()).unwrap(), "1.0.0");
    assert_eq!(chosen(&index, "1.1.0-rc.1", &host()).unwrap(), "1.1.0-rc.1");
    let mut preview = host();
    preview.channel = Channel::Preview;
    assert_eq!(chosen(&index, "1", &preview).unwrap(), "1.1.0-rc.1");
    assert_eq!(chosen(&index, "<1.1", &preview).unwrap(), "1.0.0");
    let candidates = candidates(&index, &VersionRequirement::STAR, &host());
    assert_eq!(candidates[0].to_string(), "1.1.0-rc.1 is a preview");
}

#[test]
fn a_preview_is_taken_by_those_who_name_it() {
    let preview = || json!({"channel": "preview"});
    let index = index(&[("1.0.0", preview()), ("1.1.0-rc.1", preview())]);
    assert_eq!(chosen(&index, "*", &host()), None);
    assert_eq!(chosen(&index, "1.0.0", &host()), None);
    assert_eq!(chosen(&index, "=1.0.0", &host()).unwrap(), "1.0.0");
    assert_eq!(chosen(&index, "^1.1.0-rc", &host()).unwrap(), "1.1.0-rc.1");
}

#[test]
fn the_one_yanked_version_that_is_in_use_is_taken_and_a_blocked_one_never() {
    let index = index(&[
        ("1.0.0", json!({"state": "yanked"})),
        ("1.1.0", json!({"state": "blocked"})),
        ("1.2.0", json!({"state": "yanked"})),
    ]);
    assert_eq!(chosen(&index, "=1.0.0", &host()), None);
    let mut allowing = host();
    allowing.yanked = Some(ExtensionVersion::new(1, 0, 0));
    assert_eq!(chosen(&index, "1", &allowing).unwrap(), "1.0.0");
    assert_eq!(chosen(&index, "=1.2.0", &allowing), None);
    allowing.yanked = Some(ExtensionVersion::new(1, 1, 0));
    assert_eq!(chosen(&index, "=1.1.0", &allowing), None);
}

#[test]
fn a_version_without_a_component_needs_no_api() {
    let index = index(&[("1.0.0", json!({"api": null, "family": "unheard-of"}))]);
    assert_eq!(chosen(&index, "*", &host()).unwrap(), "1.0.0");
}

#[test]
fn a_refusal_says_what_there_is() {
    let one = index(&[("1.0.0", json!({})), ("2.0.0", json!({"api": "0.9.0"}))]);
    let error = resolve(&one, &"3".parse().unwrap(), &host()).unwrap_err();
    assert_eq!(error.hint().unwrap(), "the registry has 2.0.0, 1.0.0");
    let error = resolve(&one, &"2".parse().unwrap(), &host()).unwrap_err();
    assert_eq!(
        error.hint().unwrap(),
        "2.0.0 needs extension API 0.9.0, this host serves 0.0.1 to 0.7"
    );
    let error = resolve(&index(&[]), &VersionRequirement::STAR, &host()).unwrap_err();
    assert_eq!(
        error.hint().unwrap(),
        "nothing has been published of it yet"
    );
}

#[test]
fn every_version_is_judged_in_words() {
    let index = index(&[
        ("1.0.0", json!({})),
        ("1.2.0", json!({"state": "yanked"})),
        ("1.3.0", json!({})),
        ("1.4.0", json!({"api": "0.9.0"})),
        ("2.0.0", json!({})),
    ]);
    let words: Vec<String> = candidates(&index, &"1".parse().unwrap(), &host())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        words,
        [
            "2.0.0 is not in `^1`",
            "1.4.0 needs extension API 0.9.0, this host serves 0.0.1 to 0.7",
            "1.3.0 is taken",
            "1.2.0 was yanked: it hangs",
            "1.0.0 would do, but 1.3.0 is greater",
        ]
    );
}

#[test]
fn a_version_waits_for_its_age_unless_it_is_asked_for_exactly() {
    let index = index(&[
        ("1.0.0", json!({"published": "2026-11-22T10:00:00Z"})),
        ("1.1.0", json!({"published": "2026-11-22T10:00:01Z"})),
        ("1.2.0", json!({"published": "2027-01-01T00:00:00Z"})),
    ]);
    assert_eq!(chosen(&index, "1", &host()).unwrap(), "1.2.0");
    let mut patient = host();
    patient.minimum_age = Duration::from_secs(3 * 86_400);
    assert_eq!(chosen(&index, "1", &patient).unwrap(), "1.0.0");
    assert_eq!(chosen(&index, "=1.2.0", &patient).unwrap(), "1.2.0");
    assert_eq!(chosen(&index, "=1.2", &patient), None);
    let error = resolve(&index, &">1.0.0, <1.2.0".parse().unwrap(), &patient).unwrap_err();
    assert_eq!(
        error.hint().unwrap(),
        "1.1.0 was published at 2026-11-22T10:00:01Z, less than 3 days ago\n\
         ask for `=1.1.0` to take it all the same"
    );
}

#[test]
fn a_version_that_did_not_start_is_tried_again_only_when_asked_for_exactly() {
    let index = index(&[("1.0.0", json!({})), ("1.1.0+build", json!({}))]);
    let mut host = host();
    host.failed = vec![ExtensionVersion::new(1, 1, 0)];
    assert_eq!(chosen(&index, "1", &host).unwrap(), "1.0.0");
    assert_eq!(chosen(&index, "=1.1.0", &host).unwrap(), "1.1.0+build");
    let judged = &candidates(&index, &VersionRequirement::STAR, &host)[0];
    assert_eq!(
        judged.to_string(),
        "1.1.0+build did not start on this machine"
    );
}

#[test]
fn only_the_pinned_version_will_do() {
    let index = index(&[("1.0.0", json!({})), ("1.1.0", json!({"api": "0.9.0"}))]);
    let mut host = host();
    host.pinned = Some(ExtensionVersion::new(1, 0, 0));
    assert_eq!(chosen(&index, "1", &host).unwrap(), "1.0.0");
    let error = resolve(&index, &"=1.1.0".parse().unwrap(), &host).unwrap_err();
    assert_eq!(
        error.hint().unwrap(),
        "1.1.0 is not 1.0.0, to which it is pinned"
    );
}

#[test]
fn a_limit_on_apis_leaves_what_needs_none_alone() {
    let index = index(&[
        ("1.0.0", json!({"api": "0.1.0"})),
        ("1.1.0", json!({"api": "0.6.0"})),
    ]);
    let mut host = host();
    host.api_limit = Some("<0.6".parse().unwrap());
    assert_eq!(chosen(&index, "1", &host).unwrap(), "1.0.0");
    assert_eq!(
        candidates(&index, &VersionRequirement::STAR, &host)[0].to_string(),
        "1.1.0 needs extension API 0.6.0, this host is limited to `<0.6`"
    );
    let without = self::index(&[("1.0.0", json!({"api": null}))]);
    assert_eq!(chosen(&without, "1", &host).unwrap(), "1.0.0");
}

#[test]
fn versions_as_published_are_put_in_order_and_named_as_they_are() {
    let published = [
        "26.04.06",
        "0.0.1",
        "2025.08.0",
        "v0.0.2",
        "1.0",
        "25.12.31",
        "1.1",
    ];
    let index = index(&published.map(|version| (version, json!({}))));
    let judged: Vec<String> = candidates(&index, &VersionRequirement::STAR, &host())
        .iter()
        .map(|candidate| candidate.line.version.to_string())
        .collect();
    let falling = [
        "2025.08.0",
        "26.04.06",
        "25.12.31",
        "1.1",
        "1.0",
        "v0.0.2",
        "0.0.1",
    ];
    assert_eq!(judged, falling);
    for (asked, version) in [
        ("1.0", "1.0"),
        ("=1.0", "1.0"),
        ("1", "1.1"),
        ("1.0.0", "1.1"),
        ("=1.0.0", "1.0"),
        ("v0.0.2", "v0.0.2"),
        ("=0.0.2", "v0.0.2"),
        ("V0.0.1", "0.0.1"),
        ("26.04.06", "26.04.06"),
        (">=25, <2000", "26.04.06"),
        ("2025.08", "2025.08.0"),
        ("=2025.8.0", "2025.08.0"),
        ("2025.8", "2025.08.0"),
    ] {
        assert_eq!(
            chosen(&index, asked, &host()).as_deref(),
            Some(version),
            "{asked}"
        );
    }
    let error = resolve(&index, &"v3".parse().unwrap(), &host()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no version of `toml` can be installed for the requirement `^3`"
    );
}

#[test]
fn the_hint_names_a_version_that_can_be_asked_for() {
    let mut patient = host();
    patient.minimum_age = Duration::from_secs(3 * 86_400);
    for published in ["1.0", "v1", "2025.08.0", "1.2.3.4"] {
        let young = json!({"published": "2026-11-25T09:00:00Z"});
        let index = index(&[(published, young)]);
        let error = resolve(&index, &VersionRequirement::STAR, &patient).unwrap_err();
        let hint = error.hint().unwrap();
        let ends = format!("ask for `={published}` to take it all the same");
        assert!(hint.ends_with(&ends), "{hint}");
        assert_eq!(
            chosen(&index, &format!("={published}"), &patient).unwrap(),
            published
        );
    }
}
