//! The component: that it is one, which API it was built with, and that it fits.

use std::{collections::BTreeSet, io::Read as _};

use super::{
    Subject,
    code::Code,
    finding::{Finding, Findings},
};
use crate::{
    base::{fs, hint::Hint as _},
    package::{
        capability::Capability,
        component_type::ComponentType,
        manifest::{PartialManifest, Step},
        version::ComponentError,
    },
    runtime::{
        api::{self, Compatibility, HostError, Incompatibility},
        engine::EngineError,
    },
};

/// The component's name in an extension's folder.
pub(super) const FILE: &str = "extension.wasm";

/// The most bytes of a component that are read: what an archive may have.
const MOST_BYTES: u64 = 256 << 20;

/// The most bytes that a component has without a word: published ones have 20 MB at the most.
const USUAL_BYTES: usize = 32 << 20;

/// The file in the component's place.
#[derive(Debug)]
pub(super) enum Wasm {
    Absent,
    /// Something that cannot be read, which was said.
    Unusable,
    /// A core module where there are sources of a component.
    LeftOver,
    Bytes(Vec<u8>),
}

impl Wasm {
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent | Self::LeftOver)
    }

    pub(super) fn is_left_over(&self) -> bool {
        matches!(self, Self::LeftOver)
    }

    /// The same, where a core module that nothing serves counts as left over from a build.
    pub(super) fn without_core_module(self) -> Self {
        match self {
            Self::Bytes(bytes) if is_core_module(&bytes) => Self::LeftOver,
            other => other,
        }
    }

    pub(super) fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

fn is_core_module(wasm: &[u8]) -> bool {
    matches!(
        api::examine(wasm),
        Err(HostError::Engine(EngineError::Component(
            ComponentError::CoreModule
        )))
    )
}

/// Reads the component. Links and what is not a file are among what is said of all files, where these can be
/// listed.
pub(super) fn read(subject: Subject<'_>, files_are_checked: bool, findings: &mut Findings) -> Wasm {
    let path = subject.folder.join(FILE);
    let finding = match fs::symlink_metadata(&path) {
        Err(error) if error.is_not_found() => return Wasm::Absent,
        Err(error) => Finding::unreadable(&error),
        Ok(metadata) if metadata.is_file() => {
            let mut bytes = Vec::new();
            let outcome = fs::open_regular(&path).and_then(|file| {
                file.take(MOST_BYTES + 1)
                    .read_to_end(&mut bytes)
                    .map_err(|source| fs::Error::new("read", &path, source))
            });
            match outcome {
                Ok(length) if length as u64 <= MOST_BYTES => return Wasm::Bytes(bytes),
                Ok(_) => Finding::new(
                    Code::ComponentInvalid,
                    format!("it is larger than {MOST_BYTES} bytes, and not read"),
                ),
                Err(error) => Finding::unreadable(&error),
            }
        }
        Ok(_) if files_are_checked => return Wasm::Unusable,
        Ok(metadata) if metadata.is_symlink() => Finding::new(Code::FileLink, "it is a link"),
        Ok(_) => Finding::new(Code::FileKind, "it is not a plain file"),
    };
    findings.add(finding.in_file(FILE));
    Wasm::Unusable
}

/// Checks a component, and what its manifest says of it; tells which adapter serves it.
pub(super) fn check(
    wasm: &[u8],
    partial: Option<&PartialManifest>,
    findings: &mut Findings,
) -> Option<Compatibility> {
    let file = partial.is_some().then_some(FILE);
    let in_file = |finding: Finding| match file {
        Some(file) => finding.in_file(file),
        None => finding,
    };
    if wasm.len() > USUAL_BYTES {
        let problem = format!("the component has {} MiB", wasm.len() >> 20);
        findings.add(in_file(Finding::new(Code::ComponentSize, problem)));
    }
    let compatibility = match api::examine(wasm) {
        Ok(compatibility) => Some(compatibility),
        Err(error) => {
            findings.extend(of_error(&error, file));
            None
        }
    };
    let Ok(component) = ComponentType::of_component(wasm) else {
        return compatibility;
    };
    findings.extend(of_system(&component).into_iter().map(in_file));
    if let Some(compatibility) = &compatibility {
        for name in api::unused_exports(wasm).unwrap_or_default() {
            let problem = format!(
                "it exports `{name}`, which API {} does not have",
                compatibility.api
            );
            findings.add(in_file(Finding::new(Code::ComponentNeverAsked, problem)));
        }
    }
    if let Some(partial) = partial {
        check_version(partial, compatibility.as_ref(), findings);
        check_capabilities(partial, wasm, findings);
    }
    compatibility
}

