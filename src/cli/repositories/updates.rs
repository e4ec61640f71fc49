//! What the repositories of what is installed have that is newer.

use std::collections::BTreeMap;

use annexe::{
    ErrorKind,
    git::{GitPoint, GitSource, Newer},
    store::{Installed, Origin, Outcome, Outdated, SkipReason},
    types::{ExtensionId, ExtensionVersion, GitReference, GitRevision},
};
use futures_util::{StreamExt as _, stream};
use serde::Serialize;

use super::{Prepared, Repositories};
use crate::cli::{
    consent,
    failure::{self, Complaint},
};

/// The number of repositories asked at a time.
const AT_A_TIME: usize = 4;

/// The updates found in the repositories of what is installed.
#[derive(Debug, Default)]
pub struct Found {
    pub prepared: Vec<Prepared>,
    kept: BTreeMap<ExtensionId, SkipReason>,
}

/// A newer state of an installed extension in its repository.
#[derive(Debug, Serialize)]
pub struct InRepository {
    pub id: ExtensionId,
    /// The version that is installed.
    pub version: ExtensionVersion,
    #[serde(flatten)]
    pub origin: Origin,
    /// The tag or the branch that is newer.
    pub newer: GitReference,
    /// The commit that it points to.
    pub newer_revision: GitRevision,
    /// It is the same tag, which pointed to another commit.
    pub moved: bool,
}

