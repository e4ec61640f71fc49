//! Registries of our format in a container registry, as OCI artifacts.
//!
//! ```text
//! host/repository:catalogue         application/vnd.annexe.registry.v1: a layer for each static file but the archives
//! host/repository/<id>:<version>    application/vnd.annexe.extension.v1: one layer, the archive
//! ```
//!
//! The files are those that a web server would have (`config.json`, the catalogue, the index files), each a blob whose
//! title is its path. So all that holds for them there holds here: lines are only appended, what changed nothing is not
//! transferred again, a catalogue that is older than what was seen is put aside. An archive is the blob with the digest
//! that its line in the index has. A version's tag is its text with `_` in the place of `+`; it is for other tools, and
//! one that leads to other bytes than the index says is refused.
//!
//! The client is one of our own. A library's, such as `oci-client`, would bring an HTTP client and a TLS provider of its own
//! beside ours, and 26 crates more; and what it asks for would pass by the one client whose gates of addresses, redirects
//! and credentials hold for all that goes over the network here.
//!
//! Reading takes a token of each repository where the container registry wants one: the person's login goes to the
//! address that the registry names for that, as every client of container registries does it.

mod address;
mod challenge;
mod login;
mod manifest;
mod session;
mod source;

pub(super) use self::{
    address::tag_of,
    manifest::{CATALOGUE_TAG, Descriptor, EMPTY_CONFIG, FALLBACK_CONFIG, MANIFEST_TYPE, Manifest},
    session::{Answer, Rights, Session},
    source::OciSource,
};
pub use self::{
    address::{OciAddress, ParseOciAddressError},
    login::{ContainerLogin, ContainerLogins},
};
