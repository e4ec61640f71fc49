//! The gates: what needs a grant asks here before anything is done, and the extension's observer is told
//! of what it asked and who refused. What cannot be recorded is refused.

use url::Url;

use super::{ServiceResult, Services, error::ServiceError, worktree::Worktree};
use crate::{
    base::types::EnvironmentVariables,
    network::http::{Permission, RequestError},
    package::capability::{Capability, Denied, DeniedBy, Execution, Program},
    runtime::{delegate::ExtensionEvent, sandbox::Mount},
};

impl Services {
    /// Lets a program be run, or refuses.
    pub(super) fn allow_process(
        &self,
        program: &Program,
        args: &[String],
        execution: &Execution,
    ) -> ServiceResult<()> {
        let listed = &self.capabilities;
        let checked = self.grants.check_process(listed, program, args, execution);
        let request = || Capability::of_program(program.asked(), args);
        self.pass_with(checked, request, Some(execution))
    }

    /// Lets a program be started that the extension answers, or refuses.
    pub(super) fn allow_start(
        &self,
        program: &Program,
        args: &[String],
        execution: &Execution,
    ) -> ServiceResult<()> {
        let checked = self.grants.check_start(program, args, execution);
        let request = || Capability::of_program(program.asked(), args);
        self.pass_with(checked, request, Some(execution))
    }

    /// Lets a file be downloaded, or refuses; gives the private addresses that it may be at.
    pub(super) fn allow_download(&self, url: &Url) -> ServiceResult<Permission> {
        let permission = Permission::of(self.grants.addresses_of_downloads(url));
        let checked = self.grants.check_download(url);
        self.check_address(url, &permission, &checked, Capability::of_download)?;
        self.pass(checked, || Capability::of_download(url))?;
        Ok(permission)
    }

    /// Lets a download go where a rule of the user's sends it, unless something denies it; gives the private addresses
    /// that it may be at.
    pub(super) fn allow_ruled_download(&self, url: &Url) -> ServiceResult<Permission> {
        let permission = Permission::of(self.grants.addresses_of_downloads(url));
        let checked = self.grants.check_download_undenied(url);
        self.check_address(url, &permission, &checked, Capability::of_download)?;
        self.pass(checked, || Capability::of_download(url))?;
        Ok(permission)
    }

    /// Lets a download follow a redirect, or refuses. It is told of only where it is refused, for it is the server
    /// that asks for it.
    pub(super) fn allow_download_redirect(&self, url: &Url) -> ServiceResult<Permission> {
        if let Err(denied) = self.grants.check_download(url) {
            self.pass(Err(denied), || Capability::of_download(url))?;
        }
        Ok(Permission::of(self.grants.addresses_of_downloads(url)))
    }

    /// Lets npm be asked about a package, or install it, or refuses.
    pub(super) fn allow_npm(&self, package: &str) -> ServiceResult<()> {
        let checked = self.grants.check_npm(package);
        self.pass(checked, || Capability::of_package(package))
    }

    /// Lets a request be made, or refuses; gives the private addresses that it may be at.
    pub(super) fn allow_http(&self, url: &Url) -> ServiceResult<Permission> {
        let permission = Permission::of(self.grants.addresses_of_requests());
        let checked = self.grants.check_http(url);
        self.check_address(url, &permission, &checked, Capability::of_request)?;
        self.pass(checked, || Capability::of_request(url))?;
        Ok(permission)
    }

    /// As [`allow_http`](Self::allow_http), for an address that a server leads to.
    pub(super) fn allow_http_redirect(&self, url: &Url) -> ServiceResult<Permission> {
        self.allow_http(url).map_err(|error| match error {
            ServiceError::Denied(denied) => ServiceError::RedirectDenied(denied),
            error => error,
        })
    }

    /// Refuses an address that is written as one and may not be asked, so that what is known of it is not told
    /// either.
    fn check_address(
        &self,
        url: &Url,
        permission: &Permission,
        granted: &Result<(), Denied>,
        asked: fn(&Url) -> Capability,
    ) -> ServiceResult<()> {
        if granted.is_err() {
            return Ok(());
        }
        let checked = self.shared.exchange()?.check(url, permission);
        checked.map_err(|error| self.not_at(error.into(), asked))
    }

