//! Changes of what is installed that bring nothing new: taking extensions out, pinning and disabling them.

use crate::{
    base::{npm_folder::npm_folder, task::blocking, types::ExtensionId},
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

/// Removes extensions, with their working directories and logs or without.
pub(super) async fn remove(
    store: &Store,
    ids: &[ExtensionId],
    with_work: bool,
) -> Result<Vec<Installed>, StoreError> {
    if let (true, Some(id)) = (store.layout().is_unmade()?, ids.first()) {
        store.refuse_dev(id)?;
        store.installed(id)?;
    }
    let change = store.change("remove").await?;
    let ids = ids.to_vec();
    let held = store.clone();
    blocking(move || {
        ids.iter().try_for_each(|id| held.refuse_dev(id))?;
        let mut extensions = change.generation().extensions.clone();
        let mut removed: Vec<Installed> = Vec::new();
        for id in ids {
            removed.push(change.generation().find(&id)?);
            if extensions.remove(&id).is_none() {
                return Err(StoreError::Twice { id });
            }
        }
        let words: Vec<String> = removed
            .iter()
            .map(|installed| format!("{} {}", installed.id, installed.version))
            .collect();
        let next = change.next(format!("remove {}", words.join(", ")), extensions)?;
        change.commit(&next, &[], &[])?;
        if with_work {
            for installed in &removed {
                let origin = (&installed.origin).into();
                let work_dir = owners::work_dir(change.layout(), &installed.id, &origin)?;
                change.discard(&npm_folder(&work_dir))?;
                change.discard(&work_dir)?;
                journal::remove(change.layout(), &installed.id)?;
            }
        }
        Ok(removed)
    })
    .await
}
