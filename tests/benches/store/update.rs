//! Looking for updates of a thousand installed extensions.

use std::{collections::BTreeMap, path::Path, time::Duration};

use annexe::types::VersionRequirement;
use annexe::{
    ExtensionId, ExtensionStore,
    registry::{Sources, format::IndexFile},
    store::{ChangeOptions, InstallRequest, Outcome, SkipReason},
};

use crate::{
    ROUND_TRIP,
    figures::{at_most, head, plain, within},
    place::{Place, sources},
    publisher::{self, NAME},
    runtime,
    server::Server,
    support::files::copy,
    table::{median, timed},
};

const INSTALLED: usize = 1_000;
const CHANGED: usize = 10;
const ROUNDS: usize = 11;

/// What one look for updates came to.
struct Look {
    time: Duration,
    /// Requests of configuration, catalogue and index files.
    asked: usize,
    /// Requests of archives.
    fetched: usize,
}

pub(crate) fn run() {
    let place = Place::new();
    let registry = place.path("registry");
    publisher::init(&registry);
    for number in 0..INSTALLED {
        publisher::theme(&id(number), "1.0.0").publish(&registry);
    }
    let server = Server::start(&registry, Duration::ZERO);
    let store = place.store();
    install_all(&store, &place.sources(&server.base, NAME));
    // The catalogue is known from a look before.
    look(&server, &store, &place.path("index"));

    server.set_round_trip(ROUND_TRIP);
    let looks = |expected: usize| -> Vec<Look> {
        let one = || {
            // Each look starts from what was known before, and not from what the last one has learned.
            let known = place.path("known");
            copy(&place.path("index"), &known);
            let (look, outcome) = look(&server, &store, &known);
            assert_eq!(outcome.receipts.len(), expected);
            let is_up_to_date = |reason: &SkipReason| matches!(reason, SkipReason::UpToDate { passed_over } if passed_over.is_empty());
            assert!(
                outcome
                    .skipped
                    .iter()
                    .all(|kept| is_up_to_date(&kept.reason))
            );
            assert_eq!(outcome.skipped.len(), INSTALLED - expected);
            std::fs::remove_dir_all(&known).expect("removed");
            look
        };
        (0..ROUNDS).map(|_| one()).collect()
    };
    let most = |looks: &[Look], count: fn(&Look) -> usize| looks.iter().map(count).max();
    let time = |looks: &[Look]| median(looks.iter().map(|look| look.time).collect());

    let title = format!("looking for updates of {INSTALLED} installed extensions");
    head(&title, "annexe", "");
    let nothing = looks(0);
    let requests = most(&nothing, |look| look.asked + look.fetched);
    at_most("nothing new: requests", requests.unwrap_or_default(), 2);
    let limit = Duration::from_millis(250);
    within("nothing new: time of the dry run", time(&nothing), limit);

    for number in 0..CHANGED {
        let changed = id(number * INSTALLED / CHANGED);
        publisher::theme(&changed, "1.1.0").publish(&registry);
    }
    let (asking, asked) = ask(&server, &place);
    at_most("10 new: requests until they are known", asked, 2 + CHANGED);
    plain("10 new: time until they are known", asking);
    let some = looks(CHANGED);
    let asked = most(&some, |look| look.asked).unwrap_or_default();
    let fetched = most(&some, |look| look.fetched).unwrap_or_default();
    at_most(
        "10 new: requests of the dry run, archives apart",
        asked,
        2 + CHANGED,
    );
    at_most(
        "10 new: archives it obtains, for added permissions",
        fetched,
        CHANGED,
    );
    plain("10 new: time of the dry run", time(&some));
}

/// One look for updates by a process that has no connection yet.
fn look(server: &Server, store: &ExtensionStore, cache: &Path) -> (Look, Outcome) {
    let sources = sources(&server.base, NAME, cache);
    let mut options = ChangeOptions::new(&sources);
    options.dry_run = true;
    server.take_requests();
    let runtime = runtime();
    let (time, outcome) = timed(|| {
        runtime
            .block_on(store.update(&[], &options))
            .expect("looked")
    });
    let requests = server.take_requests();
    let is_archive = |path: &&String| path.starts_with("archives/");
    let fetched = requests.iter().filter(is_archive).count();
    let look = Look {
        time,
        asked: requests.len() - fetched,
        fetched,
    };
    (look, outcome)
}

/// Asks the registry alone what is new: the median of the times, and the requests.
fn ask(server: &Server, place: &Place) -> (Duration, usize) {
    let ids = (0..INSTALLED).map(|number| (id(number).parse().expect("an id"), NAME.to_owned()));
    let installed: BTreeMap<ExtensionId, String> = ids.collect();
    let mut most = 0;
    let times = (0..ROUNDS).map(|_| {
        let known = place.path("known");
        copy(&place.path("index"), &known);
        let sources = sources(&server.base, NAME, &known);
        server.take_requests();
        let runtime = runtime();
        let (time, listings) = timed(|| runtime.block_on(sources.indexes(&installed)));
        let indexes = listings.into_values().map(|one| one.expect("listed").index);
        let is_new = |index: &IndexFile| index.versions.len() == 2;
        assert_eq!(indexes.filter(is_new).count(), CHANGED);
        most = most.max(server.take_requests().len());
        std::fs::remove_dir_all(&known).expect("removed");
        time
    });
    (median(times.collect()), most)
}

fn install_all(store: &ExtensionStore, sources: &Sources) {
    let wanted: Vec<InstallRequest> = (0..INSTALLED)
        .map(|number| InstallRequest::Extension {
            id: id(number).parse().expect("an id"),
            requirement: VersionRequirement::STAR,
        })
        .collect();
    let options = ChangeOptions::new(sources);
    let outcome = runtime().block_on(store.install_all(&wanted, &options));
    assert_eq!(outcome.expect("installed").receipts.len(), INSTALLED);
}

fn id(number: usize) -> String {
    format!("theme-{number}")
}
