//! The gates, each on every version of the API: what is not granted is an error that names the grant, and
//! what is granted reaches the operation.

use std::sync::{Arc, Mutex};

use annexe::{
    Extension, Host, ServiceOptions,
    capability::{Capability, DeniedBy, ExtensionPolicy, Grants, Policy, Profile},
    delegate::{ExtensionEvent, ExtensionObserver},
    types::{Access, ExtensionId, ExtensionOrigin, ServerId},
};

use crate::guest::{self, Place, VERSIONS, ask, found, has, words};

/// A verb that something is asked with, the version that brought it, the capability it needs, and what a
/// refusal says.
struct Gate {
    verb: &'static str,
    since: &'static str,
    needs: fn() -> Capability,
    refusal: &'static str,
}

/// Nobody listens on port 9, so what is let through fails there.
const GATES: [Gate; 7] = [
    Gate {
        verb: "download:http://127.0.0.1:9/a/b",
        since: "0.0.1",
        needs: || Capability::DownloadFile {
            host: "127.0.0.1".into(),
            path: vec!["a".into(), "*".into()],
        },
        refusal: "the capability `download_file` to download `127.0.0.1/a/b` is not granted",
    },
    Gate {
        verb: "npm-install:@scope/none-such@1.0.0",
        since: "0.0.1",
        needs: || Capability::NpmInstall {
            package: "@scope/none-such".into(),
        },
        refusal: "the capability `npm:install` to install the package `@scope/none-such` from npm is not granted",
    },
    Gate {
        verb: "github:owner/name",
        since: "0.0.1",
        needs: || http("127.0.0.1"),
        refusal: "the capability `http` to send requests to `127.0.0.1` is not granted",
    },
    Gate {
        verb: "github-tag:owner/name v1",
        since: "0.1.0",
        needs: || http("127.0.0.1"),
        refusal: "the capability `http` to send requests to `127.0.0.1` is not granted",
    },
    Gate {
        verb: "http:http://user:secret@127.0.0.1:9/x?secret",
        since: "0.1.0",
        needs: || http("*"),
        refusal: "the capability `http` to send requests to `127.0.0.1` is not granted",
    },
    Gate {
        verb: "http-stream:http://127.0.0.1:9/",
        since: "0.1.0",
        needs: || http("127.0.0.1"),
        refusal: "the capability `http` to send requests to `127.0.0.1` is not granted",
    },
    Gate {
        verb: "process:/no/such/program x",
        since: "0.3.0",
        needs: program,
        refusal: "the capability `process:exec` to run `/no/such/program x` is not granted",
    },
];

fn http(host: &str) -> Capability {
    Capability::Http { host: host.into() }
}

fn program() -> Capability {
    Capability::ProcessExec {
        command: "/no/such/program".into(),
        args: vec!["**".into()],
    }
}

/// Writes down what an extension asked for, and who refused.
#[derive(Default)]
struct Accesses(Mutex<Vec<(Capability, Option<DeniedBy>)>>);

