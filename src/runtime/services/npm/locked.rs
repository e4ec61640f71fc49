//! Installations of the packages that an extension is held to.

use super::{project::StagingProject, tree};
use crate::{
    base::types::ToolAnswer,
    runtime::services::{ServiceResult, Services, locked::LockedTools},
};

impl Services {
    /// Has npm install the locked packages, all of them, if this one is among them.
    ///
    /// # Errors
    /// [`ServiceError::NotLocked`](crate::runtime::services::ServiceError::NotLocked) where it is not, otherwise as
    /// [`npm_install_package`](Self::npm_install_package).
    pub(super) async fn install_locked(&self, package: &str, asked: &str) -> ServiceResult<()> {
        let version = match semver::Version::parse(asked) {
            Ok(_) => asked.to_owned(),
            // A range or a tag means what it meant then.
            Err(_) => {
                let what = || format!("which version of the npm package `{package}` is `{asked}`");
                let answer = self.locked_answer((ToolAnswer::NPM, package, asked), what)?;
                answer.map_or_else(|| asked.to_owned(), |answer| answer.version)
            }
        };
        let Some(locked) = self.locked_packages(package, &version)? else {
            return Ok(());
        };
        self.install_all(package, &version, &locked).await
    }

    /// Has npm install these packages, all of them.
    pub(super) async fn install_all(
        &self,
        package: &str,
        version: &str,
        locked: &LockedTools,
    ) -> ServiceResult<()> {
        for other in locked.tools.packages.iter().filter(|it| it.direct) {
            self.allow_npm(other.package_name())?;
        }
        if self.has_locked_packages(locked) {
            return Ok(());
        }
        let options = &self.shared.options;
        let project = StagingProject::of(&self.work_dir)?;
        let site = project.enter(package, options.processes.time).await?;
        // Another process may just have done it.
        if self.has_locked_packages(locked) {
            return Ok(());
        }
        let archive = |package: &_| locked.kept_archive(package);
        let files = tree::write(&locked.tools.packages, archive)?;
        site.prepare_with(files).await?;
        let mut args = vec![
            "ci",
            "--location=project",
            "--no-global",
            "--no-dry-run",
            "--no-audit",
            "--no-fund",
        ];
        if options.offline {
            args.extend(["--offline", "--ignore-scripts"]);
        }
        let wanted = format!("{package}@{version}");
        // Where they were brought in a bundle, npm knows them as files of this machine.
        let packages = Some(locked.tools.packages.clone());
        self.deliver_from(site, &wanted, &args, packages).await
    }

    /// Whether the work directory has the locked packages and no others.
    pub(super) fn has_locked_packages(&self, locked: &LockedTools) -> bool {
        tree::is_installed(&self.work_dir, &locked.tools.packages)
    }
}