/// Returns the finding for a component that no adapter serves.
pub(super) fn of_error(error: &HostError, file: Option<&str>) -> Vec<Finding> {
    let code = match error {
        HostError::Engine(EngineError::Component(error)) => match error {
            ComponentError::CoreModule => Code::ComponentCoreModule,
            ComponentError::Command { .. } => Code::ComponentCommand,
            ComponentError::NoVersion => Code::ComponentApiMissing,
            ComponentError::VersionLength { .. }
            | ComponentError::TwoVersions { .. }
            | ComponentError::Prerelease { .. } => Code::ComponentApiAmbiguous,
            _ => Code::ComponentInvalid,
        },
        HostError::Unsupported(_) => Code::ComponentApiUnsupported,
        HostError::Unfit {
            incompatibilities, ..
        } if !incompatibilities.iter().any(is_of_engine) => Code::ComponentUnfit,
        _ => Code::ComponentNotCompiled,
    };
    let problems = match error {
        HostError::Unfit {
            api,
            incompatibilities,
            ..
        } => incompatibilities
            .iter()
            .map(|incompatibility| match incompatibility {
                Incompatibility::Link { message } => format!("it cannot be linked: {message}"),
                incompatibility => format!("it was built with API {api}, but {incompatibility}"),
            })
            .collect(),
        error => vec![error.to_string()],
    };
    let finding = |problem| {
        // The way out of a version that is too new is the author's, not the installing user's.
        let hint = error
            .hint()
            .filter(|_| code != Code::ComponentApiUnsupported);
        let finding = Finding::new(code, problem).with_fix(hint);
        match file {
            Some(file) => finding.in_file(file),
            None => finding,
        }
    };
    problems.into_iter().map(finding).collect()
}

fn is_of_engine(incompatibility: &Incompatibility) -> bool {
    matches!(incompatibility, Incompatibility::Link { .. })
}

/// Returns the findings about the interfaces of WASI that a component imports.
fn of_system(component: &ComponentType) -> Vec<Finding> {
    let names = component.imports.keys();
    let interfaces: BTreeSet<&str> = names
        .filter_map(|name| name.interface.as_deref())
        .filter(|interface| interface.starts_with("wasi:"))
        .collect();
    let mut findings = Vec::new();
    for interface in &interfaces {
        let version = interface.split_once('@').map_or("", |(_, version)| version);
        if !version.starts_with("0.2.") {
            let problem = format!("it imports `{interface}`, which is not of WASI preview 2");
            findings.push(Finding::new(Code::ComponentWasi, problem));
        }
    }
    for package in ["wasi:http", "wasi:sockets"] {
        let is_of_it = |interface: &&str| interface.split('/').next() == Some(package);
        if interfaces.iter().any(is_of_it) {
            let problem = format!("it imports `{package}`, whose every connection is refused");
            findings.push(Finding::new(Code::ComponentNetwork, problem));
        }
    }
    findings
}

fn check_version(
    partial: &PartialManifest,
    compatibility: Option<&Compatibility>,
    findings: &mut Findings,
) {
    if let (Some(said), Some(compatibility)) = (&partial.manifest.lib.version, compatibility)
        && *said != compatibility.api
    {
        let problem = format!(
            "the manifest says API {said}, and the component was built with {}",
            compatibility.api
        );
        let path = ["lib".into(), "version".into()];
        findings.in_manifest(partial, &path, Code::ComponentVersionDiffers, problem);
    }
}

/// Checks functions of the host that a component imports and that need a capability, where the manifest lists
/// none. That they are imported does not say that they are called, so nothing of this is an error.
fn check_capabilities(partial: &PartialManifest, wasm: &[u8], findings: &mut Findings) {
    let asked = api::host_imports(wasm).unwrap_or_default();
    for (function, kind, code) in [
        (
            "run-command",
            Capability::PROCESS_EXEC,
            Code::CapabilityMissing,
        ),
        (
            "download-file",
            Capability::DOWNLOAD_FILE,
            Code::CapabilityUndeclared,
        ),
        (
            "npm-install-package",
            Capability::NPM_INSTALL,
            Code::CapabilityUndeclared,
        ),
    ] {
        let Some(name) = asked.get(function) else {
            continue;
        };
        if is_listed(partial, kind) {
            continue;
        }
        let problem = format!("the component imports `{name}`, and no `{kind}` is asked for");
        let path = ["capabilities".into()];
        let finding = Finding::in_manifest(partial, &path, code, problem);
        findings.add(finding.with_fix(Some(example(kind))));
    }
}

/// Whether a capability of a kind is listed, be it malformed.
fn is_listed(partial: &PartialManifest, kind: &str) -> bool {
    let list = Step::Key("capabilities");
    (0..)
        .take_while(|at| partial.has(&[list, Step::Item(*at)]))
        .any(|at| partial.text(&[list, Step::Item(at), Step::Key("kind")]) == Some(kind))
}

/// A capability of a kind, as it is written.
fn example(kind: &str) -> String {
    let rest = match kind {
        Capability::PROCESS_EXEC => "command = \"…\"\nargs = [\"**\"]",
        Capability::DOWNLOAD_FILE => "host = \"github.com\"\npath = [\"owner\", \"name\", \"**\"]",
        _ => "package = \"…\"",
    };
    let rest = rest.replace('\n', ", ");
    format!("add `{{ kind = \"{kind}\", {rest} }}` to the manifest's list `capabilities`")
}
