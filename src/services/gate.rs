//! The gates: what needs a grant asks here before anything is done.

use url::Url;

use super::{ServiceResult, Services};

impl Services {
    /// Lets a program be run, or refuses.
    pub(super) fn allow_process(&self, command: &str, args: &[String]) -> ServiceResult<()> {
        Ok(self
            .grants
            .check_process(&self.capabilities, command, args)?)
    }

    /// Lets a file be downloaded, or refuses.
    pub(super) fn allow_download(&self, url: &Url) -> ServiceResult<()> {
        Ok(self.grants.check_download(url)?)
    }

    /// Lets npm be asked about a package, or install it, or refuses.
    pub(super) fn allow_npm(&self, package: &str) -> ServiceResult<()> {
        Ok(self.grants.check_npm(package)?)
    }

    /// Lets a request be made, or refuses.
    pub(super) fn allow_http(&self, _url: &Url) -> ServiceResult<()> {
        Ok(())
    }
}
