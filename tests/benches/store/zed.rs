//! A registry of Zed's interface: what a check for updates and a search cost.

use std::{collections::BTreeMap, time::Instant};

use annexe::{
    registry::{Access, Location, Query, Sources},
    store::{ChangeOptions, InstallRequest},
    types::{ExtensionId, VersionRequirement},
};

use crate::{
    ROUND_TRIP,
    place::Place,
    runtime,
    support::zed::{Published, ZedRegistry},
};

/// How many extensions are installed from it.
const INSTALLED: usize = 1_000;

/// How many extensions it has.
const PUBLISHED: usize = 1_500;

/// How many archives are installed at once.
const ARCHIVES: usize = 50;

/// How many searches are measured.
const SEARCHES: u32 = 50;

pub(crate) fn run() {
    let id = |number: usize| format!("extension-{number:04}");
    let registry = ZedRegistry::start((0..PUBLISHED).map(|number| {
        let kind = ["themes", "languages", "snippets", "context-servers"][number % 4];
        let published = Published::new(&id(number), "1.0.0", Vec::new());
        published.saying("provides", serde_json::json!([kind]))
    }));
    registry.api.move_away(ROUND_TRIP);
    let kept = tempfile::tempdir().expect("a folder");
    let location: Location = format!("zed+{}", registry.address())
        .parse()
        .expect("a location");
    let mut access = Access::default();
    access.cache = Some(kept.path().join("index"));
    let sources = Sources::new(vec![location.clone().into()], access);
    let runtime = runtime();

    let wanted: BTreeMap<ExtensionId, String> = (0..INSTALLED)
        .map(|number| (id(number).parse().expect("an id"), location.to_string()))
        .collect();
    let start = Instant::now();
    let found = runtime.block_on(async {
        sources
            .registry(&location.to_string())
            .await
            .expect("a registry");
        sources.indexes(&wanted).await
    });
    let time = start.elapsed();
    assert!(found.values().all(Result::is_ok));
    let requests = registry.api.requests().len();
    let rounds = time.as_secs_f64() / ROUND_TRIP.as_secs_f64();
    println!(
        "\ncheck for updates of {INSTALLED} extensions from a registry of Zed's interface: {requests} requests, {:.1} ms, {rounds:.1} round trips",
        time.as_secs_f64() * 1e3
    );

    let query = Query {
        words: vec!["extension-0700".into()],
        ..Query::default()
    };
    runtime.block_on(sources.search(&query));
    registry.forget();
    let start = Instant::now();
    for _ in 0..SEARCHES {
        let catalogues = runtime.block_on(sources.search(&query));
        assert_eq!(catalogues.search(&query).len(), 1);
    }
    println!(
        "search in {PUBLISHED} kept extensions: {:.2} ms, {} requests",
        start.elapsed().as_secs_f64() * 1e3 / f64::from(SEARCHES),
        registry.api.requests().len()
    );
    install(&runtime);
}

/// What installing fifty extensions in one change asks for, and when the first archive comes.
fn install(runtime: &tokio::runtime::Runtime) {
    let place = Place::new();
    let folders = place.path("sources");
    let registry = ZedRegistry::start((0..ARCHIVES).map(|number| {
        let folder = folders.join(format!("theme-{number:02}"));
        std::fs::create_dir_all(folder.join("themes")).expect("a folder");
        let manifest = format!(
            "id = \"theme-{number:02}\"\nname = \"Theme\"\nversion = \"1.0.0\"\nschema_version = 1\n"
        );
        std::fs::write(folder.join("extension.toml"), manifest).expect("a manifest");
        std::fs::write(folder.join("themes/notes.txt"), "x".repeat(4_000)).expect("a file");
        Published::from_folder(&folder)
    }));
    registry.api.move_away(ROUND_TRIP);
    registry.storage.move_away(ROUND_TRIP);
    let location: Location = format!("zed+{}", registry.address())
        .parse()
        .expect("a location");
    let sources = Sources::new(vec![location.into()], Access::default());
    let requests: Vec<InstallRequest> = (0..ARCHIVES)
        .map(|number| InstallRequest::Extension {
            id: format!("theme-{number:02}").parse().expect("an id"),
            requirement: VersionRequirement::STAR,
        })
        .collect();
    let store = place.store();
    let options = ChangeOptions::new(&sources);
    let start = Instant::now();
    let outcome = runtime.block_on(store.install_all(&requests, &options));
    assert_eq!(outcome.expect("installed").receipts.len(), ARCHIVES);
    println!(
        "{ARCHIVES} archives: {} + {} requests, {:.1} ms; before the first archive: {:?}",
        registry.api.requests().len(),
        registry.storage.requests().len(),
        start.elapsed().as_secs_f64() * 1e3,
        registry
            .api
            .targets()
            .iter()
            .take(2)
            .map(|target| { target.split('?').next().unwrap_or_default().to_owned() })
            .collect::<Vec<_>>()
    );
}
