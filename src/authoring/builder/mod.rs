//! Builds extensions from their sources, with the author's own toolchain and without a change to the
//! source tree.
//!
//! Needs the feature `authoring`.
//!
//! 1. The manifest is read, and the component's source found: a `Cargo.toml` in the extension's folder,
//!    else an `extension.wasm` that another toolchain has made, else none.
//! 2. `toolchain` checks that the toolchain can compile for `wasm32-wasip2`, `metadata` asks cargo
//!    for the package and whether it makes a component.
//! 3. `cargo` compiles into the build folder, in a process group of its own (`program`); where the
//!    author's `Cargo.lock` is missing or does not fit, by way of `shim_workspace`. What steps 1 and 2
//!    have found is kept in `cache` as long as the manifests are the same.
//! 4. What no host reads is taken out of the component ([`strip`]), and it is compared with the world of
//!    its API version.
//!
//! The build folder has one folder for each workspace. What packages of no workspace are compiled with, which is most of
//! it, they have in common, so that it is compiled and kept once:
//!
//! ```text
//! shared/                                                what cargo compiles on the way to packages that stand alone
//! shared/of/<library>                                    the workspace whose library of this name is compiled there
//! <name>-<digest of the root's path>/target/             what cargo compiles
//! <name>-<digest of the root's path>/lock/<package>/     another lock file than the author's, if need be
//! begun/<name>-<digest of the folder's path>/            this extension's folder has been built before
//! ```
//!
//! [`stamp`] serves the toolchains that make components by themselves.

mod built;
mod cache;
mod cargo;
mod diagnose;
mod error;
mod freshness;
mod links;
mod metadata;
mod program;
mod section;
mod shim_workspace;
mod sources;
mod strip;
mod toolchain;
mod version_section;

use std::path::{Path, PathBuf};

use semver::Version;

pub use self::{
    built::{Built, NotBuilt},
    error::BuildError,
    freshness::newer_source,
    links::{FollowedLink, LinkFreeFolder},
    strip::strip,
    version_section::stamp,
};
use self::{
    cache::BuildCache,
    cargo::{Artifact, Build},
    metadata::Package,
    shim_workspace::ShimWorkspace,
};
use crate::{
    base::{digest::Blake3Digest, fs, process::Launcher, task::blocking},
    package::{manifest::Manifest, version::ComponentError},
    runtime::{
        api::{self, HostError},
        engine::EngineError,
    },
};

/// The most bytes that a manifest or a lock file of cargo may have, which may be a stranger's.
const MOST_TEXT_BYTES: u64 = 64 << 20;

/// The configuration of builds: where they are kept.
#[derive(Debug, Clone)]
pub struct BuildConfiguration {
    /// The folder of what is compiled, created where missing. All of it can be had again.
    pub folder: PathBuf,
}

/// The profile of a build: how the compiler optimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Compiled quickly, with checks: cargo's `dev`.
    Debug,
    /// What is published: cargo's `release`.
    Release,
}

/// A listener for the compiler's output.
pub trait OutputListener: Send + Sync {
    /// One line of its own output, without the newline, as it writes it: colours included where
    /// [`Builder::colours`] asks for them.
    fn line(&self, line: &str);
}

/// An [`OutputListener`] that ignores everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoOutput;

impl OutputListener for NoOutput {
    fn line(&self, _: &str) {}
}

/// A builder of extensions: it turns their sources into packages.
#[derive(Debug, Clone)]
pub struct Builder {
    folder: PathBuf,
    colours: bool,
    offline: bool,
    cache: BuildCache,
    launcher: Launcher,
}

impl Builder {
    /// A builder that asks for no colours and may use the network.
    pub fn new(configuration: BuildConfiguration) -> Self {
        Self {
            folder: configuration.folder,
            colours: false,
            offline: false,
            cache: BuildCache::default(),
            launcher: Launcher::default(),
        }
    }

    /// Whether the compiler colours its words for a terminal. Default: no.
    #[must_use]
    pub fn colours(self, colours: bool) -> Self {
        Self { colours, ..self }
    }

