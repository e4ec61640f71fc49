//! Errors of building an extension, with hints.

use std::{io, path::PathBuf};

use semver::Version;

use super::toolchain::TARGET;
use crate::{
    base::{
        fs,
        hint::{ErrorKind, Hint},
        task::TaskError,
    },
    package::{manifest, version::ComponentError},
    runtime::api::{HostError, Incompatibility},
};

/// The reason why an extension cannot be built. Its sources are as they were.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The folder holds no extension, or one whose manifest or files cannot be used.
    #[error(transparent)]
    Manifest(#[from] manifest::Error),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] fs::Error),
    /// A part of the work ended without a result.
    #[error("a task of the build ended early: {message}")]
    Task {
        /// What the runtime says.
        message: String,
    },
    /// A program of the toolchain is not installed, or not found.
    #[error("`{program}` is not installed")]
    MissingProgram {
        /// Its name: `cargo`, `rustc` or `rustup`.
        program: &'static str,
    },
    /// A program of the toolchain cannot be run.
    #[error("`{program}` cannot be run")]
    Program {
        /// Its name.
        program: &'static str,
        /// What the system answered.
        source: io::Error,
    },
    /// The toolchain itself does not work.
    #[error("the Rust toolchain does not work: {message}")]
    Toolchain {
        /// What it says.
        message: String,
    },
    /// The toolchain lacks the target's standard library.
    #[error(
        "the Rust toolchain cannot compile for `{TARGET}`: its standard library is not installed"
    )]
    MissingTarget {
        /// Where it should be.
        libraries: PathBuf,
        /// The command that adds it, where `rustup` manages the toolchain.
        rustup: Option<String>,
    },
    /// The toolchain does not know the target.
    #[error("the Rust toolchain does not know the target `{TARGET}`: it is {compiler}")]
    UnknownTarget {
        /// What the compiler says of its version.
        compiler: String,
    },
    /// The target's linker, which comes with the toolchain in most places, is not there.
    #[error("the linker `wasm-component-ld` is not installed")]
    MissingLinker {
        /// What the compiler says.
        output: String,
    },
    /// Cargo does not accept the package's manifest.
    #[error("cargo cannot read the package: {message}")]
    CargoManifest {
        /// What it says.
        message: String,
    },
    /// The package inherits something, and is in no workspace.
    #[error("`Cargo.toml` takes `{key}` from its workspace, and there is no workspace")]
    NoWorkspace {
        /// What it inherits.
        key: String,
    },
    /// A workspace lies above the package that does not name it.
    #[error("the package is in the folder of the workspace `{}`, which does not name it", workspace.display())]
    NotAMember {
        /// The workspace's manifest.
        workspace: PathBuf,
    },
    /// The `Cargo.toml` beside the extension's manifest is that of a workspace and of no package.
    #[error("`{}` is a workspace, not a package", folder.display())]
    VirtualWorkspace {
        /// The folder.
        folder: PathBuf,
        /// The workspace's packages.
        members: Vec<String>,
    },
    /// The package has no library.
    #[error("the package `{package}` has no library")]
    NoLibrary {
        /// Its name.
        package: String,
    },
    /// The package's library is not one that is linked into a component.
    #[error("the library of the package `{package}` is not linked into a component: its `crate-type` is {}", crate_types.join(", "))]
    NotCdylib {
        /// The package's name.
        package: String,
        /// What its library is.
        crate_types: Vec<String>,
    },
    /// Cargo cannot have the crates it needs.
    #[error("cargo cannot download what the package depends on")]
    Unreachable {
        /// What it says.
        output: String,
    },
    /// Cargo stops before anything is compiled.
    #[error("cargo cannot build the package")]
    Cargo {
        /// What it says.
        output: String,
    },
    /// The package, or one that it depends on, does not compile.
    #[error("the extension does not compile")]
    Compiler {
        /// What the compiler says; the listener has heard it, line by line.
        output: String,
    },
    /// What was linked is a core module.
    #[error("the compiler has made a core module, not a component")]
    CoreModule,
    /// The component does not say which API it was built with.
    #[error(
        "the package `{package}` was not built with `zed_extension_api`: its component has no API version"
    )]
    NoApi {
        /// The package's name.
        package: String,
        /// Whether it names the crate among its dependencies.
        depends: bool,
    },
    /// The bytes are not a component, or not one that can be used.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// No adapter serves the component's API version, or it does not fit the version it says.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The component says that it was built with another version than is asked for.
    #[error("the component says that it was built with API {declared}, not {asked}")]
    OtherVersion {
        /// What its section says.
        declared: Version,
        /// What was asked for.
        asked: Version,
    },
    /// The version cannot be written into a component.
    #[error("there is no API {asked}: its numbers have 16 bits each")]
    NoSuchVersion {
        /// What was asked for.
        asked: Version,
    },
    /// The component's imports or exports are not those of the version that is asked for.
    #[error(
        "the component does not fit API {api}: {}",
        crate::runtime::api::first(incompatibilities)
    )]
    Incompatible {
        /// The version.
        api: Version,
        /// What differs; at least one thing.
        incompatibilities: Vec<Incompatibility>,
        /// The API versions whose world it does fit, as a semver requirement.
        fits: Option<&'static str>,
    },
}

impl From<TaskError> for BuildError {
    fn from(error: TaskError) -> Self {
        Self::Task {
            message: error.to_string(),
        }
    }
}

