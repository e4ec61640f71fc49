//! Checks that the component can answer for what the manifest names, and is needed at all.

use semver::Version;

use super::{
    code::Code,
    finding::{Finding, Findings},
};
use crate::{
    package::manifest::{Manifest, PartialManifest},
    runtime::api::{Compatibility, EXPORTS},
};

/// A table of the manifest whose entries a component serves, and the export by which it does.
struct Part {
    table: &'static str,
    export: &'static str,
    is_in: fn(&Manifest) -> bool,
}

const PARTS: [Part; 6] = [
    Part {
        table: "language_servers",
        export: "language-server-command",
        is_in: |manifest| !manifest.language_servers.is_empty(),
    },
    Part {
        table: "context_servers",
        export: "context-server-command",
        is_in: |manifest| !manifest.context_servers.is_empty(),
    },
    Part {
        table: "slash_commands",
        export: "run-slash-command",
        is_in: |manifest| !manifest.slash_commands.is_empty(),
    },
    Part {
        table: "indexed_docs_providers",
        export: "index-docs",
        is_in: |manifest| !manifest.indexed_docs_providers.is_empty(),
    },
    Part {
        table: "debug_adapters",
        export: "get-dap-binary",
        is_in: |manifest| !manifest.debug_adapters.is_empty(),
    },
    Part {
        table: "debug_locators",
        export: "dap-locator-create-scenario",
        is_in: |manifest| !manifest.debug_locators.is_empty(),
    },
];

/// Whether a manifest names what only a component can serve, or says that there is one.
pub(super) fn needs_component(manifest: &Manifest) -> bool {
    manifest.lib.kind.is_some() || PARTS.iter().any(|part| (part.is_in)(manifest))
}

/// Checks the manifest against its component. Every component has all exports of its world, so it is the API
/// version that says what it can answer.
pub(super) fn check(
    partial: &PartialManifest,
    has_component: bool,
    compatibility: Option<&Compatibility>,
    findings: &mut Findings,
) {
    let named = PARTS.iter().filter(|part| (part.is_in)(&partial.manifest));
    let named: Vec<&Part> = named.collect();
    if !has_component {
        let table = named.first().map(|part| part.table);
        let said = partial.manifest.lib.kind.is_some().then_some("lib");
        if let Some(key) = table.or(said) {
            let problem = format!("`{key}` needs a component, and there is none");
            findings.in_manifest(partial, &[key.into()], Code::ComponentMissing, problem);
        }
        return;
    }
    let Some(compatibility) = compatibility else {
        return;
    };
    for part in &named {
        let Some(since) = since(part.export) else {
            continue;
        };
        if compatibility.api < since {
            let problem = format!(
                "the component's API is {}, which has no `{}` that could answer for `{}`: that came with {since}",
                compatibility.api, part.export, part.table
            );
            let code = Code::ComponentUnanswered;
            let finding = Finding::in_manifest(partial, &[part.table.into()], code, problem);
            let fix = format!(
                "build with `zed_extension_api` {since} or later, or take `{}` out",
                part.table
            );
            findings.add(finding.with_fix(Some(fix)));
        }
    }
    if named.is_empty() {
        let tables: Vec<_> = PARTS
            .iter()
            .map(|part| format!("`{}`", part.table))
            .collect();
        let problem = format!(
            "the component is never asked for anything: the manifest has none of {}",
            tables.join(", ")
        );
        findings.add(Finding::new(Code::ComponentUnused, problem).in_file(partial.source.name()));
    }
}

/// The API version that brought an export.
fn since(export: &str) -> Option<Version> {
    let export = EXPORTS.iter().find(|known| known.name == export)?;
    export.since.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_export() {
        for part in &PARTS {
            assert!(since(part.export).is_some(), "{}", part.export);
        }
    }
}
