//! The sandbox: what an extension sees of the machine, in folders, environment, streams, clocks, randomness, sockets.
//!
//! A [`Sandbox`] is data, and belongs to no engine: `engine` makes of it what WASI gives the guest.
//!
//! ```
//! use annexe::sandbox::{Access, Mount, Sandbox, Sockets};
//!
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let mut sandbox = Sandbox::default();
//! sandbox.mounts.push(Mount::new("/data/models", "/models".parse()?, Access::ReadOnly));
//! sandbox.environment.insert("MODEL".parse()?, "small".into());
//! sandbox.sockets = Sockets::Connect(vec!["127.0.0.1:8080".parse()?]);
//! let host = annexe::Host::builder().sandbox(sandbox).build()?;
//! # Ok(())
//! # }
//! # example().unwrap();
//! ```

mod clock;
mod environment;
mod error;
mod mount;
mod randomness;
mod socket;
mod stream;

use std::collections::BTreeMap;

pub(crate) use self::mount::folders;
pub use self::{
    clock::{MonotonicClock, WallClock},
    environment::{VariableName, VariableNameError},
    error::SandboxError,
    mount::Mount,
    randomness::Randomness,
    socket::{SocketPolicy, SocketUse, Sockets},
    stream::{Input, Output, OutputSink},
};
pub use crate::base::types::{Access, GuestPath, GuestPathError};

/// The part of the machine that an extension sees, beside its work directory. The default is next to nothing: no
/// other folder, no variable of this process, no input, no socket; output becomes log events, and time and
/// randomness are the system's.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Sandbox {
    /// Folders of this machine under names of the guest's. Default: none.
    pub mounts: Vec<Mount>,
    /// Variables, beside `PWD`, which is the work directory, and `RUST_BACKTRACE`, which is 1 unless it is
    /// given here. Default: none.
    pub environment: BTreeMap<VariableName, String>,
    /// Its standard input. Default: closed.
    pub stdin: Input,
    /// Where its standard output goes. Default: log events.
    pub stdout: Output,
    /// Where its standard error goes. Default: log events.
    pub stderr: Output,
    /// What tells it the time of day. Default: the system's.
    pub wall_clock: WallClock,
    /// What tells it how much time has passed. Default: the system's.
    pub monotonic_clock: MonotonicClock,
    /// Where its random numbers come from. Default: the system's.
    pub randomness: Randomness,
    /// The sockets it may use. Default: none.
    pub sockets: Sockets,
}
