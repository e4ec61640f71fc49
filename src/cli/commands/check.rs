//! `annexe check`: whether this host can run an extension.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use annexe::{
    CodeOrigin, Host,
    archive::Profile,
    capability::Capability,
    declarative::{Declarative, Finding, Severity},
    manifest::{self, Loaded, Provides, Warning},
    types::ExtensionId,
};
use semver::Version;
use serde::Serialize;

use crate::cli::{
    commands::info::summary,
    context::Context,
    failure::{self, Complaint, FAILED, Failure, Outcome},
    progress::Progress,
    subject::{Kind, Subject},
    wording::{self, Facts},
};

/// Checks that this host can run extensions: reads the manifest, the API version and the files that
/// the manifest names, compiles and links the component, but does not start it
///
/// A theme, language, grammar or snippet that cannot be used fails the check; what has no effect is
/// a warning. Every path is checked, whatever becomes of the others. With --json the answer is one array, with
/// an `error` in each element that fails.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folders of extensions, archives or components
    #[arg(required = true, value_name = "FOLDER|ARCHIVE|WASM")]
    paths: Vec<PathBuf>,
}

/// What checking one path came to.
#[derive(Debug, Serialize)]
struct Checked {
    path: PathBuf,
    ok: bool,
    #[serde(flatten)]
    report: Option<Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

/// What is known of an extension that this host can run.
#[derive(Debug, Serialize)]
struct Report {
    kind: Kind,
    id: Option<ExtensionId>,
    version: Option<String>,
    family: Option<&'static str>,
    api: Option<Version>,
    adapter: Option<&'static str>,
    compiled: Option<CodeOrigin>,
    provides: Vec<Provides>,
    capabilities: Vec<Capability>,
    warnings: Vec<Warning>,
    findings: Vec<Finding>,
    notes: Vec<String>,
    #[serde(skip)]
    is_unbuilt: bool,
    #[serde(skip)]
    shown: String,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.shown)?;
        if let (Some(id), Some(version)) = (&self.id, &self.version) {
            write!(formatter, " {id} {version},")?;
        }
        match (&self.api, self.adapter) {
            (Some(api), Some(adapter)) => {
                write!(formatter, " API {api} → {adapter}, fits (not started)")?;
            }
            _ if self.is_unbuilt => formatter.write_str(" its component is not built")?,
            _ => formatter.write_str(" has no component")?,
        }
        let mut facts = Facts::default();
        if self.id.is_some() {
            facts.add("provides", wording::list(&self.provides));
            facts.add("may ask for", wording::capabilities(&self.capabilities));
        }
        write!(formatter, "{facts}")?;
        self.warnings
            .iter()
            .try_for_each(|warning| write!(formatter, "\n  warning: {warning}"))?;
        summary::findings(formatter, &self.findings)?;
        self.notes
            .iter()
            .try_for_each(|note| write!(formatter, "\n  note: {note}"))
    }
}

impl Report {
    /// Why the extension does not pass although this host can run it.
    fn complaint(&self) -> Option<anyhow::Error> {
        let is_error = |finding: &&Finding| finding.severity == Severity::Error;
        let errors: Vec<&Finding> = self.findings.iter().filter(is_error).collect();
        let first = errors.first()?;
        let message = match errors.len() - 1 {
            0 => first.to_string(),
            more => format!(
                "{first}; and {}",
                wording::count(more as u64, "more error", "more errors")
            ),
        };
        let complaint = Complaint::new(message);
        Some(match &first.hint {
            Some(hint) => complaint.with_hint(hint).into(),
            None => complaint.into(),
        })
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let host = context.host()?;
        let is_json = context.output.is_json();
        let mut all = Vec::new();
        let mut passes = true;
        for path in self.paths {
            let progress = Progress::new(context.output);
            progress.doing(&path.display().to_string(), "checking");
            let checked = check(&host, &path).await;
            drop(progress);
            let (report, error) = match checked {
                Ok(report) => {
                    let complaint = report.complaint();
                    (Some(report), complaint)
                }
                Err(error) => (None, Some(error)),
            };
            passes &= error.is_none();
            if is_json {
                all.push(Checked {
                    path,
                    ok: error.is_none(),
                    report,
                    error: error.as_ref().map(Failure::from),
                });
                continue;
            }
            if let Some(report) = &report {
                context.output.result(report)?;
            }
            if let Some(error) = error {
                let words = format!("`{}` does not pass", path.display());
                failure::tell(&error.context(words), context.output);
            }
        }
        if is_json {
            context.output.json(&all)?;
        }
        Ok(if passes {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FAILED)
        })
    }
}

