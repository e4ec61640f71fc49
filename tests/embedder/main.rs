//! An embedder with API families of its own: an editor whose plugins have a world in two versions, and core modules.
//! Its extensions are supervised, limited, cached, installed and updated as those of every other family.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of the tests that fails fails its test"
)]

mod abacus;
mod buffer;
mod editor;
mod installing;
mod place;
#[path = "../support/mod.rs"]
mod support;

use annexe::{
    CallError, CodeOrigin, EngineError, Hint, HostError, LimitExceeded,
    api::{Adapter, Failure, Families, World, wasmtime},
    version::{ComponentError, UnsupportedApi},
};

use abacus::{Abacus, Frame, Magpie, Table, world};
use buffer::Buffer;
use editor::{Quill, names, run};
use place::{Place, module, plugin};

#[tokio::test]
async fn both_versions_run_behind_one_trait() {
    let place = Place::new();
    let one = place.start(plugin("1.0.0")).await;
    let two = place.start(plugin("2.0.0")).await;
    assert_eq!((one.family(), one.role()), ("quill", "plugin"));
    assert_eq!(
        (one.adapter(), two.adapter()),
        ("since_v1_0_0", "since_v2_0_0")
    );
    assert_eq!(run(&one, "hello", "").await.unwrap(), "hello");
    assert_eq!(run(&two, "hello", "world").await.unwrap(), "world");
    // What a version lacks has the answer that the embedder's own trait gives.
    assert_eq!(names(&one).await.unwrap(), [""; 0]);
    assert_eq!(names(&two).await.unwrap(), ["insert", "echo"]);
}

#[tokio::test]
async fn the_editors_own_function_is_called_and_its_error_is_the_guests() {
    let place = Place::new();
    let one = place.start(plugin("1.0.0")).await;
    let two = place.start(plugin("2.0.0")).await;
    assert_eq!(run(&one, "ink", "").await.unwrap(), "ink");
    assert_eq!(run(&two, "insert", "first").await.unwrap(), "ink");
    assert_eq!(place.buffer.lines(), ["first", "ink"]);
    let refused = run(&two, "insert", "a secret").await.unwrap_err();
    let CallError::Guest { message, .. } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(message, "`a secret` has no place in this buffer");
    assert_eq!(place.heard(), ["insert", "insert", "insert"]);
}

#[tokio::test]
async fn a_trap_is_the_end_of_one_instance() {
    let place = Place::new();
    let one = place.start(plugin("1.0.0")).await;
    assert_eq!(run(&one, "count", "").await.unwrap(), "1");
    assert_eq!(run(&one, "count", "").await.unwrap(), "2");
    let trapped = run(&one, "trap", "").await.unwrap_err();
    assert!(matches!(trapped, CallError::Trap { .. }), "{trapped:?}");
    assert_eq!(run(&one, "count", "").await.unwrap(), "1");
    assert_eq!((one.health().restarts, one.health().faults), (1, 1));
}

#[tokio::test]
async fn one_that_stops_again_and_again_is_suspended() {
    let place = Place::new();
    let two = place.start(plugin("2.0.0")).await;
    for _ in 0..6 {
        run(&two, "trap", "").await.unwrap_err();
    }
    let suspended = run(&two, "echo", "x").await.unwrap_err();
    assert!(
        matches!(suspended, CallError::Suspended { .. }),
        "{suspended:?}"
    );
    two.reset();
    assert_eq!(run(&two, "echo", "x").await.unwrap(), "x");
}

#[tokio::test]
async fn the_familys_limits_hold() {
    let place = Place::new();
    let one = place.start(plugin("1.0.0")).await;
    let stopped = run(&one, "loop", "").await.unwrap_err();
    let CallError::Limit(LimitExceeded::GuestTime(time)) = stopped else {
        panic!("{stopped:?}")
    };
    assert_eq!(time.as_millis(), 100);
    let stopped = run(&one, "grow", "").await.unwrap_err();
    assert_eq!(stopped, CallError::Limit(LimitExceeded::Memory(8 << 20)));
    assert_eq!(run(&one, "count", "").await.unwrap(), "1");
}

#[tokio::test]
async fn options_that_say_no_limits_leave_the_familys() {
    let mut options = annexe::ExtensionOptions::default();
    options.on_startup = true;
    let id = "scribe".parse().unwrap();
    for place in [
        Place::with(|host| host.options(options.clone())),
        Place::with(|host| host.options_of(id, options.clone())),
    ] {
        let one = place.start(plugin("1.0.0")).await;
        let stopped = run(&one, "grow", "").await.unwrap_err();
        assert_eq!(stopped, CallError::Limit(LimitExceeded::Memory(8 << 20)));
    }
}

