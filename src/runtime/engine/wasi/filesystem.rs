//! Files that a guest opens: nothing that could hold up its host, and no more of them than it may have.
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
        bindings::filesystem::{
            preopens::Host as _,
            types::{
                DescriptorFlags, DescriptorType, ErrorCode, HostDescriptor as _, NewTimestamp,
                OpenFlags, PathFlags,
            },
        },
    },
};

use super::super::state::State;
use super::{
    TYPES, answer,
    context::guest_path,
    descriptors::leaves_enough,
    room::{is_of_work_dir, take_name},
};
use crate::runtime::limits::LimitExceeded;

/// The interface of the folders that a guest is given.
const PREOPENS: &str = "wasi:filesystem/preopens@0.2.12";

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

type Given = Vec<(Resource<Descriptor>, String)>;

/// Replaces what opens by a path, and what gives folders.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut interface = linker.instance(TYPES)?;
    interface.func_wrap_async(
        "[method]descriptor.open-at",
        |mut store: StoreContextMut<'_, State>, arguments: Open| {
            Box::new(async move {
                let state = store.data_mut();
                let opened = open_at(state, arguments).await;
                answer(state, opened)
            })
        },
    )?;
    interface.func_wrap_async(
        "[method]descriptor.set-times-at",
        |mut store: StoreContextMut<'_, State>, arguments: SetTimes| {
            Box::new(async move {
                let state = store.data_mut();
                let set = set_times_at(state, arguments).await;
                answer(state, set)
            })
        },
    )?;
    linker.instance(PREOPENS)?.func_wrap(
        "get-directories",
        |mut store: StoreContextMut<'_, State>, (): ()| Ok((get_directories(store.data_mut())?,)),
    )
}

/// The folders that the guest is given, which are known from then on.
fn get_directories(state: &mut State) -> wasmtime::Result<Given> {
    let given = state.filesystem().get_directories()?;
    let work_dir = guest_path(&state.services.work_dir);
    for (folder, name) in &given {
        if let Descriptor::Dir(dir) = state.table.get(folder)? {
            let is_of_work_dir = name == "." || *name == work_dir;
            state.wasi.descriptors.give(&dir.dir, is_of_work_dir);
        }
    }
    Ok(given)
}

async fn open_at(
    state: &mut State,
    (folder, path_flags, path, open_flags, flags): Open,
) -> FsResult<Resource<Descriptor>> {
    let found = look_at(state, &folder, path_flags, &path).await?;
    if !state.wasi.descriptors.has_room(&mut state.table) {
        return Err(no_descriptor(state));
    }
    let (mut table, elsewhere) = elsewhere(state, &folder)?;
    if found.is_none() && open_flags.contains(OpenFlags::CREATE) {
        take_name(state, &folder).await?;
    }
    let is_of_work_dir = is_of_work_dir(state, &folder)?;
    let mut view = WasiFilesystemCtxView {
        ctx: state.filesystem().ctx,
        table: &mut table,
    };
    let opened = view
        .open_at(elsewhere, path_flags, path, open_flags, flags)
        .await?;
    let opened = table.delete(opened)?;
    let file = match &opened {
        Descriptor::File(file) => &file.file,
        Descriptor::Dir(dir) => &dir.dir,
    };
    // It may have changed in the meantime: a guest may start programs.
    if !file
        .metadata()
        .is_ok_and(|metadata| metadata.is_file() || metadata.is_dir())
    {
        return Err(ErrorCode::Unsupported.into());
    }
    state.wasi.descriptors.add(file, is_of_work_dir);
    Ok(state.table.push(opened)?)
}

async fn set_times_at(
    state: &mut State,
    (folder, path_flags, path, accessed, modified): SetTimes,
) -> FsResult<()> {
    look_at(state, &folder, path_flags, &path).await?;
    let (mut table, folder) = elsewhere(state, &folder)?;
    let mut view = WasiFilesystemCtxView {
        ctx: state.filesystem().ctx,
        table: &mut table,
    };
    view.set_times_at(folder, path_flags, path, accessed, modified)
        .await
}

/// Returns the entry at a path; `None` for nothing. Refuses what is a pipe, a socket or a device: the thread that opens
/// one may not come back. What cannot be looked at is left to the opening.
async fn look_at(
    state: &mut State,
    folder: &Resource<Descriptor>,
    path_flags: PathFlags,
    path: &str,
) -> FsResult<Option<DescriptorType>> {
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
        Ok(found) => Ok(Some(found.type_)),
        Err(_) => Ok(None),
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
    let folder = dir.dir.try_clone()?;
    if !leaves_enough(&folder) {
        return Err(no_descriptor(state));
    }
    let dir = Dir::new(folder, dir.perms, dir.open_mode, false);
    let mut table = ResourceTable::new();
    let folder = table.push(Descriptor::Dir(dir))?;
    Ok((table, folder))
}

fn no_descriptor(state: &State) -> wasmtime_wasi::p2::FsError {
    let most = state.wasi.descriptors.most();
    state.services.reached(LimitExceeded::Descriptors(most));
    ErrorCode::InsufficientMemory.into()
}
