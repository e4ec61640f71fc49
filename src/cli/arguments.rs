//! Options that several commands have, and how the words of a command line are read.

use std::{path::PathBuf, str::FromStr, time::Duration};

use annexe::{
    Hint as _, Timestamp,
    git::GitSource,
    registry::{Channel, Location, OciAddress},
    store::{self, ArchiveLocation, Policy},
    types::{ExtensionId, VersionRequirement},
};
use clap::{ArgAction, Args};
use semver::VersionReq;

/// What the options that every command has are called in its help.
const GLOBAL: &str = "Options of every command";

/// The options that every command has.
#[derive(Debug, Args)]
pub struct Options {
    /// Prints results and errors as JSON, one value on one line
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub json: bool,
    /// Shows the log, what extensions write included; twice or three times for more
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet", help_heading = GLOBAL)]
    pub verbose: u8,
    /// Prints nothing but results and errors, and with --json warnings
    #[arg(short, long, global = true, help_heading = GLOBAL)]
    pub quiet: bool,
    /// The folder of installed extensions [default: ANNEXE_STORE, or the user's data folder]
    #[arg(long, global = true, value_name = "DIR", help_heading = GLOBAL)]
    pub store: Option<PathBuf>,
}

/// The options for the registry to ask.
#[derive(Debug, Args)]
pub struct RegistryOption {
    /// `embedded`, a folder, or an address: `https://…`, `oci://…` of a container registry, `zed+https://…` of one like
    /// Zed's [default: ANNEXE_REGISTRY, those of the configuration, or `embedded`]
    #[arg(long, value_name = "LOCATION", value_parser = location)]
    pub registry: Option<Location>,
    /// Opens no connection: uses what this machine has
    #[arg(long)]
    pub offline: bool,
    /// Agrees that a registry of the configuration is elsewhere than it was
    #[arg(long)]
    pub accept_location: bool,
}

/// The options for the versions that may be chosen.
#[derive(Debug, Default, Args)]
pub struct ChoiceOptions {
    /// Takes previews and pre-releases too
    #[arg(long)]
    preview: bool,
    /// The API versions that extensions may be built with, such as `<=0.3`
    #[arg(long, value_name = "REQUIREMENT")]
    api: Option<VersionReq>,
    /// How many hours a version must have been published
    #[arg(long, value_name = "HOURS")]
    minimum_age: Option<u32>,
}

impl ChoiceOptions {
    /// The configuration's choice, where the command line says nothing else.
    pub fn over(&self, mut policy: Policy) -> Policy {
        if self.preview {
            policy.channel = Channel::Preview;
        }
        if let Some(hours) = self.minimum_age {
            policy.minimum_age = Duration::from_secs(u64::from(hours) * 3600);
        }
        policy.api = self.api.clone().or(policy.api);
        policy
    }
}

/// An extension and the versions of it that will do: `toml`, `toml@0.2`, `toml@=0.2.1`.
#[derive(Debug, Clone)]
pub struct ExtensionRequest {
    pub id: ExtensionId,
    pub requirement: VersionRequirement,
}

impl FromStr for ExtensionRequest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, requirement) = text.split_once('@').unwrap_or((text, "*"));
        let requirement = requirement.parse().map_err(|error| {
            format!("`{requirement}` is not a version requirement ({error}); write `{id}@0.2` or `{id}@=0.2.1`")
        })?;
        Ok(Self {
            id: extension_id(id)?,
            requirement,
        })
    }
}

impl From<ExtensionRequest> for store::InstallRequest {
    fn from(ExtensionRequest { id, requirement }: ExtensionRequest) -> Self {
        Self::Extension { id, requirement }
    }
}

/// The thing to be installed.
#[derive(Debug, Clone)]
pub enum Installable {
    /// A request that the store meets by itself.
    Request(store::InstallRequest),
    /// An extension of a Git repository.
    Git(GitSource),
}

/// Reads what is to be installed: an extension of a registry, an archive by its path or address, or an extension of a
/// Git repository by its address.
pub fn installable(text: &str) -> Result<Installable, String> {
    if GitSource::is_meant(text) {
        if let Some(source) = text.strip_prefix("git+").and_then(as_scp) {
            return Err(format!("write it as `{source}`"));
        }
        let source = text.parse();
        return source
            .map(Installable::Git)
            .map_err(|error: annexe::git::ParseGitSourceError| explained(&error, error.hint()));
    }
    request(text).map(Installable::Request)
}

/// The way to write the address of a repository that is written as Git takes it.
fn as_git_source(text: &str) -> Option<String> {
    /// Hosts of repositories, at which nothing with two names is an archive.
    const HOSTS: [&str; 4] = ["github.com", "gitlab.com", "codeberg.org", "bitbucket.org"];
    let web = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let is_repository = |web: &str| {
        let mut parts = web.trim_end_matches('/').split('/');
        let is_host = parts.next().is_some_and(|host| HOSTS.contains(&host));
        web.ends_with(".git") || (is_host && parts.count() == 2)
    };
    if web.is_some_and(is_repository) || text.starts_with("ssh://") {
        return Some(format!("git+{text}"));
    }
    as_scp(text)
}

