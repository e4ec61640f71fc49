//! Changes of what is installed that bring nothing new: taking extensions out, pinning and disabling them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::outcome::Removed;
use crate::{
    base::{
        npm_folder::{self, npm_folder},
        task::blocking,
        types::ExtensionId,
    },
    store::{
        disk::{installed::Installed, owners, store::Store},
        error::StoreError,
        journal,
    },
};

/// Keeps extensions at the versions they have, or lets them go.
pub(super) async fn pin(
    store: &Store,
    ids: &[ExtensionId],
    pinned: bool,
) -> Result<Vec<Installed>, StoreError> {
    let verb = if pinned { "pin" } else { "unpin" };
    let mark = move |installed| Installed {
        pinned,
        ..installed
    };
    mark_all(store, ids, verb, pinned, mark).await
}

/// Does without extensions for now, or takes them back.
pub(super) async fn disable(
    store: &Store,
    ids: &[ExtensionId],
    disabled: bool,
) -> Result<Vec<Installed>, StoreError> {
    let verb = if disabled { "disable" } else { "enable" };
    let mark = move |installed| Installed {
        disabled,
        ..installed
    };
    mark_all(store, ids, verb, disabled, mark).await
}

/// Changes what the user has set of extensions, as one change named by its verb. `sets` something: a store that is not
/// made yet is not made for it.
async fn mark_all(
    store: &Store,
    ids: &[ExtensionId],
    verb: &'static str,
    sets: bool,
    mark: impl Fn(Installed) -> Installed + Send + 'static,
) -> Result<Vec<Installed>, StoreError> {
    if let (true, true, Some(id)) = (sets, store.layout().is_unmade()?, ids.first()) {
        store.installed(id)?;
    }
    let change = store.change(verb).await?;
    let ids = ids.to_vec();
    blocking(move || {
        let mut extensions = change.generation().extensions.clone();
        let mut changed = Vec::new();
        let mut answer = Vec::new();
        for id in ids {
            let installed = mark(change.generation().find(&id)?);
            if extensions.get(&id) != Some(&installed) {
                changed.push(format!("{id} {}", installed.version));
                extensions.insert(id, installed.clone());
            }
            answer.push(installed);
        }
        if !changed.is_empty() {
            let next = change.next(format!("{verb} {}", changed.join(", ")), extensions)?;
            change.commit(&next, &[], &[])?;
        }
        Ok(answer)
    })
    .await
}

/// Removes extensions, with all that they wrote or without: of one that is not installed any more, what it wrote alone.
pub(super) async fn remove(
    store: &Store,
    ids: &[ExtensionId],
    with_work: bool,
) -> Result<Removed, StoreError> {
    if let (true, Some(id)) = (store.layout().is_unmade()?, ids.first()) {
        store.refuse_dev(id)?;
        store.installed(id)?;
    }
    let change = store.change("remove").await?;
    let ids = ids.to_vec();
    let held = store.clone();
    blocking(move || {
        ids.iter().try_for_each(|id| held.refuse_dev(id))?;
        let (mut work_dirs, mut logged) = (Vec::new(), BTreeSet::new());
        if with_work {
            // Of one that is installed, what it has written; of one that is gone, what any of its id has.
            let mut own = BTreeMap::new();
            for id in &ids {
                if let Ok(installed) = change.generation().find(id) {
                    let origin = (&installed.origin).into();
                    let work_dir = owners::work_dir(change.layout(), id, &origin)?;
                    own.insert(id.clone(), [npm_folder(&work_dir), work_dir]);
                }
            }
            work_dirs = owners::work_dirs(change.layout())?;
            work_dirs.retain(|(id, folder)| {
                ids.contains(id) && own.get(id).is_none_or(|own| own.contains(folder))
            });
            logged = journal::ids(change.layout())?;
        }
        let wrote = |id: &ExtensionId| {
            logged.contains(id) || work_dirs.iter().any(|(owner, _)| owner == id)
        };
        let mut extensions = change.generation().extensions.clone();
        let mut removed: Vec<Installed> = Vec::new();
        for id in &ids {
            match change.generation().find(id) {
                Ok(installed) => removed.push(installed),
                Err(_) if wrote(id) => continue,
                Err(error) => return Err(error),
            }
            if extensions.remove(id).is_none() {
                return Err(StoreError::Twice { id: id.clone() });
            }
        }
        if !removed.is_empty() {
            let words = removed.iter();
            let words = words.map(|installed| format!("{} {}", installed.id, installed.version));
            let words: Vec<String> = words.collect();
            let next = change.next(format!("remove {}", words.join(", ")), extensions)?;
            change.commit(&next, &[], &[])?;
        }
        for (_, folder) in &work_dirs {
            change.discard(folder)?;
        }
        for id in ids.iter().filter(|_| with_work) {
            journal::remove(change.layout(), id)?;
        }
        let is_work = |folder: &PathBuf| {
            let name = folder.file_name().unwrap_or_default().as_encoded_bytes();
            !name.starts_with(npm_folder::PREFIX.as_bytes())
        };
        let work_dirs = work_dirs.into_iter().map(|(_, folder)| folder);
        Ok(Removed {
            extensions: removed,
            work_dirs: work_dirs.filter(is_work).collect(),
        })
    })
    .await
}
