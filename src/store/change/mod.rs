//! Changes of the store: each makes a new generation, or none.
//!
//! A change that installs goes through these files: [`install`] and [`update`] ask registries, [`plan`] chooses
//! versions, [`obtain`] and [`bringing`] bring files, [`examine`] and [`permissions`] look at them, [`compiling`] compiles, [`apply`]
//! asks for consent ([`asking`]) and commits. For what takes long, the store's lock is given back ([`pausing`]), and where
//! the change has to be decided anew for that, [`brought`] has what is there already. [`edit`] and [`rollback`] bring
//! nothing; [`import`] takes over what another editor has; [`outdated`] and [`explain`] tell what would be chosen.

pub(super) mod apply;
pub(super) mod asking;
pub(super) mod bringing;
pub(super) mod brought;
pub(super) mod change_options;
pub(super) mod compiling;
pub(super) mod edit;
pub(super) mod examine;
pub(super) mod explain;
pub(super) mod found;
pub(super) mod import;
pub(super) mod install;
pub(super) mod install_request;
pub(super) mod obtain;
pub(super) mod outcome;
pub(super) mod outdated;
mod packed;
pub(super) mod pausing;
pub(super) mod permissions;
pub(super) mod plan;
pub(super) mod policy;
pub(super) mod ready_count;
pub(super) mod release;
pub(super) mod rollback;
pub(super) mod store;
pub(super) mod unknown;
pub(super) mod update;
