//! Options by which an embedder sets up the services.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use super::{
    download::DownloadLimits, github::GithubOptions, npm::NodeOptions, process::ProcessLimits,
    tools::ToolOptions,
};
use crate::network::http::HttpOptions;

/// The options of the services that extensions ask of their host.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServiceOptions {
    /// Nothing is asked of the network: what was answered before is answered again, and the rest is an
    /// error. Default: no.
    pub offline: bool,
    /// How servers are talked to.
    pub http: HttpOptions,
    /// How long a server is waited for whose answer is known from before: the last good answer is given then, and the
    /// new one is for the next time. Default: 3 seconds.
    pub patience: Duration,
    /// The folder in which answers of servers are kept, for when they cannot be asked. Default: none, so that
    /// they are kept in memory for as long as the host lasts.
    pub answers: Option<PathBuf>,
    /// How GitHub is asked for releases.
    pub github: GithubOptions,
    /// Where Node.js and npm are.
    pub node: NodeOptions,
    /// Where programs that extensions name are looked up, in the form of the variable `PATH`; relative folders count
    /// for nothing. Default: the `PATH` of this process, which programs inherit.
    pub search_path: Option<OsString>,
    /// Where tools are fetched from, and which are held where they are.
    pub tools: ToolOptions,
    /// What a download may cost.
    pub downloads: DownloadLimits,
    /// The limits of a program that an extension runs.
    pub processes: ProcessLimits,
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self {
            offline: false,
            http: HttpOptions::default(),
            patience: Duration::from_secs(3),
            answers: None,
            github: GithubOptions::default(),
            node: NodeOptions::default(),
            search_path: None,
            tools: ToolOptions::default(),
            downloads: DownloadLimits::default(),
            processes: ProcessLimits::default(),
        }
    }
}
