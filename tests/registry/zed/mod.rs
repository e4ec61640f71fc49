//! Zed's registry, as it is played here.

mod interface;
