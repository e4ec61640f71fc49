//! The tree of packages that npm has installed, read from its `package-lock.json` and written as one again.
//!
//! What npm is given is always written anew from names, versions, addresses and digests that were checked one by
//! one: a lockfile may have been changed by hand.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use url::Url;

use super::{bundled::bundled, error::NodeError, installed, spec};
use crate::{base::types::NpmPackage, package::capability::is_package_name};

/// npm's own lockfile of a project.
pub(super) const LOCK: &str = "package-lock.json";

/// npm's note of what it has installed.
const INSTALLED: &str = "node_modules/.package-lock.json";

/// The key of the packages in both.
const PACKAGES: &str = "packages";

/// The most packages that a tree may have.
const MOST: usize = 10_000;

/// The longest file of npm that is read: 32 MiB.
const LONGEST: u64 = 32 << 20;

/// Reads the packages of a project in which npm has just installed.
///
/// # Errors
/// [`NodeError::Unlockable`] for what could not be installed again from a digest: a link, or an archive without one.
pub(super) fn read(project: &Path) -> Result<Vec<NpmPackage>, NodeError> {
    let unlockable = |package: &str, problem| NodeError::Unlockable {
        package: package.to_owned(),
        problem,
    };
    let lock = installed::read_json_of(&project.join(LOCK), LONGEST)
        .ok_or_else(|| unlockable(LOCK, "is not there, or cannot be read"))?;
    let packages = lock.get(PACKAGES).and_then(Value::as_object);
    let packages = packages.ok_or_else(|| unlockable(LOCK, "has no packages"))?;
    let root = packages.get("");
    let mut all = Vec::new();
    for (path, entry) in packages.iter().filter(|(path, _)| !path.is_empty()) {
        let direct = path
            .strip_prefix("node_modules/")
            .is_some_and(|name| root.is_some_and(|root| !root["dependencies"][name].is_null()));
        all.push(package(path, entry, direct));
    }
    all.sort_by(|one, other| one.path.cmp(&other.path));
    if all.len() > MOST {
        return Err(unlockable(LOCK, "has too many packages"));
    }
    check_all(&all)?;
    Ok(all)
}

/// Whether a work directory has just these packages, as npm itself has noted. What may not be installed is not.
pub(super) fn is_installed(work_dir: &Path, packages: &[NpmPackage]) -> bool {
    if check_all(packages).is_err() {
        return false;
    }
    let noted = installed::read_json_of(&work_dir.join(INSTALLED), LONGEST);
    let Some(Value::Object(noted)) = noted.and_then(|mut it| it.get_mut(PACKAGES).map(Value::take))
    else {
        return false;
    };
    let wanted: Vec<_> = packages.iter().collect();
    let is_there = |package: &&NpmPackage| {
        noted.get(&package.path).is_some_and(|entry| {
            entry["version"].as_str() == Some(&package.version)
                // Of one that another brings along, npm may note a digest, or none.
                && (package.integrity.is_none()
                    || entry["integrity"].as_str() == package.integrity.as_deref())
        })
    };
    let known = |path: &String| wanted.iter().any(|package| package.path == *path);
    // npm leaves out what is optional and for another system.
    wanted.iter().all(|it| it.optional || is_there(it)) && noted.keys().all(known)
}

