//! All that asks a server: the HTTP client, the resumable transfer, and the registries read and written with them; and
//! Git repositories, which the user's own `git` reads.

pub mod git;
pub(crate) mod http;
pub mod registry;
pub(crate) mod transfer;