    /// Whether cargo opens no connection and uses the crates that this machine has. Default: no.
    #[must_use]
    pub fn offline(self, offline: bool) -> Self {
        Self { offline, ..self }
    }

    /// Builds the extension in a folder, with the toolchain and the settings that cargo finds from there.
    /// Nothing is written into the source tree. Where the future is dropped or this process is killed, so is the compiler.
    ///
    /// What the author has written to run while it compiles, build scripts and macros, runs with the rights
    /// of this process, as cargo runs it: only extensions run in a sandbox.
    ///
    /// # Errors
    /// A [`BuildError`]: [`Manifest`](BuildError::Manifest) where the folder holds no extension,
    /// [`Compiler`](BuildError::Compiler) where the component does not compile,
    /// [`Host`](BuildError::Host) where no adapter serves it or it does not fit, and others for what is
    /// missing on this machine or in the package.
    pub async fn build(
        &self,
        folder: &Path,
        profile: Profile,
        listener: &dyn OutputListener,
    ) -> Result<Built, BuildError> {
        let loaded = Manifest::from_folder(folder)?;
        let folder = fs::canonicalize(folder)?;
        let mut built = Built::new(folder, loaded);
        let is_compiled = has_package(&built.folder);
        if is_compiled {
            self.compile(&mut built, profile, listener).await?;
        }
        blocking(move || {
            built.follow_links()?;
            if is_compiled {
                return Ok(built);
            }
            if let Some(wasm) = built.own_component()? {
                built.api = Some(examine(&wasm)?);
                built.component = Some(wasm);
            }
            Ok(built)
        })
        .await
    }

    /// Whether a build of an extension's folder would be the first to run what its author has written: build scripts
    /// and macros, and the programs that its `.cargo/config.toml` and `rust-toolchain.toml` name. For who wants to tell
    /// the user before.
    pub fn is_first(&self, folder: &Path) -> bool {
        let resolved = fs::canonicalize(folder);
        resolved.is_ok_and(|it| has_package(&it) && fs::metadata(&self.begun(&it)).is_err())
    }

    /// Returns the file that says that a folder has been built.
    fn begun(&self, folder: &Path) -> PathBuf {
        self.folder.join("begun").join(name_of(folder))
    }

    /// Adds the target that extensions are compiled for to the toolchain of an extension's folder, with
    /// `rustup`, which downloads it. For [`BuildError::MissingTarget`], where
    /// [`can_add_target`](BuildError::can_add_target) says so.
    ///
    /// # Errors
    /// [`BuildError::MissingProgram`] without `rustup`, [`BuildError::Toolchain`] where it fails.
    pub async fn add_target(
        &self,
        folder: &Path,
        listener: &dyn OutputListener,
    ) -> Result<(), BuildError> {
        toolchain::add_target(&self.launcher, folder, listener).await
    }

    /// Checks that the toolchain of an extension's folder can compile for the target, where the extension
    /// is compiled. [`build`](Self::build) does so too.
    ///
    /// # Errors
    /// [`BuildError::MissingProgram`], [`BuildError::Toolchain`], [`BuildError::UnknownTarget`] or
    /// [`BuildError::MissingTarget`].
    pub async fn check_toolchain(&self, folder: &Path) -> Result<(), BuildError> {
        match has_package(folder) {
            true => toolchain::check(&self.launcher, folder).await,
            false => Ok(()),
        }
    }

    /// The files and folders outside an extension's folder that a build would read, as far as manifests say
    /// so: for one that has failed, where the mistake may lie in any of them. Resolved and sorted; what
    /// cannot be read is left out.
    pub async fn expected_sources(&self, folder: &Path) -> Vec<PathBuf> {
        match has_package(folder) {
            true => sources::expected(&self.launcher, folder).await,
            false => Vec::new(),
        }
    }

    /// Asks the toolchain and cargo what there is to build, and with what.
    async fn ask(&self, folder: &Path) -> Result<Package, BuildError> {
        toolchain::check(&self.launcher, folder).await?;
        let package = metadata::read(&self.launcher, folder).await?;
        self.cache.remember(folder, &package);
        Ok(package)
    }

