//! The verification of the store: whether everything it names is there and unchanged.

use std::{collections::BTreeSet, path::PathBuf};

use serde::{Serialize, Serializer};

use super::{
    contents::component_with,
    generation::{Generation, numbers},
    history::reachable,
    layout::Layout,
    staging,
    tree::Tree,
    withdrawal::Withdrawals,
};
use crate::{
    base::{
        digest::Blake3Digest,
        types::{ExtensionId, ExtensionVersion},
    },
    store::{dev, error::StoreError},
};

/// The result of verifying a store.
#[derive(Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Verification {
    /// The generations that were read.
    pub generations: u64,
    /// The versions of extensions whose files were read.
    pub trees: u64,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What interrupted changes have left. It does no harm; `gc` removes it.
    pub leftovers: Vec<PathBuf>,
}

/// A problem of a store: something that is not as it should be.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Problem {
    /// The generation it is in, and whether that is the current one; `None` for the store as a whole.
    pub generation: Option<u64>,
    /// It is in what is installed now, not in what there would be to go back to.
    pub current: bool,
    /// The extension and its version, where it is one's.
    pub extension: Option<(ExtensionId, ExtensionVersion)>,
    /// What is wrong.
    #[serde(serialize_with = "in_words")]
    pub error: StoreError,
}

fn in_words<S: Serializer>(error: &StoreError, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(error)
}

/// Reads everything that the store holds, and checks it.
pub(in crate::store) fn verify(layout: &Layout) -> Result<Verification, StoreError> {
    let _reading = layout.reading()?;
    let mut verification = Verification::default();
    let current = match Generation::current(layout) {
        Ok(current) => current,
        Err(error) => {
            verification.problems.push(Problem {
                generation: None,
                current: true,
                extension: None,
                error,
            });
            return Ok(verification);
        }
    };
    if let Err(error) = Withdrawals::read(layout) {
        verification.problems.push(Problem {
            generation: None,
            current: true,
            extension: None,
            error,
        });
    }
    let history = reachable(layout)?;
    let mut seen: BTreeSet<Blake3Digest> = BTreeSet::new();
    for number in &history {
        let is_current = *number == current.number;
        match Generation::read(layout, *number) {
            Ok(generation) => {
                verification.generations += 1;
                check_extensions(
                    layout,
                    &generation,
                    is_current,
                    &mut seen,
                    &mut verification,
                )?;
            }
            Err(error) => verification.problems.push(Problem {
                generation: Some(*number),
                current: is_current,
                extension: None,
                error,
            }),
        }
    }
    verification.trees = seen.len() as u64;
    check_dev_extensions(layout, &mut verification)?;
    // The files of a change under way are not left over; one may also have ended since.
    let Some(_at_rest) = layout.at_rest()? else {
        return Ok(verification);
    };
    if Generation::current(layout)?.number != current.number {
        return Ok(verification);
    }
    for number in numbers(layout)? {
        if !history.contains(&number) {
            verification.leftovers.push(layout.generation(number));
        }
    }
    let trees = Tree::all(layout)?.into_iter();
    verification
        .leftovers
        .extend(trees.filter_map(|(digest, folder)| (!seen.contains(&digest)).then_some(folder)));
    verification.leftovers.extend(staging::left_over(layout)?);
    Ok(verification)
}

/// Reads the builds of dev extensions that are in service.
fn check_dev_extensions(
    layout: &Layout,
    verification: &mut Verification,
) -> Result<(), StoreError> {
    for id in dev::ids(layout)? {
        let mut problem = |version: Option<ExtensionVersion>, error| {
            verification.problems.push(Problem {
                generation: None,
                current: true,
                extension: version.map(|version| (id.clone(), version)),
                error,
            });
        };
        let extension = match dev::read(layout, &id) {
            Ok(extension) => extension,
            Err(error) => {
                problem(None, error);
                continue;
            }
        };
        let Some((folder, build)) = extension.and_then(|it| Some((it.folder, it.build?))) else {
            continue;
        };
        let path = layout.dev_build(&id, &build.tree);
        if Tree::whole(&path, &build.tree)?.is_none() {
            let error = StoreError::DamagedDev {
                id: id.clone(),
                path,
                folder,
            };
            problem(Some(build.version), error);
        }
        verification.trees += 1;
    }
    Ok(())
}

fn check_extensions(
    layout: &Layout,
    generation: &Generation,
    is_current: bool,
    seen: &mut BTreeSet<Blake3Digest>,
    verification: &mut Verification,
) -> Result<(), StoreError> {
    for installed in generation.extensions.values() {
        let all = std::iter::once(installed).chain(installed.fallback.as_deref());
        for installed in all {
            if !seen.insert(installed.tree) {
                continue;
            }
            let path = layout.tree(&installed.tree);
            let damaged = |path| StoreError::Damaged {
                id: installed.id.clone(),
                path,
            };
            let error = match Tree::whole(&path, &installed.tree)? {
                None => Some(damaged(path)),
                Some(_) => match installed.component {
                    Some(digest) => {
                        let component = path.join(crate::package::manifest::COMPONENT);
                        match component_with(&component, digest) {
                            Ok(Some(_)) => None,
                            Ok(None) => Some(damaged(component)),
                            Err(error) => Some(error),
                        }
                    }
                    None => None,
                },
            };
            verification.problems.extend(error.map(|error| Problem {
                generation: Some(generation.number),
                current: is_current,
                extension: Some((installed.id.clone(), installed.version.clone())),
                error,
            }));
        }
    }
    Ok(())
}
