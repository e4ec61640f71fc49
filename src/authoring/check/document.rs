//! Checks of the manifest as a document: what it says in a form that cannot be read, what nothing reads, and what it
//! says twice.

use std::collections::BTreeSet;

use super::{
    Subject,
    code::Code,
    finding::{Finding, Findings},
};
use crate::{
    base::{fs, hint::Hint as _},
    package::manifest::{
        Error, ManifestError, ManifestErrorKind, ManifestFile, PartialManifest, Step, Warning,
        WarningKind,
    },
};

/// Returns the finding for a missing or unreadable manifest.
pub(super) fn of_error(error: &Error) -> Finding {
    let code = match error {
        Error::NotFound { .. } => Code::ManifestMissing,
        Error::Invalid(error) => return of_complaint(error),
        _ => Code::ManifestUnreadable,
    };
    let problem = match error {
        Error::NotFound { .. } => "the folder has no manifest".into(),
        Error::TooLarge { limit, .. } => format!("the manifest is larger than {limit} bytes"),
        Error::WrongKind { .. } => "the manifest is not a plain file".into(),
        Error::File(error) => {
            let cause = std::error::Error::source(error).map(ToString::to_string);
            format!(
                "the manifest, or its folder, cannot be read: {}",
                cause.unwrap_or_default()
            )
        }
        error => error.to_string(),
    };
    let file = match error {
        Error::TooLarge { file, .. } => file.name().into(),
        Error::WrongKind { path, .. } => path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        _ => ManifestFile::Toml.name().into(),
    };
    Finding::new(code, problem).in_file(file)
}

fn of_complaint(error: &ManifestError) -> Finding {
    let is_of_capability = error
        .key()
        .is_some_and(|key| key.starts_with("capabilities["));
    let code = match error.kind() {
        ManifestErrorKind::Syntax => Code::ManifestSyntax,
        _ if is_of_capability => Code::CapabilityMalformed,
        _ if error.key() == Some("schema_version") => Code::SchemaVersion,
        ManifestErrorKind::MissingKey => Code::ManifestMissingKey,
        ManifestErrorKind::WrongType => Code::ManifestWrongType,
        ManifestErrorKind::Path => Code::ManifestPath,
        ManifestErrorKind::Id => Code::IdInvalid,
        ManifestErrorKind::GrammarName => Code::GrammarName,
        ManifestErrorKind::InvalidValue => Code::ManifestInvalidValue,
    };
    Finding::new(code, error.message())
        .in_file(error.file().name())
        .at(error.place())
        .of_key(error.key())
        .with_fix(error.hint())
}

/// A registry takes `extension.toml` alone, and hosts of before read the other first.
pub(super) fn check_legacy(
    subject: Subject<'_>,
    partial: Option<&PartialManifest>,
    findings: &mut Findings,
) {
    let file = ManifestFile::Json.name();
    if fs::symlink_metadata(&subject.folder.join(file)).is_err() {
        return;
    }
    let problem = match partial {
        Some(partial) if partial.source == ManifestFile::Toml => {
            "there is an `extension.toml` as well, and registries refuse this one"
        }
        _ => "registries take `extension.toml` alone",
    };
    findings.add(Finding::new(Code::ManifestSuperseded, problem).in_file(file));
}

pub(super) fn check(partial: &PartialManifest, findings: &mut Findings) {
    findings.extend(partial.errors.iter().map(of_complaint));
    for warning in &partial.warnings {
        findings.extend(of_warning(partial, warning));
    }
    for list in ["authors", "themes", "icon_themes", "languages", "snippets"] {
        check_list(partial, &[list.into()], findings);
    }
    for id in partial.manifest.language_servers.keys() {
        let server = ["language_servers".into(), id.as_str().into()];
        for list in ["languages", "code_action_kinds"] {
            check_list(partial, &[server[0], server[1], list.into()], findings);
        }
    }
}

fn of_warning(partial: &PartialManifest, warning: &Warning) -> Option<Finding> {
    let key = warning.key();
    let is_of_capability = key.starts_with("capabilities[");
    let code = match warning.kind() {
        WarningKind::UnknownKey => Code::ManifestUnknownKey,
        WarningKind::UnknownValue if is_of_capability => Code::CapabilityUnknown,
        WarningKind::UnknownValue => Code::ManifestUnknownValue,
        // The identity's rules say more of it.
        WarningKind::MissingKey if key == "schema_version" => return None,
        WarningKind::MissingKey if key.starts_with("language_servers.") => {
            Code::LanguageServerLanguages
        }
        WarningKind::MissingKey => Code::ManifestMissingKey,
    };
    let fix = warning
        .nearest()
        .map(|nearest| format!("did you mean `{nearest}`?"));
    Some(
        Finding::new(code, warning.problem())
            .in_file(partial.source.name())
            .at(warning.place())
            .of_key(Some(key))
            .with_fix(fix),
    )
}

/// Names what stands in a list of texts for the second time; paths are the same in any spelling.
fn check_list(partial: &PartialManifest, list: &[Step<'_>], findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (at, text) in partial.texts(list) {
        let plain = text.strip_prefix("./").unwrap_or(text);
        if !seen.insert(plain) {
            let path: Vec<Step<'_>> = list.iter().copied().chain([at.into()]).collect();
            let problem = format!("`{text}` is there twice");
            findings.in_manifest(partial, &path, Code::ManifestDuplicate, problem);
        }
    }
}
