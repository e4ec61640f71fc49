//! The files of a registry, as they are written and read: for those who publish, mirror or examine one.
//!
//! Installing needs none of it: [`Registry`](super::Registry) and [`Sources`](super::Sources) read these files, and
//! [`resolve`](fn@super::resolve) chooses among what they hold. [`publish`](super::publish) writes them.

pub use super::{
    catalogue::{Catalogue, CatalogueLine, MAX_CATALOGUE_BYTES},
    config::{Config, FORMAT},
    index_file::{IndexFile, IndexedVersion, MAX_INDEX_BYTES, MAX_LINE_BYTES, State, Withdrawal},
    line::{ArchiveFacts, LINE_FORM, Requires, StateChange, StateLine, VersionLine},
    path::{CONFIG_PATH, index_path},
    resolve::{Candidate, Verdict, candidates},
    skipped::{LineProblem, SkippedLines},
};
