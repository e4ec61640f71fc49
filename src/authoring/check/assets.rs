//! Themes, icon themes, languages, grammars, snippets and schemas.

use super::{
    Ruleset, Subject,
    code::Code,
    files::Covered,
    finding::{Finding, Findings},
};
use crate::package::declarative::Severity;
use crate::package::{
    declarative::{Declarative, Finding as AssetFinding, FindingKind},
    manifest::PartialManifest,
};

pub(super) fn check(
    subject: Subject<'_>,
    partial: &PartialManifest,
    covered: &Covered,
    findings: &mut Findings,
) {
    let declarative = Declarative::read(subject.folder, &partial.manifest);
    for finding in declarative.findings.iter().chain(&declarative.zed_findings) {
        let is_said = match finding.kind {
            FindingKind::Unreadable | FindingKind::NotBuilt => covered.has(&finding.file),
            // By the rules on the manifest, with its place there.
            FindingKind::NamedTwice => true,
            _ => false,
        };
        if !is_said {
            findings.add(of_asset(finding, findings.ruleset()));
        }
    }
    for language in &declarative.languages {
        let grammar = language.grammar.as_deref();
        if grammar.is_some_and(|name| partial.manifest.grammars.contains_key(name)) {
            continue;
        }
        for query in &language.queries {
            let name = &language.name;
            let problem = format!("the language `{name}` has this query, and no grammar for it");
            findings
                .add(Finding::new(Code::QueryWithoutGrammar, problem).in_file(query.path.as_str()));
        }
    }
}

fn of_asset(finding: &AssetFinding, ruleset: Ruleset) -> Finding {
    let is_grammar = finding.file.as_str().ends_with(".wasm");
    let code = match finding.kind {
        FindingKind::Unreadable => Code::FileUnreadable,
        FindingKind::TooLarge => Code::AssetTooLarge,
        FindingKind::Syntax if is_grammar => Code::GrammarInvalid,
        FindingKind::Syntax => Code::AssetSyntax,
        FindingKind::MissingKey => Code::AssetMissingKey,
        FindingKind::UnknownKey => Code::AssetUnknownKey,
        FindingKind::WrongType => Code::AssetWrongType,
        FindingKind::InvalidValue => Code::AssetInvalidValue,
        FindingKind::UnknownName => Code::AssetUnknownName,
        FindingKind::Duplicate | FindingKind::NamedTwice => Code::AssetDuplicate,
        FindingKind::Deprecated => Code::ThemeDeprecatedColour,
        FindingKind::NotBuilt => Code::GrammarNotBuilt,
        FindingKind::More => Code::More,
    };
    // A deprecated key still works everywhere, and is refused all the same.
    let severity = match finding.kind {
        FindingKind::Deprecated => Severity::Error,
        _ if finding.stops_zed && ruleset == Ruleset::Zed => Severity::Error,
        _ => finding.severity,
    };
    Finding::new(code, finding.problem.as_str())
        .with_severity(severity)
        .in_file(finding.file.as_str())
        .at(finding.place)
        .with_fix(finding.hint.as_deref())
}
