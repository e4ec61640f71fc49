//! Files that a guest opens, but nothing that could hold up its host.
//!
//! The engine's file calls run on the thread that runs the guest, since they are short. Opening a named pipe
//! is not: it waits until another program opens the other end, and neither a limit nor a dropped call could
//! end it. So the two functions of WASI that open by a path are replaced by some that do so on a thread for
//! such work, and for files and folders alone.

use wasmtime::{
    StoreContextMut,
    component::{Linker, Resource, ResourceTable},
};
use wasmtime_wasi::{
    filesystem::{Descriptor, Dir, WasiFilesystemCtxView, WasiFilesystemView as _},
    p2::{
        FsResult,
        bindings::filesystem::types::{
            DescriptorFlags, DescriptorType, ErrorCode, Host as _, HostDescriptor as _,
            NewTimestamp, OpenFlags, PathFlags,
        },
    },
};

use crate::engine::State;

/// The interface as `wasmtime-wasi` defines it; tests hold that a guest's calls come here.
const INTERFACE: &str = "wasi:filesystem/types@0.2.12";

type Open = (
    Resource<Descriptor>,
    PathFlags,
    String,
    OpenFlags,
    DescriptorFlags,
);

type SetTimes = (
    Resource<Descriptor>,
    PathFlags,
    String,
    NewTimestamp,
    NewTimestamp,
);

type Answer<'a, T> =
    Box<dyn Future<Output = wasmtime::Result<(Result<T, ErrorCode>,)>> + Send + 'a>;

/// Replaces what opens by a path in a linker that has all of WASI.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut interface = linker.instance(INTERFACE)?;
    interface.func_wrap_async(
        "[method]descriptor.open-at",
        |mut store: StoreContextMut<'_, State>, arguments: Open| {
            Box::new(async move {
                let state = store.data_mut();
                let opened = open_at(state, arguments).await;
                answer(state, opened)
            }) as Answer<'_, _>
        },
    )?;
    interface.func_wrap_async(
        "[method]descriptor.set-times-at",
        |mut store: StoreContextMut<'_, State>, arguments: SetTimes| {
            Box::new(async move {
                let state = store.data_mut();
                let set = set_times_at(state, arguments).await;
                answer(state, set)
            }) as Answer<'_, _>
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

fn answer<T>(state: &mut State, result: FsResult<T>) -> wasmtime::Result<(Result<T, ErrorCode>,)> {
    match result {
        Ok(value) => Ok((Ok(value),)),
        Err(error) => Ok((Err(state.filesystem().convert_error_code(error)?),)),
    }
}

async fn open_at(
    state: &mut State,
    (folder, path_flags, path, open_flags, flags): Open,
) -> FsResult<Resource<Descriptor>> {
    refuse_devices(state, &folder, path_flags, &path).await?;
    let (mut table, folder) = elsewhere(state, &folder)?;
    let mut view = WasiFilesystemCtxView {
        ctx: state.filesystem().ctx,
        table: &mut table,
    };
    let opened = view
        .open_at(folder, path_flags, path, open_flags, flags)
        .await?;
    let opened = table.delete(opened)?;
    let metadata = match &opened {
        Descriptor::File(file) => file.file.metadata(),
        Descriptor::Dir(dir) => dir.dir.metadata(),
    };
    // It may have changed in the meantime: a guest may start programs.
    if !metadata.is_ok_and(|metadata| metadata.is_file() || metadata.is_dir()) {
        return Err(ErrorCode::Unsupported.into());
    }
    Ok(state.table.push(opened)?)
}

async fn set_times_at(
    state: &mut State,
    (folder, path_flags, path, accessed, modified): SetTimes,
) -> FsResult<()> {
    refuse_devices(state, &folder, path_flags, &path).await?;
    let (mut table, folder) = elsewhere(state, &folder)?;
    let mut view = WasiFilesystemCtxView {
        ctx: state.filesystem().ctx,
        table: &mut table,
    };
    view.set_times_at(folder, path_flags, path, accessed, modified)
        .await
}

/// Refuses what is a pipe, a socket or a device beforehand: the thread that opens one may not come back. What
/// cannot be looked at is left to whoever opens it.
async fn refuse_devices(
    state: &mut State,
    folder: &Resource<Descriptor>,
    path_flags: PathFlags,
    path: &str,
) -> FsResult<()> {
    let lent = Resource::new_borrow(folder.rep());
    let mut view = state.filesystem();
    match view.stat_at(lent, path_flags, path.to_owned()).await {
        Ok(found)
            if !matches!(
                found.type_,
                DescriptorType::RegularFile
                    | DescriptorType::Directory
                    | DescriptorType::SymbolicLink
            ) =>
        {
            Err(ErrorCode::Unsupported.into())
        }
        _ => Ok(()),
    }
}

/// The same folder, whose file calls run on threads that may block, in a table of its own: the guest's handles
/// stay as they are.
fn elsewhere(
    state: &State,
    folder: &Resource<Descriptor>,
) -> FsResult<(ResourceTable, Resource<Descriptor>)> {
    let Descriptor::Dir(dir) = state.table.get(folder)? else {
        return Err(ErrorCode::NotDirectory.into());
    };
    let dir = Dir::new(dir.dir.try_clone()?, dir.perms, dir.open_mode, false);
    let mut table = ResourceTable::new();
    let folder = table.push(Descriptor::Dir(dir))?;
    Ok((table, folder))
}
