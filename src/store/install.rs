//! Installs one extension.
//!
//! 1. Resolve: the index gives the greatest version that is asked for and that this host serves.
//! 2. Lock: from here on nobody else changes the store.
//! 3. Obtain: where an earlier generation has the same archive and its tree is whole, nothing is
//!    fetched. Otherwise the archive is downloaded into the staging folder, verified against the
//!    index's size and digest, and unpacked there.
//! 4. Examine: the manifest and the component must be what the index announces.
//! 5. Compile: a component that cannot run here never becomes current.
//! 6. Commit: the tree is synced and renamed into its place, then the next generation is written and
//!    made the current one, which is a rename as well.
//!
//! Whoever drops the future, or is killed, leaves at most a staging folder, a tree or a generation
//! file that nothing points to; the first two the next change removes or uses, the third stays.

use semver::{Version, VersionReq};

use super::{
    Action, Event, Installed, Receipt, Reporter, StoreError, Warning, blocking,
    change::Change,
    examine::{Examined, examine},
    tree::Tree,
};
use crate::{
    archive::{self, Limits, Unpacked},
    fs,
    host::Host,
    manifest::Manifest,
    registry::{self, Channel, HostSupport, Registry, RejectReason, Rejected, VersionLine},
    types::ExtensionId,
    version::UnsupportedApi,
};

/// How many of the versions passed over are told one by one.
const MOST_PASSED_OVER: usize = 3;

/// One installation under way.
pub(super) struct Installation<'a> {
    pub(super) store: &'a super::ExtensionStore,
    pub(super) registry: &'a Registry,
    pub(super) reporter: &'a dyn Reporter,
}

impl Installation<'_> {
    pub(super) async fn run(
        self,
        id: &ExtensionId,
        requirement: &VersionReq,
    ) -> Result<Receipt, StoreError> {
        let index = self.registry.index(id).await?;
        let resolution = registry::resolve(&index, requirement, &host_support())
            .map_err(registry::Error::from)?;
        let line = resolution.chosen;
        self.reporter.report(Event::Resolved {
            id: id.clone(),
            version: line.version.clone(),
        });
        let mut warnings = passed_over(resolution.rejected, &line);

        let change = self
            .store
            .change(|| self.reporter.report(Event::Waiting))
            .await?;
        let (change, tree, mut examined) = self.obtain(change, &line).await?;
        warnings.extend(examined.warnings);
        let previous = change.generation().extensions.get(id);
        examined.installed.since = previous.map(Installed::first_installed);
        warnings.extend(
            previous.map_or_else(Vec::new, |previous| setbacks(previous, &examined.installed)),
        );
        for warning in &warnings {
            self.reporter.report(Event::Warning(warning.clone()));
        }
        let origin = self.compile(examined.wasm, &line).await?;

        // What had to be fetched again although it is installed repairs a damaged tree.
        let unchanged = previous
            .filter(|previous| !change.has_staged() && previous.is_same(&examined.installed))
            .cloned();
        let mut receipt = Receipt {
            previous: previous.map(|previous| previous.version.clone()),
            unchanged: unchanged.is_some(),
            installed: unchanged.unwrap_or(examined.installed),
            origin,
            cache: Default::default(),
            archive_bytes: line.archive.size,
            unpacked_bytes: tree.bytes,
            warnings,
        };
        if !receipt.unchanged {
            let number = commit(change, tree, &receipt).await?;
            self.reporter
                .report(Event::Installed { generation: number });
        }
        let host = self.store.host().clone();
        receipt.cache = blocking(move || Ok(host.cache_size()?)).await?;
        Ok(receipt)
    }

    /// Brings the extension's files onto the disk, if they are not there yet, and examines them.
    async fn obtain(
        &self,
        change: Change,
        line: &VersionLine,
    ) -> Result<(Change, Tree, Examined), StoreError> {
        let (wanted, registry) = (line.clone(), self.registry.name().to_owned());
        let (change, kept) = blocking(move || {
            let kept = match change.kept(&wanted)? {
                Some(tree) => {
                    let folder = change.layout().tree(&tree.digest);
                    Some((tree, examine(&folder, &tree, &wanted, &registry)?))
                }
                None => None,
            };
            Ok((change, kept))
        })
        .await?;
        match kept {
            Some((tree, examined)) => Ok((change, tree, examined)),
            None => self.download(change, line).await,
        }
    }

    async fn download(
        &self,
        mut change: Change,
        line: &VersionLine,
    ) -> Result<(Change, Tree, Examined), StoreError> {
        let path = change.stage()?.archive();
        let mut file = fs::create_new(&path)?;
        let progress = |received, total| self.reporter.report(Event::Fetching { received, total });
        self.registry.fetch(line, &mut file, &progress).await?;
        drop(file);
        self.reporter.report(Event::Verified);

        let (line, registry) = (line.clone(), self.registry.name().to_owned());
        let (change, unpacked, tree, examined) = blocking(move || {
            let unpacked = unpack(&mut change, &line)?;
            let folder = change.stage()?.tree();
            let tree = Tree::read(&folder)?;
            let examined = examine(&folder, &tree, &line, &registry)?;
            Ok((change, unpacked, tree, examined))
        })
        .await?;
        self.reporter.report(Event::Unpacked {
            files: unpacked.files,
        });
        Ok((change, tree, examined))
    }

    async fn compile(
        &self,
        wasm: Option<Vec<u8>>,
        line: &VersionLine,
    ) -> Result<Option<crate::engine::CodeOrigin>, StoreError> {
        let Some(wasm) = wasm else { return Ok(None) };
        self.reporter.report(Event::Compiling);
        let compiled = self.store.host().compile(wasm).await;
        let component = compiled.map_err(|source| StoreError::Component {
            id: line.id.clone(),
            version: line.version.clone(),
            source: Box::new(source),
        })?;
        self.reporter.report(Event::Compiled(component.origin()));
        Ok(Some(component.origin()))
    }
}

