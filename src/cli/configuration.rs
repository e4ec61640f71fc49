//! The user's configuration: which registries there are, which versions may be chosen, and how extensions
//! are compiled, run and served, which [`compiler`](super::compiler), [`confinement`](super::confinement),
//! [`services`](super::services), [`tools`](super::tools) and [`http`](super::http) tell.
//!
//! ```toml
//! api = "<=0.3"                  # API versions that extensions may be built with
//! channel = "preview"            # previews too
//! minimum_age_hours = 72         # how long a version must have been published
//! oldest_catalogue_days = 90     # from which age on what a registry says is refused
//! trusted_projects = ["/src"]    # whose settings count, with those of all folders below
//! locked = "/src/annexe.lock"    # the lockfile that each start keeps to, as with `--locked`
//! grants = "strict"              # nothing but what `annexe grants` allows; else "default"
//!
//! [servers]                      # which extension brings a language server that several bring
//! pyright = "python"
//!
//! [context_servers]              # the same of context servers
//! [debug_adapters]               # and of debug adapters
//!
//! [[registry]]                   # in the order of priority; without any: the built-in one
//! name = "corp"                  # of your choice: what grants, lockfiles and so on know it by. Without:
//!                                # its location. `annexe` is the built-in one alone
//! kind = "annexe"                # static files of our own format; `zed` for a service of that interface
//! location = "https://corp.example/registry/"  # or a folder, or `embedded`
//! mirrors = []                   # the same registry elsewhere
//! oldest_catalogue_days = 0      # of this one: however old
//!
//! [[credential]]                 # sent to exactly this origin
//! origin = "https://registry.example.org"
//! token_variable = "MY_TOKEN"    # the environment variable that holds it; or `token`
//! ```

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use annexe::{
    ErrorKind, ExtensionId, ExtensionOptions, Hint, ServiceOptions,
    capability::Profile,
    compiler::Compiler,
    manifest::Named,
    registry::{
        Channel, Credentials, HttpOptions, Location, OldestCatalogues, RegistryConfiguration,
        RegistryId,
    },
    sandbox::Sandbox,
    store::Policy,
    types::ExtensionOrigin,
};
use anyhow::Context as _;
use semver::VersionReq;
use serde::Deserialize;
use url::Url;

use super::{
    arguments,
    compiler::CompilerEntry,
    confinement::{self, Confinement, HostPath, LimitsEntry, SandboxEntry, SupervisionEntry},
    failure::{self, Complaint},
    files,
    http::HttpEntry,
    output::Output,
    paths,
    registry_kind::RegistryKind,
    services::{DownloadsEntry, GithubEntry, NodeEntry, ProcessesEntry},
    tools::ToolsEntry,
};

/// The most bytes a configuration may have.
pub const MOST_BYTES: u64 = 1 << 20;

/// The user's configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    api: Option<VersionReq>,
    channel: Option<Channel>,
    #[serde(default)]
    minimum_age_hours: u32,
    oldest_catalogue_days: Option<u32>,
    #[serde(default)]
    trusted_projects: Vec<HostPath>,
    locked: Option<HostPath>,
    #[serde(default)]
    grants: Profile,
    #[serde(default)]
    registry: Vec<RegistryEntry>,
    #[serde(default)]
    credential: Vec<CredentialEntry>,
    #[serde(default)]
    compiler: CompilerEntry,
    #[serde(default)]
    limits: LimitsEntry,
    #[serde(default)]
    sandbox: SandboxEntry,
    #[serde(default)]
    supervision: SupervisionEntry,
    #[serde(default)]
    http: HttpEntry,
    #[serde(default)]
    github: GithubEntry,
    #[serde(default)]
    node: NodeEntry,
    #[serde(default)]
    downloads: DownloadsEntry,
    #[serde(default)]
    tools: ToolsEntry,
    #[serde(default)]
    processes: ProcessesEntry,
    #[serde(default)]
    extension: BTreeMap<ExtensionId, Confinement>,
    #[serde(default)]
    servers: BTreeMap<String, ExtensionId>,
    #[serde(default)]
    context_servers: BTreeMap<String, ExtensionId>,
    #[serde(default)]
    debug_adapters: BTreeMap<String, ExtensionId>,
}