impl Accesses {
    fn take(&self) -> Vec<(Capability, Option<DeniedBy>)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl ExtensionObserver for Accesses {
    fn observe(&self, _: &ExtensionId, event: &ExtensionEvent) {
        if let ExtensionEvent::Access {
            request,
            refused_by,
            ..
        } = event
        {
            self.0
                .lock()
                .unwrap()
                .push(((*request).clone(), *refused_by));
        }
    }
}

/// A host that grants what a policy says, and whose GitHub is at a port nobody listens on.
fn host(policy: Policy, accesses: &Arc<Accesses>) -> Host {
    host_with(guest::services(), policy, accesses)
}

fn host_with(mut services: ServiceOptions, policy: Policy, accesses: &Arc<Accesses>) -> Host {
    services.github.api = Some("http://127.0.0.1:9/".parse().unwrap());
    guest::builder()
        .policy(policy)
        .services(services)
        .observer(accesses.clone())
        .build()
        .unwrap()
}

async fn start(host: &Host, version: &str, place: &Place) -> Extension {
    guest::start_with(host, version, place, vec![program()]).await
}

#[tokio::test]
async fn what_is_not_granted_is_an_error_that_names_the_grant_and_nothing_is_done() {
    let accesses = Arc::new(Accesses::default());
    let host = host(Profile::Strict.into(), &accesses);
    for version in VERSIONS {
        let place = Place::new();
        let extension = start(&host, version, &place).await;
        let gates = GATES.iter().filter(|gate| has(version, gate.since));
        let mut calls = 1;
        for gate in gates {
            let message = words(ask(&extension, &place, gate.verb).await);
            assert!(message.contains(gate.refusal), "{version}: {message}");
            assert!(!message.contains("secret"), "{version}: {message}");
            let told = accesses.take();
            let [(request, refused_by)] = told.as_slice() else {
                panic!("{version} {}: {told:?}", gate.verb)
            };
            assert_eq!(*refused_by, Some(DeniedBy::Grants), "{version}");
            assert!((gate.needs)().covers(request), "{version}: {request}");
            calls += 1;
        }
        let count = found(&extension, &place, "count").await.unwrap();
        assert_eq!(count, [calls.to_string()], "{version}: the same instance");
        let written = std::fs::read_dir(place.work_dir()).unwrap().count();
        assert_eq!(written, 0, "{version}");
    }
}

#[tokio::test]
async fn what_is_granted_one_by_one_reaches_the_operation() {
    let accesses = Arc::new(Accesses::default());
    for gate in &GATES {
        let grants = Grants::from(vec![(gate.needs)()]);
        let host = host(grants.into(), &accesses);
        for version in guest::since(gate.since) {
            let place = Place::new();
            let extension = start(&host, version, &place).await;
            let message = words(ask(&extension, &place, gate.verb).await);
            assert!(!message.contains("granted"), "{version}: {message}");
            let told = accesses.take();
            let first = told.first().unwrap();
            assert_eq!(first.1, None, "{version} {}", gate.verb);
            assert!((gate.needs)().covers(&first.0), "{version}: {told:?}");
        }
    }
}

#[tokio::test]
async fn what_is_denied_is_refused_whatever_else_allows_it() {
    let accesses = Arc::new(Accesses::default());
    for gate in &GATES {
        let denying = Grants::all().without([(gate.needs)()]);
        let host = host(denying.into(), &accesses);
        for version in guest::since(gate.since) {
            let place = Place::new();
            let extension = start(&host, version, &place).await;
            let message = words(ask(&extension, &place, gate.verb).await);
            assert!(message.contains(gate.refusal), "{version}: {message}");
        }
    }
}

/// What is asked at an address of this machine or of its link, and the grant that it is refused for the lack of.
const PRIVATE: [(&str, &str, &str); 9] = [
    (
        "download:http://127.0.0.1:8/a/b",
        "0.0.1",
        "download_file 127.0.0.1 a b",
    ),
    (
        "download:http://[::1]:9/",
        "0.0.1",
        "download_file [::1] **",
    ),
    ("http:http://127.0.0.1:8/", "0.1.0", "http 127.0.0.1"),
    (
        "http:http://[::ffff:127.0.0.1]:8/",
        "0.1.0",
        "http 127.0.0.1",
    ),
    ("http:http://0x7f.1:8/", "0.1.0", "http 127.0.0.1"),
    ("http-stream:http://127.0.0.2:9/", "0.1.0", "http 127.0.0.2"),
    ("http:http://localhost:8/", "0.1.0", "http localhost"),
    ("http:http://10.0.0.1:9/", "0.1.0", "http 10.0.0.1"),
    ("http:http://100.64.0.1:9/", "0.1.0", "http 100.64.0.1"),
];

#[tokio::test]
async fn a_private_address_needs_a_grant_that_names_it() {
    let accesses = Arc::new(Accesses::default());
    let no_rule = ServiceOptions::default;
    let by_default = host_with(no_rule(), Policy::default(), &accesses);
    // That all hosts are granted, or one by its name, says nothing of where it is.
    let named = [
        "http example.org",
        "http *.localhost",
        "http *",
        "download_file example.org",
    ];
    let named = named.map(|rule| Capability::from_short(rule).unwrap());
    let named = host_with(no_rule(), Grants::all().with(named).into(), &accesses);
    for version in VERSIONS {
        let place = Place::new();
        for host in [&by_default, &named] {
            let extension = start(host, version, &place).await;
            for (verb, since, grant) in PRIVATE {
                if !has(version, since) {
                    continue;
                }
                let message = words(ask(&extension, &place, verb).await);
                assert!(
                    message.contains("is at the private address"),
                    "{version} {verb}: {message}"
                );
                let rule = "under `[http]` in the configuration";
                assert!(
                    message.contains("grant `{") && message.contains(rule),
                    "{message}"
                );
                let told = accesses.take();
                let (request, refused_by) = told.last().unwrap();
                assert_eq!(*refused_by, Some(DeniedBy::Address), "{version} {verb}");
                let needed = Capability::from_short(grant).unwrap();
                let is_local = grant.ends_with("localhost");
                assert!(
                    is_local || needed.covers(request),
                    "{version} {verb}: {request}"
                );
            }
            // GitHub is where the options say that it is.
            let message = words(ask(&extension, &place, "github:owner/name").await);
            assert!(
                message.contains("cannot be reached"),
                "{version}: {message}"
            );
            accesses.take();
        }
    }
    let rule = "0.0.0.0/0 ::/0"
        .split(' ')
        .map(|rule| rule.parse().unwrap());
    let mut ruled = ServiceOptions::default();
    ruled.http.private = rule.collect();
    let ruled = host_with(ruled, Policy::default(), &accesses);
    for (verb, since, grant) in PRIVATE
        .into_iter()
        .filter(|(verb, ..)| !verb.contains(":9/"))
    {
        let grants = Grants::all().with([Capability::from_short(grant).unwrap()]);
        let granted = host_with(ServiceOptions::default(), grants.into(), &accesses);
        for version in guest::since(since) {
            let place = Place::new();
            for host in [&granted, &ruled] {
                let extension = start(host, version, &place).await;
                let message = words(ask(&extension, &place, verb).await);
                assert!(
                    message.contains("cannot be reached"),
                    "{version} {verb}: {message}"
                );
            }
        }
    }
}

#[tokio::test]
async fn nothing_allows_the_addresses_of_a_link_or_of_a_clouds_metadata() {
    let accesses = Arc::new(Accesses::default());
    let mut services = ServiceOptions::default();
    let rules = ["*", "0.0.0.0/0", "::/0"];
    services.http.private = rules.map(|rule| rule.parse().unwrap()).into();
    services.http.configured = vec!["http://169.254.169.254/".parse().unwrap()];
    let named = [
        "http 169.254.169.254",
        "download_file 169.254.169.254",
        "http [fe80::1]",
    ];
    let named = named.map(|rule| Capability::from_short(rule).unwrap());
    let host = host_with(services, Grants::all().with(named).into(), &accesses);
    for version in VERSIONS {
        let place = Place::new();
        let extension = start(&host, version, &place).await;
        for (verb, since) in [
            ("download:http://169.254.169.254/latest/meta-data/", "0.0.1"),
            ("http:http://169.254.169.254/latest/meta-data/", "0.1.0"),
            ("http:http://[::ffff:169.254.169.254]/", "0.1.0"),
            ("http:http://0xa9fea9fe/", "0.1.0"),
            ("http-stream:http://[fe80::1]/", "0.1.0"),
            ("http:http://100.100.100.200/", "0.1.0"),
            ("http:http://metadata.google.internal/", "0.1.0"),
        ] {
            if has(version, since) {
                let message = words(ask(&extension, &place, verb).await);
                assert!(
                    message.contains("which is never asked"),
                    "{version} {verb}: {message}"
                );
                let told = accesses.take();
                assert_eq!(
                    told.last().unwrap().1,
                    Some(DeniedBy::Always),
                    "{version} {verb}"
                );
            }
        }
    }
}

#[tokio::test]
async fn no_name_gets_round_an_address_that_is_denied() {
    let accesses = Arc::new(Accesses::default());
    let denied = [
        "http 127.0.0.1",
        "http [::1]",
        "download_file 127.0.0.1",
        "download_file [::1]",
    ];
    let denied = denied.map(|rule| Capability::from_short(rule).unwrap());
    let host = host(Grants::all().without(denied).into(), &accesses);
    for version in VERSIONS {
        let place = Place::new();
        let extension = start(&host, version, &place).await;
        for (verb, since) in [
            ("download:http://localhost:8/a", "0.0.1"),
            ("http:http://localhost:8/", "0.1.0"),
            ("http-stream:http://LOCALHOST:8/", "0.1.0"),
        ] {
            if has(version, since) {
                let message = words(ask(&extension, &place, verb).await);
                assert!(
                    message.contains("`, which is denied"),
                    "{version} {verb}: {message}"
                );
                let told = accesses.take();
                assert_eq!(
                    told.last().unwrap().1,
                    Some(DeniedBy::Grants),
                    "{version} {verb}"
                );
            }
        }
    }
}

#[tokio::test]
async fn no_spelling_gets_round_what_is_denied() {
    let accesses = Arc::new(Accesses::default());
    let repository = Capability::DownloadFile {
        host: "github.com".into(),
        path: vec!["owner".into(), "name".into(), "**".into()],
    };
    let local = Capability::DownloadFile {
        host: "127.0.0.1".into(),
        path: vec!["**".into()],
    };
    let denying = Grants::all().without([repository, local, http("127.0.0.1")]);
    let host = host(denying.into(), &accesses);
    for version in VERSIONS {
        let place = Place::new();
        let extension = start(&host, version, &place).await;
        let addresses = [
            "https://github.com//owner/name/x",
            "https://github.com/OWNER/Name/x",
            "https://github.com/owner%2Fname/x",
            "https://GITHUB.com./%6fwner/name//x",
            "http://[::ffff:127.0.0.1]:9/x",
            "http://0x7f.1:9/x",
        ];
        let downloads = addresses.map(|address| format!("download:{address}"));
        let requests = ["http://[::ffff:7f00:1]:9/", "http://2130706433:9/"];
        let requests = requests.map(|address| format!("http:{address}"));
        let requests = requests.iter().filter(|_| has(version, "0.1.0"));
        for verb in downloads.iter().chain(requests) {
            let message = words(ask(&extension, &place, verb).await);
            assert!(
                message.contains("is not granted"),
                "{version} {verb}: {message}"
            );
        }
    }
}

#[tokio::test]
async fn a_program_needs_the_word_of_the_manifest_whatever_is_granted() {
    let accesses = Arc::new(Accesses::default());
    let host = host(Policy::default(), &accesses);
    for version in guest::since("0.3.0") {
        let place = Place::new();
        let extension = start(&host, version, &place).await;
        let message = words(ask(&extension, &place, "process:/no/other x").await);
        assert!(message.contains("manifest"), "{version}: {message}");
        let told = accesses.take();
        assert_eq!(told[0].1, Some(DeniedBy::Manifest), "{version}");
    }
}

#[tokio::test]
async fn a_guest_sees_the_variables_it_is_granted_and_no_others() {
    let accesses = Arc::new(Accesses::default());
    let env = |name: &str| Capability::Env { name: name.into() };
    for (grants, seen, refused_by) in [
        (Grants::none(), &[][..], Some(DeniedBy::Grants)),
        (
            Grants::from(vec![env("NAME")]),
            &["NAME"][..],
            Some(DeniedBy::Grants),
        ),
        (
            Grants::from(vec![env("N*"), env("PATH")]),
            &["NAME", "PATH"][..],
            None,
        ),
        (Grants::all(), &["NAME", "PATH"][..], None),
        (
            Grants::all().without([env("PA*")]),
            &["NAME"][..],
            Some(DeniedBy::Grants),
        ),
    ] {
        let any = Capability::ProcessExec {
            command: "*".into(),
            args: vec!["**".into()],
        };
        let host = host(grants.with([any]).into(), &accesses);
        for version in VERSIONS {
            let place = Place::new();
            let extension = start(&host, version, &place).await;
            let asked = ServerId::new("echo", "Rust");
            let answer = extension.language_server_command(asked, place.worktree());
            let env_seen = answer.await.unwrap().env;
            let names: Vec<_> = env_seen.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, seen, "{version}");
            // The answer itself is one that is to be started.
            let told = accesses.take();
            assert_eq!(told[0], (env("*"), refused_by), "{version}");
            assert_eq!((told.len(), told[1].1), (2, None), "{version}");
        }
    }
}

