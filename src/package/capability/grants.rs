//! Grants: what the user allows, and the checks that services make before they act.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Capability,
    coverage::Coverage,
    denied::{Denied, DeniedBy},
    execution::Execution,
    hook_variables::Hook,
    normal,
    program::Program,
};
use crate::base::types::{Access, GuestPath};

/// The addresses that rules name.
#[derive(Debug, Default)]
pub(crate) struct NamedAddresses {
    /// Those that are allowed, which may be private therefore.
    pub(crate) allowed: Vec<IpAddr>,
    /// Those that are denied, whatever name stands for them.
    pub(crate) denied: Vec<IpAddr>,
}

/// The capabilities that the user allows and denies. A denial wins over whatever allows the same.
///
/// The default is [`Grants::all`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    allow: Vec<Capability>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    deny: Vec<Capability>,
}

impl Default for Grants {
    fn default() -> Self {
        Self::all()
    }
}

impl From<Vec<Capability>> for Grants {
    fn from(allow: Vec<Capability>) -> Self {
        let deny = Vec::new();
        Self { allow, deny }
    }
}

impl FromIterator<Capability> for Grants {
    fn from_iter<I: IntoIterator<Item = Capability>>(allowed: I) -> Self {
        Self::from(Vec::from_iter(allowed))
    }
}

impl Grants {
    /// Allows every program that an extension's manifest lists, every download, package, request and
    /// variable, and no folder of the machine.
    pub fn all() -> Self {
        let any = || "*".to_owned();
        let rest = || vec!["**".to_owned()];
        Self::from(vec![
            Capability::ProcessExec {
                command: any(),
                args: rest(),
            },
            Capability::DownloadFile {
                host: any(),
                path: rest(),
            },
            Capability::NpmInstall { package: any() },
            Capability::Http { host: any() },
            Capability::Env { name: any() },
        ])
    }

    /// Allows nothing.
    pub fn none() -> Self {
        Self::from(Vec::new())
    }

    /// Allows some more.
    #[must_use]
    pub fn with(mut self, allowed: impl IntoIterator<Item = Capability>) -> Self {
        self.allow.extend(allowed);
        self
    }

    /// Denies some, whatever allows it.
    #[must_use]
    pub fn without(mut self, denied: impl IntoIterator<Item = Capability>) -> Self {
        self.deny.extend(denied);
        self
    }

    /// Returns the allowed capabilities; those that are denied too are not granted.
    pub fn capabilities(&self) -> &[Capability] {
        &self.allow
    }

    /// Returns the denied capabilities.
    pub fn denied(&self) -> &[Capability] {
        &self.deny
    }

    fn allows(&self, is_it: impl Fn(&Capability) -> bool) -> bool {
        self.allow.iter().any(&is_it) && !self.deny.iter().any(&is_it)
    }

    /// Returns how much of a capability is granted.
    pub fn coverage(&self, asked: &Capability) -> Coverage {
        let covers = |capability: &Capability| capability.covers(asked);
        let overlaps = |capability: &Capability| capability.overlaps(asked);
        if self.deny.iter().any(covers) || !self.allow.iter().any(overlaps) {
            Coverage::None
        } else if self.allow.iter().any(covers) && !self.deny.iter().any(overlaps) {
            Coverage::Full
        } else {
            Coverage::Partial
        }
    }

    /// Checks that an extension may run a program: its manifest must list it, and it must be granted. `execution` says
    /// which variables are changed for it: those that decide which code runs must be granted too, unless both sides
    /// allow any program.
    ///
    /// # Errors
    ///
    /// [`Denied`], which names the side that refuses.
    pub fn check_process<S: AsRef<str>>(
        &self,
        manifest_capabilities: &[Capability],
        program: &Program,
        args: &[S],
        execution: &Execution,
    ) -> Result<(), Denied> {
        let mut listed = manifest_capabilities.iter();
        if !listed.any(|capability| capability.lists_process(program, args)) {
            let request = Capability::of_program(program.asked(), args);
            let by = DeniedBy::Manifest;
            return Err(Denied { request, by });
        }
        self.check_program(program, args)?;
        let mut listed = manifest_capabilities.iter();
        let lists_any = listed.any(Capability::allows_any_process);
        self.check_hooks(execution, |hook| match hook {
            Hook::Code => lists_any,
            Hook::Packages => true,
        })
    }

