//! Installing one extension, and installing it again.

use std::sync::Arc;

use annexe::{
    CodeOrigin, ExtensionId, ExtensionStore,
    registry::Sources,
    store::{ChangeOptions, ChangeStep, InstallRequest},
};

use crate::{
    ROUND_TRIP,
    figures::{at_most, head, plain},
    place::{Heard, Place},
    publisher::{self, NAME},
    root, runtime,
    server::Server,
    table::{median, timed},
};

const ROUNDS: usize = 11;

/// An extension of the samples that has a component.
const ID: &str = "taplo";

pub(crate) fn run() {
    let samples = Place::new();
    let registry = samples.path("registry");
    publisher::copy(&root().join("registry-index"), &registry);
    let server = Server::start(&registry, ROUND_TRIP);
    let id: ExtensionId = ID.parse().expect("an id");
    let (mut cold_times, mut cold_requests) = (Vec::new(), 0);
    let (mut again_times, mut again_requests) = (Vec::new(), 0);
    let (mut unpacked, mut compiled) = (0, 0);
    for _ in 0..ROUNDS {
        let place = Place::new();
        let (store, sources) = (place.store(), place.sources(&server.base, NAME));
        server.take_requests();
        let heard = Arc::new(Heard::default());
        let (time, version) = timed(|| install(&store, &sources, "*", &heard));
        cold_times.push(time);
        cold_requests = cold_requests.max(server.take_requests().len());
        assert_eq!(heard.count(is_compiled), 1);

        let removed = runtime().block_on(store.remove(std::slice::from_ref(&id)));
        assert_eq!(removed.expect("removed").len(), 1);
        let (store, sources) = (place.store(), place.sources(&server.base, NAME));
        let heard = Arc::new(Heard::default());
        let exactly = format!("={version}");
        let (time, _) = timed(|| install(&store, &sources, &exactly, &heard));
        again_times.push(time);
        again_requests = again_requests.max(server.take_requests().len());
        unpacked += heard.count(|step| matches!(step, ChangeStep::Unpacked { .. }));
        compiled += heard.count(is_compiled);
        assert_eq!(heard.count(is_mapped), 1);
    }
    head("installing one extension with a component", "annexe", "");
    at_most("nothing known: requests", cold_requests, 3);
    plain(
        "nothing known: time, compiling included",
        median(cold_times),
    );
    // Whether the registry has blocked it since.
    at_most("again after its removal: requests", again_requests, 2);
    at_most("again after its removal: archives unpacked", unpacked, 0);
    at_most("again after its removal: components compiled", compiled, 0);
    plain("again after its removal: time", median(again_times));
}

/// Installs the extension; gives its version.
fn install(
    store: &ExtensionStore,
    sources: &Sources,
    requirement: &str,
    heard: &Arc<Heard>,
) -> annexe::types::ExtensionVersion {
    let wanted = InstallRequest::Extension {
        id: ID.parse().expect("an id"),
        requirement: requirement.parse().expect("a requirement"),
    };
    let options = ChangeOptions::new(sources);
    let store = store.clone().with_listener(heard.clone());
    let outcome = runtime().block_on(store.install_all(&[wanted], &options));
    let receipts = outcome.expect("installed").receipts;
    receipts[0].installed.version.clone()
}

fn is_compiled(step: &ChangeStep) -> bool {
    matches!(step, ChangeStep::Compiled(CodeOrigin::Compiled { .. }))
}

fn is_mapped(step: &ChangeStep) -> bool {
    matches!(step, ChangeStep::Compiled(CodeOrigin::Cached))
}