impl Repositories<'_> {
    /// Asks the repositories of what is installed what is newer, and brings and packs that. One that cannot be asked
    /// or built holds none of the others back, unless they were named.
    ///
    /// # Errors
    /// Where one of those that were named cannot be brought, and where only what is locked may be installed and there
    /// is something newer.
    pub async fn updates(
        &self,
        installed: Vec<Installed>,
        is_named: bool,
        is_locked: bool,
    ) -> anyhow::Result<Found> {
        let asked = self.ask_all(installed).await;
        let mut found = Found::default();
        for (installed, newer) in asked {
            let id = installed.id.clone();
            let taken = match newer {
                Ok(newer) => self.take(&installed, newer, is_locked).await,
                Err(reason) => Ok(Err(reason)),
            };
            match taken {
                Ok(Ok(prepared)) if prepared.id == id => found.prepared.push(prepared),
                Ok(Ok(prepared)) => {
                    let reason = format!("is called `{}` there by now", prepared.id);
                    found.keep(id, reason, true);
                }
                Ok(Err(reason)) => drop(found.kept.insert(id, reason)),
                Err(error) if is_named || is_locked => return Err(error),
                Err(error) => found.keep(id, format!("stays: {}", failure::in_full(&error)), true),
            }
        }
        Ok(found)
    }

    /// Asks the repositories of what is installed what is newer, and says so in what is known of registries.
    pub async fn outdated(
        &self,
        installed: Vec<Installed>,
        outdated: &mut Outdated,
    ) -> Vec<InRepository> {
        let mut newer_ones = Vec::new();
        for (installed, newer) in self.ask_all(installed).await {
            let id = installed.id.clone();
            let mut found = |newer, newer_revision, moved| {
                newer_ones.push(InRepository {
                    id: installed.id.clone(),
                    version: installed.version.clone(),
                    origin: installed.origin.clone(),
                    newer,
                    newer_revision,
                    moved,
                });
                None
            };
            let unknown = match newer {
                Ok(Newer::Nothing) => None,
                Ok(Newer::Reference(reference, now)) => found(reference, now, false),
                Ok(Newer::Moved(reference, now)) => found(reference, now, true),
                Ok(Newer::Gone(reference)) => Some(gone(&reference)),
                Err(reason) => Some(reason),
            };
            match unknown {
                None => outdated.unknown.retain(|it| it.id != id),
                Some(reason) => {
                    if let Some(known) = outdated.unknown.iter_mut().find(|it| it.id == id) {
                        known.reason = reason;
                    }
                }
            }
        }
        newer_ones
    }

    /// Returns what the repository of an extension has that is newer, in words.
    pub async fn explain(&self, installed: &Installed) -> String {
        match self.newer(installed).await {
            Ok(Newer::Nothing) => "is installed, and the newest".into(),
            Ok(Newer::Reference(reference, _)) => {
                format!("is installed; {} is newer", reference.in_words())
            }
            Ok(Newer::Moved(reference, now)) => format!(
                "is installed; {} points to the commit {} by now",
                reference.in_words(),
                now.short()
            ),
            Ok(Newer::Gone(reference)) => gone(&reference).to_string(),
            Err(reason) => reason.to_string(),
        }
    }

    async fn ask_all(
        &self,
        installed: Vec<Installed>,
    ) -> Vec<(Installed, Result<Newer, SkipReason>)> {
        let asked = stream::iter(installed).map(|installed| async move {
            let newer = self.newer(&installed).await;
            (installed, newer)
        });
        asked.buffered(AT_A_TIME).collect().await
    }

    /// Returns what the repository of an extension has that is newer; the error is why it stays.
    async fn newer(&self, installed: &Installed) -> Result<Newer, SkipReason> {
        let Origin::Git { git, revision, .. } = &installed.origin else {
            return Err(SkipReason::NoRegistry);
        };
        let kept = |reason: String, is_news| Err(SkipReason::Repository { reason, is_news });
        if installed.pinned {
            return Err(SkipReason::Pinned);
        }
        let Origin::Git {
            reference: Some(reference),
            ..
        } = &installed.origin
        else {
            let words = format!(
                "was installed as the commit {}, which has no later one",
                revision.short()
            );
            return kept(words, false);
        };
        match self.client.newer(git, reference, revision).await {
            Ok(newer) => Ok(newer),
            Err(error) => kept(format!("stays: {}", failure::in_full(&error.into())), true),
        }
    }

    /// Brings and packs what is newer; the inner error is why it stays.
    async fn take(
        &self,
        installed: &Installed,
        newer: Newer,
        is_locked: bool,
    ) -> anyhow::Result<Result<Prepared, SkipReason>> {
        let Origin::Git { git, folder, .. } = &installed.origin else {
            return Ok(Err(SkipReason::NoRegistry));
        };
        let (id, output) = (&installed.id, self.context.output);
        let kept = |reason: String| {
            Ok(Err(SkipReason::Repository {
                reason,
                is_news: true,
            }))
        };
        let source = |reference: &GitReference| GitSource {
            repository: git.clone(),
            point: GitPoint::Reference(reference.clone()),
            folder: folder.clone(),
        };
        let reference = match newer {
            Newer::Nothing => {
                return Ok(Err(SkipReason::UpToDate {
                    passed_over: Vec::new(),
                }));
            }
            Newer::Gone(reference) => return Ok(Err(gone(&reference))),
            Newer::Moved(reference, now) => {
                let words = format!(
                    "{} of `{git}` points to the commit {} by now, under the same name",
                    reference.in_words(),
                    now.short()
                );
                output.warn(format_args!("`{id}`: {words}"));
                if is_locked || !consent::ask(output, "take what it points to now?").await {
                    let request = source(&reference).to_string();
                    let request = annexe::shell_word(std::path::Path::new(&request));
                    return kept(format!(
                        "stays: {words}; `annexe install {request}` takes it"
                    ));
                }
                reference
            }
            Newer::Reference(reference, _) => reference,
        };
        if is_locked {
            let message = format!(
                "`{id}` would be updated to {} of `{git}`, which the lockfile does not have",
                reference.in_words()
            );
            return Err(Complaint::new(message)
                .with_kind(ErrorKind::Refused)
                .with_hint("leave out `--locked` and `--frozen` to take it and change the lockfile")
                .into());
        }
        output.note(format_args!(
            "`{id}` {}: {} of `{git}` is newer",
            installed.version,
            reference.in_words()
        ));
        Ok(Ok(self.prepare(&source(&reference), None).await?))
    }
}

fn gone(reference: &GitReference) -> SkipReason {
    SkipReason::Repository {
        reason: format!(
            "stays: its repository has {} no longer",
            reference.in_words()
        ),
        is_news: true,
    }
}

impl Found {
    fn keep(&mut self, id: ExtensionId, reason: String, is_news: bool) {
        self.kept
            .insert(id, SkipReason::Repository { reason, is_news });
    }

    /// Says in an outcome why what came from repositories was not updated.
    pub fn explain(&mut self, outcome: &mut Outcome) {
        for skipped in &mut outcome.skipped {
            let is_asked = matches!(skipped.reason, SkipReason::Repository { .. });
            if let Some(reason) = self.kept.remove(&skipped.id).filter(|_| is_asked) {
                skipped.reason = reason;
            }
        }
    }
}
