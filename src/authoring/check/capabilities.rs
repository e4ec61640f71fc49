//! Checks of the capabilities that the manifest asks for: patterns that can never match what is meant.

use super::{code::Code, finding::Findings};
use crate::package::{
    capability::Capability,
    manifest::{PartialManifest, Step},
};

pub(super) fn check(partial: &PartialManifest, findings: &mut Findings) {
    // What is malformed is left out of the manifest, so each is found again by its place.
    let malformed = |at: usize| {
        let prefix = format!("capabilities[{at}]");
        let errors = &mut partial.errors.iter();
        errors.any(|error| {
            let rest = error.key().and_then(|key| key.strip_prefix(&prefix));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    };
    let places = (0..).filter(|at| !malformed(*at));
    let mut seen: Vec<&Capability> = Vec::new();
    for (at, capability) in places.zip(&partial.manifest.capabilities) {
        if seen.contains(&capability) {
            let path = ["capabilities".into(), at.into()];
            let problem = format!("the capability is there twice: {capability}");
            findings.in_manifest(partial, &path, Code::ManifestDuplicate, problem);
        } else if seen.len() < MOST_COMPARED {
            seen.push(capability);
        }
        if is_foreign(capability) {
            let path = ["capabilities".into(), at.into(), "kind".into()];
            let problem = format!("Zed does not know the kind `{}`", capability.kind());
            findings.in_manifest(partial, &path, Code::CapabilityForeign, problem);
        }
        if let Some((rest, problem)) = ineffective(capability) {
            let path: Vec<Step<'_>> = ["capabilities".into(), at.into()]
                .into_iter()
                .chain(rest)
                .collect();
            findings.in_manifest(partial, &path, Code::CapabilityIneffective, problem);
        }
    }
}

/// The most that are compared with each other; real manifests have a handful.
const MOST_COMPARED: usize = 200;

/// Whether Zed knows no such kind, and this host does.
fn is_foreign(capability: &Capability) -> bool {
    use Capability as Kind;
    matches!(
        capability,
        Kind::ProcessEnv { .. } | Kind::Http { .. } | Kind::Env { .. } | Kind::Mount { .. }
    )
}

/// Returns the reason why a pattern cannot match what is meant, and where in its capability.
fn ineffective(capability: &Capability) -> Option<(Vec<Step<'static>>, String)> {
    match capability {
        Capability::Mount { host, .. } if !is_absolute(host) => {
            let problem = format!("`{}` is not an absolute path", host.display());
            Some((vec!["host".into()], problem))
        }
        _ => {
            let found = capability.ineffective()?;
            let steps = std::iter::once(found.field.into()).chain(found.at.map(Into::into));
            Some((steps.collect(), found.problem))
        }
    }
}

/// On whatever system the extension will run.
fn is_absolute(path: &std::path::Path) -> bool {
    let text = path.to_string_lossy();
    let mut rest = text.chars();
    match (rest.next(), rest.next(), rest.next()) {
        (Some('/' | '\\'), ..) => true,
        (Some(drive), Some(':'), Some('/' | '\\')) => drive.is_ascii_alphabetic(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_cannot_match_are_found_at_their_place() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let process = |command: &str, args: &[&str]| Capability::ProcessExec {
            command: command.into(),
            args: texts(args),
        };
        let download = |host: &str, path: &[&str]| Capability::DownloadFile {
            host: host.into(),
            path: texts(path),
        };
        let place = |capability| ineffective(&capability).map(|(path, _)| path);
        assert_eq!(place(process("gem", &["install", "*", "**"])), None);
        assert_eq!(place(process("", &[])), Some(vec!["command".into()]));
        let args = Some(vec!["args".into(), 0.into()]);
        assert_eq!(place(process("gem", &["**", "x"])), args);
        assert_eq!(place(download("*", &["**"])), None);
        for host in ["", "https://github.com", "github.com/a", "a:80"] {
            assert_eq!(
                place(download(host, &[])),
                Some(vec!["host".into()]),
                "{host}"
            );
        }
        let path = Some(vec!["path".into(), 1.into()]);
        assert_eq!(place(download("a", &["b", "c/d"])), path);
        let package = Capability::NpmInstall {
            package: String::new(),
        };
        assert_eq!(place(package), Some(vec!["package".into()]));
        for (host, is_one) in [
            ("*", true),
            ("*.example.org", true),
            ("[::1]", true),
            ("a.*", false),
            ("https://a.org", false),
        ] {
            let found = place(Capability::Http { host: host.into() });
            assert_eq!(found.is_none(), is_one, "{host}");
        }
        for (name, is_one) in [
            ("HOME", true),
            ("LC_*", true),
            ("*", true),
            ("*_X", false),
            ("A=b", false),
        ] {
            let found = place(Capability::Env { name: name.into() });
            assert_eq!(found.is_none(), is_one, "{name}");
        }
        for (host, is_one) in [("/data", true), ("C:\\data", true), ("data", false)] {
            let found = place(Capability::Mount {
                host: host.into(),
                guest: "/x".parse().unwrap(),
                access: crate::base::types::Access::ReadOnly,
            });
            assert_eq!(found.is_none(), is_one, "{host}");
        }
    }
}
