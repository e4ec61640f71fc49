//! Node.js and npm packages.

mod options;

pub use self::options::NodeOptions;
use super::{ServiceError, ServiceResult, Services};

const NOT_OFFERED: ServiceError = ServiceError::NotOffered {
    operation: "Node.js",
};

impl Services {
    /// The path of the Node.js program.
    ///
    /// # Errors
    /// Always [`ServiceError::NotOffered`]: this host does not run Node.js yet.
    pub async fn node_binary_path(&self) -> ServiceResult<String> {
        Err(NOT_OFFERED)
    }

    /// The newest version of an npm package.
    ///
    /// # Errors
    /// [`ServiceError::Denied`], else [`ServiceError::NotOffered`]: this host does not ask npm yet.
    pub async fn npm_package_latest_version(&self, package: &str) -> ServiceResult<String> {
        self.allow_npm(package)?;
        Err(NOT_OFFERED)
    }

    /// The version of an npm package installed in the work directory.
    ///
    /// # Errors
    /// Always [`ServiceError::NotOffered`]: this host does not look for npm packages yet.
    pub async fn npm_package_installed_version(
        &self,
        _package: &str,
    ) -> ServiceResult<Option<String>> {
        Err(NOT_OFFERED)
    }

    /// Installs an npm package into the work directory.
    ///
    /// # Errors
    /// [`ServiceError::Denied`], else [`ServiceError::NotOffered`]: this host does not install npm packages yet.
    pub async fn npm_install_package(&self, package: &str, _version: &str) -> ServiceResult<()> {
        self.allow_npm(package)?;
        Err(NOT_OFFERED)
    }
}
