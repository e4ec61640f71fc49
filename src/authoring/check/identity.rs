//! Checks of the extension's identity: its id, name and version, authors, and repository.

use url::Url;

use super::{
    Subject,
    code::Code,
    finding::{Finding, Findings},
    reserved::{Refusal, refusals_of_id, refusals_of_name},
};
use crate::package::declarative::Severity;
use crate::package::manifest::{ManifestFile, PartialManifest};

pub(super) fn check(subject: Subject<'_>, partial: &PartialManifest, findings: &mut Findings) {
    schema(partial, findings);
    id(subject, partial, findings);
    name(subject, partial, findings);
    version(partial, findings);
    people(partial, findings);
    repository(partial, findings);
}

/// Adds that a part of a name is reserved. What is published keeps its name for ever, and some have
/// had theirs for longer than the rule is there.
fn reserved(
    subject: Subject<'_>,
    partial: &PartialManifest,
    key: &str,
    code: Code,
    problem: String,
    findings: &mut Findings,
) {
    let finding = Finding::in_manifest(partial, &[key.into()], code, problem);
    findings.add(match subject.is_archive {
        true => finding.with_severity(Severity::Note),
        false => finding,
    });
}

fn add(
    findings: &mut Findings,
    partial: &PartialManifest,
    key: &str,
    code: Code,
    problem: impl Into<String>,
) {
    findings.in_manifest(partial, &[key.into()], code, problem);
}

fn schema(partial: &PartialManifest, findings: &mut Findings) {
    let key = "schema_version";
    let problem = match partial.schema_version {
        Some(1) => return,
        Some(other) => format!("`{key}` is {other}, and registries take 1 alone"),
        // It is of another type, or of a file that has none.
        None if partial.has(&[key.into()]) || partial.source == ManifestFile::Json => return,
        None => format!("`{key}` is missing, which stands for a format that no registry takes"),
    };
    add(findings, partial, key, Code::SchemaVersion, problem);
}

fn id(subject: Subject<'_>, partial: &PartialManifest, findings: &mut Findings) {
    let key = "id";
    // A legacy manifest's is its folder's name.
    let own = (partial.source == ManifestFile::Json).then_some(partial.manifest.id.as_str());
    let Some(id) = partial.text(&[key.into()]).or(own) else {
        return;
    };
    // Hosts accept `_` and registries do not; other mistakes were found when the manifest was read.
    if partial.manifest.id.as_str() == id && id.contains('_') {
        let nearest = id.replace('_', "-");
        let finding = Finding::in_manifest(
            partial,
            &[key.into()],
            Code::IdInvalid,
            format!("`{id}` contains `_`, which no registry takes"),
        );
        findings.add(finding.with_fix(Some(format!("write `{nearest}`"))));
    }
    let id = id.to_lowercase();
    let refusals = refusals_of_id(&id).into_iter();
    // That was said before.
    for refusal in refusals.filter(|it| *it != Refusal::Contains("_")) {
        let problem = format!("`{id}` {refusal}");
        reserved(subject, partial, key, Code::IdReserved, problem, findings);
    }
}

fn name(subject: Subject<'_>, partial: &PartialManifest, findings: &mut Findings) {
    let key = "name";
    let own = (partial.source == ManifestFile::Json).then_some(partial.manifest.name.as_str());
    let Some(name) = partial.text(&[key.into()]).or(own) else {
        return;
    };
    if name.trim().is_empty() {
        add(findings, partial, key, Code::NameEmpty, "the name is empty");
        return;
    }
    for refusal in refusals_of_name(name) {
        let problem = format!("`{name}` {refusal}");
        reserved(subject, partial, key, Code::NameReserved, problem, findings);
    }
}

fn version(partial: &PartialManifest, findings: &mut Findings) {
    let key = "version";
    // That it is missing, too long or of another type, was said where the manifest was read.
    let is_said = partial.errors.iter().any(|error| error.key() == Some(key));
    let is_there =
        partial.source == ManifestFile::Json || (!is_said && partial.text(&[key.into()]).is_some());
    if !is_there {
        return;
    }
    let (code, problem) = match partial.manifest.extension_version() {
        Ok(version) if version.is_semantic() => return,
        Ok(version) => {
            let problem = format!(
                "`{version}` is not a semantic version, which Zed needs to find an update; it reads as {}",
                version.reading()
            );
            (Code::VersionForm, problem)
        }
        Err(error) => (Code::VersionInvalid, error.to_string()),
    };
    add(findings, partial, key, code, problem);
}

