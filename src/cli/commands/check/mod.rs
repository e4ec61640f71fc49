//! `annexe check`: whether an extension keeps the rules of a registry, and this host can run it.

mod report;
mod rules;
mod sarif;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use annexe::{
    Component, Host, HostError, Package, PackageKind, PackageLocation, UnpackFolder,
    archive::{self, Limits},
    check::{self, Checked, Code, Ruleset},
    registry::{Location, Sources},
    types::ExtensionVersion,
};

use self::report::{Entry, Report};
pub use self::rules::code;
use crate::cli::{
    arguments::{self, RegistryOption},
    context::Context,
    failure::{self, Complaint, FAILED, Failure, Outcome},
    progress::Progress,
    registries, subject,
};

/// Checks extensions by every rule of a registry, and that this host can run them
///
/// Everything that is wrong is told at once, each with its rule, place and way out: in the manifest, the
/// licence, the files it names and the component, which is compiled and linked, and started with --start. Errors
/// fail the check; warnings have no effect or look like slips; notes are good to know. Every path is
/// checked, whatever becomes of the others. With --json the answer is one array, with an `error` in each
/// element that fails; with --sarif it is a report that code hosts and editors read.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folders of extensions, archives or components
    #[arg(required_unless_present_any = ["rules", "explain"], value_name = "FOLDER|ARCHIVE|WASM")]
    paths: Vec<PathBuf>,
    /// Whose rules hold: Zed's registry refuses two things more
    #[arg(
        long = "for",
        value_enum,
        value_name = "REGISTRY",
        default_value = "annexe"
    )]
    ruleset: RulesetName,
    /// The version must be greater than the newest in this registry: `embedded`, a folder, or an https
    /// address
    #[arg(long, value_name = "LOCATION", value_parser = arguments::location)]
    against: Option<Location>,
    /// Starts the component as well, without a network and with nothing granted
    #[arg(long)]
    start: bool,
    /// Writes a report in SARIF 2.1.0, for code hosts and editors
    #[arg(long, conflicts_with_all = ["json", "rules", "explain"])]
    sarif: bool,
    /// Lists all rules
    #[arg(long, conflicts_with = "paths")]
    rules: bool,
    /// Explains one rule: `licence-missing`
    #[arg(long, value_name = "CODE", value_parser = rules::code, conflicts_with_all = ["paths", "rules"])]
    explain: Option<Code>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum RulesetName {
    Annexe,
    Zed,
}

impl From<RulesetName> for Ruleset {
    fn from(name: RulesetName) -> Self {
        match name {
            RulesetName::Annexe => Self::Annexe,
            RulesetName::Zed => Self::Zed,
        }
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let ruleset = self.ruleset.into();
        if self.rules {
            return rules::list(ruleset, context);
        }
        if let Some(code) = self.explain {
            return rules::explain(code, ruleset, context);
        }
        let checker = Checker {
            host: match self.start {
                true => subject::trial_host(context)?,
                false => context.host()?,
            },
            starts: self.start,
            ruleset,
            sources: sources(self.against, context).await?,
        };
        let is_json = context.output.is_json();
        let mut all = Vec::new();
        let mut passes = true;
        let of = self.paths.len();
        for (at, path) in self.paths.into_iter().enumerate() {
            let progress = Progress::new(context.output);
            progress.doing_one(&path.display().to_string(), "checking", at + 1, of);
            let checked = checker.check(&path).await;
            drop(progress);
            let (report, error) = match checked {
                Ok(report) => {
                    let complaint = report.complaint();
                    (Some(report), complaint)
                }
                Err(error) => (None, Some(error)),
            };
            passes &= error.is_none();
            if let (true, None, Some(error)) = (self.sarif, &report, &error) {
                failure::tell(error, context.output);
            }
            if is_json || self.sarif {
                all.push(Entry {
                    path,
                    ok: error.is_none(),
                    report,
                    error: error.as_ref().map(Failure::from),
                });
                continue;
            }
            let words = format!("`{}` does not pass", path.display());
            let error = match &report {
                // The report has told why, and the ways out.
                Some(report) => {
                    context.output.result(report)?;
                    error.map(|_| Complaint::new(words).into())
                }
                None => error.map(|error| error.context(words)),
            };
            if let Some(error) = error {
                failure::tell(&error, context.output);
            }
        }
        if self.sarif {
            context.output.json(&sarif::log(&all, ruleset))?;
        } else if is_json {
            context.output.json(&all)?;
        }
        Ok(if passes {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FAILED)
        })
    }
}