/// The options for running extensions: all, and those that differ.
#[derive(Debug)]
pub struct RunOptions {
    pub all: ExtensionOptions,
    /// Those of an id, wherever it comes from.
    pub of: BTreeMap<ExtensionId, ExtensionOptions>,
    /// What one of an id sees of the machine that comes from there.
    pub sandboxes: Vec<(ExtensionId, ExtensionOrigin, Sandbox)>,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "RegistryTable")]
struct RegistryEntry(RegistryConfiguration, Option<u32>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistryTable {
    name: Option<String>,
    #[serde(default)]
    kind: Option<RegistryKind>,
    location: Option<Place>,
    #[serde(default)]
    mirrors: Vec<Place>,
    oldest_catalogue_days: Option<u32>,
}

impl TryFrom<RegistryTable> for RegistryEntry {
    type Error = String;

    fn try_from(table: RegistryTable) -> Result<Self, Self::Error> {
        let location = table.location.map(|Place(it)| it);
        let kind = match (table.kind, &location) {
            (None, Some(location)) => RegistryKind::of(location),
            (kind, _) => kind.unwrap_or_default(),
        };
        if kind == RegistryKind::Zed && !table.mirrors.is_empty() {
            return Err("a registry of the kind `zed` has no mirrors".into());
        }
        let configuration = RegistryConfiguration {
            name: table.name,
            location: kind.locate(location)?,
            mirrors: table.mirrors.into_iter().map(|Place(it)| it).collect(),
        };
        match configuration.id() {
            Ok(_) => Ok(Self(configuration, table.oldest_catalogue_days)),
            Err(error) => Err(match error.hint() {
                Some(hint) => format!("{error}; {hint}"),
                None => error.to_string(),
            }),
        }
    }
}

/// The location of a registry. Read with the rest, so that a mistake is told with its line.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct Place(Location);

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        arguments::location(&text).map(Self)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialEntry {
    origin: Origin,
    token: Option<String>,
    token_variable: Option<String>,
}

/// The origin that a token is for.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Origin(pub(super) Url);

impl TryFrom<String> for Origin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.parse::<Url>() {
            Ok(address) if matches!(address.scheme(), "http" | "https") => Ok(Self(address)),
            _ => Err("it is not the address of a web server; give `https://` and the host".into()),
        }
    }
}

/// The reason why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the configuration `{}` cannot be used", path.display())]
pub struct ConfigurationError {
    path: PathBuf,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Hint for ConfigurationError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some("correct it there, or name another file in ANNEXE_CONFIG".into())
    }
}

impl Configuration {
    /// Reads the user's configuration, if there is one.
    ///
    /// # Errors
    /// Where it cannot be read, with the place of the mistake.
    pub fn read() -> anyhow::Result<Self> {
        match paths::configuration()? {
            // A file that was named must be there; the usual one need not.
            Some(path) if paths::variable("ANNEXE_CONFIG").is_some() || path.try_exists()? => {
                Self::parse(&path)
            }
            _ => Ok(Self::default()),
        }
    }

    fn parse(path: &Path) -> anyhow::Result<Self> {
        // Not wrapped: the way out is another one than to correct its content.
        files::believe(path)?;
        let content = files::read(path, MOST_BYTES).map_err(|error| wrong(path, error))?;
        let text = String::from_utf8(content).map_err(|error| wrong(path, error))?;
        Ok(Self::of_text(path, &text)?)
    }

    /// The configuration that a file with this text is.
    ///
    /// # Errors
    /// Where it is none, with the place of the mistake.
    pub fn of_text(path: &Path, text: &str) -> Result<Self, ConfigurationError> {
        let configuration: Self =
            toml::from_str(text).map_err(|error| wrong(path, mistake(text, &error)))?;
        match configuration.tools.twice() {
            Some((start, problem)) => Err(wrong(path, placed(text, start, &problem))),
            None => Ok(configuration),
        }
    }

