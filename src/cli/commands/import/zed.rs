//! `annexe import zed`: what an installed Zed has on disk.

use std::{fmt, path::PathBuf, process::ExitCode, sync::Arc};

use annexe::{
    ErrorKind,
    store::{
        ExtensionStore, FolderError, ImportCandidate, ImportEntry, ImportError, ImportFolder,
        ImportRoom, ImportVerdict, Receipt, StoreError,
    },
    types::ExtensionId,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;

use crate::cli::{
    arguments,
    change_arguments::{ChangeArguments, Done},
    consent,
    context::Context,
    failure::{Complaint, Outcome},
    files,
    lockfile::LockOption,
    paths,
    progress::Progress,
    wording,
};

/// The number of extensions packed at a time.
const AT_A_TIME: usize = 4;

/// Takes over the extensions that an installed Zed has on this machine
///
/// Nothing is fetched, and nothing of Zed's is written or needs to be stopped: each extension is packed as it lies there,
/// and installed like an archive. First what there is is shown, and what cannot be taken and why; then you are asked, and
/// all that can be taken is installed as one change. Another time, what has changed in Zed since then is taken. Zed's
/// settings are not read, and updates do not come from Zed: import again, or install the extension from a registry.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Their ids [default: all that can be taken]
    #[arg(value_name = "ID", value_parser = arguments::extension_id)]
    ids: Vec<ExtensionId>,
    /// Zed's folder of data [default: where Zed has it on this system, Flatpak's included]
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Agrees to what is shown
    #[arg(long)]
    yes: bool,
    /// Shows what would be taken, and changes nothing
    #[arg(long)]
    dry_run: bool,
    /// Agrees to what new versions may do that the ones before could not
    #[arg(long)]
    accept_capabilities: bool,
    #[command(flatten)]
    lock: LockOption,
}

/// The extensions there are, and what became of them.
#[derive(Debug, Serialize)]
struct Answer {
    from: PathBuf,
    extensions: Vec<Line>,
    /// The installed ones; none in a dry run.
    receipts: Vec<Receipt>,
    /// The list was shown before.
    #[serde(skip)]
    is_shown: bool,
}

/// One extension of Zed's.
#[derive(Debug, Serialize)]
struct Line {
    folder: String,
    id: Option<ExtensionId>,
    name: Option<String>,
    version: Option<String>,
    api: Option<String>,
    adapter: Option<String>,
    provides: Vec<String>,
    sha256: Option<String>,
    /// `new`, `changed`, `unchanged` or `refused`.
    verdict: &'static str,
    /// Why it cannot be taken, or which version it replaces.
    reason: Option<String>,
    hint: Option<String>,
}

impl From<&ImportCandidate> for Line {
    fn from(candidate: &ImportCandidate) -> Self {
        let facts = candidate.facts.as_ref();
        let (verdict, reason, hint) = match &candidate.verdict {
            ImportVerdict::New => ("new", None, None),
            ImportVerdict::Changed { from } => ("changed", Some(format!("replaces {from}")), None),
            ImportVerdict::Unchanged => ("unchanged", None, None),
            ImportVerdict::Refused(refusal) => {
                ("refused", Some(refusal.to_string()), refusal.hint())
            }
            _ => ("refused", None, None),
        };
        let provides = facts.map(|it| it.provides.iter().map(ToString::to_string).collect());
        Self {
            folder: candidate.name.clone(),
            id: facts.map(|it| it.id.clone()),
            name: facts.map(|it| it.name.clone()),
            version: facts.map(|it| it.version.clone()),
            api: facts.and_then(|it| Some(it.api.as_ref()?.to_string())),
            adapter: facts.and_then(|it| it.adapter.clone()),
            provides: provides.unwrap_or_default(),
            sha256: facts.map(|it| it.sha256.to_string()),
            verdict,
            reason,
            hint,
        }
    }
}

impl Line {
    fn row(&self) -> Vec<String> {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let note = match (self.verdict, &self.reason) {
            ("new", _) => String::new(),
            ("refused", Some(reason)) => match &self.hint {
                Some(hint) => format!("not taken: {reason}; {hint}"),
                None => format!("not taken: {reason}"),
            },
            ("changed", Some(reason)) => format!("changed, {reason}"),
            ("unchanged", _) => "unchanged since it was imported".into(),
            (verdict, _) => verdict.into(),
        };
        vec![
            self.folder.clone(),
            or_none(&self.name),
            or_none(&self.version),
            or_none(&self.api),
            wording::list(&self.provides),
            note,
        ]
    }
}

