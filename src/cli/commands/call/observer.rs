//! Who hears of what the called extension does: shows it, and keeps what is left where it stops.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use annexe::{
    delegate::{ExtensionEvent, ExtensionObserver},
    types::ExtensionId,
};
use anyhow::Context as _;

use super::trace;
use crate::cli::{failure::Complaint, files, output::to_stderr, paths};

/// Shows what an extension does, and keeps its core dump.
pub struct Observer {
    traces: bool,
    as_json: bool,
    /// Where the core dump goes.
    file: Option<PathBuf>,
    core_dump: Mutex<Option<Vec<u8>>>,
}

/// Where what is left of an extension was written.
#[derive(Debug, thiserror::Error)]
#[error("the extension stopped, and its core dump is in `{}`", .0.display())]
struct Dumped(PathBuf);

impl Observer {
    /// Hears of an extension for the person.
    ///
    /// # Errors
    /// Where the file for a core dump exists already.
    pub fn new(traces: bool, as_json: bool, file: Option<&Path>) -> anyhow::Result<Self> {
        let file = file.map(paths::absolute).transpose()?;
        if let Some(file) = file.as_deref().filter(|file| files::exists(file)) {
            let complaint = Complaint::new(format!("`{}` exists already", file.display()));
            let hint = "a core dump replaces nothing: give the name of a new file";
            return Err(complaint.with_hint(hint).into());
        }
        Ok(Self {
            traces,
            as_json,
            file,
            core_dump: Mutex::default(),
        })
    }

    /// Writes the core dump, where there is one, and adds to the error where it is.
    pub fn dumped(&self, error: anyhow::Error) -> anyhow::Error {
        let core_dump = self.slot().take();
        let (Some(file), Some(core_dump)) = (&self.file, core_dump) else {
            return error;
        };
        match files::create(file, core_dump) {
            Ok(()) => error.context(Dumped(file.clone())),
            Err(failed) => Err::<(), _>(failed)
                .context(format!("its core dump cannot be written ({error})"))
                .map_or_else(|failed| failed, |()| error),
        }
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Vec<u8>>> {
        self.core_dump
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl ExtensionObserver for Observer {
    fn observe(&self, extension: &ExtensionId, event: &ExtensionEvent<'_>) {
        if self.traces {
            to_stderr(&match self.as_json {
                true => trace::json(extension, event),
                false => trace::words(event),
            });
        }
        if let ExtensionEvent::Stopped {
            core_dump: Some(core_dump),
            ..
        } = event
            && self.file.is_some()
        {
            *self.slot() = Some(core_dump.to_vec());
        }
    }

    fn wants_host_calls(&self) -> bool {
        self.traces
    }
}
