//! Application of several changes as one: all that is to be installed is obtained first, then one generation holds
//! all of it or none. What has to be compiled is compiled without the store's lock; where another process has changed the
//! store by then, the change is decided anew, and nothing is fetched or compiled a second time.
//!
//! A dropped future, or a killed process, leaves at most a staging folder, trees or a generation file
//! that nothing points to. The first are removed or used by the next change, the last by `gc`.

use std::{collections::BTreeMap, path::PathBuf, pin::pin, sync::Arc};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    asking::{Agreed, Asked},
    brought::Brought,
    change_options::ChangeOptions,
    compiling::Compiling,
    obtain::{Obtained, Obtaining, OwnArchive},
    outcome::{Outcome, Skipped},
    pausing::{Needed, pause, resume},
    permissions,
    plan::Step,
    ready_count::ReadyCount,
};
use crate::{
    base::{task::blocking, types::ExtensionId},
    runtime::{api::Families, host::Host},
    store::{
        added_permissions::AddedPermissions,
        disk::{
            installed::Installed,
            probation::is_on_probation,
            seen_archives::{SeenArchives, Sighting},
            store::Store,
            transaction::Change,
            tree::Tree,
        },
        error::StoreError,
        report::{ChangeStep, Receipt, Warning},
    },
};

/// How many archives are fetched and unpacked at a time.
const AT_A_TIME: usize = 16;

/// A change that installs, as far as it is decided.
#[derive(Default)]
pub(in crate::store) struct Decided {
    pub(in crate::store) steps: Vec<Step>,
    pub(in crate::store) archives: Vec<OwnArchive>,
    /// The extensions to remove.
    pub(in crate::store) removed: Vec<ExtensionId>,
    /// What made the change, where the steps do not tell it well enough: `sync`.
    pub(in crate::store) reason: Option<String>,
    /// What is not allowed is left out, and the rest is changed: an update of all. What was asked for by name is
    /// changed as a whole or not at all.
    pub(in crate::store) partial: bool,
}

/// One extension's part of a change.
pub(in crate::store) struct Part {
    pub(in crate::store) receipt: Receipt,
    pub(in crate::store) tree: Tree,
    pub(in crate::store) staged: Option<PathBuf>,
    /// The note to be taken of its archive.
    sighting: Option<Sighting>,
}

/// The parts of a change that are kept where it has to be decided anew.
#[derive(Debug, Default)]
pub(in crate::store) struct Carried {
    /// What was agreed to: it is not asked about again.
    pub(in crate::store) agreed: Agreed,
    /// What was fetched and compiled: it is neither a second time.
    pub(in crate::store) brought: Brought,
}

/// Carries out a change that is decided; `None` where another process has changed the store while this one compiled, or
/// the user was asked: the change has to be decided anew, with what is `carried` over.
pub(in crate::store) async fn apply(
    store: &Store,
    host: &Host,
    change: Arc<Change>,
    decided: Decided,
    options: &ChangeOptions<'_>,
    carried: &mut Carried,
) -> Result<Option<Outcome>, StoreError> {
    let Carried { agreed, brought } = carried;
    for step in &decided.steps {
        let (id, version) = (step.release.id.clone(), step.release.version.clone());
        store.sink().step(
            step.release.id.as_str(),
            ChangeStep::Resolved { id, version },
        );
    }
    let (steps, archives) = (decided.steps, decided.archives);
    let (obtained, compiling) =
        obtain_all(store, host, &change, steps, archives, options, brought).await?;
    brought.keep_files(&change, &obtained);
    let change = match compiling.is_empty() {
        true => change,
        false => match compile(store, change, compiling, &obtained, brought).await? {
            Some(change) => change,
            None => return Ok(None),
        },
    };
    let mut parts = compare(store, host, &change, obtained, brought).await?;
    let mut outcome = Outcome::default();
    for id in &decided.removed {
        outcome
            .removed
            .extend(change.generation().extensions.get(id).cloned());
    }
    let is_changed = |part: &&Part| !part.receipt.unchanged;
    let changed: Vec<Receipt> = parts
        .iter()
        .filter(is_changed)
        .map(|part| part.receipt.clone())
        .collect();
    let asked = Asked {
        changes: &changed,
        removed: &outcome.removed,
        parts: &parts,
        partial: decided.partial,
    };
    let Some(change) = agreed.ask(store, change, asked, options).await? else {
        return Ok(None);
    };
    let is_refused = |part: &mut Part| agreed.refuses(&part.receipt.installed.id);
    let skipped = parts.extract_if(.., is_refused).map(Skipped::needs_consent);
    outcome.skipped = skipped.collect();
    if !options.dry_run
        && (parts.iter().any(|part| is_changed(&part)) || !outcome.removed.is_empty())
    {
        let number = commit(&change, &parts, &outcome.removed, decided.reason, options).await?;
        outcome.generation = Some(number);
    }
    let host = host.clone();
    let cache = blocking(move || Ok::<_, StoreError>(host.cache_size()?)).await?;
    outcome.receipts = parts.into_iter().map(|part| part.receipt).collect();
    for receipt in &mut outcome.receipts {
        receipt.cache = cache;
    }
    Ok(Some(outcome))
}

