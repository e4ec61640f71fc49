//! API 0.0.1 to 0.0.3: language servers, by name and language; every import at the root.

mod exports;
mod imports;

wasmtime::component::bindgen!({
    path: "wit/extension/since_v0.0.1",
    world: "extension",
    imports: { default: async | trappable },
    exports: { default: async },
    with: { "worktree": crate::runtime::services::Worktree },
});
