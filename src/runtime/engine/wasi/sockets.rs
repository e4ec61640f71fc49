//! Sockets that a guest makes, as many as it may have.

use wasmtime::{
    StoreContextMut,
    component::{Linker, Resource},
};
use wasmtime_wasi::{
    p2::{
        DynInputStream, DynOutputStream, SocketResult, TcpSocket, UdpSocket,
        bindings::sockets::{
            network::{ErrorCode, Host as _, IpAddressFamily},
            tcp::HostTcpSocket as _,
            tcp_create_socket::Host as _,
            udp_create_socket::Host as _,
        },
    },
    sockets::WasiSocketsView as _,
};

use super::super::state::State;
use super::descriptors::one_more_leaves_enough;
use crate::runtime::limits::LimitExceeded;

type Accepted = (
    Resource<TcpSocket>,
    Resource<DynInputStream>,
    Resource<DynOutputStream>,
);

type Answer<T> = wasmtime::Result<(Result<T, ErrorCode>,)>;

/// Replaces what makes sockets.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker
        .instance("wasi:sockets/tcp-create-socket@0.2.12")?
        .func_wrap(
            "create-tcp-socket",
            |mut store: StoreContextMut<'_, State>, (family,): (IpAddressFamily,)| {
                let state = store.data_mut();
                let made = check(state).and_then(|()| state.sockets().create_tcp_socket(family));
                answer(state, made)
            },
        )?;
    linker.instance("wasi:sockets/tcp@0.2.12")?.func_wrap(
        "[method]tcp-socket.accept",
        |mut store: StoreContextMut<'_, State>, (listener,): (Resource<TcpSocket>,)| {
            let state = store.data_mut();
            let accepted: SocketResult<Accepted> =
                check(state).and_then(|()| state.sockets().accept(listener));
            answer(state, accepted)
        },
    )?;
    linker
        .instance("wasi:sockets/udp-create-socket@0.2.12")?
        .func_wrap_async(
            "create-udp-socket",
            |mut store: StoreContextMut<'_, State>, (family,): (IpAddressFamily,)| {
                Box::new(async move {
                    let state = store.data_mut();
                    let made: SocketResult<Resource<UdpSocket>> = match check(state) {
                        Ok(()) => state.sockets().create_udp_socket(family).await,
                        Err(error) => Err(error),
                    };
                    answer(state, made)
                })
            },
        )
}

/// Refuses one socket more than there may be, or than the process has descriptors for.
fn check(state: &mut State) -> SocketResult<()> {
    let descriptors = &mut state.wasi.descriptors;
    descriptors.expect_sockets();
    if descriptors.has_room(&mut state.table) && one_more_leaves_enough() {
        return Ok(());
    }
    let limit = LimitExceeded::Descriptors(descriptors.most());
    state.services.reached(limit);
    Err(ErrorCode::NewSocketLimit.into())
}

fn answer<T>(state: &mut State, result: SocketResult<T>) -> Answer<T> {
    Ok((match result {
        Ok(value) => Ok(value),
        Err(error) => Err(state.sockets().convert_error_code(error)?),
    },))
}