/// Obtains everything, several at a time, and begins to compile what is not; it comes in the order it was asked for.
async fn obtain_all(
    store: &Store,
    host: &Host,
    change: &Arc<Change>,
    steps: Vec<Step>,
    archives: Vec<OwnArchive>,
    options: &ChangeOptions<'_>,
    brought: &Brought,
) -> Result<(Vec<Obtained>, Compiling), StoreError> {
    let obtaining = Obtaining {
        change: change.clone(),
        host: host.clone(),
        sources: options.sources,
        archives: options.archives,
        packed: options.packed,
        sink: store.sink().clone(),
        accepts_other_archives: options.accepts_other_archives,
        brought,
    };
    let obtaining = &obtaining;
    let of = steps.len() + archives.len();
    let count = ReadyCount::begin(store.sink().clone(), of);
    let steps = stream::iter(steps)
        .map(|step| obtaining.release(step))
        .buffered(AT_A_TIME);
    let archives = stream::iter(archives)
        .map(|archive| obtaining.archive(archive))
        .buffered(AT_A_TIME);
    let mut all = pin!(steps.chain(archives));
    let mut obtained: Vec<Obtained> = Vec::new();
    let mut compiling = Compiling::new(host.clone(), store.sink().clone(), count.clone());
    while let Some(mut one) = all.try_next().await? {
        let id = &one.installed.id;
        if obtained.iter().any(|other| other.installed.id == *id) {
            return Err(StoreError::Twice { id: id.clone() });
        }
        match one.fit.take() {
            Some(fit) => compiling.begin(&one.installed, fit),
            None => count.add(id),
        }
        obtained.push(one);
    }
    Ok((obtained, compiling))
}

/// Compiles to the end, without the store's lock; `None` where another process has changed the store meanwhile.
async fn compile(
    store: &Store,
    change: Arc<Change>,
    compiling: Compiling,
    obtained: &[Obtained],
    brought: &mut Brought,
) -> Result<Option<Arc<Change>>, StoreError> {
    match pause(change, "the compiler") {
        Ok(paused) => {
            brought.keep_codes(compiling.finish().await?);
            resume(store, paused, Needed::by(obtained)).await
        }
        Err(change) => {
            brought.keep_codes(compiling.finish().await?);
            Ok(Some(change))
        }
    }
}

/// Compares everything that was obtained with what is installed.
async fn compare(
    store: &Store,
    host: &Host,
    change: &Arc<Change>,
    obtained: Vec<Obtained>,
    brought: &Brought,
) -> Result<Vec<Part>, StoreError> {
    let mut parts: Vec<Part> = Vec::with_capacity(obtained.len());
    for mut one in obtained {
        let component = one.installed.component;
        one.code = (one.code).or_else(|| brought.code(&component?));
        let (change, families) = (change.clone(), host.families().clone());
        parts.push(blocking(move || part(&change, one, &families)).await?);
    }
    for part in &parts {
        let id = part.receipt.installed.id.as_str();
        for warning in &part.receipt.warnings {
            store.sink().step(id, ChangeStep::Warning(warning.clone()));
        }
    }
    Ok(parts)
}

