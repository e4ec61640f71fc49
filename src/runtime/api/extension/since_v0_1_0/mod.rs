//! API 0.1.0: slash commands, indexed documentation and HTTP requests; GitHub releases by their tag;
//! ranges shared between interfaces.

mod exports;
mod imports;

wasmtime::component::bindgen!({
    path: "wit/extension/since_v0.1.0",
    world: "extension",
    imports: { default: async | trappable },
    exports: { default: async },
    with: {
        "worktree": crate::runtime::services::Worktree,
        "key-value-store": crate::runtime::services::KeyValueStore,
        "zed:extension/http-client.http-response-stream": crate::runtime::services::HttpResponseStream,
        "zed:extension/lsp": super::since_v0_0_6::zed::extension::lsp,
        "zed:extension/nodejs": super::since_v0_0_6::zed::extension::nodejs,
        "zed:extension/platform": super::since_v0_0_6::zed::extension::platform,
    },
});
