//! The compiler of this machine.

use std::{path::Path, process::Command, sync::OnceLock};

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