    /// Checks that a program may be started that an extension answers: it must be granted, and so must the variables
    /// that decide which code runs, unless any program is. The manifest has no say in it.
    ///
    /// # Errors
    ///
    /// [`Denied`] where it is not granted.
    pub fn check_start<S: AsRef<str>>(
        &self,
        program: &Program,
        args: &[S],
        execution: &Execution,
    ) -> Result<(), Denied> {
        self.check_program(program, args)?;
        self.check_hooks(execution, |_| true)
    }

    fn check_program<S: AsRef<str>>(&self, program: &Program, args: &[S]) -> Result<(), Denied> {
        let allows = |capability: &Capability| capability.allows_process(program, args);
        let denies = |capability: &Capability| capability.denies_process(program, args);
        if self.allow.iter().any(allows) && !self.deny.iter().any(denies) {
            return Ok(());
        }
        let request = Capability::of_program(program.asked(), args);
        let by = DeniedBy::Grants;
        Err(Denied { request, by })
    }

    /// Checks the variables of a program. Who may run any program may have it set them, where `may_any` says so.
    fn check_hooks(
        &self,
        execution: &Execution,
        may_any: impl Fn(Hook) -> bool,
    ) -> Result<(), Denied> {
        let runs_any = self.allow.iter().any(Capability::allows_any_process);
        for (name, hook) in execution.hooks() {
            let is_it = |capability: &Capability| capability.allows_hook(name);
            let is_allowed = runs_any && may_any(hook) || self.allow.iter().any(is_it);
            if !is_allowed || self.deny.iter().any(is_it) {
                let (request, by) = (Capability::of_hook(name), DeniedBy::Grants);
                return Err(Denied { request, by });
            }
        }
        Ok(())
    }

    /// Checks that an extension may download from a URL. Each URL that a server leads on to is checked as the first is.
    ///
    /// # Errors
    ///
    /// [`Denied`] where it is not granted.
    pub fn check_download(&self, url: &Url) -> Result<(), Denied> {
        let allows = |capability: &Capability| capability.allows_download(url);
        if self.allow.iter().any(allows) {
            return self.check_download_undenied(url);
        }
        Err(Denied {
            request: Capability::of_download(url),
            by: DeniedBy::Grants,
        })
    }

    /// Checks that nothing denies an extension a download from a URL, whether or not something grants it.
    ///
    /// # Errors
    ///
    /// [`Denied`] where something denies it.
    pub fn check_download_undenied(&self, url: &Url) -> Result<(), Denied> {
        let denies = |capability: &Capability| capability.denies_download(url);
        match self.deny.iter().any(denies) {
            false => Ok(()),
            true => Err(Denied {
                request: Capability::of_download(url),
                by: DeniedBy::Grants,
            }),
        }
    }

    /// Checks that an extension may install a package from npm.
    ///
    /// # Errors
    ///
    /// [`Denied`] where it is not granted.
    pub fn check_npm(&self, package: &str) -> Result<(), Denied> {
        let is_it = |capability: &Capability| capability.allows_npm(package);
        self.check(is_it, || Capability::of_package(package))
    }

    /// Checks that requests may be sent to a URL's host for an extension.
    ///
    /// # Errors
    ///
    /// [`Denied`] where it is not granted.
    pub fn check_http(&self, url: &Url) -> Result<(), Denied> {
        let is_it = |capability: &Capability| capability.allows_http(url);
        self.check(is_it, || Capability::of_request(url))
    }

    /// The addresses that rules for requests name: by the address itself, and where they allow as `localhost` too. That
    /// a rule names another host does not say where it is.
    pub(crate) fn addresses_of_requests(&self) -> NamedAddresses {
        self.addresses(|rule, _| match rule {
            Capability::Http { host } => Some(host),
            _ => None,
        })
    }