    /// Returns the policy of which versions may be chosen.
    pub fn policy(&self) -> Policy {
        let mut policy = Policy::default();
        policy.channel = self.channel.unwrap_or_default();
        policy.minimum_age = Duration::from_secs(u64::from(self.minimum_age_hours) * 3600);
        policy.api.clone_from(&self.api);
        policy
    }

    /// The lockfile that each start keeps to.
    pub fn locked(&self) -> Option<&Path> {
        self.locked.as_ref().map(|HostPath(path)| path.as_path())
    }

    /// Returns the profile of extensions for which nothing else is said.
    pub fn grants(&self) -> Profile {
        self.grants
    }

    /// Where components are compiled.
    pub fn compiler(&self) -> Compiler {
        self.compiler.compiler()
    }

    /// The options for talking to web servers, without credentials.
    ///
    /// # Errors
    /// Where certificates that are to be trusted cannot be read.
    pub fn http(&self) -> anyhow::Result<HttpOptions> {
        let mut options = self.http.options()?;
        let registries = self.registry.iter();
        let places = registries
            .flat_map(|RegistryEntry(it, _)| std::iter::once(&it.location).chain(&it.mirrors));
        options.configured = places.filter_map(Location::address).cloned().collect();
        Ok(options)
    }

    /// The options of the services that extensions ask of their host.
    ///
    /// # Errors
    /// Where there is no folder for answers, as [`http`](Self::http), or where the token for GitHub cannot be used.
    pub fn services(&self) -> anyhow::Result<ServiceOptions> {
        let mut options = ServiceOptions::default();
        options.http = self.http()?;
        self.http.apply_patience(&mut options);
        options.answers = Some(paths::answers()?);
        self.github.apply(&mut options)?;
        self.node.apply(&mut options);
        self.tools.apply(&mut options);
        let leads_there = |address: &Url| self.tools.leads_to(address);
        self.add_credentials(&mut options.http.credentials, leads_there)?;
        self.downloads.apply(&mut options);
        self.processes.apply(&mut options);
        Ok(options)
    }

    /// Warns of rules by which what would come over `https` comes over plain `http`.
    pub fn warn_of_rules(&self, output: &Output) {
        for rule in self.tools.rules().filter(|rule| rule.is_insecure()) {
            let (from, to) = (rule.from(), rule.to());
            output.warn(format_args!(
                "what is below `{from}` is fetched over plain `http` from `{to}`, as `[tools] download` says: anyone on the way can change it; use `https`"
            ));
        }
    }

    /// The folders of the projects whose settings count. One that another user can change is left out: its content
    /// may not be of the user who trusts it. The user is warned.
    pub fn trusted_projects(&self, output: &Output) -> Vec<PathBuf> {
        let folders = self.trusted_projects.iter().map(|HostPath(folder)| folder);
        let is_own = |folder: &&PathBuf| match annexe::check_trusted_folder(folder) {
            Ok(()) => true,
            Err(error) => {
                let shown = folder.display();
                let why = failure::in_full(&error.into());
                output.warn(format_args!(
                    "`{shown}` of `trusted_projects` is not trusted: {why}"
                ));
                false
            }
        };
        folders.filter(is_own).cloned().collect()
    }

    /// The extensions that bring language servers of which several bring one of the id.
    pub fn servers(&self) -> &BTreeMap<String, ExtensionId> {
        &self.servers
    }

    /// The extensions that bring things of a sort of which several bring one of the name.
    pub fn chosen(&self, sort: Named) -> &BTreeMap<String, ExtensionId> {
        match sort {
            Named::ContextServer => &self.context_servers,
            Named::DebugAdapter | Named::DebugLocator => &self.debug_adapters,
            _ => &self.servers,
        }
    }

    /// The variables of this process that hold tokens, as far as the configuration knows them.
    pub fn token_variables(&self) -> Vec<String> {
        let of_origins = self.credential.iter();
        let of_origins = of_origins.filter_map(|it| it.token_variable.clone());
        of_origins.chain(self.github.token_variables()).collect()
    }

    /// The registries, in the order of priority.
    pub fn registries(&self) -> Vec<RegistryConfiguration> {
        let entries = self.registry.iter();
        entries.map(|RegistryEntry(it, _)| it.clone()).collect()
    }