async fn check(host: &Host, path: &Path) -> anyhow::Result<Report> {
    let subject = Subject::open(path).await?;
    let compiled = subject.compile(host).await?;
    let (fit, component) = compiled.unzip();
    let api = fit.as_ref().map(|fit| fit.api.clone());
    let loaded = subject.manifest.as_ref();
    let own = loaded.map(|loaded| &loaded.manifest);
    let is_unbuilt =
        subject.wasm.is_none() && own.is_some_and(|manifest| manifest.lib.kind.is_some());
    let mut notes = loaded.map_or_else(Vec::new, |loaded| {
        notes(&subject, loaded, api.as_ref(), is_unbuilt)
    });
    notes.extend(never_asked(&subject, api.as_ref())?);
    let findings = findings(&subject).await?;
    Ok(Report {
        kind: subject.kind,
        id: own.map(|manifest| manifest.id.clone()),
        version: own.map(|manifest| manifest.version.clone()),
        family: fit.as_ref().map(|fit| fit.family),
        adapter: fit.as_ref().map(|fit| fit.adapter),
        compiled: component.map(|component| component.origin()),
        provides: own.map(manifest::Manifest::provides).unwrap_or_default(),
        capabilities: own
            .map(|manifest| manifest.capabilities.clone())
            .unwrap_or_default(),
        warnings: loaded
            .map(|loaded| loaded.warnings.clone())
            .unwrap_or_default(),
        findings,
        notes,
        is_unbuilt,
        shown: path.display().to_string(),
        api,
    })
}

/// What is wrong with the files that the manifest names.
async fn findings(subject: &Subject) -> anyhow::Result<Vec<Finding>> {
    let (Some(loaded), Some(folder)) = (&subject.manifest, &subject.folder) else {
        return Ok(Vec::new());
    };
    let (manifest, folder) = (loaded.manifest.clone(), folder.clone());
    let read = move || Declarative::read(&folder, &manifest).findings;
    Ok(tokio::task::spawn_blocking(read).await?)
}

/// What a person should know of an extension that this host can run all the same.
fn notes(
    subject: &Subject,
    loaded: &Loaded,
    api: Option<&Version>,
    is_unbuilt: bool,
) -> Vec<String> {
    let manifest = &loaded.manifest;
    let mut notes = Vec::new();
    if is_unbuilt {
        notes.push(
            "no component is built (no `extension.wasm`): only the manifest and the files it names were checked".to_owned(),
        );
    }
    if let (Some(said), Some(api)) = (&manifest.lib.version, api)
        && said != api
    {
        notes.push(format!(
            "the manifest says API {said}, the component was built with {api}"
        ));
    }
    if manifest.semantic_version().is_none() {
        notes.push(format!(
            "`{}` is no semantic version: the extension cannot be packed or published",
            manifest.version
        ));
    }
    if let Some(folder) = &subject.folder {
        match manifest::files(folder, manifest) {
            // Said above already, in better words.
            Err(manifest::Error::MissingFile { .. }) if is_unbuilt => {}
            Err(error) => notes.push(format!(
                "it cannot be packed as it is: {}",
                subject.explain(error)
            )),
            Ok(_) => {}
        }
    }
    if subject
        .unpacked
        .as_ref()
        .is_some_and(|unpacked| unpacked.profile == Profile::Compatible)
    {
        notes.push("the archive was not written by `annexe pack`".to_owned());
    }
    notes
}

/// What a component offers in vain, which says that its API version is not the one it was built with.
fn never_asked(subject: &Subject, api: Option<&Version>) -> anyhow::Result<Option<String>> {
    let (Some(wasm), Some(api)) = (&subject.wasm, api) else {
        return Ok(None);
    };
    let names = Host::never_asked(wasm)?;
    Ok((!names.is_empty()).then(|| {
        format!(
            "it exports what API {api} does not have, and is never asked for it: {}",
            wording::list(names)
        )
    }))
}