/// The same, of an address as `scp` has it: `git@host:owner/repository`.
fn as_scp(text: &str) -> Option<String> {
    let (host, path) = text.split_once(':')?;
    let (user, host) = host.split_once('@')?;
    let is_one = |part: &str| !part.is_empty() && !part.contains(['/', '@']);
    (is_one(user) && is_one(host) && !path.is_empty())
        .then(|| format!("git+ssh://{user}@{host}/{path}"))
}

fn request(text: &str) -> Result<store::InstallRequest, String> {
    if let Some(source) = as_git_source(text) {
        return Err(format!(
            "it is the address of a Git repository, from which an extension is installed as `{source}`"
        ));
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        let url = text.parse().map_err(|error| format!("{error}"))?;
        return Ok(store::InstallRequest::Archive(ArchiveLocation::Url(url)));
    }
    if let Ok(registry @ (Location::Oci(_) | Location::Zed(_))) = text.parse() {
        return Err(format!(
            "`{registry}` is not an extension, but a registry; name an extension of it, and it with `--registry {registry}`"
        ));
    }
    if let Some((scheme, _)) = text.split_once("://") {
        return Err(format!(
            "an archive cannot be read over `{scheme}`; give its path, an address with `https://`, or that of a Git repository with `git+https://`"
        ));
    }
    let is_archive = [".tar.gz", ".tgz"].iter().any(|end| text.ends_with(end));
    if is_archive || text.contains(std::path::MAIN_SEPARATOR) {
        let path = std::path::absolute(text).map_err(|error| error.to_string())?;
        return Ok(store::InstallRequest::Archive(ArchiveLocation::File(path)));
    }
    text.parse::<ExtensionRequest>()
        .map(store::InstallRequest::from)
}

/// Reads an extension's id.
pub fn extension_id(text: &str) -> Result<ExtensionId, String> {
    text.parse()
        .map_err(|error: annexe::types::ExtensionIdError| explained(&error, error.hint()))
}

/// Reads where a registry is.
pub fn location(text: &str) -> Result<Location, String> {
    text.parse()
        .map_err(|error: annexe::registry::ParseLocationError| explained(&error, error.hint()))
}

/// Reads the address of a repository of a container registry.
pub fn container_registry(text: &str) -> Result<OciAddress, String> {
    text.parse()
        .map_err(|error: annexe::registry::ParseOciAddressError| explained(&error, error.hint()))
}

/// Reads a moment.
pub fn timestamp(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|error: annexe::ParseTimestampError| error.to_string())
}

/// Reads a number of seconds, with a fraction if need be.
pub fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "it must be a number of seconds above zero".into())
}

fn explained(error: &impl std::fmt::Display, hint: Option<String>) -> String {
    match hint {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wanted_extension_is_an_id_and_a_requirement() {
        let request: ExtensionRequest = "toml".parse().unwrap();
        assert_eq!(request.requirement, VersionRequirement::STAR);
        let request: ExtensionRequest = "toml@=0.2.1".parse().unwrap();
        assert_eq!(request.id.as_str(), "toml");
        assert_eq!(request.requirement.to_string(), "=0.2.1");
        assert!(
            "toml@newest"
                .parse::<ExtensionRequest>()
                .unwrap_err()
                .contains("toml@0.2")
        );
        assert!(
            "To Ml"
                .parse::<ExtensionRequest>()
                .unwrap_err()
                .contains("lower-case")
        );
    }

    #[test]
    fn an_archive_is_a_path_or_the_address_of_a_web_server() {
        for text in [
            "toml.tgz",
            "./toml",
            "https://example.org/toml",
            "http://[::1]/x",
        ] {
            let request = installable(text);
            assert!(
                matches!(
                    request,
                    Ok(Installable::Request(store::InstallRequest::Archive(_)))
                ),
                "{text}"
            );
        }
        for text in [
            "ftp://example.org/toml.tar.gz",
            "file:///toml.tar.gz",
            "https://",
        ] {
            assert!(installable(text).is_err(), "{text}");
        }
        assert!(matches!(
            installable("toml"),
            Ok(Installable::Request(
                store::InstallRequest::Extension { .. }
            ))
        ));
        assert!(matches!(
            installable("git+https://example.org/a#v1"),
            Ok(Installable::Git(_))
        ));
        assert!(installable("git+https://example.org/a#-v1").is_err());
    }

    #[test]
    fn a_deadline_is_above_zero() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["0", "-1", "NaN", "inf", "soon", "1e300"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