#[tokio::test]
async fn limits_that_the_host_was_told_come_before_the_familys() {
    let mut limits = annexe::Limits::default();
    limits.memory_bytes = 16 << 20;
    let place = Place::with(|host| host.limits(limits));
    let one = place.start(plugin("1.0.0")).await;
    let stopped = run(&one, "grow", "").await.unwrap_err();
    assert_eq!(stopped, CallError::Limit(LimitExceeded::Memory(16 << 20)));
}

#[tokio::test]
async fn what_was_compiled_is_kept() {
    let place = Place::new();
    for (wasm, family) in [(plugin("2.0.0"), "quill"), (module(), "abacus")] {
        let first = place.host.compile(wasm.clone()).await.unwrap();
        assert!(matches!(first.origin(), CodeOrigin::Compiled { .. }));
        let second = place.host.compile(wasm).await.unwrap();
        assert_eq!(second.origin(), CodeOrigin::Cached);
        let (digest, api) = (first.digest(), first.api());
        assert!(place.host.compiled(&digest, family, api).is_some());
        assert!(place.host.compiled(&digest, "extension", api).is_none());
    }
}

#[tokio::test]
async fn core_modules_are_a_family_too() {
    let place = Place::new();
    let frame = place.start(module()).await;
    let count = async |number: i32| {
        let counting = frame.call_guest(move |frame: &Frame, store| {
            Box::pin(async move { Ok(frame.call_async(store, number).await?) })
        });
        counting.await
    };
    assert_eq!((frame.family(), frame.role()), ("abacus", "frame"));
    assert_eq!(count(21).await.unwrap(), 42);
    let trapped = count(0).await.unwrap_err();
    assert!(matches!(trapped, CallError::Trap { .. }), "{trapped:?}");
    assert_eq!(count(4).await.unwrap(), 8);
    assert_eq!(frame.health().restarts, 1);
}

#[tokio::test]
async fn a_call_of_another_family_is_an_error() {
    let place = Place::new();
    let one = place.start(plugin("1.0.0")).await;
    let other = CallError::OtherFamily { family: "quill" };
    assert_eq!(
        one.suggest_docs_packages("x".into()).await.unwrap_err(),
        other
    );
    let counted = one.call_guest(|frame: &Frame, store| {
        Box::pin(async move { frame.call_async(store, 1).await.map_err(Failure::from) })
    });
    assert_eq!(counted.await.unwrap_err(), other);
    assert_eq!(run(&one, "count", "").await.unwrap(), "1");
}

#[test]
fn two_families_that_claim_one_file_are_an_error() {
    let families = Families::none().with(Quill(Buffer::default())).with(Magpie);
    let error = families.inspect(&plugin("1.0.0")).unwrap_err();
    assert!(matches!(
        error,
        HostError::Ambiguous {
            first: "quill",
            second: "magpie"
        }
    ));
    assert!(
        error.to_string().contains("`quill` and `magpie`"),
        "{error}"
    );
}

#[test]
fn what_a_file_imports_is_told_with_its_place_and_compared_without_a_version() {
    let families = Families::default()
        .with(Quill(Buffer::default()))
        .with(Abacus);
    let imports = |wasm: Vec<u8>| -> Vec<(String, String)> {
        let imports = families.host_imports(&wasm).unwrap();
        imports.into_iter().collect()
    };
    let one = |key: &str, shown: &str| vec![(key.to_owned(), shown.to_owned())];
    let key = "quill:plugin/editor.insert";
    assert_eq!(
        imports(plugin("1.0.0")),
        one(key, "quill:plugin/editor@1.0.0.insert")
    );
    assert_eq!(
        imports(plugin("2.0.0")),
        one(key, "quill:plugin/editor@2.0.0.insert")
    );
    assert_eq!(imports(module()), one("abacus-1.double", "abacus-1.double"));
    // One name in two interfaces, or in two packages, is as many functions to agree to.
    let places = ["my:app/files", "my:app/network@1.0.0", "our:app/files"];
    let imported = places.map(|place| {
        format!(r#"(import "{place}" (instance (export "open" (func (param "name" string)))))"#)
    });
    let text = format!("(component {})", imported.concat());
    let keys = imports(wat::parse_str(text).unwrap());
    assert_eq!(
        keys.iter().map(|(key, _)| &**key).collect::<Vec<_>>(),
        [
            "my:app/files.open",
            "my:app/network.open",
            "our:app/files.open"
        ]
    );
}

#[test]
fn two_families_of_one_name_are_refused() {
    let families = Families::none().with(Abacus).with(Abacus);
    let error = annexe::Host::builder()
        .families(families)
        .build()
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("two API families have the name `abacus`"),
        "{error}"
    );
}

