//! API 0.3.0: extensions may run programs; commands and their environment in interfaces.

mod exports;
mod imports;

wasmtime::component::bindgen!({
    path: "wit/extension/since_v0.3.0",
    world: "extension",
    imports: { default: async | trappable },
    exports: { default: async },
    with: {
        "worktree": crate::runtime::services::Worktree,
        "project": crate::runtime::services::Project,
        "key-value-store": crate::runtime::services::KeyValueStore,
        "zed:extension/github": super::since_v0_1_0::zed::extension::github,
        "zed:extension/http-client": super::since_v0_1_0::zed::extension::http_client,
        "zed:extension/lsp": super::since_v0_2_0::zed::extension::lsp,
        "zed:extension/nodejs": super::since_v0_0_6::zed::extension::nodejs,
        "zed:extension/platform": super::since_v0_0_6::zed::extension::platform,
        "zed:extension/slash-command": super::since_v0_1_0::zed::extension::slash_command,
    },
});
