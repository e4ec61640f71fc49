//! The registry index: which extensions there are, in which versions, and the archives themselves, as
//! static files that any web server, object store or folder serves.
//!
//! ```text
//! config.json                       Config: format, name, where the rest lies
//! index/<cargo's path rule>/<id>    IndexFile: version lines and state lines, only ever appended
//! catalogue.jsonl                   Catalogue: one line for each extension
//! archives/<id>/<version>/….tar.gz  never changed, named by their digest
//! ```
//!
//! `registry-index/README.md` documents the format in full. An installation takes three requests:
//!
//! 1. [`Registry::open`] reads the configuration through a [`Source`] (embedded, folder, HTTP, container registry);
//! 2. [`Registry::index`] reads one index file, from which [`resolve`](fn@resolve) chooses a version
//!    and says why it passed over others;
//! 3. [`Registry::fetch`] streams that version's archive and verifies its size and digest.
//!
//! Which registry it is says its [`RegistryId`], never its own `config.json`.
//!
//! A lockfile's [`ArchiveReference`]s stand for the second step. [`Sources`] are several registries in
//! an order of priority, each with its mirrors. [`Access`] says how all are reached:
//!
//! - With a cache, what has not changed is not transferred again, an index that loses or changes lines
//!   is refused, and [`Registry::indexes`] checks a thousand extensions for news in two requests.
//! - [`Credentials`] go to their exact origin and nowhere else.
//! - [`Bindings`] note where a registry that has a name was first.
//! - [`OldestCatalogues`] say from which age on what a registry says is refused; it never goes back behind what was seen.
//! - Offline, no web server is asked, and the cache answers.
//! - [`Sources::catalogues`] are what all of them have, to be searched: [`Catalogues::search`].
//!
//! [`publish`] writes registries. What is done with an archive is not this module's matter.

mod access;
mod append_only;
mod backend;
mod bindings;
mod cache;
mod catalogue;
mod config;
mod direct;
mod error;
mod fetch;
pub mod format;
mod freshness;
mod grants;
mod identity;
mod index_file;
mod line;
mod location;
mod mirrors;
mod oci;
mod open;
mod path;
pub mod publish;
mod reader;
mod reference;
mod resolve;
mod search;
mod served;
mod site;
mod skipped;
mod source;
mod sources;
mod static_files;
mod update;
mod zed;

#[cfg(feature = "embedded-registry")]
pub use self::source::EmbeddedSource;
pub use self::{
    access::Access,
    backend::{Backend, Freshness},
    bindings::{Bindings, Moved},
    cache::clear_cache,
    catalogue::CatalogueEntry,
    config::ConfigError,
    direct::fetch_url,
    error::Error,
    fetch::Progress,
    freshness::{AgedRegistry, FreshnessWarning, OlderCatalogue, OldestCatalogues},
    identity::{RegistryId, RegistryIdError},
    line::Channel,
    location::{Location, ParseLocationError},
    oci::{ContainerLogin, ContainerLogins, OciAddress, ParseOciAddressError},
    reader::Registry,
    reference::{ArchiveDigest, ArchiveReference},
    resolve::{ApiSupport, HostSupport, RejectReason, Rejected, Resolution, ResolveError, resolve},
    search::{Catalogues, Found, Match, Query, SourceCatalogue},
    served::ServedVersions,
    skipped::SkippedLine,
    source::{
        BoxError, Credentials, CredentialsError, FolderSource, HttpOptions, HttpSource, Opened,
        PrivateHost, PrivateHostError, Reading, RetryPolicy, Source, SourceError, Validator,
    },
    sources::{Listing, RegistryConfiguration, Sources},
    zed::ZED_REGISTRY,
};
pub(crate) use self::{
    identity::{label_of_unknown, unknown},
    source::has_published,
};
