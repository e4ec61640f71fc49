//! Installation of what another editor has installed, by what is installed here once the store is locked.

use crate::{
    base::task::blocking,
    runtime::host::Host,
    store::{
        change::{
            apply::{self, Carried, Decided},
            change_options::ChangeOptions,
            install_request::{InstallRequest, PackedExtension},
            obtain::OwnArchive,
            outcome::Outcome,
            plan::Step,
            release::Release,
        },
        disk::store::Store,
        error::StoreError,
        import::candidate::{ImportCandidate, ImportVerdict},
    },
};

/// Installs the candidates that can be taken, as one change. Each is judged anew under the lock, so none takes the place
/// of what another process has installed since it was judged first.
pub(in crate::store) async fn import(
    store: &Store,
    host: &Host,
    candidates: &mut [ImportCandidate],
    options: &ChangeOptions<'_>,
) -> Result<Outcome, StoreError> {
    let mut carried = Carried::default();
    loop {
        let change = store.change("import").await?;
        let reading = store.clone();
        let developed = blocking(move || reading.dev_ids()).await?;
        let mut decided = Decided::default();
        for candidate in &mut *candidates {
            candidate.judge_anew(change.generation(), &developed);
            match candidate.verdict {
                // What was unchanged when it was judged first has no archive: another import takes it.
                ImportVerdict::New | ImportVerdict::Changed { .. } => {
                    decided.archives.extend(candidate.packed());
                }
                ImportVerdict::Unchanged => {
                    let installed = candidate.installed_in(change.generation());
                    let step = installed.map(|it| Step::chosen(Release::installed(it)));
                    decided.steps.extend(step);
                }
                ImportVerdict::Refused(_) => {}
            }
        }
        if options.locked
            && let Some(OwnArchive::Packed(packed)) = decided.archives.first()
        {
            return Err(StoreError::ArchiveNotLocked {
                archive: InstallRequest::Packed(packed.clone()).to_string(),
            });
        }
        let applied = apply::apply(store, host, change, decided, options, &mut carried).await?;
        if let Some(outcome) = applied {
            return Ok(outcome);
        }
    }
}

impl ImportCandidate {
    fn packed(&self) -> Option<OwnArchive> {
        Some(OwnArchive::Packed(PackedExtension {
            archive: self.archive.clone()?,
            origin: self.origin.clone(),
            is_compiled: false,
        }))
    }
}