    /// Returns the ages from which what registries say is refused.
    pub fn oldest_catalogues(&self) -> OldestCatalogues {
        let mut oldest = OldestCatalogues::default();
        oldest.days = self.oldest_catalogue_days;
        let of = self.registry.iter().filter_map(|RegistryEntry(it, days)| {
            let place = RegistryId::of_location(&it.location);
            Some((place.to_string(), (*days)?))
        });
        oldest.of = of.collect();
        oldest
    }

    /// The ids of the extensions that it mentions.
    pub fn extensions(&self) -> impl Iterator<Item = &ExtensionId> {
        self.extension.keys()
    }

    /// Returns the options for running extensions, where these are the registries.
    ///
    /// # Errors
    /// Where a variable of this process is to be given to an extension and is not text, and where it is said
    /// twice where an extension comes from.
    pub fn run_options(&self, registries: &[RegistryConfiguration]) -> anyhow::Result<RunOptions> {
        let mut all = ExtensionOptions::default();
        self.limits.apply(all.limits.get_or_insert_default());
        self.supervision.apply(&mut all.supervision);
        self.sandbox.apply(&mut all.sandbox)?;
        let mut of = BTreeMap::new();
        let mut sandboxes = Vec::new();
        for (id, confinement) in &self.extension {
            let mut options = all.clone();
            confinement.apply(&mut options)?;
            for origin in confinement.origins(id, registries)? {
                sandboxes.push((id.clone(), origin, options.sandbox.clone()));
            }
            options.sandbox = confinement::common(&all.sandbox, &options.sandbox);
            of.insert(id.clone(), options);
        }
        Ok(RunOptions { all, of, sandboxes })
    }

    /// The credentials, each with the server it is sent to.
    ///
    /// # Errors
    /// Where a token is not given, or none that can be sent.
    pub fn credentials(&self) -> anyhow::Result<Credentials> {
        let mut credentials = Credentials::default();
        self.add_credentials(&mut credentials, |_| true)?;
        Ok(credentials)
    }

    /// The tools that are held, a line each.
    pub fn held_tools(&self) -> impl Iterator<Item = String> {
        self.tools.held()
    }

    /// Adds the credentials for those servers that are wanted.
    fn add_credentials(
        &self,
        credentials: &mut Credentials,
        is_wanted: impl Fn(&Url) -> bool,
    ) -> anyhow::Result<()> {
        for entry in &self.credential {
            let Origin(address) = &entry.origin;
            if !is_wanted(address) {
                continue;
            }
            let origin = address.origin().ascii_serialization();
            let about = format!("the credential for `{origin}`");
            let token = match (&entry.token, &entry.token_variable) {
                (Some(token), None) => token.clone(),
                (None, Some(name)) => paths::variable(name)
                    .and_then(|value| value.into_string().ok())
                    .ok_or_else(|| {
                        Complaint::usage(format!("{about}: the variable `{name}` is not set"))
                    })?,
                _ => {
                    let complaint = Complaint::usage(format!("{about} has no token"));
                    return Err(complaint
                        .with_hint("give either `token` or `token_variable`")
                        .into());
                }
            };
            credentials.insert(address, &token).with_context(|| about)?;
        }
        Ok(())
    }
}

/// Returns the mistake and its place, in words. The line itself is not shown: it may hold a token.
pub fn mistake(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map_or(0, |span| span.start);
    placed(text, start, error.message())
}

