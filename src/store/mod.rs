//! The store: installed extensions on disk, changed as a whole or not at all.
//!
//! ```text
//! annexe-store.json       says that the folder is a store; the first thing written
//! current                 the number of the current generation, as text; replaced by rename
//! generations/<n>.json    everything installed as of the nth change; never changes
//! trees/<digest>/         an extension's files, read-only, named by a digest over them all
//! staging/change-…/       what a change prepares, with a lock that its process holds; removed when it ends, or by
//!                         the next one where no process holds it any more
//! work/<id>/              an extension's working directory; survives updates (see `owners`)
//! work/<id>+<hash>/       that of one from elsewhere than the first of its id
//! work/.npm-<name>/       where npm works for the working directory `<name>`
//! owners.json             whose each of these is that a store of format 1 has left
//! started/<digest>        there where a tree's component has started: its probation is over
//! withdrawals.json        what registries have yanked or blocked, as of when they were last asked
//! logs/<id>.log           what an extension has printed, and when it started and stopped (see `journal`)
//! audit/<id>.jsonl        what it asked for that needs a grant
//! stats/<id>.json         how often and how long it ran
//! downloads/<id>.json     what it has fetched, and from where (see its own file)
//! answers/<id>.json       what it was told of tools, and what npm has installed for it (see its own file)
//! files/<digest>          files that extensions need, brought here in a bundle (see `bundle`)
//! dev/                    dev extensions, which shadow what is installed (see its own file)
//! store.lock              held by the one who changes the store, who notes in it which process that is
//! journal.lock            held by the one who writes logs and stats
//! dev.lock                held by the one who changes dev extensions
//! trees.lock              shared by those who read trees, held by the one who collects them
//! ```
//!
//! Generation files: `{"format":2,"number":2,"created":…,"reason":"install taplo 0.1.0","parent":1,
//! "extensions":[…]}`, where each extension is an [`Installed`]. Changes between formats: 1 had, as an
//! extension's registry, that registry's name for itself; 2 has its [`RegistryId`](crate::network::registry::RegistryId).
//!
//! What is read never changes, or is replaced by one rename, so readers never wait for a change. A
//! change holds `store.lock` from the moment it looks at the current generation until it is committed (but not
//! while a user is asked: then it looks again, and begins anew where another has come first), and takes
//! `trees.lock` and the locks of the compiled cache, one at a time, inside it; nothing
//! takes them in the other order. Old trees stay until they are collected, so going back fetches nothing.
//!
//! The folder is trusted only where no other user than this one and root can change it. To read creates and removes
//! nothing, and needs no right to write: locks that are there are shared, and what is read is compared with its
//! digest. Where the store may only be read, what running extensions write lies in [`StoreConfiguration::state`].
//! Changes remove what has the form and the owner of their own, is not a link, and is held by no living process;
//! anything else that lies in the folder stays.
//!
//! The rooms, each of which says at its head what its files do, and where the methods are:
//!
//! | room | what it holds | methods |
//! |---|---|---|
//! | `disk` | the files above, read, written under the lock, verified and collected, and a project's own | of [`Store`]: `disk/store.rs` |
//! | `journal` | what extensions have said, done and fetched | of [`Store`]: `journal/store.rs` |
//! | `dev` | dev extensions | of [`Store`]: `dev/mod.rs` |
//! | `languages` | which languages and language servers they bring, and which serves a file | of [`Store`]: `languages/read.rs` |
//! | `provided` | what they bring by name, of one sort | of [`Store`]: `provided.rs` |
//! | `change` | what makes a new generation | of [`Store`]: `change/store.rs` |
//! | `import` | what other editors have installed, judged | of [`Store`]: `import/candidate.rs` |
//! | `run` | the store with a host, and what of it runs | of [`ExtensionStore`]: `run/extension_store.rs`, `run/start.rs` |
//!
//! Changes, and what runs, tell the store's [`Listener`] what happens, in the [`Event`]s of `event.rs`: each step of a
//! change, under its lock, with [`ChangeStep::Committed`] as the last; what running extensions do; how they follow what
//! is installed. A change that fails is told by its result alone, and so are `gc` and `verify`; the builds of a dev
//! extension have events of their own.
//!
//! The first three know neither the last two nor the runtime, `languages` nothing of it but the user's settings; but for
//! six types of the runtime in the words that every room uses: the errors of a host in `error.rs`, where compiled code came from in `report.rs`, and what an extension does
//! in `event.rs` and `listener.rs`.

mod added_permissions;
mod bundle;
mod change;
mod dev;
mod difference;
mod disk;
mod error;
mod event;
mod event_channel;
mod import;
mod journal;
mod languages;
mod listener;
mod provided;
mod report;
mod run;

pub use self::{
    added_permissions::AddedPermissions,
    bundle::{Bundle, BundleError, BundleOptions, BundlePart, Gathered, PartKind},
    change::{
        change_options::{AllowAll, ChangeOptions, Consent, DenyAddedPermissions},
        explain::Explanation,
        install_request::{InstallRequest, PackedExtension},
        outcome::{Outcome, Removed, SkipReason, Skipped},
        outdated::{Outdated, OutdatedExtension},
        policy::Policy,
        unknown::Unknown,
    },
    dev::{DevBuild, DevExtension, DevFailure, DevStopped},
    difference::LockDifference,
    disk::{
        active::Active,
        archive::ArchiveLocation,
        collect::Collected,
        configuration::StoreConfiguration,
        contributions::{Contributed, Contributions, Unreadable},
        generation::Generation,
        installed::{FailedStart, Installed, Origin},
        lockfile::{Locked, LockedDownload, Lockfile, LockfileError},
        mark::FolderError,
        project::{ProjectExtensions, ProjectExtensionsError},
        store::Store,
        summary::Summary,
        verify::{Problem, Verification},
        withdrawal::{Withdrawals, Withdrawn},
    },
    error::{Fact, StoreError},
    event::{Event, Reload},
    event_channel::{EventReceiver, EventSender, events},
    import::{
        candidate::{ImportCandidate, ImportFacts, ImportRefusal, ImportVerdict},
        error::ImportError,
        room::ImportRoom,
        zed::{ImportEntry, ImportEntryKind, ImportFolder},
    },
    journal::{
        AuditEntry, AuditOutcome, FollowedLog, LAST_WRITE, LastFault, Log, LogEntry,
        RecordedDownload, Stats,
    },
    languages::{
        AddingServers, BrokenLanguage, Language, LanguageServer, Languages, LeftOutServer,
        OmissionReason, RecognisedBy, Recognition, SelectedServer, SelectionReason,
        ServerSelection,
    },
    listener::Listener,
    provided::{AllProvided, Provided},
    report::{Action, ChangeStep, Receipt, RolledBack, Warning},
    run::{
        activation::Activated,
        context_server::ContextServerRequest,
        debug_adapter::DebugAdapterRequest,
        extension_store::ExtensionStore,
        file_servers::{FileRequest, FileServer, FileServers, FileServersError},
        language_server::{ServerError, ServerRequest, ServerSetup, ServerSource},
        running::{RunningExtensions, Watch},
        server_log::ServerLog,
        stamp::StoreStamp,
    },
};
#[cfg(feature = "authoring")]
pub(crate) use self::{
    dev::{DevLease, Staged},
    run::locked::Held,
};
pub use crate::base::fs::Holder;