/// The registry that versions are compared with.
async fn sources(
    against: Option<Location>,
    context: &Context<'_>,
) -> anyhow::Result<Option<Sources>> {
    let Some(location) = against else {
        return Ok(None);
    };
    let option = RegistryOption {
        registry: Some(location),
        offline: false,
        accept_location: false,
    };
    let configuration = context.configuration()?;
    let sources = registries::sources(&option, &configuration, context).await?;
    Ok(Some(sources))
}

/// The id by which an extension starts on trial that has none.
const NAMELESS: &str = "unnamed";

struct Checker {
    host: Host,
    starts: bool,
    ruleset: Ruleset,
    sources: Option<Sources>,
}

impl Checker {
    /// Checks what a path names.
    ///
    /// # Errors
    /// Where it names nothing that can be checked, or this machine fails.
    async fn check(&self, path: &Path) -> anyhow::Result<Report> {
        let ruleset = self.ruleset;
        let owned = path.to_path_buf();
        let (kind, mut checked) =
            tokio::task::spawn_blocking(move || read(&owned, ruleset)).await??;
        let (mut compiled, mut started) = (None, None);
        if let (Some(_), Some(wasm)) = (&checked.compatibility, checked.wasm.take()) {
            match self.host.compile(wasm).await {
                Ok(component) => {
                    compiled = Some(component.origin());
                    started = self.start(&component, &mut checked).await?;
                }
                // Not the extension is at fault, but this machine.
                Err(HostError::Engine(error)) if !error.is_of_component() => {
                    return Err(error.into());
                }
                Err(error) => checked.not_compiled(&error),
            }
        }
        if let Some(newest) = self.newest(&checked).await? {
            checked.compare_version(&newest);
        }
        Ok(Report::new(path, kind, checked, compiled, started))
    }

    /// Starts a component on trial, where that is asked for; that it does not start is added to what is found.
    async fn start(
        &self,
        component: &Component,
        checked: &mut Checked,
    ) -> anyhow::Result<Option<bool>> {
        if !self.starts {
            return Ok(None);
        }
        let manifest = checked.manifest.as_ref();
        let capabilities = manifest.map(|it| it.capabilities.clone());
        let id = match &checked.id {
            Some(id) => id.clone(),
            None => NAMELESS.parse()?,
        };
        let capabilities = capabilities.unwrap_or_default();
        let outcome = subject::try_start(&self.host, component, id, capabilities).await?;
        if let Err(error) = &outcome {
            checked.not_started(error);
        }
        Ok(Some(outcome.is_ok()))
    }

    /// The greatest version of the extension that is published; `None` where it is not asked for, or there is none.
    async fn newest(&self, checked: &Checked) -> anyhow::Result<Option<ExtensionVersion>> {
        let (Some(sources), Some(id)) = (&self.sources, &checked.id) else {
            return Ok(None);
        };
        match sources.find(id, None).await {
            Ok(listing) => {
                let versions = listing.index.versions.into_iter();
                Ok(versions.map(|known| known.line.version).max())
            }
            Err(annexe::registry::Error::UnknownExtension { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Reads what a path names, and checks what can be checked without a host.
fn read(path: &Path, ruleset: Ruleset) -> anyhow::Result<(PackageKind, Checked)> {
    Ok(match PackageLocation::at(path)? {
        PackageLocation::Folder(folder) => (PackageKind::Folder, check::folder(&folder, ruleset)),
        PackageLocation::Component => (
            PackageKind::Component,
            check::component(Package::read_component(path)?),
        ),
        PackageLocation::Archive => {
            let into = UnpackFolder::new(path)?;
            let file = annexe::open_regular(path)?;
            let unpacked = archive::unpack(file, into.path(), &Limits::default());
            let checked = match unpacked {
                Ok(unpacked) => {
                    let mut checked = check::unpacked(into.path(), &unpacked, ruleset);
                    let missing = Code::ManifestMissing;
                    for finding in checked.findings.iter_mut().filter(|it| it.code == missing) {
                        finding.fix = into.where_manifest_belongs();
                    }
                    checked
                }
                Err(error) if error.is_refusal() => check::refused(&error),
                Err(error) => return Err(error.into()),
            };
            (PackageKind::Archive, checked)
        }
    })
}
