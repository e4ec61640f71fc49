//! The linker of one world, of components or of core modules.

use super::family::{Adapter, Prepared};
use crate::runtime::engine::{self, Code, State};

/// The linker of one world.
pub(crate) enum Linker {
    Component(wasmtime::component::Linker<State>),
    Module(wasmtime::Linker<State>),
}

impl Linker {
    /// For components, all of WASI preview 2 and `wasi:http`; then the world's own imports.
    pub(crate) fn new(engine: &wasmtime::Engine, adapter: &Adapter) -> wasmtime::Result<Self> {
        match adapter {
            Adapter::Component { link, .. } => {
                let mut linker = wasmtime::component::Linker::new(engine);
                engine::link_wasi(&mut linker)?;
                wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
                link(&mut linker)?;
                Ok(Self::Component(linker))
            }
            Adapter::Module { link, .. } => {
                let mut linker = wasmtime::Linker::new(engine);
                link(&mut linker)?;
                Ok(Self::Module(linker))
            }
        }
    }

    /// Links an artefact, and finds what it exports.
    pub(crate) fn prepare(
        &self,
        adapter: &Adapter,
        code: &Code,
    ) -> wasmtime::Result<Box<dyn Prepared>> {
        match (self, adapter, code) {
            (
                Self::Component(linker),
                Adapter::Component { prepare, .. },
                Code::Component(component),
            ) => linker.instantiate_pre(component).and_then(prepare),
            (Self::Module(linker), Adapter::Module { prepare, .. }, Code::Module(module)) => {
                linker.instantiate_pre(module).and_then(prepare)
            }
            _ => Err(wasmtime::format_err!(
                "it is a component where the world has core modules, or the other way round"
            )),
        }
    }
}
