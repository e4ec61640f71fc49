//! What extensions asked for that needs a grant, as the store keeps it.

use std::fs;

use annexe::{
    Extension, Host,
    capability::{Capability, ExtensionPolicy, Policy, Profile},
    store::{AuditOutcome, ExtensionStore, StoreConfiguration},
    types::ExtensionOrigin,
};
use serde_json::json;

use crate::place::{ID, Package, Place, guest_of, id};

/// A store with a guest of the newest API, under a policy.
async fn installed(policy: Policy) -> (Place, ExtensionStore) {
    let place = Place::new();
    let program =
        "[[capabilities]]\nkind = \"process:exec\"\ncommand = \"/no/such\"\nargs = [\"**\"]\n";
    let package = Package::new("1.0.0").wasm(guest_of("0.7.0"));
    place.publish(&package.add_to_manifest(program).line(|line| {
        line.capabilities =
            vec![json!({"kind": "process:exec", "command": "/no/such", "args": ["**"]})];
    }));
    place.install(&place.store(), "*").await.unwrap();
    let host = Host::builder().policy(policy).build().unwrap();
    let folder = StoreConfiguration::new(place.store_dir());
    let store = ExtensionStore::open(folder, host).unwrap();
    (place, store)
}

async fn ask(extension: &Extension, place: &Place, what: &str) {
    // Whether it can be done is another matter.
    let _ = place.ask(extension, what).await;
}

fn program(command: &str, args: &[&str]) -> Capability {
    let args = args.iter().map(|arg| (*arg).to_owned()).collect();
    Capability::ProcessExec {
        command: command.into(),
        args,
    }
}

#[tokio::test]
async fn uses_and_refusals_are_kept_and_a_loop_is_a_count() {
    let (place, store) = installed(Policy::default()).await;
    let extension = store.start(&id(ID)).await.unwrap();
    for _ in 0..500 {
        ask(&extension, &place, "process:/no/such a").await;
    }
    ask(&extension, &place, "process:/other").await;
    drop(extension);
    let entries = wait_for(&store, 501).await;
    let facts: Vec<_> = entries
        .iter()
        .map(|it| (it.request.clone(), it.outcome))
        .collect();
    let uses = (program("/no/such", &["a"]), AuditOutcome::Allowed);
    let refused = (program("/other", &[]), AuditOutcome::RefusedByManifest);
    assert!(
        facts.contains(&uses) && facts.contains(&refused),
        "{facts:?}"
    );
    assert!(entries.len() <= 4, "{entries:?}");
    for entry in entries {
        assert_eq!((entry.extension, &*entry.version), (id(ID), "1.0.0"));
        let origin = ExtensionOrigin::Registry("test".into());
        assert_eq!(entry.origin, Some(origin));
    }
    let text = fs::read_to_string(store.folder().join(format!("audit/{ID}.jsonl"))).unwrap();
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["request"]["kind"], "process:exec", "{line}");
    }
}

/// Waits until requests of so many times are written down.
async fn wait_for(store: &ExtensionStore, times: u64) -> Vec<annexe::store::AuditEntry> {
    loop {
        let entries = store.audit(&id(ID)).unwrap();
        if entries.iter().map(|entry| entry.times).sum::<u64>() >= times {
            return entries;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn grants_are_bound_to_the_registry_an_extension_comes_from() {
    for (registry, outcome) in [
        ("test", AuditOutcome::Allowed),
        ("elsewhere", AuditOutcome::RefusedByGrants),
    ] {
        let mut policy = Policy::from(Profile::Strict);
        let own = ExtensionPolicy {
            allow: vec![program("*", &["**"])],
            ..ExtensionPolicy::default()
        };
        policy.set(id(ID), ExtensionOrigin::Registry(registry.into()), own);
        let (place, store) = installed(policy).await;
        let active = store.active(&id(ID)).unwrap();
        assert_eq!(active.origin(), ExtensionOrigin::Registry("test".into()));
        let extension = store.start(&id(ID)).await.unwrap();
        ask(&extension, &place, "process:/no/such").await;
        drop(extension);
        assert_eq!(wait_for(&store, 1).await[0].outcome, outcome, "{registry}");
    }
}

/// The words of the error that a question comes to.
async fn refused(extension: &Extension, place: &Place, what: &str) -> String {
    let asked = place.ask(extension, what);
    asked.await.unwrap_err().to_string()
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_until_it_can_be() {
    let (place, store) = installed(Policy::default()).await;
    let (folder, away) = (store.folder().join("audit"), store.folder().join("away"));
    let file = folder.join(format!("{ID}.jsonl"));
    fs::write(&folder, "in the way").unwrap();
    // Whoever asks for nothing is not kept from starting.
    let extension = store.start(&id(ID)).await.unwrap();
    let program = "process:/no/such a";
    let is_refused = async |what: &str| {
        let words = refused(&extension, &place, what).await;
        assert!(
            words.contains("/no/such") && words.contains("; "),
            "{words}"
        );
        words.contains("since it cannot be recorded: failed to ")
    };
    assert!(is_refused(program).await);
    assert!(is_refused("process:/no/such b").await);
    fs::remove_file(&folder).unwrap();
    // Now it is asked for, and the program is not there.
    assert!(!is_refused(program).await);
    let facts = |entries: &[annexe::store::AuditEntry]| -> Vec<_> {
        let facts = entries
            .iter()
            .map(|it| (it.request.to_string(), it.outcome));
        facts.collect()
    };
    let (a, b) = ("run `/no/such a`".to_owned(), "run `/no/such b`".to_owned());
    let expected = [
        (a.clone(), AuditOutcome::RefusedByAudit),
        (b.clone(), AuditOutcome::RefusedByAudit),
        (a.clone(), AuditOutcome::Allowed),
    ];
    assert_eq!(facts(&store.audit(&id(ID)).unwrap()), expected);
    assert_eq!(
        fs::read_to_string(&file).unwrap().lines().count(),
        3,
        "at once"
    );

    // A folder in its place, and then nothing.
    for name in ["c", "d"] {
        fs::rename(&file, &away).unwrap();
        if name == "c" {
            fs::create_dir(&file).unwrap();
            assert!(is_refused("process:/no/such c").await);
            // What was refused by the manifest is so still, and is made up for later.
            let words = refused(&extension, &place, "process:/other").await;
            assert!(words.contains("manifest"), "{words}");
            fs::remove_dir(&file).unwrap();
        }
        assert!(!is_refused(&format!("process:/no/such {name}")).await);
        let entries = store.audit(&id(ID)).unwrap();
        let last = entries.last().unwrap();
        assert_eq!(
            (last.request.to_string(), last.outcome),
            (format!("run `/no/such {name}`"), AuditOutcome::Allowed)
        );
        assert_eq!(
            entries.len(),
            if name == "c" { 3 } else { 1 },
            "{entries:?}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_passed_over() {
    let (_yard, store) = installed(Policy::default()).await;
    let folder = store.folder().join("audit");
    fs::create_dir(&folder).unwrap();
    let line = r#"{"at":"2026-11-22T10:00:00Z","extension":"echo-server","version":"1.0.0","request":{"kind":"later:kind","more":1},"outcome":"allowed","later":true}"#;
    let text = format!("half a li\n{line}\n");
    fs::write(folder.join(format!("{ID}.jsonl")), text).unwrap();
    let entries = store.audit(&id(ID)).unwrap();
    assert_eq!((entries.len(), entries[0].times), (1, 1));
    assert!(store.known_by_log().unwrap().contains(&id(ID)));
}
