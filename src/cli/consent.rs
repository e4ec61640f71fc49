//! Consent: what a change would replace is shown, and the user is asked where a new version may do more than the one
//! before.

use std::{
    collections::BTreeSet,
    io::{self, IsTerminal as _},
};

use annexe::{
    ErrorKind,
    store::{Consent, Installed, LockDifference, Receipt},
    types::ExtensionId,
};
use async_trait::async_trait;

use super::{
    failure::Complaint,
    output::{Output, harmless, to_stderr},
    progress::Progress,
    wording,
};

/// A [`Consent`] that asks the user.
#[derive(Debug)]
pub struct Asking<'a> {
    output: &'a Output,
    progress: &'a Progress,
    accepts: bool,
    accepts_removal: bool,
    accepts_locked: bool,
}

impl<'a> Asking<'a> {
    /// Asks on the terminal, in the place of `progress`, unless the user has accepted beforehand.
    pub fn new(output: &'a Output, progress: &'a Progress, accepts: bool) -> Self {
        Self {
            output,
            progress,
            accepts,
            accepts_removal: false,
            accepts_locked: false,
        }
    }

    /// The user has agreed beforehand to what a lockfile makes of the store, whatever it removes and brings, or is
    /// asked.
    pub fn sync(self, accepts: bool) -> Self {
        Self {
            accepts_removal: accepts,
            accepts_locked: accepts,
            ..self
        }
    }

    /// Whether the user has accepted beforehand what is installed.
    fn needs_nobody(&self, changes: &[Receipt]) -> bool {
        self.accepts || powerful(changes).next().is_none()
    }

    fn show(&self, changes: &[Receipt]) {
        // The rest is too quick to show progress.
        self.progress.end();
        for change in changes {
            self.output.note(in_words(change));
        }
    }
}

/// The changes that a user has to agree to.
fn powerful(changes: &[Receipt]) -> impl Iterator<Item = &Receipt> {
    let changes = changes.iter();
    changes.filter(|change| !change.added_permissions.is_empty())
}

#[async_trait]
impl Consent for Asking<'_> {
    async fn allows(&self, changes: &[Receipt]) -> bool {
        self.show(changes);
        self.needs_nobody(changes) || ask(self.output, "allow this?").await
    }

    async fn refused(&self, changes: &[Receipt]) -> BTreeSet<ExtensionId> {
        self.show(changes);
        let mut refused = BTreeSet::new();
        if self.needs_nobody(changes) {
            return refused;
        }
        for change in powerful(changes) {
            let question = match changes {
                [_] => "allow this?".to_owned(),
                _ => format!("allow what `{}` may do newly?", change.installed.id),
            };
            if !ask(self.output, &question).await {
                refused.insert(change.installed.id.clone());
            }
        }
        refused
    }

    async fn allows_removal(&self, removed: &[Installed]) -> bool {
        self.progress.end();
        // Where there is no terminal to ask on, the error says the same.
        if self.accepts_removal || can_ask(self.output) {
            for installed in removed {
                let (id, version) = (&installed.id, &installed.version);
                self.output
                    .announce(format_args!("{id} {version} (to be removed)"));
            }
        }
        self.accepts_removal || ask(self.output, "remove what the lockfile does not have?").await
    }

    async fn allows_locked(&self, differences: &[LockDifference]) -> bool {
        // Where there is no terminal to ask on, the error says the same.
        if !self.accepts_locked && !can_ask(self.output) {
            return false;
        }
        self.progress.end();
        self.output
            .warn("the lockfile in this folder has what is not the registry's own:");
        for difference in differences {
            self.output.warn(difference);
        }
        self.accepts_locked || ask(self.output, "install what the lockfile has?").await
    }

    fn takes_time(&self, changes: &[Receipt], removed: &[Installed]) -> bool {
        let asks_removal = !removed.is_empty() && !self.accepts_removal;
        can_ask(self.output) && (asks_removal || !self.needs_nobody(changes))
    }
}