    /// As [`addresses_of_requests`](Self::addresses_of_requests), of downloads with a URL's path.
    pub(crate) fn addresses_of_downloads(&self, url: &Url) -> NamedAddresses {
        self.addresses(|rule, denies| match rule {
            Capability::DownloadFile { host, .. } => {
                let mut there = url.clone();
                there.set_host(Some(host)).ok()?;
                let is_it = match denies {
                    true => rule.denies_download(&there),
                    false => rule.allows_download(&there),
                };
                is_it.then_some(host)
            }
            _ => None,
        })
    }

    /// The addresses of rules; `host` gives that of a rule that counts, and is told whether it denies.
    fn addresses<'a>(
        &'a self,
        host: impl Fn(&'a Capability, bool) -> Option<&'a String>,
    ) -> NamedAddresses {
        let allowed = self.allow.iter().filter_map(|rule| host(rule, false));
        let denied = self.deny.iter().filter_map(|rule| host(rule, true));
        NamedAddresses {
            allowed: allowed.flat_map(|host| normal::addresses(host)).collect(),
            denied: denied.filter_map(|host| normal::address(host)).collect(),
        }
    }

    /// Checks that an extension may see a variable of the worktree's shell.
    ///
    /// # Errors
    ///
    /// [`Denied`] where it is not granted.
    pub fn check_variable(&self, name: &str) -> Result<(), Denied> {
        let is_it = |capability: &Capability| capability.allows_variable(name);
        self.check(is_it, || Capability::of_variable(name))
    }

    /// The folders of the machine that an extension is given: each with its name in the sandbox, and what may
    /// be done with it.
    pub fn mounts(&self) -> impl Iterator<Item = (&std::path::Path, &GuestPath, Access)> {
        let mounts = self.allow.iter().filter_map(|capability| match capability {
            Capability::Mount {
                host,
                guest,
                access,
            } => Some((capability, host, guest, *access)),
            _ => None,
        });
        mounts.filter_map(|(mount, host, guest, access)| {
            let is_denied = self.deny.iter().any(|denied| denied.overlaps(mount));
            (!is_denied).then_some((host.as_path(), guest, access))
        })
    }