/// Writes the `package.json` and the `package-lock.json` of a project with these packages. `archive` names the file
/// that a package's archive is in, where it is on this machine.
///
/// # Errors
/// [`NodeError::Unlockable`] for a package that is not one as npm notes it.
pub(super) fn write(
    packages: &[NpmPackage],
    archive: impl Fn(&NpmPackage) -> Option<PathBuf>,
) -> Result<[(&'static str, String); 2], NodeError> {
    check_all(packages)?;
    let mut dependencies = Map::new();
    let mut entries = Map::new();
    for package in packages {
        if package.direct {
            let name = package.path.trim_start_matches("node_modules/");
            dependencies.insert(name.to_owned(), package.version.clone().into());
        }
    }
    entries.insert(String::new(), json!({"dependencies": dependencies}));
    for package in packages {
        let file = archive(package).map(|path| format!("file:{}", path.display()));
        entries.insert(package.path.clone(), entry(package, file));
    }
    let manifest = json!({"private": true, "dependencies": dependencies});
    let lock = json!({"lockfileVersion": 3, "requires": true, PACKAGES: entries});
    Ok([
        (installed::MANIFEST, manifest.to_string()),
        (LOCK, lock.to_string()),
    ])
}

/// A package of npm's lockfile.
fn package(path: &str, entry: &Value, direct: bool) -> NpmPackage {
    let text = |key: &str| entry[key].as_str().map(str::to_owned);
    let is_set = |key: &str| entry[key].as_bool().unwrap_or_default();
    let list = |key: &str| match &entry[key] {
        Value::String(one) => vec![one.clone()],
        Value::Array(all) => {
            let all = all.iter().filter_map(Value::as_str);
            all.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    let pairs = |key: &str| {
        let pairs = entry[key].as_object().into_iter().flatten();
        let mut pairs: Vec<_> = pairs
            .filter_map(|(name, value)| Some(format!("{name} {}", value.as_str()?)))
            .collect();
        pairs.sort();
        pairs
    };
    let peers = entry["peerDependenciesMeta"]
        .as_object()
        .into_iter()
        .flatten();
    let peers = peers.filter(|(_, meta)| meta["optional"].as_bool().unwrap_or_default());
    NpmPackage {
        path: path.to_owned(),
        name: text("name"),
        version: text("version").unwrap_or_default(),
        // A package of another's archive has its own address and digest, which nothing is fetched from.
        resolved: text("resolved").filter(|_| !is_set("inBundle")),
        integrity: text("integrity").filter(|_| !is_set("inBundle")),
        license: text("license"),
        direct,
        bundled: is_set("inBundle"),
        optional: is_set("optional") || is_set("devOptional"),
        peer: is_set("peer"),
        has_install_script: is_set("hasInstallScript"),
        bin: pairs("bin"),
        os: list("os"),
        cpu: list("cpu"),
        libc: list("libc"),
        dependencies: pairs("dependencies"),
        optional_dependencies: pairs("optionalDependencies"),
        peer_dependencies: pairs("peerDependencies"),
        optional_peers: peers.map(|(name, _)| name.clone()).collect(),
        bundle_dependencies: list("bundleDependencies"),
    }
}

/// The entry of a package in npm's lockfile.
fn entry(package: &NpmPackage, file: Option<String>) -> Value {
    let mut entry = Map::new();
    let mut set = |key: &str, value: Value| {
        let is_empty = match &value {
            Value::Null | Value::Bool(false) => true,
            Value::Array(all) => all.is_empty(),
            Value::Object(all) => all.is_empty(),
            _ => false,
        };
        if !is_empty {
            entry.insert(key.to_owned(), value);
        }
    };
    let pairs = |pairs: &[String]| -> Value {
        let pairs = pairs.iter().filter_map(|pair| pair.split_once(' '));
        pairs
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect::<Map<_, _>>()
            .into()
    };
    set("name", package.name.clone().into());
    set("version", package.version.clone().into());
    set("resolved", file.or_else(|| package.resolved.clone()).into());
    set("integrity", package.integrity.clone().into());
    set("inBundle", package.bundled.into());
    set("optional", package.optional.into());
    set("peer", package.peer.into());
    set("hasInstallScript", package.has_install_script.into());
    set("bin", pairs(&package.bin));
    set("os", package.os.clone().into());
    set("cpu", package.cpu.clone().into());
    set("libc", package.libc.clone().into());
    set("dependencies", pairs(&package.dependencies));
    set(
        "optionalDependencies",
        pairs(&package.optional_dependencies),
    );
    set("peerDependencies", pairs(&package.peer_dependencies));
    let optional = package.optional_peers.iter();
    let optional: Map<_, _> = optional
        .map(|name| (name.clone(), json!({"optional": true})))
        .collect();
    set("peerDependenciesMeta", optional.into());
    set(
        "bundleDependencies",
        package.bundle_dependencies.clone().into(),
    );
    entry.into()
}

/// Checks that npm can be given packages, and that what they bring is bound to a digest: each to its own, or to that of
/// the package that brings it along.
fn check_all(packages: &[NpmPackage]) -> Result<(), NodeError> {
    let bundled = bundled(packages);
    for package in packages {
        let is_bundled = bundled.contains(package.path.as_str());
        check(package, is_bundled).map_err(|problem| NodeError::Unlockable {
            package: package.path.clone(),
            problem,
        })?;
    }
    Ok(())
}

/// Checks one of them; `is_bundled` where another one's archive brings it along.
fn check(package: &NpmPackage, is_bundled: bool) -> Result<(), &'static str> {
    let Some(below) = package.path.strip_prefix("node_modules/") else {
        return Err("is not in `node_modules`");
    };
    if !below.split("/node_modules/").all(is_package_name)
        || package
            .name
            .as_deref()
            .is_some_and(|it| !is_package_name(it))
    {
        return Err("is not the name of a package");
    }
    if semver::Version::parse(&package.version).is_err()
        || spec::check_version(&package.version).is_err()
    {
        return Err("has no version");
    }
    let is_below = |path: &str| {
        !path.starts_with('/')
            && !path.contains(['\\', '\0'])
            && path.split('/').all(|it| it != "..")
    };
    let is_program = |pair: &String| {
        pair.split_once(' ').is_some_and(|(name, path)| {
            let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
            !matches!(name, "" | "." | "..") && !name.contains('\\') && is_below(path)
        })
    };
    if !package.bin.iter().all(is_program) {
        return Err("has a program outside its folder");
    }
    match (&package.resolved, &package.integrity) {
        (None, None) if package.bundled && is_bundled => Ok(()),
        (None, None) if package.bundled => Err("is brought along by no package that has a digest"),
        (_, None) => Err("has no digest of its archive"),
        (Some(resolved), Some(_)) => {
            if package.file_name().is_none() {
                return Err("has no sha512 of its archive");
            }
            let address = resolved.parse::<Url>();
            match address.is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
                true => Ok(()),
                false => Err("is not from a registry"),
            }
        }
        (None, Some(_)) => Err("has no address of its archive"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integrity() -> String {
        format!("sha512-{}==", "A".repeat(86))
    }

    fn one() -> NpmPackage {
        NpmPackage {
            path: "node_modules/one".into(),
            version: "1.0.0".into(),
            resolved: Some("https://registry.example/one.tgz".into()),
            integrity: Some(integrity()),
            direct: true,
            bin: vec!["one bin/one.js".into()],
            dependencies: vec!["@scope/two ^2.0.0 || ^3".into()],
            ..NpmPackage::default()
        }
    }

    #[test]
    fn what_npm_has_noted_is_written_as_it_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let two = NpmPackage {
            path: "node_modules/one/node_modules/@scope/two".into(),
            optional: true,
            os: vec!["linux".into()],
            direct: false,
            optional_peers: vec!["three".into()],
            peer_dependencies: vec!["three *".into()],
            ..one()
        };
        let packages = vec![one(), two];
        for (name, text) in write(&packages, |_| None).unwrap() {
            crate::base::fs::write_new(&folder.path().join(name), text.as_bytes()).unwrap();
        }
        assert_eq!(read(folder.path()).unwrap(), packages);
        let file = |_: &NpmPackage| Some(PathBuf::from("/kept/one.tgz"));
        let [_, (_, lock)] = write(&packages, file).unwrap();
        assert!(lock.contains("file:/kept/one.tgz") && !lock.contains("registry.example"));
    }

    #[test]
    fn what_is_not_bound_to_a_digest_or_leads_out_is_refused() {
        let with = |change: fn(&mut NpmPackage)| {
            let mut package = one();
            change(&mut package);
            write(&[package], |_| None).unwrap_err().to_string()
        };
        for (change, problem) in [
            (
                (|it| it.integrity = None) as fn(&mut NpmPackage),
                "no digest",
            ),
            (|it| it.integrity = Some("sha1-AAAA".into()), "no sha512"),
            (|it| it.resolved = Some("git+ssh://h/x".into()), "registry"),
            (|it| it.resolved = Some("file:../x".into()), "registry"),
            (|it| it.resolved = None, "no address"),
            (|it| it.path = "node_modules/../x".into(), "name"),
            (|it| it.path = "../x".into(), "node_modules"),
            (|it| it.version = "file:x".into(), "version"),
            (|it| it.bin = vec!["one ../../x".into()], "outside"),
            (|it| it.bin = vec![".. x".into()], "outside"),
            (
                |it| (it.bundled, it.resolved, it.integrity) = (true, None, None),
                "brought along by no package",
            ),
        ] {
            let message = with(change);
            assert!(message.contains(problem), "{message}");
        }
    }

    #[test]
    fn what_is_said_to_be_brought_along_by_nobody_is_not_installed() {
        let folder = tempfile::tempdir().unwrap();
        let mut packages = vec![
            NpmPackage {
                bundle_dependencies: vec!["two".into()],
                ..one()
            },
            NpmPackage {
                path: "node_modules/one/node_modules/two".into(),
                version: "2.0.0".into(),
                bundled: true,
                ..NpmPackage::default()
            },
        ];
        let noted = json!({PACKAGES: {
            "node_modules/one": {"version": "1.0.0", "integrity": integrity()},
            "node_modules/one/node_modules/two": {"version": "2.0.0", "inBundle": true},
        }});
        let file = folder.path().join(INSTALLED);
        crate::base::fs::create_dir_all(file.parent().unwrap()).unwrap();
        crate::base::fs::write_new(&file, noted.to_string().as_bytes()).unwrap();
        assert!(write(&packages, |_| None).is_ok());
        assert!(is_installed(folder.path(), &packages));
        packages[0].bundle_dependencies.clear();
        let error = write(&packages, |_| None).unwrap_err().to_string();
        assert!(
            error.contains("one/node_modules/two") && error.contains("brought along"),
            "{error}"
        );
        assert!(!is_installed(folder.path(), &packages));
    }
}
