//! The observer of the called extension: it shows what the extension does, and keeps a core dump where it stops.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use annexe::{
    CallError, ErrorKind, Hint as _,
    capability::{Capability, DeniedBy},
    delegate::{ExtensionEvent, ExtensionObserver, Unrecorded},
    types::ExtensionId,
};
use anyhow::Context as _;

use super::trace;
use crate::cli::{
    download_progress::Installing,
    failure::{Complaint, call_error},
    files,
    output::{Output, to_stderr},
    paths, wording,
};

/// An observer that shows what an extension does, and keeps its core dump.
pub struct Observer {
    traces: bool,
    output: Output,
    /// Where the core dump goes.
    file: Option<PathBuf>,
    core_dump: Mutex<Option<Arc<[u8]>>>,
    /// Shows what is fetched.
    installing: Installing,
    /// The last thing it was refused.
    refused: Mutex<Option<(Capability, DeniedBy)>>,
}

/// An error that says where an extension's core dump was written.
#[derive(Debug, thiserror::Error)]
#[error("the extension stopped, and its core dump is in `{}`", .0.display())]
struct Dumped(PathBuf);

impl Observer {
    /// Makes the observer of an extension.
    ///
    /// # Errors
    /// Where the file for a core dump exists already.
    pub fn new(traces: bool, output: &Output, file: Option<&Path>) -> anyhow::Result<Self> {
        let file = file.map(paths::absolute).transpose()?;
        if let Some(file) = file.as_deref().filter(|file| files::exists(file)) {
            let complaint = Complaint::new(format!("`{}` exists already", file.display()));
            let hint = "a core dump replaces nothing: give the name of a new file";
            return Err(complaint.with_hint(hint).into());
        }
        Ok(Self {
            traces,
            output: output.clone(),
            installing: Installing::of_call(output),
            file,
            core_dump: Mutex::default(),
            refused: Mutex::default(),
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

    /// Adds to the error how what was refused last can be granted to the extension of a name.
    pub fn refused(&self, error: anyhow::Error, name: &str) -> anyhow::Error {
        let refused = self.refused.lock();
        let refused = refused.unwrap_or_else(PoisonError::into_inner).take();
        let (Some((request, by)), Some(refusal)) = (refused, call_error(&error)) else {
            return error;
        };
        let is_about_it = match refusal {
            CallError::NotStarted { .. } => true,
            // Of another failure there is another way out.
            CallError::Guest { .. } | CallError::Trap { .. } | CallError::Start { .. } => refusal
                .host_failure()
                .is_none_or(|failure| failure.kind() == ErrorKind::Refused),
            _ => false,
        };
        if !is_about_it {
            return error;
        }
        // A guest that asks for `*` to the letter must not get a user to grant everything.
        if !request.is_literal() {
            return error;
        }
        let grant = request.to_short();
        let hint = match by {
            DeniedBy::Grants => format!(
                "if you trust the extension with it: `annexe grants {} --allow {}`",
                wording::shell(Path::new(name)),
                wording::shell(Path::new(&grant))
            ),
            DeniedBy::Manifest => format!(
                "the extension's author can add `{}` to `capabilities` in its manifest",
                request.to_toml()
            ),
            DeniedBy::Address => format!(
                "if you trust the extension with it: `annexe grants {} --allow {}`, or let all reach it with `private = [\"{}\"]` under `[http]` in the configuration",
                wording::shell(Path::new(name)),
                wording::shell(Path::new(&grant)),
                host_of(&request)
            ),
            // The words of the error have the way out.
            DeniedBy::Always | DeniedBy::Audit => return error,
        };
        Complaint::of(refusal.clone()).with_hint(hint).into()
    }

    /// Tells what the extension has reported, now that the call is over.
    pub fn settle(&self, error: Option<&anyhow::Error>) {
        self.installing.settle(error);
    }

    fn note_refusal(&self, access: &ExtensionEvent) {
        if let ExtensionEvent::Access {
            request,
            refused_by: Some(by),
            ..
        } = access
        {
            let refused = (request.clone(), *by);
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(refused);
        }
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Arc<[u8]>>> {
        self.core_dump
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The host that something is asked of.
fn host_of(request: &Capability) -> &str {
    match request {
        Capability::Http { host } | Capability::DownloadFile { host, .. } => host,
        _ => "",
    }
}

impl ExtensionObserver for Observer {
    fn observe(&self, extension: &ExtensionId, event: &ExtensionEvent) {
        if self.traces {
            to_stderr(&match self.output.is_json() {
                true => trace::json(extension, event),
                false => trace::words(event),
            });
        }
        match event {
            // The rest is in the trace.
            ExtensionEvent::Installation { server, status } if self.traces => {
                self.installing.tell(server, status);
            }
            event if !self.traces => self.installing.hear(extension, event),
            _ => {}
        }
        // What others refused is noted when it is recorded: there it is to the letter.
        if let ExtensionEvent::Access {
            refused_by: Some(DeniedBy::Audit),
            ..
        } = event
        {
            self.note_refusal(event);
        }
        if let ExtensionEvent::Stopped {
            core_dump: Some(core_dump),
            ..
        } = event
            && self.file.is_some()
        {
            *self.slot() = Some(core_dump.clone());
        }
    }

    fn record(&self, _: &ExtensionId, access: &ExtensionEvent) -> Result<(), Unrecorded> {
        self.note_refusal(access);
        Ok(())
    }

    fn wants_host_calls(&self) -> bool {
        self.traces
    }
}
