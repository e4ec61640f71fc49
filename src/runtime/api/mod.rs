//! API families, and what can be said of a file without compiling it.
//!
//! A *family* is a set of APIs of one origin: `extension` is that of Zed's extensions. A *world* is the
//! interface of one API generation, and in families whose extensions are not all of one kind, of one role. It
//! serves its own version and the later ones up to the next world. The *adapter* of a world links the host's
//! functions into it, and presents what it exports in the family's own terms. Everything outside a family's
//! folder knows families and worlds as data: to add an API version is to add a folder and a line to the
//! family's table, and to add a family is to implement [`Family`], which an embedder does for its own API:
//!
//! 1. The worlds in WIT, and [`bindgen!`](wasmtime::component::bindgen) for each, with `wasmtime_crate:
//!    annexe::api::wasmtime`.
//! 2. What its extensions ask of the host: the traits that `bindgen!` has written, for [`State`]. What they need
//!    is the family's own ([`Family::services`]) and comes back from [`State::family`]; what takes time goes
//!    through [`State::host_call`].
//! 3. [`Prepared`] for each world, which starts an instance and gives it as the family's own guest trait.
//! 4. [`Family`]: its name, its table of [`World`]s, and how its files are recognised.
//! 5. A host that has it, [`HostBuilder::families`](crate::HostBuilder::families), and calls through
//!    [`Extension::call_guest`](crate::Extension::call_guest).
//!
//! `tests/embedder/` in this program's sources is an editor that does so.

mod compatibility;
mod error;
pub(crate) mod extension;
mod families;
pub(crate) mod family;
mod interfaces;
mod linker;
mod listing;
mod portable;
mod wit;

pub use wasmtime;

pub use self::{
    compatibility::Incompatibility,
    error::HostError,
    extension::{Argument, EXPORTS, Export},
    families::{
        Compatibility, Families, Recognised, examine, host_imports, inspect, supports,
        unused_exports,
    },
    family::{Adapter, AnyGuest, BoxFuture, Detected, Family, FamilyServices, Prepared, World},
    listing::{Listed, WorldListing, worlds},
    wit::{Form, Wit, WitFile, wit},
};
pub use super::{
    engine::State,
    extension::{Call, Failure},
};
pub use crate::package::version::{Artefact, Outline};

#[cfg(feature = "authoring")]
pub(crate) use self::error::first;
pub(crate) use self::linker::Linker;
