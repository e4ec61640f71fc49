//! Two hundred manifests in the forms that real ones have, each packed as plain `tar` packs it and installed, or refused
//! with the reason that Zed's own client would have.
//!
//! They are made of the lists of the format's fields: what extensions bring (`parts`), the ways in which a text says it
//! (`forms`, `text`), ids and versions (`names`), the legacy form (`legacy`), what lies in folders (`folders`) and APIs
//! (`apis`); and what is wrong with the rest (`refused`).

mod apis;
mod case;
mod folders;
mod forms;
mod legacy;
mod names;
mod parts;
mod refused;
mod text;

use std::{collections::BTreeSet, error::Error as _, path::PathBuf, time::Duration};

use annexe::{
    registry::{Access, Location, RegistryConfiguration, Sources},
    store::{AllowAll, ArchiveLocation, ChangeOptions, ExtensionStore, InstallRequest, Receipt},
    types::VersionRequirement,
};
use semver::Version;

use self::case::Case;
use super::place::Place;
use crate::support::zed::ZedRegistry;

/// All of them, each under an id of its own.
fn cases() -> Vec<Case> {
    let cases = [
        forms::cases(),
        names::cases(),
        legacy::cases(),
        folders::cases(),
        apis::cases(),
        refused::cases(),
    ];
    cases.concat()
}

#[test]
fn there_are_two_hundred_under_different_names() {
    let cases = cases();
    let names: BTreeSet<&String> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len());
    assert!(cases.len() >= 200, "{}", cases.len());
}

/// Installs archives of the user's own as one change.
async fn install(store: &ExtensionStore, archives: &[PathBuf]) -> Result<Vec<Receipt>, String> {
    let sources = Sources::new(Vec::new(), Access::default());
    let archives = archives.iter().cloned();
    let requests = archives.map(|archive| InstallRequest::Archive(ArchiveLocation::File(archive)));
    install_from(store, &sources, requests.collect()).await
}

/// The only source: a registry of Zed's interface, as a host that serves every released API asks it.
fn zed(registry: &ZedRegistry) -> Sources {
    let location: Location = format!("zed+{}", registry.address()).parse().unwrap();
    let mut configuration = RegistryConfiguration::from(location);
    configuration.name = Some("zed".into());
    let mut access = Access::default();
    access.served.api = Some(Version::new(0, 0, 1)..=Version::new(0, 7, 0));
    access.http.retry.first_delay = Duration::ZERO;
    Sources::new(vec![configuration], access)
}

/// A request for the newest version of an extension.
fn newest(id: &str) -> InstallRequest {
    InstallRequest::Extension {
        id: id.parse().unwrap(),
        requirement: VersionRequirement::STAR,
    }
}

/// Installs as one change; what cannot be is told with all its causes.
async fn install_from(
    store: &ExtensionStore,
    sources: &Sources,
    requests: Vec<InstallRequest>,
) -> Result<Vec<Receipt>, String> {
    let mut options = ChangeOptions::new(sources);
    options.consent = &AllowAll;
    match store.install_all(&requests, &options).await {
        Ok(outcome) => Ok(outcome.receipts),
        Err(error) => {
            let mut told = error.to_string();
            let mut cause = error.source();
            while let Some(source) = cause {
                told = format!("{told}: {source}");
                cause = source.source();
            }
            Err(told)
        }
    }
}

#[tokio::test]
async fn what_zed_takes_is_installed_as_what_it_says() {
    let place = Place::new();
    let store = place.store();
    let (cases, archives): (Vec<Case>, Vec<PathBuf>) = cases()
        .into_iter()
        .filter(|case| case.is_installed())
        .map(|case| (case.clone(), case.pack(&place.path("packed"))))
        .unzip();
    let receipts = install(&store, &archives).await.unwrap();
    assert_eq!(receipts.len(), cases.len());
    for case in cases {
        case.assert_installed(&receipts);
    }
    place.assert_clean();
}

#[tokio::test]
async fn what_zed_takes_is_installed_from_its_registry() {
    let place = Place::new();
    let store = place.store();
    let cases: Vec<Case> = cases().into_iter().filter(Case::is_installed).collect();
    let published = cases.iter().map(|it| it.published(&place.path("packed")));
    let registry = ZedRegistry::start(published);
    let requests = cases.iter().map(|case| newest(case.id())).collect();
    let receipts = install_from(&store, &zed(&registry), requests).await;
    let receipts = receipts.unwrap();
    for case in &cases {
        case.assert_installed(&receipts);
    }
    assert!(registry.api.most_connections() <= 2);
    assert_eq!(registry.downloads().len(), cases.len());
    place.assert_clean();
}

#[tokio::test]
async fn what_zed_does_not_take_is_refused_from_its_registry_too() {
    let place = Place::new();
    let store = place.store();
    let refused: Vec<Case> = cases()
        .into_iter()
        .filter(|it| !it.is_installed())
        .collect();
    let published = refused.iter().map(|it| it.published(&place.path("packed")));
    let registry = ZedRegistry::start(published);
    let sources = zed(&registry);
    for case in &refused {
        let found = install_from(&store, &sources, vec![newest(&case.name)]).await;
        // What the row says of it counts first: an id, a version, an API that the archive does not have.
        let error = found.unwrap_err();
        let is_of_registry = error.contains("does not hold what was announced");
        let complaint = case.complaint(&Err(error));
        assert!(
            is_of_registry || complaint.is_none(),
            "{}",
            complaint.unwrap_or_default()
        );
    }
    assert!(store.summaries().unwrap().is_empty());
    place.assert_clean();
}

#[tokio::test]
async fn what_zed_does_not_take_is_refused_for_its_reason() {
    let place = Place::new();
    let store = place.store();
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| !case.is_installed()) {
        let archive = case.pack(&place.path("packed"));
        let found = install(&store, &[archive]).await;
        wrong.extend(case.complaint(&found.map(drop)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(store.summaries().unwrap().is_empty());
    place.assert_clean();
}
