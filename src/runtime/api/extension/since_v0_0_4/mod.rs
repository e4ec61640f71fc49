//! API 0.0.4 and 0.0.5: other words for the installation of a server, in another order; files can be
//! made executable.

mod exports;
mod imports;

wasmtime::component::bindgen!({
    path: "wit/extension/since_v0.0.4",
    world: "extension",
    imports: { default: async | trappable },
    exports: { default: async },
    with: { "worktree": crate::runtime::services::Worktree },
});
