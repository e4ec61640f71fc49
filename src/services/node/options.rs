//! Where Node.js and npm are.

use std::{ffi::OsString, path::PathBuf};

/// Where Node.js and npm are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeOptions {
    /// The Node.js program. Default: the `node` of the search path.
    pub node: Option<PathBuf>,
    /// The npm client. Default: the `npm` beside the Node.js program, else that of the search path.
    pub npm: Option<PathBuf>,
    /// Where programs are looked up, in the form of the variable `PATH`: the library reads no environment
    /// variable. Default: nowhere.
    pub search_path: Option<OsString>,
}
