//! The package that a component is built from, a Rust one most often: what can be said of it before it is built.

use std::{io::Read as _, path::Path};

use semver::{Version, VersionReq};
use toml::de::DeTable;

use super::{
    Subject,
    answers::needs_component,
    code::Code,
    finding::{Finding, Findings},
};
use crate::{
    authoring::builder::newer_source,
    base::{fs, position::Position, types::ExtensionVersion},
    package::manifest::{Manifest, SourceMap, Step, shown},
    runtime::api::Families,
};

/// The package's own manifest.
pub(super) const FILE: &str = "Cargo.toml";

/// The most of it that is read, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// The crate that extensions are built with.
const API: &str = "zed_extension_api";

/// The highest number of a version's part that is tried to find one that a requirement allows.
const HIGHEST: u64 = 20;

/// The manifests of packages that other toolchains build components from.
const OTHERS: [&str; 5] = [
    "package.json",
    "pyproject.toml",
    "requirements.txt",
    "go.mod",
    "CMakeLists.txt",
];

/// The manifest of the package that a folder's component is built from, if there is one.
///
/// Other toolchains' manifests have other uses too, such as building icons: they only count where the extension's own
/// manifest needs a component.
pub(super) fn find(folder: &Path, manifest: Option<&Manifest>) -> Option<&'static str> {
    let is_file = |name: &&str| fs::metadata(&folder.join(name)).is_ok_and(|it| it.is_file());
    let others = match manifest {
        Some(manifest) if !needs_component(manifest) => &[],
        _ => &OTHERS[..],
    };
    std::iter::once(FILE)
        .chain(others.iter().copied())
        .find(is_file)
}

/// The state of what is built from the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// There is something in the component's place.
    Built,
    /// There is no component.
    Unbuilt,
    /// There is a core module in the component's place.
    LeftOver,
}

/// Checks what `source` is the manifest of, for an extension of this version.
pub(super) fn check(
    subject: Subject<'_>,
    source: &'static str,
    state: State,
    version: Option<&str>,
    findings: &mut Findings,
) {
    let problem = match state {
        State::Built => None,
        State::Unbuilt => Some("no component is built (no `extension.wasm`)"),
        State::LeftOver => Some("no component is built (`extension.wasm` is a core module)"),
    };
    if let Some(problem) = problem {
        let problem = format!("{problem}: the rules on components were not checked");
        findings.add(Finding::new(Code::SourceUnbuilt, problem).in_file(source));
    }
    if source != FILE {
        return;
    }
    match read(subject.sources) {
        Ok(source_map) => {
            crate_type(&source_map, findings);
            api(&source_map, findings);
            same_version(&source_map, version, findings);
        }
        Err(finding) => findings.add(finding.in_file(FILE)),
    }
    if state == State::Built
        && let Some(newer) = newer_source(subject.sources)
    {
        let problem = "it was changed after `extension.wasm` was built, which is what was checked";
        let names: Vec<_> = newer.iter().map(|name| name.to_string_lossy()).collect();
        findings.add(Finding::new(Code::SourceNewer, problem).in_file(names.join("/")));
    }
    leftovers(subject, findings);
}

/// Compares the package's version with the extension's; one that the workspace says is left to the author.
fn same_version(source_map: &SourceMap, version: Option<&str>, findings: &mut Findings) {
    let path = ["package".into(), "version".into()];
    let (Some(version), Some(own)) = (version, source_map.text(&path)) else {
        return;
    };
    let parse = |text: &str| text.trim().parse::<ExtensionVersion>().ok();
    // A package's version is always a semantic one: `1.0.0` for an extension's `1.0`.
    let reads_alike = parse(version).is_some_and(|it| parse(own).is_some_and(|own| own == it));
    // Where it is missing, that was said.
    if !version.is_empty() && version != own && !reads_alike {
        let problem = format!("the package's version is {own}, and the extension's {version}");
        findings.add(finding(
            source_map,
            &path,
            Code::SourceVersionDiffers,
            problem,
        ));
    }
}

fn read(folder: &Path) -> Result<SourceMap, Box<Finding>> {
    let path = folder.join(FILE);
    let mut bytes = Vec::new();
    let outcome = fs::open_regular(&path).and_then(|file| {
        file.take(MOST_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|source| fs::Error::new("read", &path, source))
    });
    outcome.map_err(|error| Box::new(Finding::unreadable(&error)))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Box::new(Finding::new(Code::SourceManifest, "the text is not UTF-8")))?;
    let table = DeTable::parse(&text).map_err(|error| {
        let problem = error.message().trim().replace('\n', ", ");
        let place = error
            .span()
            .map(|span| Position::of(text.as_bytes(), span.start));
        Box::new(Finding::new(Code::SourceManifest, problem).at(place))
    })?;
    Ok(SourceMap::new(&text, table.get_ref()))
}

