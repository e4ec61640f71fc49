//! Node.js and npm packages.

mod bundled;
mod client;
mod error;
mod installed;
mod locked;
mod options;
mod program;
mod project;
mod spec;
mod swap;
mod tree;

use std::{path::Path, sync::Arc, time::Duration};

use self::project::LockedProject;
use self::project::StagingProject;
pub use self::{error::NodeError, options::NodeOptions};
use super::{
    ServiceResult, Services,
    allowance::Room,
    cache::{CacheKey, Fetched},
    error::ServiceError,
    http::in_time,
};
use crate::{
    base::types::{NpmPackage, ToolAnswer},
    runtime::limits::LimitExceeded,
};

/// The tag of a package's newest version.
const LATEST: &str = "latest";

/// How often it is looked how much npm has installed so far.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

impl Services {
    /// The absolute path of the Node.js program.
    ///
    /// # Errors
    /// [`NodeError::Missing`] or [`NodeError::Misplaced`].
    pub async fn node_binary_path(&self) -> ServiceResult<String> {
        let node = self.shared.options.node.find_node()?;
        node.into_os_string().into_string().map_err(|path| {
            let path = path.to_string_lossy();
            ServiceError::Argument(format!("the path of Node.js, `{path}`, is not UTF-8"))
        })
    }

    /// The newest version of an npm package: the one that is tagged `latest`. Where npm or its registry cannot
    /// be asked, it is the one that was so the last time. An extension that is held to tools is told the locked one.
    ///
    /// # Errors
    /// [`ServiceError::Denied`] where the user does not allow the package, [`ServiceError::Node`]
    /// otherwise, or [`ServiceError::Process`] where npm runs into one of the limits of programs.
    pub async fn npm_package_latest_version(
        self: &Arc<Self>,
        package: &str,
    ) -> ServiceResult<String> {
        self.allow_npm(package)?;
        spec::check_name(package)?;
        let what = format!("the newest version of the npm package `{package}`");
        let question = (ToolAnswer::NPM, package, LATEST);
        if let Some(answer) = self.locked_answer(question, || what.clone())? {
            self.refuse_other_package(package, &answer.version)?;
            return Ok(answer.version);
        }
        if let Some(version) = self.held_package(package) {
            self.note_version(package, LATEST, &version).await?;
            return Ok(version);
        }
        let key = CacheKey {
            key: format!("npm {package}"),
            what: &what,
            server: "npm".into(),
            lifetime: self.shared.options.node.lifetime,
        };
        let asked = package.to_owned();
        let latest = self.cached(key, |services, _| async move {
            let limit = services.shared.options.http.small_file_timeout;
            let asking = services.latest_from_npm(&asked);
            let latest = in_time(limit, &format!("npm view {asked}"), asking).await?;
            Ok(Fetched::New(latest, None))
        });
        let latest: ServiceResult<String> = latest.await;
        // What a bundle has brought is known already, and nobody has just told it.
        if let Ok(version) = &latest {
            self.note_version(package, LATEST, version).await?;
        }
        self.known_answer(question, latest, |answer| answer.version)
    }

    /// Notes which version of a package a question stood for.
    async fn note_version(&self, package: &str, asked: &str, version: &str) -> ServiceResult<()> {
        self.note_answer(ToolAnswer {
            from: ToolAnswer::NPM.into(),
            name: package.to_owned(),
            asked: asked.to_owned(),
            version: version.to_owned(),
            assets: Vec::new(),
        })
        .await
    }

    /// Asks npm for the newest version of a package. The name has been checked, and the package is granted.
    async fn latest_from_npm(&self, package: &str) -> ServiceResult<String> {
        let project = StagingProject::of(&self.work_dir)?;
        let args = ["view", "--", package, "dist-tags"];
        let answer = self.npm(project.folder(), package, &args).await?;
        let package = package.to_owned();
        Ok(client::latest(&answer).ok_or(NodeError::NoVersion { package })?)
    }

    /// The version of an npm package installed in the work directory; `None` where it is not, or where the packages
    /// there are not those that the extension is held to.
    ///
    /// # Errors
    /// [`NodeError::Name`], or [`ServiceError::Path`] where a link leads out of the work directory.
    pub async fn npm_package_installed_version(
        &self,
        package: &str,
    ) -> ServiceResult<Option<String>> {
        spec::check_name(package)?;
        if let Some(locked) = &self.locked
            && !self.has_locked_packages(locked)
        {
            return Ok(None);
        }
        installed::version(&self.work_dir, package)
    }

