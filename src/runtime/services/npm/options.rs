//! Options for Node.js and npm.

use std::{ffi::OsString, path::PathBuf, time::Duration};

/// The options for finding and running Node.js and npm.
///
/// npm runs as the user's own client: its `.npmrc` files, proxies and private registries count. What is
/// never read is a `.npmrc` that an extension wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeOptions {
    /// The Node.js program. Default: the `node` of the search path.
    pub node: Option<PathBuf>,
    /// The npm client. Default: the `npm` beside the Node.js program, else that of the search path.
    pub npm: Option<PathBuf>,
    /// Where programs are looked up, in the form of the variable `PATH`: the library reads no environment
    /// variable. Default: nowhere.
    pub search_path: Option<OsString>,
    /// Variables that npm is run with, besides those of the host's own process. Default: none.
    pub environment: Vec<(OsString, OsString)>,
    /// How long the newest version of a package is taken for the newest. Default 10 minutes.
    pub lifetime: Duration,
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self {
            node: None,
            npm: None,
            search_path: None,
            environment: Vec::new(),
            lifetime: Duration::from_secs(10 * 60),
        }
    }
}