/// The list of what there is, for a user.
fn table(lines: &[Line]) -> String {
    let heading = ["ID", "NAME", "VERSION", "API", "PROVIDES", ""].map(str::to_owned);
    let mut rows = vec![heading.to_vec()];
    rows.extend(lines.iter().map(Line::row));
    wording::table(&rows)
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_shown && !self.extensions.is_empty() {
            return formatter.write_str(&table(&self.extensions));
        }
        let done: Vec<String> = (self.receipts.iter())
            .map(|receipt| Done(receipt).to_string())
            .collect();
        formatter.write_str(&done.join("\n"))
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let output = context.output;
        let folder = self.folder(context)?;
        let entries = self.chosen(&folder)?;
        let store = context.store_to_run()?;
        // Everything is packed there, and goes with it.
        let temporary = files::temporary_folder()?;
        let packing = Packing {
            into: temporary.path().to_path_buf(),
            room: ImportRoom::default(),
            keeps: !self.dry_run,
        };
        let (mut candidates, is_too_much) = judged(&store, entries, packing, context).await?;
        if is_too_much {
            output
                .warn("all of it is too much for one import: import some at a time, by their ids");
        }
        self.refuse_named(&candidates)?;
        let mut answer = Answer {
            from: folder.path().to_path_buf(),
            extensions: candidates.iter().map(Line::from).collect(),
            receipts: Vec::new(),
            is_shown: false,
        };
        let taken = candidates.iter().filter(|it| it.verdict.is_taken()).count();
        if self.dry_run || taken == 0 {
            output.result(&answer)?;
            match answer.extensions.is_empty() {
                true => output.note(format_args!(
                    "there are no extensions in `{}`",
                    folder.path().display()
                )),
                false => output.note("nothing was changed"),
            }
            let is_unchanged =
                |it: &ImportCandidate| matches!(it.verdict, ImportVerdict::Unchanged);
            if !self.dry_run && candidates.iter().any(is_unchanged) {
                // What an import that was killed has left goes, as it does with every change, and the lockfile has what
                // that one had taken.
                match self.install(&store, &mut candidates, context).await {
                    Err(error) if is_read_only(&error) => {}
                    done => drop(done?),
                }
            }
            return Ok(ExitCode::SUCCESS);
        }
        if output.is_talkative() {
            output.note(table(&answer.extensions));
            answer.is_shown = true;
        }
        let count = wording::count(taken as u64, "extension", "extensions");
        if !self.yes && !consent::ask(output, &format!("install {count}?")).await {
            let complaint = Complaint::new(format!("not allowed: import {count}"));
            return Err(complaint
                .with_kind(ErrorKind::Refused)
                .with_hint("nothing was changed; `--yes` agrees, `--dry-run` only shows")
                .into());
        }
        let before = std::mem::take(&mut answer.extensions);
        answer.receipts = self.install(&store, &mut candidates, context).await?;
        answer.receipts.retain(|receipt| !receipt.unchanged);
        answer.extensions = candidates.iter().map(Line::from).collect();
        for (line, before) in answer.extensions.iter().zip(before) {
            // What was named is an error below.
            if let Some(reason) = &line.reason
                && self.ids.is_empty()
                && line.verdict == "refused"
                && before.verdict != "refused"
            {
                output.warn(format_args!("`{}` was not taken: {reason}", line.folder));
            }
        }
        answer.is_shown = true;
        output.result(&answer)?;
        // Another process may have come first.
        self.refuse_named(&candidates)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Installs what can be taken by what is installed then, as one change.
    async fn install(
        &self,
        store: &ExtensionStore,
        candidates: &mut [ImportCandidate],
        context: &Context<'_>,
    ) -> anyhow::Result<Vec<Receipt>> {
        let options = ChangeArguments::of_this_machine(self.lock.clone(), self.accept_capabilities);
        let changing = options.begin(context).await?;
        let outcome = changing.make(store, async |store, options| {
            store.import(candidates, options).await
        });
        Ok(outcome.await?.receipts)
    }

    /// The folder of Zed's extensions.
    fn folder(&self, context: &Context<'_>) -> anyhow::Result<ImportFolder> {
        if let Some(folder) = &self.from {
            return Ok(ImportFolder::zed(&paths::absolute(folder)?)?);
        }
        let places = paths::zed()?;
        let found = places.iter().map(|place| ImportFolder::zed(place));
        let found: Vec<ImportFolder> = found
            .filter_map(|found| match found {
                Err(ImportError::NotZed { .. }) => None,
                found => Some(found),
            })
            .collect::<Result<_, _>>()?;
        let mut found = found.into_iter();
        let Some(first) = found.next() else {
            let places: Vec<String> = (places.iter())
                .map(|place| format!("`{}`", place.display()))
                .collect();
            let places = places.join(" or ");
            let complaint = Complaint::new(format!("there are no extensions of Zed's in {places}"));
            return Err(complaint
                .with_kind(ErrorKind::NotFound)
                .with_hint("give the folder of its data with `--from`")
                .into());
        };
        // Nobody has named it: others may have put it there.
        first.check_trusted()?;
        for other in found {
            let other = other.path().display();
            context.output.announce(format_args!(
                "`{other}` has extensions of Zed's, too: `--from` takes those"
            ));
        }
        Ok(first)
    }

    /// The entries that were named, or all.
    fn chosen(&self, folder: &ImportFolder) -> anyhow::Result<Vec<ImportEntry>> {
        let mut entries = folder.entries()?;
        let has = |id: &ExtensionId| entries.iter().any(|entry| entry.name == id.as_str());
        if let Some(missing) = self.ids.iter().find(|id| !has(id)) {
            let folder = folder.path().display();
            let complaint = Complaint::new(format!("`{missing}` is not in `{folder}`"));
            return Err(complaint
                .with_kind(ErrorKind::NotFound)
                .with_hint("`annexe import zed --dry-run` lists what is")
                .into());
        }
        if !self.ids.is_empty() {
            entries.retain(|entry| self.ids.iter().any(|id| entry.name == id.as_str()));
        }
        Ok(entries)
    }

    /// Refuses what was asked for by its id and cannot be taken.
    fn refuse_named(&self, candidates: &[ImportCandidate]) -> anyhow::Result<()> {
        if self.ids.is_empty() || self.dry_run {
            return Ok(());
        }
        for candidate in candidates {
            if let ImportVerdict::Refused(refusal) = &candidate.verdict {
                let name = &candidate.name;
                let complaint = Complaint::new(format!("`{name}` cannot be imported: {refusal}"));
                return Err(complaint.with_way_out(refusal.hint()).into());
            }
        }
        Ok(())
    }
}

