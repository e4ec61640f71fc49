//! API 0.4.0: configuration that an extension adds to other extensions' servers.

mod exports;
mod imports;

wasmtime::component::bindgen!({
    path: "wit/extension/since_v0.4.0",
    world: "extension",
    imports: { default: async | trappable },
    exports: { default: async },
    with: {
        "worktree": crate::runtime::services::Worktree,
        "project": crate::runtime::services::Project,
        "key-value-store": crate::runtime::services::KeyValueStore,
        "zed:extension": super::since_v0_3_0::zed::extension,
    },
});
