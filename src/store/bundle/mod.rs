//! Bundles: all that a lockfile needs in one file, for machines without a network.
//!
//! A bundle is a tar stream without compression, written in one way only: files alone, ustar, owner 0, mode 0644, time
//! 1980-01-01. The same parts give the same bytes.
//!
//! ```text
//! bundle.json                  what is in it, and the lockfile; always first
//! archives/<sha256>.tar.gz     the archive of an extension
//! files/sha256-<sha256>        a file that an extension fetches
//! files/sha512-<sha512>.tgz    the archive of an npm package, its digest in the base64 of file names
//! ```
//!
//! `bundle.json`: `{"format":1,"machine":"linux x86_64","lockfile":"<the lockfile's text>","parts":[…]}`, the parts in the
//! order in which they follow, each a [`BundlePart`]. What the lockfile needs is there, and nothing else is. Optional
//! packages of npm that are for other systems than the machine's that made the bundle may be missing.
//!
//! A bundle is read once, from its beginning to its end; each part must have the path, the size and the digest that
//! `bundle.json` says before anything of it is used. Archives are unpacked as those of registries are. Files go to the
//! store's folder `files/`, where extensions get them in the place of a download, and are collected once no installed
//! extension is known to need them.

pub(super) mod error;
mod gather;
mod index;
mod licence;
mod pack;
mod read;
mod sync;

pub use self::{
    error::BundleError,
    gather::BundleOptions,
    index::{BundlePart, PartKind},
    pack::Gathered,
    read::Bundle,
};