/// Returns a mistake with its line and column, in words.
fn placed(text: &str, start: usize, problem: &str) -> String {
    let before = text.get(..start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or_default();
    let column = last.chars().count() + 1;
    format!("line {line}, column {column}: {problem}")
}

fn wrong(
    path: &Path,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ConfigurationError {
    ConfigurationError {
        path: path.to_owned(),
        source: source.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_names_registries_and_what_may_be_chosen() {
        let text = "api = '<=0.3'\nchannel = 'preview'\nminimum_age_hours = 2\n[[registry]]\nname = 'annexe'\n\
                    location = 'embedded'\nmirrors = ['https://example.org/r']\n";
        let configuration: Configuration = toml::from_str(text).unwrap();
        assert_eq!(configuration.policy().minimum_age.as_secs(), 7200);
        assert_eq!(configuration.policy().channel, Channel::Preview);
        let registries = configuration.registries();
        assert_eq!(registries[0].mirrors.len(), 1);
    }

    #[test]
    fn supervision_is_said_for_all_and_for_one_key_by_key() {
        let text = "[limits]\nqueued_calls = 2\n\
                    [supervision]\nfaults = 0\nwindow_seconds = 0.5\nidle_seconds = 600\n\
                    [extension.one]\non_startup = true\n\
                    [extension.one.supervision]\nfaults = 7\nbackoff_seconds = 2\nlongest_backoff_seconds = 9\n";
        let configuration: Configuration = toml::from_str(text).unwrap();
        let RunOptions { all, of, .. } = configuration.run_options(&[]).unwrap();
        let seconds = Duration::from_secs;
        let queued = all.limits.as_ref().map(|limits| limits.queued_calls);
        assert_eq!((queued, all.on_startup), (Some(2), false));
        let supervision = &all.supervision;
        assert_eq!(
            (supervision.faults, supervision.window, supervision.idle),
            (0, Duration::from_millis(500), Some(seconds(600)))
        );
        let one = &of["one"];
        assert!(one.on_startup);
        let mut expected = supervision.clone();
        expected.faults = 7;
        expected.backoff = seconds(2);
        expected.longest_backoff = seconds(9);
        assert_eq!(one.supervision, expected);
    }

    #[test]
    fn a_socket_to_a_clouds_metadata_is_an_error() {
        for (address, is_error) in [("169.254.169.254:80", true), ("10.0.0.1:80", false)] {
            for table in ["sandbox", "extension.one.sandbox"] {
                let text = format!("[{table}]\nsockets = ['{address}']\n");
                let configuration: Configuration = toml::from_str(&text).unwrap();
                let options = configuration.run_options(&[]);
                assert_eq!(options.is_err(), is_error, "{text}");
            }
        }
    }

    #[test]
    fn a_slip_of_the_pen_is_an_error() {
        for text in [
            "apis = '*'",
            "api = 'newest'",
            "[[registry]]\nname = 'a'",
            "[[registry]]\nlocation = 'ftp://example.org'",
            "[[registry]]\nlocation = 'a'\nmirrors = ['']",
            "[[credential]]\norigin = 'example.org'\ntoken = 'x'",
            "[[credential]]\norigin = 'ftp://example.org'\ntoken = 'x'",
            "[registries]",
            "[supervision]\nfault = 1",
            "[supervision]\nfaults = -1",
            "[supervision]\nwindow_seconds = 0",
            "[supervision]\nbackoff_seconds = 1e18",
            "[supervision]\nidle_seconds = nan",
            "[extension.one.supervision]\nidle = 1",
            "[extension.one]\non_start = true",
            "on_startup = true",
            "grants = 'lax'",
            "trusted_projects = ['src']",
            "[[registry]]\nname = 'annexe'\nlocation = 'https://example.org'",
            "[[registry]]\nname = 'Annexe'\nlocation = '/srv/registry'",
            "[[registry]]\nname = 'a/b'\nlocation = '/srv/registry'",
            "[[registry]]\nname = 'corp'\nlocation = 'embedded'",
            "[limits]\nqueued_calls = 0",
            "[tools]\ndownload = [{ from = 'https://github.com/a', to = 'https://mirror.example/' }]",
            "[tools]\ndownload = [{ from = 'https://github.com/', to = 'https://me@mirror.example/' }]",
            "[tools.hold]\ngithub = { owner = 'v1' }",
            "[tools.hold]\nnpm = { pyright = '^1' }",
            "[tools.hold]\ndownload = { 'https://example.org/x' = 'abc' }",
            "[tools.hold]\ncargo = {}",
            "[extension.one.limits]\nqueued_calls = 0",
        ] {
            assert!(toml::from_str::<Configuration>(text).is_err(), "{text}");
        }
        let text = "[[credential]]\norigin = 'https://example.org'";
        let configuration: Configuration = toml::from_str(text).unwrap();
        assert!(configuration.credentials().is_err());
    }
}
