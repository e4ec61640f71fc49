//! The portable form of a world: its resources in an interface, `zed:extension/host`, beside the root
//! names.
//!
//! Some languages' generators cannot bind resources that a world itself imports. A component built
//! with one imports the interface, and the root names as equal types; the linker defines both over the
//! same host types. Ordinary components never notice. There is one definition for all versions: the
//! resources have only ever gained methods.

use wasmtime::component::{HasSelf, Linker};

use self::zed::extension::host::{self, Host, HostKeyValueStore, HostProject, HostWorktree};
use crate::runtime::engine::State;

wasmtime::component::bindgen!({
    path: "wit/extension/portable",
    world: "portable",
    imports: { default: async | trappable },
    with: {
        "zed:extension/host.worktree": crate::runtime::services::Worktree,
        "zed:extension/host.project": crate::runtime::services::Project,
        "zed:extension/host.key-value-store": crate::runtime::services::KeyValueStore,
    },
});

/// Defines `zed:extension/host` over the resources of the root.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    host::add_to_linker::<State, HasSelf<State>>(linker, |state| state)
}

impl Host for State {}

worktree_host! { id root_path read_text_file which shell_env }
project_host!();
key_value_store_host!();
