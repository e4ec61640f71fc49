//! The host's side of an editor with an API of its own: with its `buffer`, all that an embedder writes, in 200 lines.
//!
//! The editor's plugins export `commands` and may add to its buffer. Version 1.0.0 of the API has one line of text for
//! a command, version 2.0.0 an argument and a list of names. What a version changed is in its own module; the rest of
//! the editor knows [`Plugin`] alone.

use annexe::{
    CallError, Extension, Limits,
    api::{
        Adapter, AnyGuest, Detected, Failure, Family, FamilyServices, Outline, Prepared, State,
        World,
        wasmtime::{self, Store, component::HasSelf},
    },
    types::ExtensionId,
    version::ComponentError,
};
use async_trait::async_trait;
use serde_json::json;

use crate::buffer::Buffer;

/// The answer of a command.
type Answer = Result<String, Failure>;

/// The answer to an insertion: the last line of the buffer, or why the text has no place there.
type Inserted = wasmtime::Result<Result<String, String>>;

/// A plugin of the editor, whatever its API version.
#[async_trait]
pub trait Plugin: Send + Sync {
    /// The names of its commands; API 1.0.0 has none.
    async fn names(&self, _store: &mut Store<State>) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    /// Runs a command. API 1.0.0 has no argument.
    async fn run(&self, store: &mut Store<State>, name: &str, argument: &str) -> Answer;
}

/// A plugin as the calls of its family know it.
type Guest = Box<dyn Plugin>;

/// Writes what every version of the API needs to be started.
macro_rules! world {
    ($version:ident serves $serves:literal) => {
        #[async_trait]
        impl Prepared for $version::PluginPre<State> {
            async fn start(&self, store: &mut Store<State>) -> wasmtime::Result<AnyGuest> {
                let plugin: Guest = Box::new(self.instantiate_async(store).await?);
                Ok(Box::new(plugin))
            }
        }

        impl $version::Plugin {
            const WORLD: World = World {
                name: stringify!($version),
                role: "plugin",
                serves: $serves,
                adapter: Adapter::Component {
                    link: |linker| Self::add_to_linker::<_, HasSelf<State>>(linker, |state| state),
                    prepare: |plugin| Ok(Box::new($version::PluginPre::new(plugin)?)),
                },
            };
        }
    };
}

mod since_v1_0_0 {
    use super::*;

    wasmtime::component::bindgen!({
        path: "tests/embedder/wit/since_v1.0.0",
        imports: { default: async | trappable },
        exports: { default: async },
        wasmtime_crate: annexe::api::wasmtime,
    });

    impl quill::plugin::editor::Host for State {
        async fn insert(&mut self, text: String) -> Inserted {
            let buffer = self.family::<Buffer>()?.clone();
            let arguments = json!({ "text": text });
            let inserting = async move { buffer.insert(text, None).await };
            Ok(self.host_call("insert", || arguments, inserting).await)
        }
    }

    #[async_trait]
    impl super::Plugin for Plugin {
        async fn run(&self, store: &mut Store<State>, name: &str, _argument: &str) -> Answer {
            let answer = self.quill_plugin_commands().call_run(store, name).await?;
            Ok(answer.map_err(CallError::guest)?)
        }
    }
}

mod since_v2_0_0 {
    use super::*;

    wasmtime::component::bindgen!({
        path: "tests/embedder/wit/since_v2.0.0",
        imports: { default: async | trappable },
        exports: { default: async },
        wasmtime_crate: annexe::api::wasmtime,
    });

    impl quill::plugin::editor::Host for State {
        async fn insert(&mut self, text: String, line: u32) -> Inserted {
            let buffer = self.family::<Buffer>()?.clone();
            let arguments = json!({ "text": text, "line": line });
            let inserting = async move { buffer.insert(text, Some(line)).await };
            Ok(self.host_call("insert", || arguments, inserting).await)
        }
    }

    #[async_trait]
    impl super::Plugin for Plugin {
        async fn names(&self, store: &mut Store<State>) -> Result<Vec<String>, Failure> {
            Ok(self.quill_plugin_commands().call_names(store).await?)
        }

        async fn run(&self, store: &mut Store<State>, name: &str, argument: &str) -> Answer {
            let commands = self.quill_plugin_commands();
            let answer = commands.call_run(store, name, argument).await?;
            Ok(answer.map_err(CallError::guest)?)
        }
    }
}

world!(since_v1_0_0 serves ">=1.0.0, <2.0.0");
world!(since_v2_0_0 serves ">=2.0.0, <3.0.0");

/// The family of the editor's plugins.
pub struct Quill(pub Buffer);

impl Family for Quill {
    fn name(&self) -> &'static str {
        "quill"
    }

    fn worlds(&self) -> &'static [World] {
        &[since_v1_0_0::Plugin::WORLD, since_v2_0_0::Plugin::WORLD]
    }

    fn detect(&self, outline: &Outline<'_>) -> Result<Option<Detected>, ComponentError> {
        let role = "plugin";
        let version = outline.exported_version("quill:plugin/commands")?;
        Ok(version.map(|version| Detected { role, version }))
    }

    fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        limits.guest_time = std::time::Duration::from_millis(100);
        limits.memory_bytes = 8 << 20;
        limits
    }

    fn services(&self, _extension: &ExtensionId) -> FamilyServices {
        Box::new(self.0.clone())
    }
}

/// Runs a command of a plugin.
pub async fn run(
    plugin: &Extension,
    name: &'static str,
    argument: &'static str,
) -> Result<String, CallError> {
    let call = plugin.call_guest(move |plugin: &Guest, store| plugin.run(store, name, argument));
    call.await
}

/// The names of a plugin's commands.
pub async fn names(plugin: &Extension) -> Result<Vec<String>, CallError> {
    (plugin.call_guest(|plugin: &Guest, store| plugin.names(store))).await
}