/// Unpacks the staged archive beside itself.
fn unpack(change: &mut Change, line: &VersionLine) -> Result<Unpacked, StoreError> {
    let staging = change.stage()?;
    let (archive, folder) = (staging.archive(), staging.tree());
    fs::create_dir(&folder)?;
    let defaults = Limits::default();
    let limits = Limits {
        // More than the index announces is refused before it fills the disk.
        unpacked_bytes: defaults.unpacked_bytes.min(line.archive.unpacked),
        ..defaults
    };
    let unpacked = archive::unpack(fs::open(&archive)?, &folder, &limits);
    let unpacked = unpacked.map_err(|source| StoreError::Archive {
        id: line.id.clone(),
        version: line.version.clone(),
        source,
    })?;
    // Room for the rest, where the disk is nearly full.
    fs::remove_file(&archive)?;
    Ok(unpacked)
}

/// Makes the generation current in which the extension is installed; gives its number.
async fn commit(change: Change, tree: Tree, receipt: &Receipt) -> Result<u64, StoreError> {
    let installed = receipt.installed.clone();
    let reason = reason(receipt);
    blocking(move || {
        let mut extensions = change.generation().extensions.clone();
        extensions.insert(installed.id.clone(), installed);
        let next = change.next(reason, extensions)?;
        change.commit(&next, Some(tree))?;
        Ok(next.number)
    })
    .await
}

fn reason(receipt: &Receipt) -> String {
    let Installed { id, version, .. } = &receipt.installed;
    let verb = match receipt.action() {
        Action::Unchanged | Action::Reinstalled => "reinstall",
        Action::Installed => "install",
        Action::Updated => "update",
        Action::Downgraded => "downgrade",
    };
    match receipt.previous.as_ref().filter(|one| *one != version) {
        Some(previous) => format!("{verb} {id} {previous} to {version}"),
        None => format!("{verb} {id} {version}"),
    }
}

/// What a person who asked for the extension may not have expected of the change.
fn setbacks(previous: &Installed, installed: &Installed) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if installed.version.cmp_precedence(&previous.version).is_lt() {
        warnings.push(Warning::Downgrade {
            from: previous.version.clone(),
            to: installed.version.clone(),
        });
    }
    if installed.registry != previous.registry {
        warnings.push(Warning::OtherRegistry {
            from: previous.registry.clone(),
            to: installed.registry.clone(),
        });
    }
    warnings
}

/// The versions that somebody who asked for the extension would have expected instead: the greatest,
/// and how many more.
fn passed_over(rejected: Vec<Rejected>, chosen: &VersionLine) -> Vec<Warning> {
    let mut told: Vec<Rejected> = rejected
        .into_iter()
        .filter(|one| is_worth_telling(one, chosen))
        .collect();
    let more = told.len().saturating_sub(MOST_PASSED_OVER);
    told.truncate(MOST_PASSED_OVER);
    let mut warnings: Vec<Warning> = told.into_iter().map(Warning::PassedOver).collect();
    if more > 0 {
        warnings.push(Warning::MorePassedOver { count: more });
    }
    warnings
}

/// Whether somebody who asked for the extension would have expected this version.
fn is_worth_telling(rejected: &Rejected, chosen: &VersionLine) -> bool {
    rejected.version > chosen.version
        && !matches!(
            rejected.reason,
            RejectReason::NotAskedFor { .. } | RejectReason::Preview
        )
}

/// What this program can install.
fn host_support() -> HostSupport<'static> {
    HostSupport {
        api: &|family, api| Host::supports(family, api).map_err(|error| clause(&error)),
        schemas: 0..=u32::try_from(Manifest::NEWEST_SCHEMA_VERSION).unwrap_or_default(),
        host_version: Version::parse(env!("CARGO_PKG_VERSION")).unwrap_or(Version::new(0, 0, 0)),
        platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
        channel: Channel::Stable,
        allow_yanked: false,
    }
}

/// The end of "2.0.0 needs extension API 0.9.0, …".
fn clause(error: &UnsupportedApi) -> String {
    match error {
        UnsupportedApi::TooNew { newest, .. } => {
            format!("the newest this host serves is `{newest}`")
        }
        UnsupportedApi::TooOld { oldest, .. } => {
            format!("the oldest this host serves is `{oldest}`")
        }
        UnsupportedApi::Gap { below, above, .. } => {
            format!("this host serves `{below}` and `{above}`")
        }
        UnsupportedApi::Family { .. } => "a family this host does not know".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_manifest_format_is_installed_and_other_families_are_refused() {
        let host = host_support();
        assert_eq!(host.schemas, 0..=1);
        assert_eq!(host.host_version.to_string(), env!("CARGO_PKG_VERSION"));
        let refused = (host.api)("producer", &Version::new(0, 1, 0)).unwrap_err();
        assert_eq!(refused, "a family this host does not know");
        assert!(
            (host.api)("extension", &Version::new(999, 0, 0))
                .unwrap_err()
                .contains("newest")
        );
    }
}
