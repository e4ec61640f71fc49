//! What this host does not do yet. The day one of these works, this file's test fails, and tests of what
//! it then does take its place.

use crate::guest::{self, Place, ask, words};

/// A verb, and the version that brought what it asks for.
const NOT_OFFERED: [(&str, &str); 9] = [
    ("download:http://127.0.0.1:9/file", "0.0.1"),
    ("download:http://127.0.0.1:9/file gzip", "0.0.1"),
    ("download:http://127.0.0.1:9/file gzip-tar", "0.0.1"),
    ("download:http://127.0.0.1:9/file zip folder", "0.0.1"),
    ("github:owner/name", "0.0.1"),
    ("github:owner/name require-assets pre-release", "0.0.1"),
    ("github-tag:owner/name v1", "0.1.0"),
    ("http:http://127.0.0.1:9/ POST follow-3 body", "0.1.0"),
    ("http-stream:http://127.0.0.1:9/", "0.1.0"),
];

#[tokio::test]
async fn what_this_host_does_not_offer_is_an_error_that_says_so() {
    let host = guest::host();
    for version in guest::VERSIONS {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        for (verb, since) in NOT_OFFERED {
            let message = words(ask(&extension, &place, verb).await);
            if guest::has(version, since) {
                assert!(
                    message.contains("does not offer"),
                    "{version} {verb}: {message}"
                );
            } else {
                assert!(
                    message.starts_with("unknown verb"),
                    "{version} {verb}: {message}"
                );
            }
        }
        // Not one of them stopped the guest.
        let count = ask(&extension, &place, "count").await.unwrap();
        assert_eq!(count, [(NOT_OFFERED.len() + 1).to_string()], "{version}");
        assert_eq!(
            std::fs::read_dir(place.work_dir()).unwrap().count(),
            0,
            "{version}: nothing was written"
        );
    }
}
