//! What speaks to editors: the writer of their configuration.

pub mod editor;
