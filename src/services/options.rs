//! How an embedder has the services set up.

use super::{DownloadLimits, GithubOptions, NodeOptions, ProcessLimits};
use crate::registry::HttpOptions;

/// How what extensions ask of their host is done.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ServiceOptions {
    /// Nothing is asked of the network: what was answered before is answered again, and the rest is an
    /// error. Default: no.
    pub offline: bool,
    /// How servers are talked to.
    pub http: HttpOptions,
    /// How GitHub is asked for releases.
    pub github: GithubOptions,
    /// Where Node.js and npm are.
    pub node: NodeOptions,
    /// What a download may cost.
    pub downloads: DownloadLimits,
    /// What a program may cost that an extension has run.
    pub processes: ProcessLimits,
}
