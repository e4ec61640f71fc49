//! The store on disk: its files, read without a lock and without an engine, and changed under the lock.
//!
//! [`store`] is the type; [`mark`] says whether a folder is a store and [`layout`] where its files lie; [`generation`]s
//! name the [`tree`]s that are [`installed`]; a change that is under way is a [`transaction`], which prepares what it
//! brings in [`staging`].

pub(super) mod active;
pub(super) mod archive;
pub(super) mod collect;
pub(super) mod configuration;
pub(super) mod contents;
pub(super) mod contributions;
pub(super) mod files;
pub(super) mod generation;
pub(super) mod history;
pub(super) mod installed;
pub(super) mod layout;
pub(super) mod lockfile;
pub(super) mod mark;
pub(super) mod owners;
pub(super) mod probation;
pub(super) mod project;
pub(super) mod seen_archives;
pub(super) mod staging;
pub(super) mod store;
pub(super) mod summary;
pub(super) mod transaction;
pub(super) mod tree;
pub(super) mod verify;
pub(super) mod withdrawal;