#[tokio::test]
async fn hints_name_no_other_familys_tools() {
    let place = Place::new();
    let gap = (place.host.families())
        .supports("abacus", &semver::Version::new(2, 0, 0))
        .unwrap_err();
    assert!(matches!(gap, UnsupportedApi::Gap { .. }), "{gap:?}");
    let other = wat::parse_str(r#"(module (import "abacus-1" "add" (func)))"#).unwrap();
    let unfit = place.host.compile(other).await.unwrap_err();
    assert!(matches!(unfit, HostError::Unfit { .. }), "{unfit:?}");
    let own = "build the extension again with a version of its API that this host serves";
    for hint in [gap.hint().unwrap(), unfit.hint().unwrap()] {
        assert!(hint.ends_with(own), "{hint}");
    }
    let gap = annexe::api::supports("extension", &semver::Version::new(0, 0, 7)).unwrap_err();
    assert!(gap.hint().unwrap().contains("`zed_extension_api`"));
}

#[test]
fn a_mistyped_table_serves_nothing_and_makes_no_host() {
    static MISTYPED: [World; 1] = [World {
        serves: ">=1.0.0 <2.0.0",
        ..world("since_v1_0_0", "frame")
    }];
    let families = Families::none().with(Abacus).with(Table(&MISTYPED));
    let refused = families.supports("table", &semver::Version::new(1, 0, 0));
    assert!(
        matches!(refused, Err(UnsupportedApi::Table { .. })),
        "{refused:?}"
    );
    let host = annexe::Host::builder().families(families);
    let error = host.build().unwrap_err();
    assert!(
        error.to_string().ends_with(
            "the world `since_v1_0_0` of the API family `table` serves `>=1.0.0 <2.0.0`, \
             which is not a semver requirement"
        ),
        "{error}"
    );
}

#[test]
fn worlds_that_cannot_be_told_apart_make_no_host() {
    static TWICE: [World; 3] = [
        world("since_v1_0_0", "frame"),
        world("since_v1_0_0", "bead"),
        world("since_v1_0_0", "frame"),
    ];
    static MIXED: [World; 2] = [
        world("since_v1_0_0", "frame"),
        World {
            adapter: Adapter::Component {
                link: |_| Ok(()),
                prepare: |_| Err(wasmtime::Error::msg("there is none")),
            },
            ..world("since_v2_0_0", "frame")
        },
    ];
    let build = |worlds| {
        let families = Families::none().with(Table(worlds));
        annexe::Host::builder().families(families).build()
    };
    build(&TWICE[..2]).unwrap();
    for (worlds, expected) in [
        (
            &TWICE[..],
            "two worlds of the API family `table` have the role `frame` and the name `since_v1_0_0`",
        ),
        (
            &MIXED[..],
            "the role `frame` of the API family `table` has both components and core modules",
        ),
    ] {
        let error = build(worlds).unwrap_err();
        assert!(matches!(error, EngineError::Setup { .. }), "{error:?}");
        assert!(error.to_string().ends_with(expected), "{error}");
    }
}

#[test]
fn what_is_of_no_family_is_refused_with_their_names() {
    let families = Families::default().with(Abacus);
    let error = families.inspect(&plugin("1.0.0")).unwrap_err();
    assert!(
        error.to_string().contains("(`extension`, `abacus`)"),
        "{error}"
    );
    // Who knows no core modules says what is missing in the words of the one family there is.
    let error = annexe::api::inspect(&module()).unwrap_err();
    assert_eq!(error.to_string(), ComponentError::CoreModule.to_string());
}

#[test]
fn a_version_that_no_world_serves_is_refused() {
    let families = Families::none().with(Quill(Buffer::default()));
    let refused = families.supports("quill", &semver::Version::new(3, 0, 0));
    assert!(
        matches!(refused, Err(UnsupportedApi::TooNew { .. })),
        "{refused:?}"
    );
    let refused = families.supports("quilt", &semver::Version::new(1, 0, 0));
    assert!(
        matches!(refused, Err(UnsupportedApi::Family { .. })),
        "{refused:?}"
    );
}

#[test]
fn the_hosts_side_has_200_lines_at_the_most() {
    let files = [include_str!("editor.rs"), include_str!("buffer.rs")];
    let lines = files.iter().map(|text| text.lines().count());
    assert!(lines.sum::<usize>() <= 200);
}
