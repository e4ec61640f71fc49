//! What the person allows, and the checks that services make before they act.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Capability, Denied, DeniedBy, pattern::segments};

/// What the person allows all extensions to do.
///
/// The default is [`Grants::all`]. It reads and writes as a list of [`Capability`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grants {
    allowed: Vec<Capability>,
}

impl Default for Grants {
    fn default() -> Self {
        Self::all()
    }
}

impl From<Vec<Capability>> for Grants {
    fn from(allowed: Vec<Capability>) -> Self {
        Self { allowed }
    }
}

impl FromIterator<Capability> for Grants {
    fn from_iter<I: IntoIterator<Item = Capability>>(allowed: I) -> Self {
        Self {
            allowed: allowed.into_iter().collect(),
        }
    }
}

impl Grants {
    /// Allows every program that an extension's manifest lists, every download and every package.
    pub fn all() -> Self {
        let rest = || vec!["**".to_owned()];
        Self::from(vec![
            Capability::ProcessExec {
                command: "*".into(),
                args: rest(),
            },
            Capability::DownloadFile {
                host: "*".into(),
                path: rest(),
            },
            Capability::NpmInstall {
                package: "*".into(),
            },
        ])
    }

    /// Allows nothing.
    pub fn none() -> Self {
        Self::from(Vec::new())
    }

    /// What is allowed.
    pub fn capabilities(&self) -> &[Capability] {
        &self.allowed
    }

    /// Checks that an extension may run a program: its manifest must list it, and it must be granted.
    ///
    /// # Errors
    ///
    /// [`Denied`], which names the side that refuses.
    pub fn check_process<S: AsRef<str>>(
        &self,
        manifest_capabilities: &[Capability],
        command: &str,
        args: &[S],
    ) -> Result<(), Denied> {
        let is_in = |allowed: &[Capability]| {
            allowed
                .iter()
                .any(|capability| capability.allows_process(command, args))
        };
        let deny = |by| {
            let args = args.iter().map(|arg| arg.as_ref().to_owned()).collect();
            let command = command.to_owned();
            Err(Denied {
                request: Capability::ProcessExec { command, args },
                by,
            })
        };
        if !is_in(manifest_capabilities) {
            return deny(DeniedBy::Manifest);
        }
        if is_in(&self.allowed) {
            Ok(())
        } else {
            deny(DeniedBy::Grants)
        }
    }

    /// Checks that an extension may download from a URL.
    ///
    /// # Errors
    ///
    /// [`Denied`] where it is not granted.
    pub fn check_download(&self, url: &Url) -> Result<(), Denied> {
        if self
            .allowed
            .iter()
            .any(|capability| capability.allows_download(url))
        {
            return Ok(());
        }
        // A URL's password and query may hold secrets: the host and the path are all that is shown.
        let host = url.host_str().unwrap_or_default().to_owned();
        let path = segments(url).map(str::to_owned).collect();
        Err(Denied {
            request: Capability::DownloadFile { host, path },
            by: DeniedBy::Grants,
        })
    }

    /// Checks that an extension may install a package from npm.
    ///
    /// # Errors
    ///
    /// [`Denied`] where it is not granted.
    pub fn check_npm(&self, package: &str) -> Result<(), Denied> {
        if self
            .allowed
            .iter()
            .any(|capability| capability.allows_npm(package))
        {
            return Ok(());
        }
        let package = package.to_owned();
        Err(Denied {
            request: Capability::NpmInstall { package },
            by: DeniedBy::Grants,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::examples::{npm, process};

    #[test]
    fn running_needs_the_manifest_and_the_grant() {
        let listed = [process("npm", &["install", "**"])];
        let args = ["install", "x"];
        assert_eq!(Grants::all().check_process(&listed, "npm", &args), Ok(()));
        let denied = Grants::all().check_process(&[], "npm", &args).unwrap_err();
        assert_eq!(denied.by(), DeniedBy::Manifest);
        assert_eq!(
            denied.to_string(),
            "the capability `process:exec` to run `npm install x` is not listed in the extension's manifest"
        );
        assert!(denied.hint().unwrap().contains(
            "`{ kind = \"process:exec\", command = \"npm\", args = [\"install\", \"x\"] }`"
        ));
        let denied = Grants::none()
            .check_process(&listed, "npm", &args)
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
    fn an_unknown_kind_allows_nothing() {
        let unknown = Capability::Unknown { kind: "*".into() };
        let grants = Grants::from(vec![unknown]);
        assert!(grants.check_npm("*").is_err());
        assert!(
            grants
                .check_process::<&str>(grants.capabilities(), "*", &[])
                .is_err()
        );
    }
}
