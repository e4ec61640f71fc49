//! The room for what a guest adds to its work directory: the functions of WASI that make files
//! and folders, or let a file grow, are replaced by some that ask first.

use std::{fs::File, sync::Arc};

use wasmtime::{
    StoreContextMut,
    component::{Linker, Resource},
};
use wasmtime_wasi::{
    filesystem::{Descriptor, WasiFilesystemView as _},
    p2::{
        DynOutputStream, FsResult,
        bindings::filesystem::types::{ErrorCode, HostDescriptor as _, PathFlags},
    },
};

use super::super::state::State;
use super::{
    TYPES, answer,
    filling::{FillingStream, growth},
};
use crate::{base::fs::Extent, runtime::services::Fits};

type Stream = Resource<DynOutputStream>;

/// Replaces a method of a file or folder by one that may wait.
macro_rules! replace {
    ($interface:ident: $name:literal, $function:ident($($type:ty),*)) => {
        $interface.func_wrap_async(
            concat!("[method]descriptor.", $name),
            |mut store: StoreContextMut<'_, State>, arguments: (Resource<Descriptor>, $($type),*)| {
                Box::new(async move {
                    let state = store.data_mut();
                    let done = $function(state, arguments).await;
                    answer(state, done)
                })
            },
        )?;
    };
}

/// Replaces what adds to a work directory.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut interface = linker.instance(TYPES)?;
    replace!(interface: "set-size", set_size(u64));
    replace!(interface: "write", write(Vec<u8>, u64));
    replace!(interface: "create-directory-at", create_directory_at(String));
    replace!(interface: "symlink-at", symlink_at(String, String));
    replace!(interface: "link-at", link_at(PathFlags, String, Resource<Descriptor>, String));
    replace!(interface: "write-via-stream", write_via_stream(u64));
    replace!(interface: "append-via-stream", append_via_stream());
    Ok(())
}

async fn set_size(state: &mut State, (file, size): (Resource<Descriptor>, u64)) -> FsResult<()> {
    if let Some(of_work_dir) = file_of_work_dir(state, &file)? {
        take(state, growth(&of_work_dir, size)).await?;
    }
    state.filesystem().set_size(file, size).await
}

async fn write(
    state: &mut State,
    (file, bytes, offset): (Resource<Descriptor>, Vec<u8>, u64),
) -> FsResult<u64> {
    if let Some(of_work_dir) = file_of_work_dir(state, &file)? {
        let end = offset.saturating_add(bytes.len() as u64);
        take(state, growth(&of_work_dir, end)).await?;
    }
    state.filesystem().write(file, bytes, offset).await
}

async fn create_directory_at(
    state: &mut State,
    (folder, path): (Resource<Descriptor>, String),
) -> FsResult<()> {
    take_name(state, &folder).await?;
    state.filesystem().create_directory_at(folder, path).await
}

async fn symlink_at(
    state: &mut State,
    (folder, target, path): (Resource<Descriptor>, String, String),
) -> FsResult<()> {
    take_name(state, &folder).await?;
    state.filesystem().symlink_at(folder, target, path).await
}

async fn link_at(
    state: &mut State,
    (folder, flags, path, to, new_path): (
        Resource<Descriptor>,
        PathFlags,
        String,
        Resource<Descriptor>,
        String,
    ),
) -> FsResult<()> {
    take_name(state, &to).await?;
    state
        .filesystem()
        .link_at(folder, flags, path, to, new_path)
        .await
}

async fn write_via_stream(
    state: &mut State,
    (file, offset): (Resource<Descriptor>, u64),
) -> FsResult<Stream> {
    let of_work_dir = file_of_work_dir(state, &file)?;
    let stream = state.filesystem().write_via_stream(file, offset)?;
    filling(state, of_work_dir, stream, Some(offset))
}

async fn append_via_stream(
    state: &mut State,
    (file,): (Resource<Descriptor>,),
) -> FsResult<Stream> {
    let of_work_dir = file_of_work_dir(state, &file)?;
    let stream = state.filesystem().append_via_stream(file)?;
    filling(state, of_work_dir, stream, None)
}

/// Puts a stream that asks for room in the place of one that writes to a file of the work directory.
fn filling(
    state: &mut State,
    of_work_dir: Option<Arc<File>>,
    stream: Stream,
    position: Option<u64>,
) -> FsResult<Stream> {
    let Some(file) = of_work_dir else {
        return Ok(stream);
    };
    let inner = state.table.delete(stream)?;
    let services = Arc::clone(&state.services);
    let stream: DynOutputStream = Box::new(FillingStream::new(inner, file, services, position));
    Ok(state.table.push(stream)?)
}

/// Takes room in a folder for one more name.
pub(super) async fn take_name(state: &mut State, folder: &Resource<Descriptor>) -> FsResult<()> {
    if is_of_work_dir(state, folder)? {
        let more = Extent { bytes: 0, files: 1 };
        take(state, more).await?;
    }
    Ok(())
}

/// Takes room in the work directory. The time in which it is counted is not the guest's.
async fn take(state: &mut State, more: Extent) -> FsResult<()> {
    let (services, monitor) = (Arc::clone(&state.services), Arc::clone(&state.monitor));
    let room = &services.allowance.room;
    let limit = match room.try_take(more) {
        Fits::Yes => return Ok(()),
        Fits::No(limit) => limit,
        Fits::Unknown => {
            let _waiting = monitor.meter.waiting();
            match room.take(more).await {
                Ok(()) => return Ok(()),
                Err(limit) => limit,
            }
        }
    };
    services.reached(limit);
    Err(ErrorCode::InsufficientSpace.into())
}

/// Whether a folder is in the work directory.
pub(super) fn is_of_work_dir(state: &State, folder: &Resource<Descriptor>) -> FsResult<bool> {
    Ok(match state.table.get(folder)? {
        Descriptor::Dir(dir) => state.wasi.descriptors.is_of_work_dir(&dir.dir),
        Descriptor::File(_) => false,
    })
}

/// The file, if it is one of the work directory.
fn file_of_work_dir(state: &State, file: &Resource<Descriptor>) -> FsResult<Option<Arc<File>>> {
    Ok(match state.table.get(file)? {
        Descriptor::File(file) if state.wasi.descriptors.is_of_work_dir(&file.file) => {
            Some(Arc::clone(&file.file))
        }
        _ => None,
    })
}
