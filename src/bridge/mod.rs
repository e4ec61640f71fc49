//! The bridges to editors: [`lsp`] stands where an editor wants a language server, and [`editor`] writes that into the
//! editor's configuration.

pub mod editor;
pub mod lsp;
