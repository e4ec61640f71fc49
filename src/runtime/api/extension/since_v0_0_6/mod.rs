//! API 0.0.6: servers by id alone; workspace configuration, labels and settings; GitHub, Node.js and
//! the platform in interfaces of their own.

mod exports;
mod imports;

wasmtime::component::bindgen!({
    path: "wit/extension/since_v0.0.6",
    world: "extension",
    imports: { default: async | trappable },
    exports: { default: async },
    with: { "worktree": crate::runtime::services::Worktree },
});