    async fn compile(
        &self,
        built: &mut Built,
        profile: Profile,
        listener: &dyn OutputListener,
    ) -> Result<(), BuildError> {
        let known = self.cache.get(&built.folder);
        let was_known = known.is_some();
        let package = match known {
            Some(package) => package,
            None => self.ask(&built.folder).await?,
        };
        // Cargo runs what it finds there: no other user may have put it there.
        fs::create_own_dir_all(&self.folder)?;
        fs::create_dir_all(&self.begun(&built.folder))?;
        // Cargo runs elsewhere, where a relative path would lead into the sources.
        let build_folder = fs::canonicalize(&self.folder)?;
        let own_folder = build_folder.join(name_of(&package.workspace_root));
        let shim = ShimWorkspace::new(own_folder.join("lock").join(&package.name));
        let own_target = own_folder.join("target");
        let shared = build_folder.join("shared");
        let build = Build {
            between: match is_shared(&shared, &package)? {
                true => &shared,
                false => &own_target,
            },
            launcher: &self.launcher,
            folder: &built.folder,
            package: &package,
            profile,
            target: &own_target,
            colours: self.colours,
            offline: self.offline,
            listener,
        };
        let artifact = match build.run(&shim).await {
            Ok(artifact) => artifact,
            Err(error) => {
                self.cache.forget(&built.folder);
                // The package is read anew, since its own error says more than one that follows from it.
                if was_known && self.ask(&built.folder).await? != package {
                    // It was edited in the middle of the build before.
                    return Box::pin(self.compile(built, profile, listener)).await;
                }
                return Err(error);
            }
        };
        built.sources = sources::outside(&built.folder, &package, &artifact, &build_folder)?;
        let (component, api) = blocking(move || finish(&artifact, &package)).await?;
        built.component = Some(component);
        built.api = Some(api);
        Ok(())
    }
}

/// Whether a package is compiled in the folder that packages share. Of several that make a library of the same name, it
/// is the first: cargo would take one for the other.
fn is_shared(shared: &Path, package: &Package) -> fs::Result<bool> {
    let Some(library) = &package.stands_alone else {
        return Ok(false);
    };
    let claim = shared.join("of").join(library);
    let owner = package.workspace_root.as_os_str().as_encoded_bytes();
    fs::create_dir_all(&shared.join("of"))?;
    match fs::write_new(&claim, owner) {
        // Another process may be about to write it.
        Err(_) => Ok(fs::read_bounded(&claim, MOST_TEXT_BYTES)? == owner),
        Ok(()) => Ok(true),
    }
}

/// Whether the component of the extension in a folder is compiled by cargo.
fn has_package(folder: &Path) -> bool {
    fs::metadata(&folder.join("Cargo.toml")).is_ok_and(|it| it.is_file())
}

/// Makes of what the compiler has written what is published, and checks it.
fn finish(artifact: &Artifact, package: &Package) -> Result<(Vec<u8>, Version), BuildError> {
    let component = strip(&fs::read(&artifact.file)?)?;
    let api = examine(&component).map_err(|error| match error {
        BuildError::Component(ComponentError::NoVersion) => BuildError::NoApi {
            package: package.name.clone(),
            depends: package.depends_on_api,
        },
        BuildError::Component(ComponentError::CoreModule) => BuildError::CoreModule,
        other => other,
    })?;
    Ok((component, api))
}

/// The API version of a component that fits that version's world.
fn examine(component: &[u8]) -> Result<Version, BuildError> {
    match api::examine(component) {
        Ok(fit) => Ok(fit.api),
        Err(HostError::Engine(EngineError::Component(error))) => Err(error.into()),
        Err(error) => Err(error.into()),
    }
}

/// The name of a workspace's folder: one that a user recognises, and no two are the same.
fn name_of(workspace_root: &Path) -> String {
    let name = workspace_root.file_name().unwrap_or_default();
    let digest = Blake3Digest::of(workspace_root.as_os_str().as_encoded_bytes()).to_string();
    let (digest, _) = digest.split_at(16);
    // Names have up to 255 bytes, and this one is made longer.
    let name: String = name.to_string_lossy().chars().take(48).collect();
    format!("{name}-{digest}")
}
