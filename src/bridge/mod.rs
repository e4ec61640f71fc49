//! Bridges: what speaks to editors. [`lsp`] stands where an editor wants a language server.

pub mod lsp;