fn people(partial: &PartialManifest, findings: &mut Findings) {
    let description = partial.manifest.description.as_deref().unwrap_or_default();
    let key = "description";
    if description.trim().is_empty()
        && (partial.text(&[key.into()]).is_some() || !partial.has(&[key.into()]))
    {
        let problem = "nothing says what the extension is for";
        add(findings, partial, key, Code::DescriptionMissing, problem);
    }
    let key = "authors";
    if partial.manifest.authors.is_empty() {
        // A list of something else was complained of before.
        if partial
            .errors
            .iter()
            .all(|error| !error.key().unwrap_or_default().starts_with(key))
        {
            let problem = "nothing says who wrote the extension";
            add(findings, partial, key, Code::AuthorsMissing, problem);
        }
    }
    for (at, author) in partial.texts(&[key.into()]) {
        if is_placeholder_author(author) {
            let problem = format!("`{author}` is a placeholder");
            let path = [key.into(), at.into()];
            findings.in_manifest(partial, &path, Code::AuthorPlaceholder, problem);
        } else if !has_address(author) {
            let problem = format!("`{author}` is not of the form `Name <mail>`");
            let path = [key.into(), at.into()];
            findings.in_manifest(partial, &path, Code::AuthorForm, problem);
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

/// The beginning of the address that stands for a repository in new extensions, until their authors know it.
pub const PLACEHOLDER_REPOSITORY: &str = "https://github.com/your-name/";

/// What templates and guides put in the place of an author's name, without case, `-` and `_`.
const PLACEHOLDER_NAMES: [&str; 11] = [
    "yourname",
    "yourusername",
    "yourgithubusername",
    "youruser",
    "yourorg",
    "yourorganization",
    "yourcompany",
    "myusername",
    "username",
    "owner",
    "repoowner",
];

/// The author that new extensions have where nothing says who it is: a name and a mail address.
pub const PLACEHOLDER_AUTHOR: (&str, &str) = ("Your Name", "you@example.com");

fn is_placeholder_author(author: &str) -> bool {
    let (name, mail) = PLACEHOLDER_AUTHOR;
    let author = author.to_ascii_lowercase();
    author.contains(mail) || author.trim_start().starts_with(&name.to_ascii_lowercase())
}

/// Whether the first folder of an address, which is the owner's on hosts of code, is a word that stands for a name.
fn stands_for_a_name(address: &str) -> bool {
    let path = address.split_once("://").map_or(address, |(_, rest)| rest);
    let mut segments = path.split('/').skip(1);
    let owner = segments.next().unwrap_or_default();
    // `<owner>`, `{owner}`, `[owner]`, `$OWNER`.
    let is_bracketed = owner.starts_with(['<', '{', '[', '$']) || owner.starts_with("%3C");
    let letters = owner.chars().filter(|it| !matches!(it, '-' | '_'));
    let word: String = letters.map(|it| it.to_ascii_lowercase()).collect();
    is_bracketed || PLACEHOLDER_NAMES.contains(&word.as_str())
}

fn repository(partial: &PartialManifest, findings: &mut Findings) {
    let key = "repository";
    let Some(text) = partial.manifest.repository.as_deref() else {
        if !partial.has(&[key.into()]) {
            let problem = "nothing says where the source is";
            add(findings, partial, key, Code::RepositoryMissing, problem);
        }
        return;
    };
    if stands_for_a_name(text) {
        let problem = format!("`{text}` is a placeholder");
        add(findings, partial, key, Code::RepositoryPlaceholder, problem);
        return;
    }
    let problem = match Url::parse(text) {
        Ok(url) if url.scheme() == "https" && url.path() != "/" => return,
        Ok(url) if url.scheme() == "https" => {
            format!("`{text}` names a server, and no source there")
        }
        Ok(_) => format!("`{text}` is not an https address"),
        Err(error) => format!("`{text}` is not an address: {error}"),
    };
    add(findings, partial, key, Code::RepositoryInvalid, problem);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_stand_for_a_name_are_not_the_owner_of_a_repository() {
        for owner in [
            "your-name",
            "YOUR_NAME",
            "your-username",
            "username",
            "OWNER",
            "<owner>",
            "{owner}",
        ] {
            for rest in ["", "/", "/x"] {
                let address = format!("https://github.com/{owner}{rest}");
                assert!(stands_for_a_name(&address), "{address}");
            }
        }
        for address in [
            "https://github.com/ada/your-name",
            "https://owner.dev/x",
            "https://github.com/",
            "owner",
        ] {
            assert!(!stands_for_a_name(address), "{address}");
        }
        assert!(is_placeholder_author("Your Name <ada@example.org>"));
        assert!(!is_placeholder_author("Ada <ada@example.org>"));
    }

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
