//! The bare engine: one component, one store, called directly.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    os::fd::AsRawFd as _,
    path::{Path, PathBuf},
};

use wasmtime::{
    Config, Engine, ResourceLimiter, Store,
    component::{
        Component, InstancePre, Linker, Resource, ResourceTable, ResourceType,
        types::{ComponentInstance, ComponentItem},
    },
};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

wasmtime::component::bindgen!({
    path: "wit/extension/since_v0.6.0",
    world: "extension",
    imports: { default: async | trappable },
    exports: { default: async },
    with: { "worktree": crate::bare::LentWorktree },
});

/// Stands for an embedder's worktree.
pub struct LentWorktree;

pub(crate) struct State {
    wasi: WasiCtx,
    pub(crate) table: ResourceTable,
    memory: Memory,
}

struct Memory(usize);

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= self.0)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// The engine and its folder of compiled components.
pub(crate) struct Bare {
    pub(crate) engine: Engine,
    folder: PathBuf,
    key: [u8; 32],
}

/// An extension that runs.
pub(crate) struct Running {
    pub(crate) store: Store<State>,
    pub(crate) instance: wasmtime::component::Instance,
}

impl Bare {
    pub(crate) fn new(folder: &Path) -> Self {
        let mut config = Config::new();
        config
            .epoch_interruption(true)
            .concurrency_support(false)
            .wasm_memory64(false)
            .wasm_relaxed_simd(false)
            .wasm_tail_call(false)
            .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Disable)
            .native_unwind_info(false)
            .debug_symbols(false);
        let engine = Engine::new(&config).expect("an engine");
        std::fs::create_dir_all(folder).expect("a folder");
        Self {
            engine,
            folder: folder.into(),
            key: [7; 32],
        }
    }

    /// Compiles a component; gives the path of its code.
    pub(crate) fn compile(&self, name: &str, wasm: &[u8]) -> PathBuf {
        let code = self.engine.precompile_component(wasm).expect("compiles");
        let path = self.folder.join(name);
        let mut file = File::create(&path).expect("a file");
        file.write_all(&code).expect("written");
        file.write_all(blake3::keyed_hash(&self.key, &code).as_bytes())
            .expect("written");
        path
    }

    /// Maps compiled code after verifying it through the same descriptor.
    #[expect(unsafe_code, reason = "the bare side of a comparison with mapped code")]
    pub(crate) fn map(&self, path: &Path) -> Component {
        let mut file = File::open(path).expect("opened");
        let length = file.metadata().expect("metadata").len() as usize - 32;
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        let mut buffer = vec![0; 128 << 10];
        let mut left = length;
        while left > 0 {
            let wanted = left.min(buffer.len());
            file.read_exact(&mut buffer[..wanted]).expect("read");
            hasher.update(&buffer[..wanted]);
            left -= wanted;
        }
        let mut mac = [0; 32];
        file.read_exact(&mut mac).expect("read");
        assert_eq!(hasher.finalize(), blake3::Hash::from_bytes(mac));
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        // SAFETY: the file was written by `compile` above and verified just now.
        unsafe { Component::deserialize_file(&self.engine, path) }.expect("mapped")
    }

    /// A linker for what a component imports. What the benchmark never calls is a stub.
    pub(crate) fn linker(&self, component: &Component) -> Linker<State> {
        let mut linker = Linker::new(&self.engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).expect("linked");
        for (name, item) in component.component_type().imports(&self.engine) {
            match item.ty {
                ComponentItem::ComponentInstance(_) if name.starts_with("wasi:") => {}
                ComponentItem::ComponentInstance(instance) => {
                    stub_instance(&mut linker, &self.engine, name, &instance);
                }
                ComponentItem::ComponentFunc(_) => stub(&mut linker.root(), name),
                ComponentItem::Resource(_) => {
                    let ty = match name {
                        "worktree" => ResourceType::host::<LentWorktree>(),
                        "project" => ResourceType::host::<Project>(),
                        _ => ResourceType::host::<KeyValueStore>(),
                    };
                    linker
                        .root()
                        .resource(name, ty, |_, _| Ok(()))
                        .expect("linked");
                }
                _ => {}
            }
        }
        linker
    }

    /// Starts a mapped component, up to the return of its own start.
    pub(crate) async fn start(&self, linked: &InstancePre<State>, work_dir: &Path) -> Running {
        let path = work_dir.to_string_lossy();
        let wasi = WasiCtxBuilder::new()
            .allow_blocking_current_thread(true)
            .preopened_dir(work_dir, ".", FsPerms::ReadWrite)
            .and_then(|wasi| wasi.preopened_dir(work_dir, &path, FsPerms::ReadWrite))
            .expect("preopened")
            .env("PWD", &path)
            .build();
        let state = State {
            wasi,
            table: ResourceTable::new(),
            memory: Memory(512 << 20),
        };
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.memory);
        store.epoch_deadline_async_yield_and_update(1);
        store.set_epoch_deadline(1);
        let instance = linked
            .instantiate_async(&mut store)
            .await
            .expect("instantiated");
        let init = instance
            .get_typed_func::<(), ()>(&mut store, "init-extension")
            .expect("the export");
        init.call_async(&mut store, ()).await.expect("started");
        Running { store, instance }
    }
}

fn stub_instance(linker: &mut Linker<State>, engine: &Engine, name: &str, ty: &ComponentInstance) {
    let mut instance = linker.instance(name).expect("linked");
    for (name, item) in ty.exports(engine) {
        match item.ty {
            ComponentItem::ComponentFunc(_) => stub(&mut instance, name),
            ComponentItem::Resource(_) => {
                instance
                    .resource(name, ResourceType::host::<()>(), |_, _| Ok(()))
                    .expect("linked");
            }
            _ => {}
        }
    }
}

fn stub(linker: &mut wasmtime::component::LinkerInstance<'_, State>, name: &str) {
    linker
        .func_new(name, |_, _, _, _| {
            Err(wasmtime::Error::msg("a stub was called"))
        })
        .expect("linked");
}

impl Running {
    /// Lends a worktree for one call.
    pub(crate) fn lend(&mut self) -> (Resource<LentWorktree>, Resource<LentWorktree>) {
        let own = self
            .store
            .data_mut()
            .table
            .push(LentWorktree)
            .expect("pushed");
        let borrow = Resource::new_borrow(own.rep());
        (own, borrow)
    }

    pub(crate) fn take_back(&mut self, own: Resource<LentWorktree>) {
        self.store.data_mut().table.delete(own).expect("deleted");
    }
}

/// The exports of a running extension, as the generated bindings have them.
pub(crate) fn exports_of(running: &mut Running) -> Extension {
    Extension::new(&mut running.store, &running.instance).expect("the exports")
}