fn finding(
    source_map: &SourceMap,
    path: &[Step<'_>],
    code: Code,
    problem: impl Into<String>,
) -> Finding {
    Finding::new(code, problem)
        .in_file(FILE)
        .at(source_map.place(path))
        .of_key(Some(&shown(path)))
}

fn crate_type(source_map: &SourceMap, findings: &mut Findings) {
    let mut keys = ["crate-type", "crate_type"].into_iter();
    let is_library = keys.any(|key| {
        let mut types = source_map.texts(&["lib".into(), key.into()]);
        types.any(|(_, crate_type)| crate_type == "cdylib")
    });
    if !is_library {
        let problem = "the package is not built as a `cdylib`, which a component is";
        let path = ["lib".into(), "crate-type".into()];
        findings.add(finding(source_map, &path, Code::SourceCrateType, problem));
    }
}

fn api(source_map: &SourceMap, findings: &mut Findings) {
    let Some(dependency) = dependency(source_map) else {
        let problem = format!("the package does not depend on `{API}`");
        let path = ["dependencies".into()];
        findings.add(finding(source_map, &path, Code::SourceApiMissing, problem));
        return;
    };
    // A path, a repository or the workspace may say it in its place.
    let version = [dependency.as_slice(), &["version".into()]].concat();
    let (path, text) = match (source_map.text(&dependency), source_map.text(&version)) {
        (Some(text), _) => (&dependency, text),
        (None, Some(text)) => (&version, text),
        (None, None) => return,
    };
    let problem = match VersionReq::parse(text) {
        Ok(requirement) if is_served(&requirement) => return,
        Ok(_) => format!("this host serves no version `{text}` of `{API}`"),
        Err(error) => format!("`{text}` is not a requirement on versions: {error}"),
    };
    findings.add(finding(
        source_map,
        path,
        Code::SourceApiUnsupported,
        problem,
    ));
}

/// The way to the dependency on the API's crate, whatever the package calls it.
fn dependency(source_map: &SourceMap) -> Option<Vec<Step<'_>>> {
    let root: Vec<Step<'_>> = vec!["dependencies".into()];
    let targets = source_map.keys(&["target".into()]);
    let of_targets =
        targets.map(|target| vec!["target".into(), target.into(), "dependencies".into()]);
    for table in std::iter::once(root).chain(of_targets) {
        for name in source_map.keys(&table) {
            let path = [table.as_slice(), &[name.into()]].concat();
            let package = [path.as_slice(), &["package".into()]].concat();
            if source_map.text(&package).unwrap_or(name) == API {
                return Some(path);
            }
        }
    }
    None
}

/// Whether a requirement allows a version that an adapter serves.
fn is_served(requirement: &VersionReq) -> bool {
    let families = Families::default();
    let is_served = |version: &Version| {
        (families.names()).any(|family| families.supports(family, version).is_ok())
    };
    let numbers = || 0..=HIGHEST;
    let versions =
        numbers().flat_map(|minor| numbers().map(move |patch| Version::new(0, minor, patch)));
    versions
        .filter(|version| requirement.matches(version))
        .any(|version| is_served(&version))
}

/// Returns the findings about what builds leave in a folder, and no archive holds.
fn leftovers(subject: Subject<'_>, findings: &mut Findings) {
    let is_folder =
        |path: &Path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    let mut add = |file: String, problem: &str| {
        findings.add(Finding::new(Code::SourceLeftover, problem).in_file(file));
    };
    if is_folder(&subject.sources.join("target")) {
        add("target".into(), "it is what cargo built");
    }
    let grammars = fs::read_dir(&subject.sources.join("grammars")).unwrap_or_default();
    for path in grammars.iter().filter(|path| is_folder(path)) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        add(
            format!("grammars/{name}"),
            "it is a checkout of a grammar's repository",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_is_served_where_one_of_its_versions_is() {
        for text in ["0.7.0", "=0.0.1", "0.1", "*", ">=0.6", "0.0.4"] {
            assert!(is_served(&VersionReq::parse(text).unwrap()), "{text}");
        }
        for text in ["=0.0.7", "0.8", "1", "=0.0.0", ">0.7.99, <0.9"] {
            assert!(!is_served(&VersionReq::parse(text).unwrap()), "{text}");
        }
    }
}