    fn check(
        &self,
        is_it: impl Fn(&Capability) -> bool,
        request: impl FnOnce() -> Capability,
    ) -> Result<(), Denied> {
        if self.allows(is_it) {
            return Ok(());
        }
        let by = DeniedBy::Grants;
        Err(Denied {
            request: request(),
            by,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::hint::Hint as _;
    use crate::package::capability::examples::{download, env, hook, http, mount, npm, process};

    #[test]
    fn running_needs_the_manifest_and_the_grant() {
        let listed = [process("npm", &["install", "**"])];
        let args = ["install", "x"];
        let (npm, none) = (Program::from("npm"), Execution::default());
        let checked = Grants::all().check_process(&listed, &npm, &args, &none);
        assert_eq!(checked, Ok(()));
        let denied = Grants::all()
            .check_process(&[], &npm, &args, &none)
            .unwrap_err();
        assert_eq!(denied.by(), DeniedBy::Manifest);
        assert_eq!(
            denied.to_string(),
            "the capability `process:exec` to run `npm install x` is not listed in the extension's manifest"
        );
        assert!(denied.hint().unwrap().contains(
            "`{ kind = \"process:exec\", command = \"npm\", args = [\"install\", \"x\"] }`"
        ));
        let denied = Grants::none()
            .check_process(&listed, &npm, &args, &none)
            .unwrap_err();
        assert_eq!(denied.by(), DeniedBy::Grants);
        assert!(
            denied
                .to_string()
                .ends_with("`npm install x` is not granted")
        );
        assert_eq!(denied.request(), &process("npm", &args));
    }

    #[test]
    fn downloads_and_packages_need_the_grant_alone() {
        let url = Url::parse("https://user:secret@example.com/a/b?token=secret").unwrap();
        assert_eq!(Grants::default().check_download(&url), Ok(()));
        assert_eq!(Grants::default().check_npm("pyright"), Ok(()));
        let denied = Grants::none().check_download(&url).unwrap_err();
        assert_eq!(
            denied.to_string(),
            "the capability `download_file` to download `example.com/a/b` is not granted"
        );
        assert!(!denied.hint().unwrap().contains("secret"));
        let grants = Grants::from(vec![npm("pyright")]);
        assert_eq!(grants.check_npm("pyright"), Ok(()));
        assert!(
            grants
                .check_npm("pyright2")
                .unwrap_err()
                .to_string()
                .contains("`pyright2`")
        );
    }

    #[test]
    fn requests_and_variables_need_the_grant_and_folders_are_never_given_unasked() {
        let url = Url::parse("https://user:secret@example.com:81/a?token=secret").unwrap();
        assert_eq!(Grants::all().check_http(&url), Ok(()));
        assert_eq!(Grants::all().check_variable("HOME"), Ok(()));
        assert_eq!(Grants::all().mounts().count(), 0);
        let denied = Grants::none().check_http(&url).unwrap_err();
        assert_eq!(
            denied.to_string(),
            "the capability `http` to send requests to `example.com` is not granted"
        );
        let denied = Grants::none().check_variable("HOME").unwrap_err();
        assert!(
            denied
                .hint()
                .unwrap()
                .contains(r#"{ kind = "env", name = "HOME" }"#)
        );
        let only = Grants::none().with([http("*.com"), env("H*")]);
        assert_eq!(only.check_http(&url), Ok(()));
        assert_eq!(only.check_variable("HOME"), Ok(()));
        assert!(only.check_variable("PATH").is_err());
    }

    #[test]
    fn what_is_denied_is_denied_whatever_allows_it() {
        let folder = |access| mount("/a", "/b", access);
        let grants = Grants::all()
            .with([
                npm("pyright"),
                folder(Access::ReadOnly),
                mount("/c", "/d", Access::ReadWrite),
            ])
            .without([npm("pyright"), env("SECRET_*"), folder(Access::ReadWrite)])
            .without([process("sh", &["**"]), download("evil.org", &["**"])]);
        assert!(grants.check_npm("pyright").is_err());
        assert_eq!(grants.check_npm("prettier"), Ok(()));
        assert!(grants.check_variable("SECRET_KEY").is_err());
        let listed = [process("*", &["**"])];
        assert_eq!(
            grants
                .check_process(&listed, &"sh".into(), &["-c"], &Execution::default())
                .unwrap_err()
                .by(),
            DeniedBy::Grants
        );
        let mounts: Vec<_> = grants.mounts().map(|(host, ..)| host).collect();
        assert_eq!(mounts, [std::path::Path::new("/c")]);
        for (asked, coverage) in [
            (npm("pyright"), Coverage::None),
            (npm("prettier"), Coverage::Full),
            (npm("*"), Coverage::Partial),
            (env("SECRET_A"), Coverage::None),
            (env("*"), Coverage::Partial),
            (http("*"), Coverage::Full),
            (process("*", &["x"]), Coverage::Partial),
            (process("npm", &["**"]), Coverage::Full),
            (mount("/e", "/f", Access::ReadOnly), Coverage::None),
        ] {
            assert_eq!(grants.coverage(&asked), coverage, "{asked}");
        }
        let text = toml::to_string(&grants).unwrap();
        assert_eq!(toml::from_str::<Grants>(&text).unwrap(), grants);
    }

    #[test]
    fn a_rule_that_names_an_address_says_that_it_may_be_private() {
        let grants = Grants::all()
            .with([http("10.0.0.1"), http("0x7f.1"), http("Localhost.")])
            .with([
                http("wiki.corp.example"),
                http("*.localhost"),
                http("[::1]"),
            ])
            .with([http("192.168.0.1")])
            .with([download("10.0.0.2", &["a", "**"])])
            .without([http("192.168.0.1")]);
        let NamedAddresses { allowed, denied } = grants.addresses_of_requests();
        assert_eq!(denied, ["192.168.0.1".parse::<IpAddr>().unwrap()]);
        let mut requests = allowed;
        requests.retain(|address| !denied.contains(address));
        requests.sort();
        requests.dedup();
        let expected: [IpAddr; 3] = ["10.0.0.1", "127.0.0.1", "::1"].map(|it| it.parse().unwrap());
        assert_eq!(requests, expected);
        for (url, count) in [("https://x.example/a/b", 1), ("https://x.example/b", 0)] {
            let url = Url::parse(url).unwrap();
            let named = grants.addresses_of_downloads(&url);
            assert_eq!(
                (named.allowed.len(), named.denied.len()),
                (count, 0),
                "{url}"
            );
        }
        assert!(Grants::all().addresses_of_requests().allowed.is_empty());
        // A name that is denied is one of several for its address.
        let denied = Grants::all().without([http("localhost"), http("*")]);
        assert!(denied.addresses_of_requests().denied.is_empty());
    }

    #[test]
    fn no_spelling_gets_round_what_is_denied_nor_loses_what_is_allowed() {
        let evil = download("evil.org", &["a", "**"]);
        let (denying, allowing) = (
            Grants::all().without([evil.clone(), http("*.evil.org")]),
            Grants::none().with([evil, http("*.evil.org")]),
        );
        for url in [
            "https://evil.org/a/b",
            "https://evil.org./a/b",
            "https://evil.org/%61/b",
            "https://x@Evil.org.:8080/%61/b?q",
        ] {
            let url = Url::parse(url).unwrap();
            assert!(denying.check_download(&url).is_err(), "{url}");
            assert_eq!(allowing.check_download(&url), Ok(()), "{url}");
        }
        let url = Url::parse("https://b.evil.org./").unwrap();
        assert!(denying.check_http(&url).is_err());
        assert_eq!(allowing.check_http(&url), Ok(()));
    }

    #[test]
    fn a_variable_that_changes_code_needs_a_grant_of_its_own() {
        let git = [process("git", &["--version"])];
        let any = [process("*", &["**"])];
        let args = ["--version"];
        let with = |variables: &[&str]| {
            let set = variables.iter().map(|name| ((*name).into(), "x".into()));
            Execution::new(None, None, &set.collect(), |_, _| false)
        };
        let strict = Grants::from(git.to_vec());
        let may = |grants: &Grants, manifest: &[Capability], variables: &[&str]| {
            let execution = with(variables);
            let checked = grants.check_process(manifest, &"git".into(), &args, &execution);
            checked.err().map(|denied| denied.request().clone())
        };
        for (variable, by_default, by_strict) in [
            ("GUEST", true, true),
            ("GEM_HOME", true, false),
            ("PATH", false, false),
            ("LD_PRELOAD", false, false),
        ] {
            let refused = |is_allowed: bool| (!is_allowed).then(|| hook(variable));
            assert_eq!(may(&Grants::all(), &git, &[variable]), refused(by_default));
            assert_eq!(may(&strict, &git, &[variable]), refused(by_strict));
            // An extension that may run any program may run one that sets the variable.
            assert_eq!(may(&Grants::all(), &any, &[variable]), None);
            let granted = strict.clone().with([hook(variable)]);
            assert_eq!(may(&granted, &git, &["GUEST", variable]), None);
            let denied = Grants::all().without([hook(variable)]);
            let is_free = variable == "GUEST";
            assert_eq!(may(&denied, &any, &[variable]), refused(is_free));

            let start = |grants: &Grants| {
                let checked = grants.check_start(&"git".into(), &args, &with(&[variable]));
                checked.err().map(|denied| denied.request().clone())
            };
            assert_eq!(start(&Grants::all()), None);
            assert_eq!(start(&strict), refused(by_strict));
            assert_eq!(start(&denied), refused(is_free));
            assert_eq!(start(&Grants::none()), Some(process("git", &args)));
        }
        assert_eq!(
            may(&strict, &git, &["A", "PATH", "LD_PRELOAD"]),
            Some(hook("PATH"))
        );
    }

    #[test]
    fn an_unknown_kind_allows_nothing() {
        let unknown = Capability::Unknown { kind: "*".into() };
        let grants = Grants::from(vec![unknown]);
        assert!(grants.check_npm("*").is_err());
        assert!(
            grants
                .check_process::<&str>(
                    grants.capabilities(),
                    &"*".into(),
                    &[],
                    &Execution::default()
                )
                .is_err()
        );
    }
}
