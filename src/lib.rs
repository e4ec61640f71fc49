//! An extension host for any editor: it installs, sandboxes, adapts and runs editor extensions that
//! were built for Zed's extension API, whatever version of that API they were built with.
//!
//! The README shows the 15 lines that install an extension and ask it for its language server. This
//! starts a component alone:
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let host = annexe::Host::builder().build()?;
//! let component = host.compile(std::fs::read("extension.wasm")?).await?;
//! let identity = annexe::Identity::new("mine".parse()?, std::path::absolute("work/mine")?);
//! let extension = host.start(&component, identity).await?;
//! println!("API {}, served by {}", extension.api(), extension.adapter());
//! # Ok(())
//! # }
//! ```
//!
//! [`guide`] has a page for each topic, which `annexe help TOPIC` prints too.
//!
//! # The nouns
//!
//! - A [`Host`] has one engine, and one linker for each world of its [`api::Families`]. It is what all extensions
//!   share.
//! - A [`Component`] is compiled and version-checked, and does not run.
//! - An [`Extension`] is a live handle: one instance in a store of its own, owned by one task.
//! - A [`Store`] is what is installed on disk, as generations, and needs no host; an [`ExtensionStore`] is one with a
//!   host, which installs, updates and starts extensions. [`store::ChangeOptions`] say what a change
//!   of it is made with, a [`store::Lockfile`] what another machine needs to hold the same, and
//!   [`store::RunningExtensions`] are running extensions that follow it.
//! - [`registry::Sources`] are the registries that extensions come from, each id from one.
//! - A [`store::ImportFolder`] is where another editor has its extensions, which [`Store::judge_import`] looks at.
//! - A [`builder::Builder`] makes an extension of its sources, with the author's own toolchain.
//! - A [`Declarative`](declarative::Declarative) is what an extension brings as files: themes, languages,
//!   snippets.
//!
//! [`ServiceOptions`] say how what extensions ask of the network and of programs is done,
//! [`capability::Policy`] what they may do.
//!
//! Every error has a kind and, where there is one, a way out ([`Hint`]), and becomes an [`Error`] by `?`.
//!
//! An embedder implements the traits of [`delegate`]: a worktree, a project, its settings. One stream of
//! [`store::Event`]s tells what happens: the steps of the changes that are made through a store, to the last,
//! [`Committed`](store::ChangeStep::Committed), what the extensions do that run from it, and how they follow what others
//! change. A change that fails is told by its result alone. The store's [`store::Listener`] hears it (without a store,
//! a [`delegate::ExtensionObserver`] hears the extensions of a host); [`store::events`] is one that a task reads. How an extension is, [`Extension::health`] and [`store::RunningExtensions::health`] show, and the store
//! keeps what it did: [`Store::log`], [`Store::stats`].
//!
//! What all that is installed brings for an editor to read, themes and languages among it, is in
//! [`Store::contributions`]: each with the extension whose it is, and what several claim. Which language a file is in,
//! and which language servers serve it, [`Store::languages`] knows.
//!
//! # Features
//!
//! All are on by default. `cli` and `grants-editing` bring crates, the others code and bytes alone.
//!
//! | feature | brings |
//! |---|---|
//! | `authoring` | [`builder`], [`check`], [`dev`], [`packing`] |
//! | `bridge` | [`dap`], [`editor`], [`lsp`], [`mcp`] |
//! | `embedded-registry` | the registry that comes with the program, 1.7 MB: [`registry::Location::Embedded`] can be opened, and there is [`registry::EmbeddedSource`] |
//! | `grants-editing` | [`capability::GrantsChange`], which changes the file of grants and leaves the rest of it as the user has written it, and [`store::ProjectExtensions::change`], which does so with a project's `.annexe/extensions.toml` |
//! | `cli` | the command, and with it all others |
//!
//! [`async_trait`](macro@async_trait) is the macro that implementations of the delegates' traits need.
//!
//! # The wings
//!
//! A file uses its own wing or a lower one, never a higher, and imports a sibling by its file: `tests/layers` reads the
//! imports and fails otherwise.
//!
//! | wing | rooms |
//! |---|---|
//! | `cli` | the command: one thin file a command, which uses only what this page lists |
//! | `bridge` | [`lsp`]: between an editor and a language server; [`dap`]: between an editor and a debug adapter; [`mcp`]: for an agent's context servers; [`editor`]: the writer of editors' and agents' configuration |
//! | `authoring` | [`check`], [`builder`], [`dev`], [`packing`]: the tools of an extension's author |
//! | `store` | [`store`]: what is installed, its changes, and what of it runs |
//! | `runtime` | `engine` (settings, [`compiler`], compiled cache, enforcement of limits, WASI), `limits` ([`Limits`], [`LimitExceeded`]), [`api`] (families, worlds, adapters), `services` (what a guest may ask of its host), [`sandbox`] (what a guest sees of the machine), [`settings`] (the user's, in Zed's form), [`delegate`], `extension`, `host` |
//! | `network` | `http` (the client, and the rules of all requests), [`registry`], [`git`] (repositories, by the user's `git`) |
//! | `package` | [`manifest`], [`declarative`], [`version`], [`component_type`], [`capability`] (with the file of grants), [`archive`], `opened` ([`Package`]), `document` (one reader of JSON and TOML with places): an extension as it lies on disk |
//! | `base` | [`types`], [`digest`], `hint` (kind and way out of all errors), [`suggestion`], `timestamp`, `position`, `printable`, `search_path` (where programs are looked up), `npm_folder` (where npm works for an extension), `process` (children that end with the host), `task`, `fs` (the one place that touches the file system's functions) |
//!
//! # From a registry to an answer
//!
//! 1. [`registry::resolve`](fn@registry::resolve) chooses a version from an index file and keeps the
//!    reason for each it passes over; a lockfile, or the store itself, may have chosen before.
//! 2. [`registry::Registry::fetch`] streams the archive and verifies its size and digest.
//! 3. [`archive::unpack`] writes it into a staging folder, or refuses it by name.
//! 4. [`manifest::Manifest::from_folder`] and [`version::api_version`] must agree with the index.
//! 5. [`Host::compile`] compares the component's type with the world of its version, import by import,
//!    and compiles into the cache, or maps what was compiled before. The store is not locked meanwhile.
//! 6. [`store::Consent`] hears what changes, and what may be done newly.
//! 7. One rename makes the new generation current, for all that was asked for.
//! 8. [`Host::start`] instantiates it; [`Extension`]'s methods convert, call, and convert back. If an
//!    updated version fails here the first time, the store brings the version before back.
//!
//! # Where to change what
//!
//! - **Add an API version**: `wit/extension/since_vX.Y.Z/`, `src/runtime/api/extension/since_vX_Y_Z/`, a line in
//!   `src/runtime/api/extension/mod.rs`; what is new goes into `types`, `src/runtime/api/extension/guest.rs` and
//!   `services`. No older folder changes. Tests then ask for a guest built with its crate
//!   (`tests/guests/`), and for a case of each new function (`tests/host/matrix/`).
//! - **Add an API family**: an implementation of [`api::Family`], with a table of worlds. One of this crate's own is a
//!   folder in `src/runtime/api/` and a line of `Families::default`; an embedder gives its own to
//!   [`HostBuilder::families`], as `tests/embedder/` does.
//! - **Add a host operation**: a file in `services`, an arm in `src/runtime/api/extension/imports.rs`. What needs a grant
//!   asks `services/gate.rs` first; what asks a server goes through `Services::cached`, which knows the last good
//!   answer; what runs a program goes through `SharedServices::runner`. Its settings: [`ServiceOptions`], and a key of the
//!   user's in `src/cli/services.rs`.
//! - **Add a capability**: a case of [`capability::Capability`], with how it is read, worded, and covers others
//!   (`src/package/capability/`), a check of [`capability::Grants`], and its gate in `src/runtime/services/gate.rs`.
//! - **Add a variable that changes which code runs**: a line of `src/package/capability/hook_variables/families.rs`.
//! - **Have something new started that an extension answers**: a case in `src/runtime/services/process/starting.rs`.
//! - **Show a guest more of the machine**: a field of [`sandbox::Sandbox`], what WASI makes of it in
//!   `src/runtime/engine/wasi/`, and a key of the user's in `src/cli/confinement.rs`.
//! - **Add a kind of registry**: a folder in `src/network/registry/` with a [`registry::Backend`], its form of a
//!   [`registry::Location`], and a line of `Registry::open_configured`.
//! - **Add a reason to pass a version over**: [`registry::RejectReason`], and the setting it depends on:
//!   [`registry::HostSupport`], [`store::Policy`].
//! - **Add a change of the store**: a file in `src/store/change/`, which begins a `Change`, commits it and tells so
//!   (`Change::tell`), and a scenario in `tests/crash/linux/scenario.rs`, which kills it at every step.
//! - **Add a place that extensions are packed of**, as Git repositories are: what brings their files to a folder
//!   (`src/network/git/`), a case of [`store::Origin`] and of [`types::ExtensionOrigin`], and `src/authoring/packing.rs`.
//! - **Add a thing to observe**: a case of [`delegate::ExtensionEvent`], told where it happens by
//!   `Monitor::tell`; what the store keeps of it: `src/store/run/recorder.rs`. Of a change of the store: a case of
//!   [`store::ChangeStep`], told by `Store::sink`.
//! - **Add a setting**: a key in `src/runtime/settings/shape.rs`. **Add a way to write a grant**:
//!   `src/package/capability/short.rs`.
//! - **Add a language that extensions name without bringing it**: a row in `src/store/languages/table.rs`.
//! - **Add an error**: a type with [`Hint`], and a line of the list in `src/error.rs`.
//! - **Add a rule**: a line in the table of [`check::Code`], and the rule in the file of its group in
//!   `src/authoring/check/`.
//! - **Add an editor**: a case of [`editor::Editor`], the text of its configuration in `src/bridge/editor/`, and a column of
//!   `names.rs` there.
//! - **Add a command**: a file in `src/cli/commands/`.
//!
//! # Rules
//!
//! The library never prints and starts no runtime. It runs on the caller's tokio runtime, current-thread or
//! multi-thread, and logs through `tracing`. A refusal or failure of a host operation reaches the guest as its `Err`, on
//! every API version, never as a trap.
//!
//! Of the environment it reads two kinds of variables, both for the programs that it starts: `PATH`, to find them, and a
//! variable that an extension sets, to see whether that changes it. The crates that it is made with read others:
//! `SSL_CERT_FILE` and `SSL_CERT_DIR`, certificates in the place of the system's (on Linux and its like), `TMPDIR`, where [`Package::open`]
//! unpacks an archive, `RAYON_NUM_THREADS`, how many threads compile a component, and those of a proxy
//! (`HTTPS_PROXY` and its like), but only with [`registry::HttpOptions::system_proxy`].
//!
// What a build leaves out has its line in the table of features.
#![cfg_attr(
    not(feature = "authoring"),
    doc = "[`builder`]: #features\n[`builder::Builder`]: #features\n[`check`]: #features"
)]
#![cfg_attr(
    not(feature = "authoring"),
    doc = "[`check::Code`]: #features\n[`dev`]: #features\n[`packing`]: #features"
)]
#![cfg_attr(
    not(feature = "bridge"),
    doc = "[`dap`]: #features\n[`editor`]: #features\n[`editor::Editor`]: #features\n[`lsp`]: #features\n[`mcp`]: #features"
)]
#![cfg_attr(
    not(feature = "embedded-registry"),
    doc = "[`registry::EmbeddedSource`]: #features"
)]
#![cfg_attr(
    not(feature = "grants-editing"),
    doc = "[`capability::GrantsChange`]: #features\n[`store::ProjectExtensions::change`]: #features"
)]