/// Whether there is a user who could be asked.
pub fn can_ask(output: &Output) -> bool {
    !output.is_json() && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks the user a question that can be answered with yes; `false` where there is no terminal to ask on. What was
/// typed before the question stood there answers something else, and is dropped.
pub async fn ask(output: &Output, question: &str) -> bool {
    if !can_ask(output) || terminal::drop_typed().is_err() {
        return false;
    }
    // A question is shown even where the user wants no output.
    to_stderr(&harmless(&format!("{question} [y/N]")));
    match tokio::task::spawn_blocking(terminal::read_line).await {
        Ok(Ok(line)) => ["y", "yes"].contains(&line.trim().to_lowercase().as_str()),
        _ => false,
    }
}

#[cfg(unix)]
mod terminal {
    use std::io;

    use rustix::termios::{QueueSelector, tcflush};

    /// The longest answer.
    const MOST_BYTES: usize = 4096;

    pub(super) fn drop_typed() -> io::Result<()> {
        Ok(tcflush(io::stdin(), QueueSelector::IFlush)?)
    }

    /// Reads a line from the terminal itself: the standard library's buffer may hold what was typed before.
    pub(super) fn read_line() -> io::Result<String> {
        let mut line = Vec::new();
        let mut piece = [0; 256];
        while !line.ends_with(b"\n") && line.len() < MOST_BYTES {
            let read = match rustix::io::read(io::stdin(), &mut piece) {
                Err(rustix::io::Errno::INTR) => continue,
                read => read?,
            };
            match piece.get(..read) {
                Some(read) if !read.is_empty() => line.extend_from_slice(read),
                _ => break,
            }
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

#[cfg(not(unix))]
mod terminal {
    use std::io::{self, BufRead as _};

    /// There is no way to do it here that does not need a library of its own.
    pub(super) fn drop_typed() -> io::Result<()> {
        Ok(())
    }

    pub(super) fn read_line() -> io::Result<String> {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    }
}

/// The error for updates that were not made because they need a yes. `is_shown`: what they may do newly was shown
/// already; `was_changed`: other updates were made without them.
pub fn not_allowed(changes: &[&Receipt], is_shown: bool, was_changed: bool) -> Complaint {
    let mut changes = changes.to_vec();
    // The others were only asked about with them.
    if changes.iter().any(|it| !it.added_permissions.is_empty()) {
        changes.retain(|it| !it.added_permissions.is_empty());
    }
    let words = changes.iter().map(|change| {
        let Installed { id, version, .. } = &change.installed;
        let previous = change.previous.as_ref();
        let from = previous.map(|previous| format!("{previous} to "));
        let mut words = format!("update {id} {}{version}", from.unwrap_or_default());
        if !is_shown && !change.added_permissions.is_empty() {
            words.push_str(&format!(" may {}", change.added_permissions));
        }
        words
    });
    let words: Vec<String> = words.collect();
    let ids: Vec<&str> = (changes.iter().map(|change| change.installed.id.as_str())).collect();
    let hint = match was_changed {
        false => {
            "nothing was changed; allow what it may do newly with `--accept-capabilities`".into()
        }
        true => format!(
            "the rest was updated; allow this with `annexe update {} --accept-capabilities`",
            ids.join(" ")
        ),
    };
    Complaint::new(format!("not allowed: {}", words.join("; ")))
        .with_kind(ErrorKind::Refused)
        .with_hint(hint)
}

/// Returns the changes of one extension in words, a line for each thing.
pub fn in_words(change: &Receipt) -> String {
    let installed = &change.installed;
    let api = wording::api(installed.api.as_ref(), installed.adapter.as_deref());
    let size = wording::bytes(change.archive_bytes);
    let Some(previous) = &change.previous else {
        return format!(
            "{} {} (new)  api {api}, {size}",
            installed.id, installed.version
        );
    };
    let before = wording::api(
        change.previous_api.as_ref(),
        change.previous_adapter.as_deref(),
    );
    let api = match before == api {
        true => format!("api {api}"),
        false => format!("api {before}, then {api}"),
    };
    let versions = match *previous == installed.version {
        true => format!("{previous} again"),
        false => format!("{previous} → {}", installed.version),
    };
    let mut words = format!("{} {versions}  {api}, {size}", installed.id);
    let power = &change.added_permissions;
    for capability in &power.capabilities {
        words.push_str(&format!("\n  may newly {capability}"));
    }
    for function in &power.functions {
        words.push_str(&format!("\n  may newly call `{function}`"));
    }
    words
}
