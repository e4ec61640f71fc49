//! Checks of the extension's identity: its id, name and version, authors, and repository.

use url::Url;

use super::{
    Subject,
    code::Code,
    finding::{Finding, Findings},
};
use crate::package::declarative::Severity;
use crate::package::manifest::{ManifestFile, PartialManifest};

pub(super) fn check(subject: Subject<'_>, draft: &PartialManifest, findings: &mut Findings) {
    schema(draft, findings);
    id(subject, draft, findings);
    name(subject, draft, findings);
    version(draft, findings);
    people(draft, findings);
    repository(draft, findings);
}

/// Adds that a part of a name is reserved. What is published keeps its name for ever, and some have
/// had theirs for longer than the rule is there.
fn reserved(
    subject: Subject<'_>,
    draft: &PartialManifest,
    key: &str,
    code: Code,
    problem: String,
    findings: &mut Findings,
) {
    let finding = Finding::in_manifest(draft, &[key.into()], code, problem);
    findings.add(match subject.is_archive {
        true => finding.with_severity(Severity::Note),
        false => finding,
    });
}

fn add(
    findings: &mut Findings,
    draft: &PartialManifest,
    key: &str,
    code: Code,
    problem: impl Into<String>,
) {
    findings.in_manifest(draft, &[key.into()], code, problem);
}

fn schema(draft: &PartialManifest, findings: &mut Findings) {
    let key = "schema_version";
    let problem = match draft.schema_version {
        Some(1) => return,
        Some(other) => format!("`{key}` is {other}, and registries take 1 alone"),
        // It is of another type, or of a file that has none.
        None if draft.has(&[key.into()]) || draft.source == ManifestFile::Json => return,
        None => format!("`{key}` is missing, which stands for a format that no registry takes"),
    };
    add(findings, draft, key, Code::SchemaVersion, problem);
}

fn id(subject: Subject<'_>, draft: &PartialManifest, findings: &mut Findings) {
    let key = "id";
    // A legacy manifest's is its folder's name.
    let own = (draft.source == ManifestFile::Json).then_some(draft.manifest.id.as_str());
    let Some(id) = draft.text(&[key.into()]).or(own) else {
        return;
    };
    // Hosts accept `_` and registries do not; other mistakes were found when the manifest was read.
    if draft.manifest.id.as_str() == id && id.contains('_') {
        let nearest = id.replace('_', "-");
        let finding = Finding::in_manifest(
            draft,
            &[key.into()],
            Code::IdInvalid,
            format!("`{id}` contains `_`, which no registry takes"),
        );
        findings.add(finding.with_fix(Some(format!("write `{nearest}`"))));
    }
    let id = id.to_lowercase();
    for (is_broken, problem) in [
        (id.starts_with("zed-"), "starts with `zed-`"),
        (id.ends_with("-zed"), "ends with `-zed`"),
        (id.contains("extension"), "contains `extension`"),
    ] {
        if is_broken {
            let problem = format!("`{id}` {problem}");
            reserved(subject, draft, key, Code::IdReserved, problem, findings);
        }
    }
}

fn name(subject: Subject<'_>, draft: &PartialManifest, findings: &mut Findings) {
    let key = "name";
    let own = (draft.source == ManifestFile::Json).then_some(draft.manifest.name.as_str());
    let Some(name) = draft.text(&[key.into()]).or(own) else {
        return;
    };
    if name.trim().is_empty() {
        add(findings, draft, key, Code::NameEmpty, "the name is empty");
        return;
    }
    for (is_broken, problem) in [
        (name.starts_with("Zed "), "starts with `Zed`"),
        (name.ends_with(" Zed"), "ends with `Zed`"),
        (
            name.to_lowercase().contains("extension"),
            "contains `extension`",
        ),
    ] {
        if is_broken {
            let problem = format!("`{name}` {problem}");
            reserved(subject, draft, key, Code::NameReserved, problem, findings);
        }
    }
}

fn version(draft: &PartialManifest, findings: &mut Findings) {
    let key = "version";
    // That it is missing, or of another type, was said where the manifest was read.
    let is_there = draft.source == ManifestFile::Json || draft.text(&[key.into()]).is_some();
    if is_there && draft.manifest.semantic_version().is_none() {
        let problem = format!("`{}` is not a semantic version", draft.manifest.version);
        add(findings, draft, key, Code::VersionInvalid, problem);
    }
}

fn people(draft: &PartialManifest, findings: &mut Findings) {
    let description = draft.manifest.description.as_deref().unwrap_or_default();
    let key = "description";
    if description.trim().is_empty()
        && (draft.text(&[key.into()]).is_some() || !draft.has(&[key.into()]))
    {
        let problem = "nothing says what the extension is for";
        add(findings, draft, key, Code::DescriptionMissing, problem);
    }
    let key = "authors";
    if draft.manifest.authors.is_empty() {
        // A list of something else was complained of before.
        if draft
            .errors
            .iter()
            .all(|error| !error.key().unwrap_or_default().starts_with(key))
        {
            let problem = "nothing says who wrote the extension";
            add(findings, draft, key, Code::AuthorsMissing, problem);
        }
    }
    for (at, author) in draft.texts(&[key.into()]) {
        if !has_address(author) {
            let problem = format!("`{author}` is not of the form `Name <mail>`");
            let path = [key.into(), at.into()];
            findings.in_manifest(draft, &path, Code::AuthorForm, problem);
        }
    }
}

/// Whether an author is written as `Name <mail>`.
fn has_address(author: &str) -> bool {
    let parts = author
        .trim()
        .strip_suffix('>')
        .and_then(|rest| rest.split_once(" <"));
    parts.is_some_and(|(name, mail)| {
        let mail = mail.split_once('@');
        !name.trim().is_empty()
            && mail.is_some_and(|(user, server)| !user.is_empty() && !server.is_empty())
    })
}

fn repository(draft: &PartialManifest, findings: &mut Findings) {
    let key = "repository";
    let Some(text) = draft.manifest.repository.as_deref() else {
        if !draft.has(&[key.into()]) {
            let problem = "nothing says where the source is";
            add(findings, draft, key, Code::RepositoryMissing, problem);
        }
        return;
    };
    let problem = match Url::parse(text) {
        Ok(url) if url.scheme() == "https" && url.path() != "/" => return,
        Ok(url) if url.scheme() == "https" => {
            format!("`{text}` names a server, and no source there")
        }
        Ok(_) => format!("`{text}` is not an https address"),
        Err(error) => format!("`{text}` is not an address: {error}"),
    };
    add(findings, draft, key, Code::RepositoryInvalid, problem);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_has_a_name_and_an_address() {
        for author in ["Ada <ada@example.org>", "A B <a@b>", " Ada <a+b@c.d> "] {
            assert!(has_address(author), "{author}");
        }
        for author in [
            "Ada",
            "<a@b>",
            " <a@b>",
            "Ada a@b",
            "Ada <ab>",
            "Ada <@b>",
            "Ada <a@>",
            "Ada <a@b> x",
        ] {
            assert!(!has_address(author), "{author}");
        }
    }
}