/// Compares what was obtained with what is installed.
fn part(change: &Change, obtained: Obtained, families: &Families) -> Result<Part, StoreError> {
    let sighting = obtained.sighting();
    let Obtained {
        installed,
        wasm,
        tree,
        staged,
        code,
        fit: _,
        step,
    } = obtained;
    let previous = change.generation().extensions.get(&installed.id);
    let mut warnings = step.warnings;
    let mut added_permissions = AddedPermissions::default();
    if let Some(previous) = previous {
        warnings.extend(setbacks(previous, &installed));
        let folder = change.layout().tree(&previous.tree);
        added_permissions =
            permissions::added(previous, &folder, &installed, wasm.as_deref(), families)?;
    }
    let is_pinned = |installed: &Installed| step.pinned.is_none_or(|it| it == installed.pinned);
    // A tree that is installed and was fetched again was damaged: the new files repair it.
    let unchanged = previous
        .filter(|previous| staged.is_none() && previous.is_same(&installed) && is_pinned(previous));
    let receipt = Receipt {
        previous: previous.map(|previous| previous.version.clone()),
        previous_api: previous.and_then(|previous| previous.api.clone()),
        previous_adapter: previous.and_then(|previous| previous.adapter.clone()),
        unchanged: unchanged.is_some(),
        archive_bytes: installed.archive_bytes,
        installed: unchanged.cloned().unwrap_or_else(|| {
            let mut installed = installed.following(previous);
            installed.pinned = step.pinned.unwrap_or(installed.pinned);
            // A version that has never started is not one to come back to: the one before it is.
            if let Some(previous) = previous.filter(|it| is_on_probation(change.layout(), it)) {
                let before = previous.fallback.clone();
                installed.fallback = before.filter(|it| it.component != installed.component);
            }
            // A version that was asked for by its number is tried again, even if it failed before.
            if step.is_exact {
                let version = installed.version.clone();
                installed.failed.retain(|failed| failed.version != version);
            }
            installed
        }),
        code,
        cache: Default::default(),
        unpacked_bytes: tree.bytes,
        added_permissions,
        warnings,
    };
    Ok(Part {
        receipt,
        tree,
        staged,
        sighting,
    })
}

/// Makes the generation current in which everything is as it should be; gives its number.
async fn commit(
    change: &Arc<Change>,
    parts: &[Part],
    removed: &[Installed],
    reason: Option<String>,
    options: &ChangeOptions<'_>,
) -> Result<u64, StoreError> {
    let accepts = options.accepts_other_archives;
    let mut extensions = change.generation().extensions.clone();
    for installed in removed {
        extensions.remove(&installed.id);
    }
    let (mut staged, mut brought) = (BTreeMap::new(), Vec::new());
    let sightings: Vec<Sighting> = (parts.iter())
        .filter_map(|part| part.sighting.clone())
        .collect();
    for part in parts.iter().filter(|part| !part.receipt.unchanged) {
        let installed = part.receipt.installed.clone();
        if let Some(folder) = &part.staged {
            staged.insert(*part.tree.digest.as_bytes(), (part.tree, folder.clone()));
        }
        brought.push(installed.id.clone());
        extensions.insert(installed.id.clone(), installed);
    }
    let reason = reason.unwrap_or_else(|| reasons(parts));
    let change = change.clone();
    blocking(move || {
        let next = change.next(reason, extensions)?;
        let staged: Vec<_> = staged.into_values().collect();
        SeenArchives::note(change.layout(), &sightings, accepts, change.lock())?;
        change.commit(&next, &staged, &brought)?;
        Ok(next.number)
    })
    .await
}

/// Returns the reason of the change in words: each step for one extension, their number for several.
fn reasons(parts: &[Part]) -> String {
    let changed: Vec<&Receipt> = parts
        .iter()
        .map(|part| &part.receipt)
        .filter(|receipt| !receipt.unchanged)
        .collect();
    match changed.as_slice() {
        [] => "nothing".into(),
        [one] => one.reason(),
        several => {
            let words: Vec<String> = several.iter().map(|receipt| receipt.reason()).collect();
            words.join(", ")
        }
    }
}

/// Returns warnings of what a user may not have expected of the change.
fn setbacks(previous: &Installed, installed: &Installed) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if installed.version.cmp_precedence(&previous.version).is_lt() {
        warnings.push(Warning::Downgrade {
            from: previous.version.clone(),
            to: installed.version.clone(),
        });
    }
    if !installed.origin.is_same_source(&previous.origin) {
        warnings.push(Warning::OtherOrigin {
            from: previous.origin.clone(),
            to: installed.origin.clone(),
        });
    }
    warnings
}
