//! The bridges to editors and agents: [`lsp`] stands where an editor wants a language server, [`dap`] where it wants a
//! debug adapter and [`mcp`] where an agent wants a context server; [`editor`] writes that into their configurations.

mod child;
pub mod dap;
pub mod editor;
pub mod lsp;
pub mod mcp;
mod preparation;
mod probing;
mod wire;