/// Whether the store may only be read.
fn is_read_only(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(StoreError::Folder(FolderError::ReadOnly { .. }))
    )
}

/// Where and how much is packed.
struct Packing {
    into: PathBuf,
    room: ImportRoom,
    /// The archives stay, for they are to be installed.
    keeps: bool,
}

/// Packs and judges what Zed has, several at a time; tells, too, whether what can be taken is too much to be installed at
/// once.
async fn judged(
    store: &ExtensionStore,
    entries: Vec<ImportEntry>,
    packing: Packing,
    context: &Context<'_>,
) -> anyhow::Result<(Vec<ImportCandidate>, bool)> {
    let packing = Arc::new(packing);
    let progress = Arc::new(Progress::new(context.output));
    let of = entries.len();
    let judging = entries.into_iter().enumerate().map(|(at, entry)| {
        let (store, packing, progress) = (store.clone(), packing.clone(), progress.clone());
        async move {
            let judging = tokio::task::spawn_blocking(move || {
                progress.doing_one("Zed's extensions", "reading", at + 1, of);
                let Packing { into, room, keeps } = &*packing;
                let families = store.host().families();
                let mut candidate = store.judge_import(&entry, into, room, families)?;
                let is_packed = candidate.archive.is_some();
                if !keeps {
                    candidate.discard(room)?;
                }
                Ok::<_, StoreError>((candidate, is_packed))
            });
            anyhow::Ok(judging.await??)
        }
    });
    let judged = stream::iter(judging).buffered(AT_A_TIME);
    let judged = judged.try_collect().await;
    progress.end();
    let judged: Vec<(ImportCandidate, bool)> = judged?;
    let sizes = judged.iter().filter(|(_, is_packed)| *is_packed);
    let sizes = sizes.filter_map(|(candidate, _)| Some(candidate.facts.as_ref()?.archive_bytes));
    let is_too_much = sizes.fold(0, u64::saturating_add) > packing.room.most_bytes();
    let candidates = judged.into_iter().map(|(candidate, _)| candidate);
    Ok((candidates.collect(), is_too_much))
}
