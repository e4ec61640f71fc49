//! Zed's registry, as it is played here.

mod client;
mod interface;
