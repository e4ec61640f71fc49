//! Files that a guest opens, but nothing that could hold up its host.
//!
//! The engine's file calls run on the thread that runs the guest, since they are short. Opening a named pipe
//! is not: it waits until another program opens the other end, and neither a limit nor a dropped call could
//! end it. So `descriptor.open-at` is replaced by one that opens on a thread for such work, and gives the
//! guest files and folders alone.

use wasmtime::{
    StoreContextMut,
    component::{Linker, Resource},
};
use wasmtime_wasi::{
    filesystem::{Descriptor, Dir, WasiFilesystemView as _},
    p2::{
        FsResult,
        bindings::filesystem::types::{
            DescriptorFlags, ErrorCode, Host as _, HostDescriptor as _, OpenFlags, PathFlags,
        },
    },
};

use crate::{engine::State, fs};

/// The interface as `wasmtime-wasi` defines it; a test holds that a guest's call comes here.
const INTERFACE: &str = "wasi:filesystem/types@0.2.12";

type Arguments = (
    Resource<Descriptor>,
    PathFlags,
    String,
    OpenFlags,
    DescriptorFlags,
);

type Answer = (Result<Resource<Descriptor>, ErrorCode>,);

/// Replaces `descriptor.open-at` in a linker that has all of WASI.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.instance(INTERFACE)?.func_wrap_async(
        "[method]descriptor.open-at",
        |mut store: StoreContextMut<'_, State>, arguments: Arguments| {
            Box::new(async move {
                let state = store.data_mut();
                match open_at(state, arguments).await {
                    Ok(opened) => Ok((Ok(opened),)),
                    Err(error) => Ok((Err(state.filesystem().convert_error_code(error)?),)),
                }
            }) as Box<dyn Future<Output = wasmtime::Result<Answer>> + Send>
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

async fn open_at(
    state: &mut State,
    (folder, path_flags, path, open_flags, flags): Arguments,
) -> FsResult<Resource<Descriptor>> {
    let Descriptor::Dir(dir) = state.table.get(&folder)? else {
        return Err(ErrorCode::NotDirectory.into());
    };
    // What is a pipe beforehand needs no thread, which would not come back.
    if fs::is_device_below(&dir.dir, &path) {
        return Err(ErrorCode::Unsupported.into());
    }
    let elsewhere = Dir::new(dir.dir.try_clone()?, dir.perms, dir.open_mode, false);
    let elsewhere = state.table.push(Descriptor::Dir(elsewhere))?;
    let mut view = state.filesystem();
    let lent = Resource::new_borrow(elsewhere.rep());
    let opened = view
        .open_at(lent, path_flags, path, open_flags, flags)
        .await;
    view.table.delete(elsewhere)?;
    let opened = opened?;
    let kind = match view.table.get(&opened)? {
        Descriptor::File(file) => file.file.metadata(),
        Descriptor::Dir(dir) => dir.dir.metadata(),
    };
    // It may have changed in the meantime: the guest starts programs.
    if kind.is_ok_and(|metadata| metadata.is_file() || metadata.is_dir()) {
        return Ok(opened);
    }
    view.table.delete(opened)?;
    Err(ErrorCode::Unsupported.into())
}