/// The README's example must compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The conformance matrix: what every function answers on every version of the API.
///
#[doc = include_str!("runtime/api/extension/conformance.md")]
pub mod conformance {}

#[cfg(feature = "authoring")]
mod authoring;
mod base;
#[cfg(feature = "bridge")]
mod bridge;
mod error;
pub mod guide;
mod network;
mod package;
mod runtime;
pub mod store;

#[doc(no_inline)]
pub use async_trait::async_trait;

#[cfg(feature = "authoring")]
pub use self::authoring::{builder, check, dev, packing};
#[cfg(feature = "bridge")]
pub use self::bridge::{dap, editor, lsp, mcp};
pub use self::{
    base::{
        digest,
        fs::{
            ConfinedFolder, EntryKind, Error as FileError, UserFileError, bytes_below,
            check_own as check_own_folder, check_trusted as check_trusted_folder,
            check_trusted_file, check_user_file, edit_user_file, has_random_name, is_own_file,
            open_regular, read_beginning, read_bounded, read_user_file,
        },
        hint::{ErrorKind, Hint},
        printable::{one_line, shell_word},
        search_path::SearchPath,
        suggestion,
        timestamp::{ParseTimestampError, Timestamp},
        types::{self, ExtensionId},
    },
    error::Error,
    network::{git, registry},
    package::{
        archive, capability, component_type, declarative, manifest,
        opened::{Package, PackageError, PackageKind, PackageLocation, UnpackFolder},
        version,
    },
    runtime::{
        api::{self, HostError, extension::CallResources},
        delegate,
        engine::{
            CacheConfiguration, CacheSize, CodeOrigin, Component, EngineError, LimitExceeded,
            Limits, compiler,
        },
        extension::{
            CallError, Condition, Extension, ExtensionOptions, Fault, Health, Supervision,
        },
        host::{Host, HostBuilder, Identity},
        sandbox,
        services::{
            AddressRule, AddressRuleError, DownloadLimits, GithubOptions, HeldToolError, HeldTools,
            HostFailure, LockedTools, NodeOptions, ProcessLimits, ServiceOptions, ToolOptions,
        },
        settings,
    },
    store::{ExtensionStore, Store, StoreConfiguration},
};
