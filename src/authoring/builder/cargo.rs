//! Runs of `cargo build`, in the source tree without changing it, and the component that it makes.

use std::{
    collections::{BTreeSet, VecDeque},
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{
    OutputListener, Profile, diagnose, error::BuildError, metadata::Package, program,
    shim_workspace::ShimWorkspace, toolchain,
};
use crate::base::{fs, process::Launcher};

/// The most bytes that are kept of what the compiler says; the listener has heard all of it.
const MOST_BYTES: usize = 256 << 10;

/// One call of cargo.
pub(super) struct Build<'a> {
    pub(super) launcher: &'a Launcher,
    /// The extension's folder.
    pub(super) folder: &'a Path,
    pub(super) package: &'a Package,
    pub(super) profile: Profile,
    /// The folder of what is compiled.
    pub(super) target: &'a Path,
    /// The folder of what is compiled on the way to it.
    pub(super) between: &'a Path,
    pub(super) colours: bool,
    pub(super) offline: bool,
    pub(super) listener: &'a dyn OutputListener,
}

/// An artifact that cargo has made.
#[derive(Debug)]
pub(super) struct Artifact {
    /// The component.
    pub(super) file: PathBuf,
    /// The manifests of all packages that were read where they lie.
    pub(super) manifests: BTreeSet<PathBuf>,
}

/// A line of cargo's messages, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    package_id: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    crate_types: Vec<String>,
}

impl Build<'_> {
    /// Builds with the author's lock file where that fits, and with another where it does not or there
    /// is none.
    ///
    /// # Errors
    /// [`BuildError::MissingProgram`] without cargo, and what [`diagnose::build_error`] makes of its words.
    pub(super) async fn run(&self, shim: &ShimWorkspace) -> Result<Artifact, BuildError> {
        let lock = self.package.workspace_root.join("Cargo.lock");
        if fs::metadata(&lock).is_ok() && !shim.replaces(self.package)? {
            if let Some(artifact) = self.call(&self.package.manifest, true).await? {
                return Ok(artifact);
            }
            shim.replace(self.package)?;
        }
        shim.write(self.package)?;
        let artifact = self.call(&shim.manifest(), false).await?;
        artifact.ok_or_else(|| BuildError::Cargo {
            output: String::new(),
        })
    }

    /// Calls cargo; `None` where the lock file would have to change, and `locked` says that it may not.
    async fn call(&self, manifest: &Path, locked: bool) -> Result<Option<Artifact>, BuildError> {
        let mut artifact = None;
        let mut manifests = BTreeSet::new();
        let mut words = Words::default();
        let mut is_outdated = false;
        let status = program::run(
            self.launcher,
            "cargo",
            self.command(manifest, locked)?,
            |line| match serde_json::from_str::<Message>(line) {
                Ok(message) => self.take(message, &mut artifact, &mut manifests),
                Err(_) => self.listener.line(line),
            },
            |line| {
                let plain = diagnose::plain(line);
                // The lines that follow advise what is done next anyway.
                is_outdated |= locked && diagnose::is_outdated_lock(&plain);
                if !is_outdated {
                    self.listener.line(line);
                    words.add(plain);
                }
            },
        )
        .await?;
        if status.success() {
            let file = artifact.ok_or_else(|| BuildError::Cargo {
                output: words.to_text(),
            })?;
            return Ok(Some(Artifact { file, manifests }));
        }
        if is_outdated {
            return Ok(None);
        }
        Err(diagnose::build_error(words.to_text()))
    }

    fn command(
        &self,
        manifest: &Path,
        locked: bool,
    ) -> Result<tokio::process::Command, BuildError> {
        let mut cargo = toolchain::command("cargo", self.folder)?;
        cargo.args(["build", "--lib", "--target", toolchain::TARGET]);
        cargo.arg("--target-dir").arg(self.target);
        cargo.arg("--manifest-path").arg(manifest);
        // In a workspace's root others would be built too, or instead.
        cargo.args(["--package", &self.package.id]);
        cargo.args(["--message-format", "json-render-diagnostics"]);
        cargo.args(["--color", if self.colours { "always" } else { "never" }]);
        if self.profile == Profile::Release {
            cargo.arg("--release");
        }
        if locked {
            cargo.arg("--locked");
        }
        if self.offline {
            cargo.arg("--offline");
        }
        // A wrapper that stays behind as a server would be waited for.
        cargo.env("RUSTC_WRAPPER", "");
        // A configured build folder would not be overruled by the target folder. A cargo before 1.91 knows none, and
        // uses the target folder for all.
        cargo.env("CARGO_BUILD_BUILD_DIR", self.between);
        Ok(cargo)
    }

    fn take(
        &self,
        message: Message,
        artifact: &mut Option<PathBuf>,
        manifests: &mut BTreeSet<PathBuf>,
    ) {
        if message.reason != "compiler-artifact" {
            return;
        }
        let is_cdylib = |target: &Target| target.crate_types.iter().any(|it| it == "cdylib");
        if message.package_id == self.package.id && message.target.as_ref().is_some_and(is_cdylib) {
            let mut files = message.filenames.into_iter();
            *artifact = files.find(|file| file.extension().is_some_and(|it| it == "wasm"));
        }
        // Others are unpacked copies, which are not edited.
        if message.package_id.starts_with("path+") {
            manifests.insert(message.manifest_path);
        }
    }
}

/// The last of what the compiler says.
#[derive(Default)]
struct Words {
    lines: VecDeque<String>,
    bytes: usize,
}

impl Words {
    fn add(&mut self, line: String) {
        self.bytes += line.len() + 1;
        self.lines.push_back(line);
        while self.bytes > MOST_BYTES
            && let Some(line) = self.lines.pop_front()
        {
            self.bytes -= line.len() + 1;
        }
    }

    fn to_text(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(String::as_str).collect();
        lines.join("\n")
    }
}
