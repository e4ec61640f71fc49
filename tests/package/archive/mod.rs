//! The archive readers, of extensions and of tools, against a corpus of hostile and good archives, all built in code, and the
//! packer against the reader.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests look at the file system behind the library's back"
)]
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper that fails fails its test"
)]

#[path = "archive/build.rs"]
mod build;
#[path = "archive/fuzz.rs"]
mod fuzz;
#[path = "archive/good.rs"]
mod good;
#[path = "archive/hostile.rs"]
mod hostile;
#[path = "archive/limits.rs"]
mod limits;
#[path = "archive/tool/mod.rs"]
mod tool;
#[path = "archive/yard.rs"]
mod yard;