#[tokio::test]
async fn a_folder_that_is_granted_is_mounted_for_that_extension_alone() {
    let accesses = Arc::new(Accesses::default());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("note"), "of the machine").unwrap();
    let mount = Capability::Mount {
        host: folder.path().to_owned(),
        guest: "/models".parse().unwrap(),
        access: Access::ReadOnly,
    };
    let own = ExtensionPolicy {
        allow: vec![mount.clone()],
        ..ExtensionPolicy::default()
    };
    let mut policy = Policy::default();
    policy.set("guest".parse().unwrap(), ExtensionOrigin::Program, own);
    let host = host(policy, &accesses);
    for version in VERSIONS {
        let place = Place::new();
        let component = host.compile(guest::wasm(version)).await.unwrap();
        let extension = host
            .start(&component, place.identity("guest"))
            .await
            .unwrap();
        assert_eq!(accesses.take(), [(mount.clone(), None)], "{version}");
        let read = found(&extension, &place, "file:/models/note").await;
        assert_eq!(read.unwrap(), ["of the machine"], "{version}");
        let written = found(&extension, &place, "write:/models/note").await;
        words(written);

        // The same id from elsewhere, and another id.
        let mut elsewhere = place.identity("guest");
        elsewhere.origin = ExtensionOrigin::Registry("other".into());
        for identity in [elsewhere, place.identity("another")] {
            let extension = host.start(&component, identity).await.unwrap();
            words(found(&extension, &place, "file:/models/note").await);
            assert_eq!(accesses.take(), [], "{version}");
        }
    }
}
