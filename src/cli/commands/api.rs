//! `annexe api`: which API versions this host serves, and what each has.

use std::{collections::BTreeMap, fmt, process::ExitCode};

use annexe::api::{EXPORTS, Listed, WorldListing};
use semver::{Version, VersionReq};
use serde::Serialize;

use crate::cli::{
    context::Context,
    failure::{Complaint, Outcome},
    wording,
};

/// Shows the API versions that this host serves, and what each imports and exports
///
/// Imports are what the host does for extensions, exports what it asks of them. With a version, shows
/// the functions that this version has, with their types as WIT writes them.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// One version of the API: `0.6.0`
    version: Option<Version>,
}

/// Every world, and every function that one of them has.
#[derive(Debug, Serialize)]
struct All {
    worlds: Vec<Served>,
    exports: Vec<Function>,
    imports: Vec<Function>,
}

#[derive(Debug, Serialize)]
struct Served {
    serves: &'static str,
    adapter: &'static str,
    exports: usize,
    imports: usize,
}

#[derive(Debug, Serialize)]
struct Function {
    #[serde(flatten)]
    listed: Listed,
    /// The answer assumed of an extension that lacks the export; imports have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'static str>,
}

impl fmt::Display for All {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![row(["API", "ADAPTER", "EXPORTS", "IMPORTS"])];
        rows.extend(self.worlds.iter().map(|world| {
            let (exports, imports) = (world.exports.to_string(), world.imports.to_string());
            row([world.serves, world.adapter, &exports, &imports])
        }));
        writeln!(formatter, "{}\n", wording::table(&rows))?;

        let mut rows = vec![row(["EXPORT", "SINCE", "CHANGED", "WHERE IT IS MISSING"])];
        rows.extend(self.exports.iter().map(|function| {
            let Listed { since, changed, .. } = &function.listed;
            let missing = function.missing.unwrap_or_default();
            row([
                &function.listed.to_string(),
                since,
                &changed.join(", "),
                missing,
            ])
        }));
        writeln!(formatter, "{}\n", wording::table(&rows))?;

        let mut rows = vec![row(["IMPORT", "SINCE", "CHANGED"])];
        rows.extend(self.imports.iter().map(|function| {
            let listed = &function.listed;
            row([
                &listed.to_string(),
                &listed.since,
                &listed.changed.join(", "),
            ])
        }));
        formatter.write_str(&wording::table(&rows))
    }
}

/// One world, with the types of its functions.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct One(WorldListing);

impl fmt::Display for One {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let world = &self.0;
        write!(formatter, "API {}: adapter {}", world.serves, world.adapter)?;
        for (heading, functions) in [("exports", &world.exports), ("imports", &world.imports)] {
            write!(formatter, "\n\n{heading}")?;
            for function in functions {
                write!(formatter, "\n  {function}: {}", function.signature)?;
            }
        }
        Ok(())
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let worlds = annexe::api::worlds()?;
        match &self.version {
            Some(version) => context.output.result(&one(worlds, version)?)?,
            None => context.output.result(&all(worlds))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn one(worlds: Vec<WorldListing>, version: &Version) -> anyhow::Result<One> {
    let serves = |world: &WorldListing| {
        VersionReq::parse(world.serves).is_ok_and(|requirement| requirement.matches(version))
    };
    let world = worlds.into_iter().rfind(serves);
    let none = || {
        Complaint::new(format!("no adapter serves API {version}"))
            .with_hint("`annexe api` lists the versions that this host serves")
    };
    Ok(One(world.ok_or_else(none)?))
}

fn all(worlds: Vec<WorldListing>) -> All {
    let count = |world: &WorldListing| Served {
        serves: world.serves,
        adapter: world.adapter,
        exports: world.exports.len(),
        imports: world.imports.len(),
    };
    All {
        worlds: worlds.iter().map(count).collect(),
        exports: functions(&worlds, |world| &world.exports, missing),
        imports: functions(&worlds, |world| &world.imports, |_| None),
    }
}

/// The functions of all worlds, each as the newest that has it lists it, oldest first.
fn functions(
    worlds: &[WorldListing],
    side: fn(&WorldListing) -> &Vec<Listed>,
    missing: fn(&str) -> Option<&'static str>,
) -> Vec<Function> {
    // A function that moved into an interface is the same function.
    let mut newest = BTreeMap::new();
    for listed in worlds.iter().flat_map(side) {
        newest.insert(listed.name.clone(), listed.clone());
    }
    let mut functions: Vec<_> = newest
        .into_values()
        .map(|listed| Function {
            missing: missing(&listed.name),
            listed,
        })
        .collect();
    functions.sort_by_key(|function| {
        let Listed { since, name, .. } = &function.listed;
        (Version::parse(since).ok(), name.clone())
    });
    functions
}

/// The answer assumed of an extension whose API lacks an export.
fn missing(export: &str) -> Option<&'static str> {
    let export = EXPORTS.iter().find(|known| known.name == export)?;
    Some(if export.has_default {
        "nothing"
    } else {
        "an error"
    })
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}
