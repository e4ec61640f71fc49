//! WASI for a guest, as its sandbox describes it.

mod clock;
pub(super) mod context;
mod descriptors;
mod filesystem;
mod filling;
mod monotonic;
mod output;
mod randomness;
mod room;
mod sockets;

use wasmtime::component::Linker;
use wasmtime_wasi::{
    filesystem::WasiFilesystemView as _,
    p2::{
        self, FsResult,
        bindings::filesystem::types::{ErrorCode, Host as _},
    },
};

use super::state::State;

/// The interface of files as `wasmtime-wasi` defines it; tests hold that a guest's calls come to what is put in the
/// place of its functions.
const TYPES: &str = "wasi:filesystem/types@0.2.12";

/// Gives a linker all of WASI preview 2, with functions of this host's in the place of some.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    p2::add_to_linker_async(linker)?;
    linker.allow_shadowing(true);
    filesystem::link(linker)?;
    room::link(linker)?;
    sockets::link(linker)?;
    monotonic::link(linker)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Returns the answer of a function of files, as the guest knows it.
fn answer<T>(state: &mut State, result: FsResult<T>) -> wasmtime::Result<(Result<T, ErrorCode>,)> {
    match result {
        Ok(value) => Ok((Ok(value),)),
        Err(error) => Ok((Err(state.filesystem().convert_error_code(error)?),)),
    }
}
