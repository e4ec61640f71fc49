//! The user's configuration of how extensions are served: where Node.js is, how GitHub is asked,
//! what downloads and programs may cost.
//!
//! ```toml
//! [github]
//! token_variable = "MY_TOKEN"        # or `token`; default: the variables GITHUB_TOKEN and GH_TOKEN
//! api = "https://github.example.org/api/v3/"
//! lifetime_seconds = 600             # how long an answer is taken for new
//!
//! [node]
//! node = "/opt/node/bin/node"        # default: those of PATH
//! npm = "/opt/node/bin/npm"
//! lifetime_seconds = 600
//!
//! [downloads]
//! bytes = 2147483648                 # that one download may have
//! unpacked_bytes = 4294967296        # that an archive may become
//!
//! [processes]
//! time_seconds = 600                 # that a program may run
//! output_bytes = 16777216            # that it may write to each stream
//! ```

use std::path::PathBuf;

use annexe::{ServiceOptions, registry::Credentials};
use anyhow::Context as _;
use serde::Deserialize;

use super::{configuration::Origin, confinement::Seconds, failure::Complaint, paths};

/// The variables that GitHub's own tools read a token from, the first that is set.
const TOKEN_VARIABLES: [&str; 2] = ["GITHUB_TOKEN", "GH_TOKEN"];

/// GitHub's own API, which the token is for where no other is named.
const API: &str = "https://api.github.com/";

/// The settings for asking GitHub.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GithubEntry {
    api: Option<Origin>,
    token: Option<String>,
    token_variable: Option<String>,
    lifetime_seconds: Option<Seconds>,
}

/// The settings for finding Node.js and npm.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeEntry {
    node: Option<PathBuf>,
    npm: Option<PathBuf>,
    lifetime_seconds: Option<Seconds>,
}

/// The limits of a download.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DownloadsEntry {
    bytes: Option<u64>,
    unpacked_bytes: Option<u64>,
}

/// The limits of a program.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessesEntry {
    time_seconds: Option<Seconds>,
    output_bytes: Option<u64>,
}

impl GithubEntry {
    /// Says in `options` what this says, the token included.
    ///
    /// # Errors
    /// Where a variable is named that is not set, or a token cannot be sent.
    pub fn apply(&self, options: &mut ServiceOptions) -> anyhow::Result<()> {
        if let Some(Origin(api)) = &self.api {
            options.github.api = Some(api.clone());
        }
        if let Some(Seconds(lifetime)) = self.lifetime_seconds {
            options.github.lifetime = lifetime;
        }
        if let Some((token, from)) = self.token()? {
            let address = match &self.api {
                Some(Origin(api)) => api.clone(),
                None => API.parse()?,
            };
            let mut credentials = Credentials::default();
            credentials
                .insert(&address, token.trim())
                .with_context(|| format!("the token of {from} cannot be used"))?;
            options.http.credentials = credentials;
        }
        Ok(())
    }

    /// The variables that may hold the token.
    pub fn token_variables(&self) -> Vec<String> {
        let own = self.token_variable.iter().cloned();
        own.chain(TOKEN_VARIABLES.map(str::to_owned)).collect()
    }

    /// The token, and where it is from.
    fn token(&self) -> anyhow::Result<Option<(String, String)>> {
        if let Some(token) = &self.token {
            return Ok(Some((
                token.clone(),
                "`[github]` in the configuration".into(),
            )));
        }
        let read = |name: &str| {
            let value = paths::variable(name)?.into_string();
            Some((value.ok()?, format!("the variable `{name}`")))
        };
        let Some(name) = &self.token_variable else {
            // Another server than GitHub's own must not get the token.
            let variables = TOKEN_VARIABLES.into_iter().filter(|_| self.api.is_none());
            return Ok({ variables }.find_map(read));
        };
        match read(name) {
            Some(found) => Ok(Some(found)),
            None => Err(Complaint::usage(format!(
                "`[github]` names the variable `{name}`, which is not set to valid text"
            ))
            .with_hint("set it, or take `token_variable` out of the configuration")
            .into()),
        }
    }
}

impl NodeEntry {
    /// Says in `options` what this says; programs are looked up on this process's PATH.
    pub fn apply(&self, options: &mut ServiceOptions) {
        options.node.node.clone_from(&self.node);
        options.node.npm.clone_from(&self.npm);
        options.node.search_path = paths::variable("PATH");
        if let Some(Seconds(lifetime)) = self.lifetime_seconds {
            options.node.lifetime = lifetime;
        }
    }
}

impl DownloadsEntry {
    /// Says in `options` what this says.
    pub fn apply(&self, options: &mut ServiceOptions) {
        let limits = &mut options.downloads;
        if let Some(bytes) = self.bytes {
            limits.bytes = bytes;
            limits.archive.compressed_bytes = bytes;
        }
        if let Some(bytes) = self.unpacked_bytes {
            limits.archive.unpacked_bytes = bytes;
        }
    }
}

impl ProcessesEntry {
    /// Says in `options` what this says.
    pub fn apply(&self, options: &mut ServiceOptions) {
        if let Some(Seconds(time)) = self.time_seconds {
            options.processes.time = time;
        }
        if let Some(bytes) = self.output_bytes {
            options.processes.output_bytes = bytes;
        }
    }
}
