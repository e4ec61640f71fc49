//! API 0.5.0: how a user sets up a context server.

mod exports;
mod imports;

wasmtime::component::bindgen!({
    path: "wit/extension/since_v0.5.0",
    world: "extension",
    imports: { default: async | trappable },
    exports: { default: async },
    with: {
        "worktree": crate::runtime::services::Worktree,
        "project": crate::runtime::services::Project,
        "key-value-store": crate::runtime::services::KeyValueStore,
        "zed:extension/common": super::since_v0_3_0::zed::extension::common,
        "zed:extension/github": super::since_v0_1_0::zed::extension::github,
        "zed:extension/http-client": super::since_v0_1_0::zed::extension::http_client,
        "zed:extension/lsp": super::since_v0_2_0::zed::extension::lsp,
        "zed:extension/nodejs": super::since_v0_0_6::zed::extension::nodejs,
        "zed:extension/platform": super::since_v0_0_6::zed::extension::platform,
        "zed:extension/process": super::since_v0_3_0::zed::extension::process,
        "zed:extension/slash-command": super::since_v0_1_0::zed::extension::slash_command,
    },
});
