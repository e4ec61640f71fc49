//! The compiler of this machine.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// What extensions are compiled for.
pub const TARGET: &str = "wasm32-wasip2";

/// Whether extensions can be compiled here; tells where they cannot.
pub fn can_compile() -> bool {
    static CAN: OnceLock<bool> = OnceLock::new();
    let can = *CAN.get_or_init(|| {
        let libraries = Command::new("rustc")
            .args(["--print", "target-libdir", "--target", TARGET])
            .output();
        libraries.is_ok_and(|output| {
            let folder = String::from_utf8(output.stdout).unwrap();
            !folder.is_empty() && Path::new(folder.trim()).is_dir()
        })
    });
    if !can {
        super::skip(
            "wasm-target",
            format!("the target {TARGET} is not installed"),
        );
    }
    can
}

/// Builds the extension in a folder as its author would, without a network; `None`, with the reason told, where
/// that cannot be done here.
pub fn build(folder: &Path, package: &str) -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new");
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
        command
            .current_dir(folder)
            .args(arguments)
            .args(["--locked", "--offline", "--target", TARGET])
            .env("CARGO_TARGET_DIR", &target)
            .env_remove("CARGO_BUILD_TARGET")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTFLAGS")
            .output()
    };
    if !can_compile() {
        return None;
    }
    let fetched = match cargo(&["fetch"]) {
        Ok(output) => output,
        Err(error) => {
            super::skip("cargo", format!("cargo cannot be run: {error}"));
            return None;
        }
    };
    let said = String::from_utf8_lossy(&fetched.stderr);
    // Before anything is fetched, the lock file is compared with what the manifest asks for.
    assert!(!said.contains("--locked"), "{said}");
    if !fetched.status.success() {
        super::skip(
            "crates",
            format!("the crates are not on this machine: {said}"),
        );
        return None;
    }
    let built = cargo(&["build", "--release"]).unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
    assert!(
        !String::from_utf8_lossy(&built.stderr).contains("warning"),
        "{built:?}"
    );
    let component = package.replace('-', "_") + ".wasm";
    Some(target.join(TARGET).join("release").join(component))
}
