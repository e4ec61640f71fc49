//! What other editors have installed, to be taken over: [`zed`] finds it, [`snapshot`] packs what may change meanwhile,
//! within some [`room`], [`candidate`] judges it.

pub(super) mod candidate;
pub(super) mod error;
pub(super) mod room;
pub(super) mod snapshot;
pub(super) mod zed;
