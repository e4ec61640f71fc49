//! A web server that misbehaves while extensions from it are installed: whatever it does, each call
//! fails with what and where it was and a way out, or keeps what is installed and tells why; all that
//! is installed goes on as before, and the same call succeeds once the server is well again.

mod expected;
mod served;
mod trust;

use self::{
    expected::{CALLS, EVERYWHERE, Where},
    served::ServedPlace,
};
use crate::support::server::{Fault, Server};

/// A page as a proxy or a hotel's network would send it.
const PAGE: &str = "<!doctype html><title>Sign in</title><p>You are not let in.</p>";

/// The registry of Zed on 20 April 2026: the key of its object store was revoked, so every archive was
/// redirected to a 403 with a page of XML. The editor took that page for the archive, after it had
/// removed the version before; `Invalid gzip header` was all that people could find, in the log.
#[tokio::test]
async fn zeds_outage_of_april_2026_harms_nothing_installed() {
    let served = ServedPlace::new().await;
    let object_store = Server::start(&served.place.registry_dir()).await;
    let answer =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>InvalidAccessKeyId</Code></Error>";
    object_store.fail_all(Fault::status(403, answer));
    for path in served.paths(Where::Archive) {
        let redirect = Fault::redirect(&format!("{}/{path}", object_store.base));
        served.server.fail(&path, vec![redirect; 99]);
    }
    let words = ["403", "InvalidAccessKeyId", "archives/"];
    let fault = "the outage";
    served
        .all_in_vain(Where::Archive, false, &words, fault)
        .await;
    served.assert_unharmed_in_the_cold(fault).await;

    // The key is replaced: the redirects go on, and lead to the archives again.
    object_store.come_back();
    for call in CALLS {
        served.call_in_peace(call, fault).await;
    }
    assert!(!object_store.requests().is_empty());
}

/// Tries every call with one fault in one kind of files after the other.
async fn suffer(
    name: &str,
    fault: impl Fn(&ServedPlace) -> Fault,
    is_temporary: bool,
    places: &[Where],
    words: &[&str],
) {
    for at in places {
        let served = ServedPlace::new().await;
        served.fail(*at, &fault(&served));
        let name = format!("{name}, in the {at:?}");
        served.all_in_vain(*at, is_temporary, words, &name).await;
        if Some(at) == places.last() {
            served.assert_unharmed_in_the_cold(&name).await;
        }
        served.all_in_peace(&name).await;
    }
}

#[tokio::test]
async fn a_server_that_dies_in_the_middle_of_an_answer_harms_nothing() {
    let cut = |_: &ServedPlace| Fault::CutAfter(30);
    suffer("cut", cut, true, &EVERYWHERE, &["was interrupted"]).await;
    // Without a size announced an archive's end looks like any other.
    let end = |_: &ServedPlace| Fault::EndAfter(30);
    suffer("ended", end, true, &[Where::Archive], &["ended early"]).await;
}

#[tokio::test]
async fn a_server_that_refuses_harms_nothing() {
    let forbidden = |_: &ServedPlace| Fault::status(403, PAGE);
    let words = ["the server answered 403", "You are not let in"];
    suffer("403", forbidden, false, &EVERYWHERE, &words).await;
}

#[tokio::test]
async fn a_server_in_trouble_harms_nothing() {
    let broken = |_: &ServedPlace| Fault::status(500, "oops");
    let words = ["the server answered 500", "oops"];
    suffer("500", broken, true, &EVERYWHERE, &words).await;
    // The tests' settings make the wait short, however long a server asks for.
    let busy =
        |_: &ServedPlace| Fault::Answer(503, "Retry-After: 86400\r\n".into(), b"busy".to_vec());
    let words = ["the server answered 503", "busy"];
    let places = [Where::Configuration, Where::Archive];
    suffer("503", busy, true, &places, &words).await;
}

#[tokio::test]
async fn a_server_that_redirects_astray_harms_nothing() {
    // Each file leads to itself.
    for at in EVERYWHERE {
        let served = ServedPlace::new().await;
        for path in served.paths(at) {
            let circle = Fault::redirect(&format!("{}/{path}", served.server.base));
            served.server.fail(&path, vec![circle; 999]);
        }
        let name = format!("a circle, in the {at:?}");
        let words = ["cannot be followed", "more than 5"];
        served.all_in_vain(at, false, &words, &name).await;
        if Some(&at) == EVERYWHERE.last() {
            served.assert_unharmed_in_the_cold(&name).await;
        }
        served.all_in_peace(&name).await;
    }
    let file = |_: &ServedPlace| Fault::redirect("file:///etc/hostname");
    let places = [Where::Configuration, Where::Archive];
    suffer("a redirect to a file", file, false, &places, &[]).await;
}

#[tokio::test]
async fn a_server_that_hangs_harms_nothing() {
    let silent = |_: &ServedPlace| Fault::Stall;
    let words = ["cannot be reached", "timed out"];
    let places = [Where::Configuration, Where::Archive];
    suffer("silence", silent, true, &places, &words).await;
    let stuck = |_: &ServedPlace| Fault::StallAfter(30);
    let places = [Where::Catalogue, Where::Index, Where::Archive];
    let words = ["was interrupted", "timed out"];
    suffer("stuck", stuck, true, &places, &words).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_harms_nothing() {
    let served = ServedPlace::new().await;
    served.server.stop().await;
    let words = ["config.json", "cannot be reached"];
    let fault = "nobody there";
    served
        .all_in_vain(Where::Configuration, true, &words, fault)
        .await;
    served.assert_unharmed_in_the_cold(fault).await;
    served.server.listen_again().await;
    served.all_in_peace(fault).await;
}

#[tokio::test]
async fn a_captive_portal_harms_nothing() {
    let served = ServedPlace::new().await;
    served.server.fail_all(Fault::status(200, PAGE));
    let fault = "a captive portal";
    let words = ["the registry at", "cannot be used"];
    served
        .all_in_vain(Where::Configuration, false, &words, fault)
        .await;
    served.assert_unharmed_in_the_cold(fault).await;
    served.all_in_peace(fault).await;

    // It comes between two requests.
    let page = |_: &ServedPlace| Fault::status(200, PAGE);
    let places = [Where::Catalogue, Where::Index];
    suffer(fault, page, false, &places, &["is not an index file"]).await;
    let words = ["has 63 bytes, and should have"];
    suffer(fault, page, false, &[Where::Archive], &words).await;
}
