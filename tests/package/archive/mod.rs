//! The archive readers, of extensions and of tools, against a corpus of hostile and good archives, all built in code, and the
//! packer against the reader.

mod build;
mod fuzz;
mod good;
mod hostile;
mod limits;
mod place;
mod tool;