    /// Has it recorded where what fails is refused for its address, and says how that can be allowed.
    pub(super) fn not_at(
        &self,
        error: ServiceError,
        asked: fn(&Url) -> Capability,
    ) -> ServiceError {
        let (location, address, by) = match &error {
            ServiceError::Request(RequestError::Private { location, address }) => {
                (location, *address, DeniedBy::Address)
            }
            ServiceError::Request(RequestError::Forbidden { location, address }) => {
                (location, *address, DeniedBy::Always)
            }
            ServiceError::Request(RequestError::Denied { location, address }) => {
                (location, *address, DeniedBy::Grants)
            }
            _ => return error,
        };
        let Ok(mut there) = location.parse::<Url>() else {
            return error;
        };
        if there.set_ip_host(address.to_canonical()).is_err() {
            return error;
        }
        let request = asked(&there);
        // It is refused either way.
        let _ = self.tell_access(request.clone(), Some(by), None);
        let grant = (by == DeniedBy::Address).then(|| request.to_toml());
        match error {
            ServiceError::Request(source) => ServiceError::Address { source, grant },
            error => error,
        }
    }

    /// The environment of the worktree's shell, as far as the extension may see it. The API has no error for
    /// it, so what may not be seen is left out, and told of once.
    pub(crate) async fn shell_env(&self, worktree: &Worktree) -> EnvironmentVariables {
        let mut variables = worktree.shell_env().await;
        let all = variables.len();
        variables.retain(|(name, _)| self.grants.check_variable(name).is_ok());
        let is_whole = variables.len() == all;
        let recorded = self.tell_access(
            Capability::of_variable("*"),
            (!is_whole).then_some(DeniedBy::Grants),
            None,
        );
        match recorded {
            Ok(()) => {
                self.shown.remember(&variables);
                variables
            }
            Err(error) => {
                self.warn_of(&error);
                EnvironmentVariables::new()
            }
        }
    }

    /// The folders that the extension is given when it starts. There is no call to return an error from, so one that
    /// cannot be recorded is left out.
    pub(crate) fn mounts(&self) -> Vec<Mount> {
        let mut mounts = Vec::new();
        for (host, guest, access) in self.grants.mounts() {
            let mount = Capability::Mount {
                host: host.to_owned(),
                guest: guest.clone(),
                access,
            };
            match self.tell_access(mount, None, None) {
                Ok(()) => mounts.push(Mount::new(host, guest.clone(), access)),
                Err(error) => self.warn_of(&error),
            }
        }
        mounts
    }

    fn warn_of(&self, error: &ServiceError) {
        let words = error.for_guest();
        tracing::warn!(extension = %self.extension, "{words}");
    }

    fn pass(
        &self,
        checked: Result<(), Denied>,
        request: impl FnOnce() -> Capability,
    ) -> ServiceResult<()> {
        self.pass_with(checked, request, None)
    }

    /// Has recorded what was asked, with the particulars of a program, tells of it, and answers. What was allowed is only put into words where
    /// an observer listens, and is refused where it cannot be recorded.
    fn pass_with(
        &self,
        checked: Result<(), Denied>,
        request: impl FnOnce() -> Capability,
        execution: Option<&Execution>,
    ) -> ServiceResult<()> {
        match checked {
            Ok(()) => {
                if self.sink.listens() {
                    self.tell_access(request(), None, execution)?;
                }
                Ok(())
            }
            Err(denied) => {
                // It is refused either way; where the record fails, it is written before anything else is allowed.
                let _ = self.tell_access(denied.request().clone(), Some(denied.by()), execution);
                Err(denied.into())
            }
        }
    }

    /// Has an access recorded to the letter, then tells of it in short.
    ///
    /// # Errors
    /// [`ServiceError::Unrecorded`], where what is asked for must not be done.
    fn tell_access(
        &self,
        request: Capability,
        refused_by: Option<DeniedBy>,
        execution: Option<&Execution>,
    ) -> ServiceResult<()> {
        let recorded = self.sink.record(|| ExtensionEvent::Access {
            request: request.clone(),
            refused_by,
            execution: execution.cloned(),
        });
        let outcome = recorded.map_err(|source| ServiceError::Unrecorded {
            request: request.in_short().to_string(),
            source,
        });
        let unrecorded = outcome.is_err().then_some(DeniedBy::Audit);
        // A guest chooses how long it is, and who hears of it may keep it.
        self.sink.tell(|| ExtensionEvent::Access {
            request: request.in_short(),
            refused_by: refused_by.or(unrecorded),
            execution: execution.map(Execution::in_short),
        });
        outcome
    }
}