impl BuildError {
    /// Whether [`Builder::add_target`](super::Builder::add_target) can help.
    pub fn can_add_target(&self) -> bool {
        matches!(
            self,
            Self::MissingTarget {
                rustup: Some(_),
                ..
            }
        )
    }

    /// What the compiler says, where it is the one that complains: without colours, and no more than the
    /// last 256 KiB.
    pub fn output(&self) -> Option<&str> {
        match self {
            Self::MissingLinker { output }
            | Self::Unreachable { output }
            | Self::Cargo { output }
            | Self::Compiler { output } => Some(output),
            _ => None,
        }
    }
}

impl Hint for BuildError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Manifest(error) => error.kind(),
            Self::File(error) => error.kind(),
            Self::Component(error) => error.kind(),
            Self::Host(error) => error.kind(),
            Self::Task { .. } => ErrorKind::Internal,
            Self::MissingProgram { .. }
            | Self::Program { .. }
            | Self::Toolchain { .. }
            | Self::MissingTarget { .. }
            | Self::UnknownTarget { .. }
            | Self::MissingLinker { .. }
            | Self::Cargo { .. }
            | Self::Compiler { .. } => ErrorKind::Program,
            Self::CargoManifest { .. }
            | Self::NoWorkspace { .. }
            | Self::NotAMember { .. }
            | Self::VirtualWorkspace { .. }
            | Self::NoLibrary { .. }
            | Self::NotCdylib { .. }
            | Self::CoreModule
            | Self::NoApi { .. } => ErrorKind::Invalid,
            Self::Unreachable { .. } => ErrorKind::Network,
            Self::NoSuchVersion { .. } => ErrorKind::NotFound,
            Self::OtherVersion { .. } | Self::Incompatible { .. } => ErrorKind::Incompatible,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Manifest(error) => return error.hint(),
            Self::File(error) => return error.hint(),
            Self::Component(error) => return error.hint(),
            Self::Host(error) => return error.hint(),
            Self::Task { .. }
            | Self::Program { .. }
            | Self::Compiler { .. }
            | Self::Cargo { .. } => return None,
            Self::MissingProgram { program: "rustup" } => {
                "this toolchain is not one of rustup's: add the target as its own distribution does".into()
            }
            Self::MissingProgram { .. } => {
                "install Rust, as https://rustup.rs says or with your distribution's packages, and see that it is on PATH".into()
            }
            Self::Toolchain { .. } => {
                "try `rustc --version` in the extension's folder; `rustup show` says which toolchain is chosen there".into()
            }
            Self::MissingTarget { rustup: Some(command), .. } => format!("run `{command}`"),
            Self::MissingTarget { libraries, .. } => format!(
                "this toolchain is not one of rustup's: install the standard library for `{TARGET}` as its distribution packages it (on Nix, a toolchain made with `targets = [ \"{TARGET}\" ]`), or install Rust with rustup; it is looked for in `{}`",
                libraries.display()
            ),
            Self::UnknownTarget { .. } => {
                "Rust 1.82 and later have it: run `rustup update`, or choose a later `channel` in `rust-toolchain.toml`".into()
            }
            Self::MissingLinker { .. } => {
                "it comes with the toolchains of rustup; elsewhere run `cargo install wasm-component-ld`, and see that it is on PATH".into()
            }
            Self::CargoManifest { .. } => "correct the package's `Cargo.toml`".into(),
            Self::NoWorkspace { key } => format!(
                "write {key} into the package's own `Cargo.toml` in the place of `workspace = true`, or put the package back into its workspace"
            ),
            Self::NotAMember { .. } => {
                "add an empty `[workspace]` table to the package's `Cargo.toml`, or name the package in the workspace's `members` or `exclude`".into()
            }
            Self::VirtualWorkspace { members, .. } => {
                let mut hint = String::from(
                    "`extension.toml` belongs beside the `Cargo.toml` of the package that is the component",
                );
                if !members.is_empty() {
                    hint.push_str(&format!("; the workspace has {}", members.join(", ")));
                }
                hint
            }
            Self::NoLibrary { .. } => {
                "an extension is a library: write `src/lib.rs`, and `[lib]` with `crate-type = [\"cdylib\"]` in `Cargo.toml`".into()
            }
            Self::NotCdylib { .. } => {
                "add `crate-type = [\"cdylib\"]` to the table `[lib]` of its `Cargo.toml`".into()
            }
            Self::Unreachable { .. } => {
                "connect to the network once, and the crates stay on this machine; where there is none, put them beside the extension with `cargo vendor`".into()
            }
            Self::CoreModule => format!(
                "a linker is set that makes modules: take `linker` and `-C linker` for `{TARGET}` out of `.cargo/config.toml` and RUSTFLAGS"
            ),
            Self::NoApi { depends: false, .. } => {
                "run `cargo add zed_extension_api` in its folder, and call `zed_extension_api::register_extension!`".into()
            }
            Self::NoApi { .. } => {
                "call `zed_extension_api::register_extension!` with the type that implements `Extension`".into()
            }
            Self::OtherVersion { declared, .. } => {
                format!("it can be used as it is, or be stamped with {declared}; build it again for another version")
            }
            Self::NoSuchVersion { .. } => "`annexe api` lists the versions there are".into(),
            Self::Incompatible { fits: Some(fits), .. } => {
                format!("its imports and exports are those of API {fits}")
            }
            Self::Incompatible { api, .. } => {
                format!("generate its bindings from the world that `annexe wit {api}` prints")
            }
        })
    }
}
