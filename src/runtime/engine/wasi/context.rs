//! The state of WASI for one instance, as its sandbox describes it.

use std::{path::Path, sync::Arc};

use wasmtime_wasi::{
    FsPerms, WasiCtx, WasiCtxBuilder, p2::pipe::MemoryInputPipe, sockets::SocketAddrUse,
};

use super::{
    clock::{FixedClock, SteppedClock},
    descriptors::Descriptors,
    output::SinkOutput,
    randomness::{Generator, seed_of_hash_maps},
};
use crate::runtime::{
    delegate::OutputStream,
    engine::{monitor::Monitor, output::GuestOutput},
    limits::Limits,
    sandbox::{
        self, Access, Input, MonotonicClock, Output, Randomness, Sandbox, SocketUse, Sockets,
        WallClock,
    },
    services::{HostFailure, Services},
};

/// The state of WASI for one instance.
pub(in crate::runtime::engine) struct Wasi {
    pub(in crate::runtime::engine) context: WasiCtx,
    pub(in crate::runtime::engine) descriptors: Descriptors,
    pub(in crate::runtime::engine) clock: Option<SteppedClock>,
}

impl Wasi {
    /// Makes what the sandbox describes. File calls run on the extension's own task: they are short, and
    /// starting an extension costs a third of what it does with a thread for each.
    ///
    /// # Errors
    /// A [`SandboxError`](sandbox::SandboxError), or where the work directory cannot be opened.
    pub(in crate::runtime::engine) fn new(
        services: &Services,
        limits: &Limits,
        sandbox: &Sandbox,
        monitor: &Arc<Monitor>,
    ) -> wasmtime::Result<Self> {
        let mut builder = WasiCtxBuilder::new();
        builder
            .allow_blocking_current_thread(true)
            .max_random_size(limits.random_bytes);
        let work_dir = guest_path(&services.work_dir);
        give_environment(&mut builder, &work_dir, sandbox);
        give_folders(&mut builder, &services.work_dir, &work_dir, sandbox)?;
        give_streams(&mut builder, limits, sandbox, monitor);
        give_randomness(&mut builder, sandbox.randomness);
        give_sockets(&mut builder, &sandbox.sockets, monitor);
        if let WallClock::Fixed(time) = sandbox.wall_clock {
            builder.wall_clock(FixedClock::at(time));
        }
        let clock = match sandbox.monotonic_clock {
            MonotonicClock::System => None,
            MonotonicClock::Stepped(step) => Some(SteppedClock::new(step)),
        };
        if let Some(clock) = &clock {
            builder.monotonic_clock(clock.clone());
        }
        Ok(Self {
            context: builder.build(),
            descriptors: Descriptors::new(limits.descriptors),
            clock,
        })
    }
}

fn give_environment(builder: &mut WasiCtxBuilder, work_dir: &str, sandbox: &Sandbox) {
    builder.env("PWD", work_dir);
    let variables = &sandbox.environment;
    if !variables
        .keys()
        .any(|name| name.as_str() == "RUST_BACKTRACE")
    {
        builder.env("RUST_BACKTRACE", "1");
    }
    for (name, value) in variables {
        builder.env(name.as_str(), value);
    }
}

fn give_folders(
    builder: &mut WasiCtxBuilder,
    work_dir: &Path,
    work_dir_name: &str,
    sandbox: &Sandbox,
) -> wasmtime::Result<()> {
    for folder in sandbox::folders(work_dir, work_dir_name, &sandbox.mounts)? {
        let permissions = match folder.access {
            Access::ReadOnly => FsPerms::ReadOnly,
            Access::ReadWrite => FsPerms::ReadWrite,
        };
        for name in &folder.names {
            builder.preopened_dir(&folder.host, name, permissions)?;
        }
    }
    Ok(())
}

fn give_streams(
    builder: &mut WasiCtxBuilder,
    limits: &Limits,
    sandbox: &Sandbox,
    monitor: &Arc<Monitor>,
) {
    if let Input::Bytes(bytes) = &sandbox.stdin {
        builder.stdin(MemoryInputPipe::new(bytes.to_vec()));
    }
    let extension = monitor.extension();
    let [log, error_log] = GuestOutput::pair(monitor, limits);
    match &sandbox.stdout {
        Output::Log => builder.stdout(log),
        Output::Sink(sink) => builder.stdout(SinkOutput::new(
            extension.clone(),
            OutputStream::Output,
            sink.clone(),
        )),
        // It is WASI's own default.
        Output::Discard => builder,
    };
    match &sandbox.stderr {
        Output::Log => builder.stderr(error_log),
        Output::Sink(sink) => builder.stderr(SinkOutput::new(
            extension.clone(),
            OutputStream::Error,
            sink.clone(),
        )),
        Output::Discard => builder,
    };
}

fn give_randomness(builder: &mut WasiCtxBuilder, randomness: Randomness) {
    if let Randomness::Seeded(seed) = randomness {
        builder
            .secure_random(Generator::secure(seed))
            .insecure_random(Generator::insecure(seed))
            .insecure_random_seed(seed_of_hash_maps(seed));
    }
}

fn give_sockets(builder: &mut WasiCtxBuilder, sockets: &Sockets, monitor: &Arc<Monitor>) {
    let (udp, names) = match sockets {
        Sockets::Denied => return,
        Sockets::Connect(_) => (false, false),
        Sockets::Policy(policy) => (true, policy.allows_name_lookup()),
    };
    let (sockets, monitor) = (sockets.clone(), monitor.clone());
    builder
        .allow_tcp(true)
        .allow_udp(udp)
        .allow_ip_name_lookup(names)
        .socket_addr_check(move |address, reason| {
            let socket_use = socket_use(reason);
            let extension = monitor.extension();
            let is_allowed = sockets.allow(extension, address, socket_use);
            if !is_allowed {
                monitor.note(HostFailure::refusal(
                    "wasi:sockets",
                    format!("`{address}` is not an address that its sandbox allows"),
                    "allow the address in the `sockets` of its sandbox, if you trust it with that",
                ));
                tracing::debug!(%extension, %address, ?socket_use, "socket refused");
            }
            Box::pin(std::future::ready(is_allowed))
        });
}

fn socket_use(reason: SocketAddrUse) -> SocketUse {
    match reason {
        SocketAddrUse::TcpBind => SocketUse::TcpBind,
        SocketAddrUse::TcpListen => SocketUse::TcpListen,
        SocketAddrUse::TcpAccept => SocketUse::TcpAccept,
        SocketAddrUse::TcpConnect => SocketUse::TcpConnect,
        SocketAddrUse::UdpBind => SocketUse::UdpBind,
        SocketAddrUse::UdpSend => SocketUse::UdpSend,
        SocketAddrUse::UdpReceive => SocketUse::UdpReceive,
    }
}

/// The work directory as the guest names it: its own path, with `/` between its parts.
pub(super) fn guest_path(path: &Path) -> String {
    let path = path.to_string_lossy();
    if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path.into_owned()
    }
}
