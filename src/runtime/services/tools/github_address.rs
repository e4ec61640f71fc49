//! Addresses of the files of GitHub's releases, and of the archives that GitHub makes of a tag.

use percent_encoding::percent_decode_str;
use url::Url;

/// A reader of the tag from what follows the repository in a path.
type TagOf = fn(&[&str]) -> Option<String>;

/// The repository (`owner/name`, in the address's case) and the tag of the release that an address has a file of, where
/// it is one of GitHub's for that:
/// - `github.com/o/n/releases/download/TAG/…`, `…/releases/latest/…`, `…/archive/…`, `…/tarball/…`, `…/zipball/…`;
/// - `api.github.com/repos/o/n/tarball/…`, `…/zipball/…`, `…/releases/assets/…`;
/// - `codeload.github.com/o/n/tar.gz/…` and its like.
///
/// The tag is empty where the address does not say it, and a branch or a commit where it is for that.
pub(super) fn github_release(url: &Url) -> Option<(String, String)> {
    let host = url.host_str()?.trim_end_matches('.');
    // What separates the parts of a path may be encoded, and may be there twice.
    let path = percent_decode_str(url.path()).decode_utf8_lossy();
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (parts, tag_of): (_, TagOf) = match (host, parts.as_slice()) {
        ("github.com" | "www.github.com", parts) => (parts, of_site),
        ("api.github.com", ["repos", parts @ ..]) => (parts, of_api),
        ("codeload.github.com", parts) => (parts, of_archives),
        _ => return None,
    };
    let [owner, name, rest @ ..] = parts else {
        return None;
    };
    let name = name.strip_suffix(".git").unwrap_or(name);
    Some((format!("{owner}/{name}"), tag_of(rest)?))
}

fn of_site(rest: &[&str]) -> Option<String> {
    match rest {
        ["releases", "download", tag @ .., _] => Some(tag.join("/")),
        ["releases", "latest", ..] => Some(String::new()),
        ["archive", file @ ..] => {
            let file = tag(file);
            let endings = [".tar.gz", ".zip"];
            let tag = endings.iter().find_map(|ending| file.strip_suffix(ending));
            Some(tag.unwrap_or(&file).to_owned())
        }
        ["tarball" | "zipball", rest @ ..] => Some(tag(rest)),
        _ => None,
    }
}

fn of_api(rest: &[&str]) -> Option<String> {
    match rest {
        ["tarball" | "zipball", rest @ ..] => Some(tag(rest)),
        // Which release a number is of cannot be told.
        ["releases", "assets", ..] => Some(String::new()),
        _ => None,
    }
}

fn of_archives(rest: &[&str]) -> Option<String> {
    let [_, rest @ ..] = rest else {
        return None;
    };
    Some(tag(rest))
}

/// The tag that a revision names.
fn tag(revision: &[&str]) -> String {
    let revision = match revision {
        ["refs", "tags", tag @ ..] => tag,
        other => other,
    };
    revision.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag_of(url: &str) -> Option<String> {
        let (repository, tag) = github_release(&url.parse().unwrap())?;
        assert!(repository.eq_ignore_ascii_case("owner/name"), "{url}");
        Some(tag)
    }

    #[test]
    fn the_release_of_a_file_is_known_in_every_form() {
        for url in [
            "https://github.com/owner/name/releases/download/v1.0/a.tgz",
            "https://github.com/OWNER/name/releases/download/v1%2E0/a.tgz",
            "https://github.com./Owner/NAME/releases/download/v1.0/a.tgz",
            "https://www.github.com//owner/name.git/releases//download/v1.0/a.tgz",
            "https://github.com/owner/name/archive/refs/tags/v1.0.tar.gz",
            "https://github.com/owner/name/archive/v1.0.zip",
            "https://github.com/owner/name/tarball/v1.0",
            "https://github.com/owner/name/zipball/refs/tags/v1.0",
            "https://api.github.com/repos/owner/name/tarball/v1.0",
            "https://api.github.com/repos/owner/name/zipball/refs%2Ftags%2Fv1.0",
            "https://codeload.github.com/owner/name/tar.gz/refs/tags/v1.0",
            "https://codeload.github.com/owner/name/legacy.zip/v1.0",
        ] {
            assert_eq!(tag_of(url).as_deref(), Some("v1.0"), "{url}");
        }
        for (url, tag) in [
            ("github.com/owner/name/releases/download/a%2Fb/f", "a/b"),
            ("github.com/owner/name/releases/download/a/b/f", "a/b"),
            (
                "github.com/owner/name/releases/download/a/..%2Fb%2Ff",
                "a/../b",
            ),
            ("github.com/owner/name/releases/latest/download/f", ""),
            (
                "github.com/owner/name/archive/refs/heads/main.zip",
                "refs/heads/main",
            ),
            ("api.github.com/repos/owner/name/tarball", ""),
            ("api.github.com/repos/owner/name/releases/assets/12", ""),
            ("codeload.github.com/owner/name/zip/main", "main"),
        ] {
            assert_eq!(
                tag_of(&format!("https://{url}")).as_deref(),
                Some(tag),
                "{url}"
            );
        }
        for url in [
            "https://github.com/owner/name/raw/main/file",
            "https://github.com/owner/name",
            "https://api.github.com/repos/owner/name/releases",
            "https://example.org/owner/name/releases/download/v2.0/a.tgz",
        ] {
            assert_eq!(tag_of(url), None, "{url}");
        }
    }
}