    /// Installs an npm package into the work directory: a version, a range without spaces, or a tag. Where
    /// the very version is there, nothing is done. The scripts of packages run as the user's npm
    /// configuration says; offline none runs, for a script opens connections as it likes. The version before is
    /// usable until the new one is there.
    ///
    /// # Errors
    /// As [`npm_package_latest_version`](Self::npm_package_latest_version); [`NodeError::Busy`] where another
    /// process installs into the same folder for longer than a program may take; [`NodeError::Apart`] where the
    /// work directory is a mount point; [`ServiceError::Limit`] where that would have too much in it.
    pub async fn npm_install_package(&self, package: &str, version: &str) -> ServiceResult<()> {
        self.allow_npm(package)?;
        spec::check_name(package)?;
        spec::check_version(version)?;
        self.refuse_other_package(package, version)?;
        let what = format!("npm, which installs `{package}`");
        if self.locked.is_some() {
            return self
                .tell_while(&what, self.install_locked(package, version))
                .await;
        }
        if self.has_installed(package, version) {
            return Ok(());
        }
        let installed = self.tell_while(&what, self.install(package, version)).await;
        let installed = installed.map_err(|error| match self.held_package(package) {
            Some(held) => {
                Self::held_in_vain(|| format!("the npm package `{package}`"), &held, error)
            }
            None => error,
        });
        match installed {
            // What a bundle has brought does where no registry can be asked.
            Err(error) if !error.is_final() => match self.known_packages(package, version) {
                Some(known) => self.install_all(package, version, &known).await,
                None => Err(error),
            },
            installed => installed,
        }
    }

    /// Has npm install a package that is not there in this version, once no other process installs.
    async fn install(&self, package: &str, version: &str) -> ServiceResult<()> {
        let options = &self.shared.options;
        let project = StagingProject::of(&self.work_dir)?;
        let site = project.enter(package, options.processes.time).await?;
        // Another process may just have done it.
        if self.has_installed(package, version) {
            return Ok(());
        }
        site.prepare(self, package).await?;
        let wanted = format!("{package}@{version}");
        let mut args = vec![
            "install",
            "--location=project",
            "--no-global",
            "--no-dry-run",
            "--save",
            "--save-exact",
            // What is installed is noted from there.
            "--package-lock",
            "--lockfile-version=3",
            "--no-omit-lockfile-registry-resolved",
            "--no-audit",
            "--no-fund",
        ];
        if options.offline {
            args.extend(["--offline", "--ignore-scripts"]);
        }
        args.extend(["--", &wanted]);
        self.deliver_from(site, &wanted, &args, None).await?;
        if let Ok(Some(present)) = installed::version(&self.work_dir, package)
            && present != version
        {
            self.note_version(package, version, &present).await?;
        }
        Ok(())
    }

    /// Has npm install in a project that was prepared, and puts what it has installed into the work directory. Noted are
    /// these packages; those that npm says it has installed where none are given.
    async fn deliver_from(
        &self,
        site: Arc<LockedProject>,
        wanted: &str,
        args: &[&str],
        packages: Option<Vec<NpmPackage>>,
    ) -> ServiceResult<()> {
        let room = &self.allowance.room;
        let project = site.project();
        let limit = tokio::select! {
            installed = self.npm(&project, wanted, args) => installed.map(|_| None)?,
            limit = too_much(room, &project) => Some(limit),
        };
        if let Some(limit) = limit {
            site.abandon().await?;
            return Err(self.reached(limit).into());
        }
        if self.records.is_some() {
            let packages = match packages {
                Some(packages) => packages,
                None => site.packages().await.unwrap_or_else(|error| {
                    // It works all the same; only a lockfile lacks it.
                    tracing::warn!(extension = %self.extension, %error, "what npm has installed cannot be locked");
                    Vec::new()
                }),
            };
            self.note_with(move |records| records.note_packages(packages))
                .await?;
        }
        let delivered = site.deliver(room).await;
        room.forget();
        delivered.map_err(|error| match error {
            ServiceError::Limit(limit) => self.reached(limit).into(),
            error => error,
        })
    }

    /// Whether the very version is there that is asked for; a range or a tag may mean another one today.
    fn has_installed(&self, package: &str, version: &str) -> bool {
        let is_exact = semver::Version::parse(version).is_ok();
        let present = || installed::version(&self.work_dir, package).ok().flatten();
        is_exact && present().as_deref() == Some(version)
    }
}

/// Waits until a folder has more in it than the work directory may have in all.
async fn too_much(room: &Arc<Room>, folder: &Path) -> LimitExceeded {
    loop {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        let (room, folder) = (Arc::clone(room), folder.to_owned());
        let checking = tokio::task::spawn_blocking(move || room.check_alone(&folder));
        if let Ok(Err(limit)) = checking.await {
            return limit;
        }
    }
}
