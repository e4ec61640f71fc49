//! Packages that another package's archive brings along, so that its digest is theirs too.
//!
//! npm itself does not go by what its lockfile marks so, but by who lists whom: what is marked, and listed by nobody, it
//! fetches, whatever it then gets. So the same is asked here. A package is brought along where the one in whose folder
//! it lies has a digest or is brought along in turn, and
//! - lists it among its `bundleDependencies`, or
//! - is brought along itself: all in its folder came with it, or
//! - brings along another that needs it, and finds it there.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use crate::base::types::NpmPackage;

/// What separates a package's path from the name of one in its folder.
const BELOW: &str = "/node_modules/";

/// The paths of the packages that others bring along. What the extension itself has asked for never is.
pub(super) fn bundled(packages: &[NpmPackage]) -> BTreeSet<&str> {
    let all: BTreeMap<&str, &NpmPackage> = packages
        .iter()
        .map(|package| (package.path.as_str(), package))
        .collect();
    let mut found = BTreeMap::new();
    // The outer ones come first, and each that is found may need others.
    let mut pending: Vec<(&str, &str)> = Vec::new();
    for (path, package) in &all {
        let Some((parent, name)) = parent(&all, path) else {
            continue;
        };
        let lists = parent.bundle_dependencies.iter().any(|it| it == name);
        if may_be(package) && lists && parent.integrity.is_some() {
            pending.push((path, &parent.path));
        }
    }
    while let Some((path, bundler)) = pending.pop() {
        if found.insert(path, bundler).is_some() {
            continue;
        }
        let Some(package) = all.get(path) else {
            continue;
        };
        // All in its folder came with it.
        let below = format!("{path}{BELOW}");
        let inside = all.range::<str, _>((Bound::Included(below.as_str()), Bound::Unbounded));
        let inside = inside.take_while(|(path, _)| path.starts_with(&below));
        let inside: Vec<&str> = inside
            .filter(|(path, it)| may_be(it) && !path[below.len()..].contains(BELOW))
            .map(|(path, _)| *path)
            .collect();
        // So did what it needs and finds beside it, in the folder of whoever brings it along.
        let needed = needs(package).filter_map(|name| nearest(&all, path, name));
        let needed = needed.filter(|found| {
            let parent = parent(&all, found);
            parent.is_some_and(|(parent, _)| parent.path == bundler)
                && all.get(found).is_some_and(|it| may_be(it))
        });
        let needed: Vec<&str> = needed.collect();
        let more = inside.into_iter().chain(needed);
        pending.extend(
            more.filter(|path| !found.contains_key(path))
                .map(|path| (path, bundler)),
        );
    }
    found.into_keys().collect()
}

/// Whether a package is marked so, and could be.
fn may_be(package: &NpmPackage) -> bool {
    package.bundled && !package.direct
}

/// The package in whose folder one lies, and the name of its own folder.
fn parent<'a, 'p>(
    all: &BTreeMap<&'a str, &'a NpmPackage>,
    path: &'p str,
) -> Option<(&'a NpmPackage, &'p str)> {
    let (parent, name) = path.rsplit_once(BELOW)?;
    Some((*all.get(parent)?, name))
}

/// The names of what a package needs.
fn needs(package: &NpmPackage) -> impl Iterator<Item = &str> {
    let lists = [
        &package.dependencies,
        &package.optional_dependencies,
        &package.peer_dependencies,
    ];
    let pairs = lists.into_iter().flatten();
    pairs.map(|pair| pair.split_once(' ').map_or(pair.as_str(), |(name, _)| name))
}

/// The path of the package that one at a path finds under a name, as Node.js looks: in its own folder, then in those
/// around it.
fn nearest<'a>(all: &BTreeMap<&'a str, &'a NpmPackage>, path: &str, name: &str) -> Option<&'a str> {
    let mut folder = Some(path);
    while let Some(around) = folder {
        let place = format!("{around}{BELOW}{name}");
        if let Some((found, _)) = all.get_key_value(place.as_str()) {
            return Some(found);
        }
        folder = around.rsplit_once(BELOW).map(|(outer, _)| outer);
    }
    all.get_key_value(format!("node_modules/{name}").as_str())
        .map(|(found, _)| *found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> NpmPackage {
        NpmPackage {
            path: format!("node_modules/{}", path.replace('>', "/node_modules/")),
            bundled: true,
            ..NpmPackage::default()
        }
    }

    fn with_digest(path: &str, lists: &[&str]) -> NpmPackage {
        NpmPackage {
            bundled: false,
            integrity: Some("sha512-x".into()),
            bundle_dependencies: lists.iter().map(|it| (*it).to_owned()).collect(),
            ..at(path)
        }
    }

    fn needing(path: &str, name: &str) -> NpmPackage {
        NpmPackage {
            dependencies: vec![format!("{name} ^1")],
            ..at(path)
        }
    }

    #[test]
    fn what_is_listed_and_what_that_needs_is_brought_along() {
        let packages = [
            with_digest("top", &["@s/listed"]),
            needing("top>@s/listed", "needed"),
            needing("top>needed", "other"),
            at("top>needed>inner"),
            at("top>needed>inner>@t/most"),
            // Found further out, and so not of that archive.
            at("other"),
            at("top>neither"),
        ];
        let found: Vec<&str> = bundled(&packages).into_iter().collect();
        assert_eq!(
            found,
            [
                "node_modules/top/node_modules/@s/listed",
                "node_modules/top/node_modules/needed",
                "node_modules/top/node_modules/needed/node_modules/inner",
                "node_modules/top/node_modules/needed/node_modules/inner/node_modules/@t/most",
            ]
        );
    }

    #[test]
    fn what_nobody_with_a_digest_lists_is_not() {
        let direct = NpmPackage {
            direct: true,
            ..at("top>listed")
        };
        let without = NpmPackage {
            integrity: None,
            ..with_digest("top", &["listed"])
        };
        let listed = || with_digest("top", &["listed"]);
        for packages in [
            vec![at("listed")],
            vec![at("top>listed")],
            vec![listed(), direct],
            vec![without, at("top>listed")],
            vec![with_digest("top", &["else"]), at("top>listed")],
            vec![listed(), at("beside"), at("beside>listed")],
            // Two that vouch for each other.
            vec![
                listed(),
                needing("top>one", "two"),
                needing("top>two", "one"),
            ],
        ] {
            assert_eq!(bundled(&packages).len(), 0, "{packages:?}");
        }
    }
}
