//! Tests of the conversions of what the host does not offer yet, and of other machines' platforms: no
//! guest can see them, so they are asserted here, world by world.

use super::convert::To;
use crate::types;

fn is<A: To<B>, B: PartialEq + std::fmt::Debug>(pairs: impl IntoIterator<Item = (A, B)>) {
    for (from, to) in pairs {
        assert_eq!(from.to(), to);
    }
}

/// The kinds of a downloaded file, in every world that is named.
macro_rules! downloaded_file_types {
    ($($world:ident)*) => {
        #[test]
        fn a_downloaded_file_keeps_its_kind_in_every_world() {
            use types::DownloadedFileKind as Kind;
            let mut worlds = Vec::new();
            $({
                use super::$world::DownloadedFileType as Type;
                is([
                    (Type::Gzip, Kind::Gzip),
                    (Type::GzipTar, Kind::GzipTar),
                    (Type::Zip, Kind::Zip),
                    (Type::Uncompressed, Kind::Uncompressed),
                ]);
                worlds.push(stringify!($world));
            })*
            let all: Vec<_> = super::FAMILY.worlds.iter().map(|world| world.name).collect();
            assert_eq!(worlds, all);
        }
    };
}

downloaded_file_types! {
    since_v0_0_1 since_v0_0_4 since_v0_0_6 since_v0_1_0 since_v0_2_0 since_v0_3_0 since_v0_4_0
    since_v0_5_0 since_v0_6_0
}

/// The platforms and releases of worlds that have types of their own for them.
macro_rules! worlds_of_their_own {
    (platform $($platform:path),*; github $($github:path),*) => {
        #[test]
        fn every_platform_keeps_its_name() {
            use types::{Architecture as A, OperatingSystem as S};
            $({
                use $platform as world;
                let systems = [S::Mac, S::Linux, S::Windows].map(|system| {
                    let system: world::Os = system.to();
                    format!("{system:?}")
                });
                assert_eq!(systems, ["Os::Mac", "Os::Linux", "Os::Windows"]);
                let architectures = [A::Aarch64, A::X86, A::X8664].map(|architecture| {
                    let architecture: world::Architecture = architecture.to();
                    format!("{architecture:?}")
                });
                assert_eq!(
                    architectures,
                    ["Architecture::Aarch64", "Architecture::X86", "Architecture::X8664"]
                );
            })*
        }

        #[test]
        fn a_release_and_what_is_asked_of_it_keep_their_fields() {
            $({
                use $github as world;
                let release = types::GithubRelease {
                    version: "v1".into(),
                    assets: vec![types::GithubReleaseAsset {
                        name: "a.zip".into(),
                        download_url: "https://example.org/a.zip".into(),
                        digest: None,
                    }],
                };
                let release: world::GithubRelease = release.to();
                assert_eq!(release.version, "v1");
                assert_eq!(release.assets.len(), 1);
                assert_eq!(release.assets[0].name, "a.zip");
                assert_eq!(release.assets[0].download_url, "https://example.org/a.zip");
                for (require_assets, pre_release) in [(true, false), (false, true)] {
                    let options = world::GithubReleaseOptions { require_assets, pre_release };
                    let options: types::GithubReleaseOptions = options.to();
                    assert_eq!(options.require_assets, require_assets);
                    assert_eq!(options.pre_release, pre_release);
                }
            })*
        }
    };
}

worlds_of_their_own! {
    platform super::since_v0_0_1, super::since_v0_0_4, super::since_v0_0_6::zed::extension::platform;
    github super::since_v0_0_1, super::since_v0_0_4, super::since_v0_0_6::zed::extension::github,
    super::since_v0_1_0::zed::extension::github
}

#[test]
fn a_request_and_its_answer_keep_their_fields() {
    use types::{HttpMethod as M, RedirectPolicy as P};

    use super::since_v0_1_0::zed::extension::http_client as world;
    is([
        (world::HttpMethod::Get, M::Get),
        (world::HttpMethod::Head, M::Head),
        (world::HttpMethod::Post, M::Post),
        (world::HttpMethod::Put, M::Put),
        (world::HttpMethod::Delete, M::Delete),
        (world::HttpMethod::Options, M::Options),
        (world::HttpMethod::Patch, M::Patch),
    ]);
    is([
        (world::RedirectPolicy::NoFollow, P::NoFollow),
        (world::RedirectPolicy::FollowLimit(7), P::FollowLimit(7)),
        (world::RedirectPolicy::FollowAll, P::FollowAll),
    ]);
    let headers = vec![("accept".to_owned(), "text/plain".to_owned())];
    let request = world::HttpRequest {
        method: world::HttpMethod::Post,
        url: "https://example.org/".into(),
        headers: headers.clone(),
        body: Some(b"body".to_vec()),
        redirect_policy: world::RedirectPolicy::FollowAll,
    };
    let expected = types::HttpRequest {
        method: M::Post,
        url: "https://example.org/".into(),
        headers: headers.clone(),
        body: Some(b"body".to_vec()),
        redirect_policy: P::FollowAll,
    };
    is([(request, expected)]);
    let body = b"answer".to_vec();
    let response = types::HttpResponse {
        headers: headers.clone(),
        body: body.clone(),
    };
    let response: world::HttpResponse = response.to();
    assert_eq!((response.headers, response.body), (headers, body));
}
