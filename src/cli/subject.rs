//! What an extension that is named by a path, or by its id, comes to on this host.

use std::{sync::Arc, time::Duration};

use annexe::{
    Component, Host, HostError, Identity, Package,
    api::Compatibility,
    capability::{Capability, Grants},
    check::{Checked, Code, Finding},
    delegate::NoDelegate,
    types::ExtensionId,
    version::UnsupportedApi,
};
use anyhow::Context as _;
use semver::Version;

use super::{context::Context, failure::Complaint, wording};

/// How long an extension may take to start on trial.
const TRIAL: Duration = Duration::from_secs(10);

/// The adapter for the extension's component, and the component compiled and linked; `None` where
/// there is no component.
///
/// # Errors
/// Where the component does not fit.
pub async fn compile(
    package: &Package,
    host: &Host,
) -> anyhow::Result<Option<(Compatibility, Component)>> {
    let Some(wasm) = &package.wasm else {
        return Ok(None);
    };
    let fit = host.families().inspect(wasm)?;
    Ok(Some((fit, host.compile(wasm.clone()).await?)))
}

/// As [`compile`], for what other hosts are to run: where `newer_api` says so, a
/// component built with an API that is newer than this host's passes. It must be a whole component,
/// and nothing else of it is checked.
///
/// # Errors
/// Where the component does not pass.
pub async fn check(
    package: &Package,
    host: &Host,
    newer_api: bool,
) -> anyhow::Result<Option<Built>> {
    let newer = |error: &anyhow::Error| {
        let is_newer = is_newer(error).then_some(package.wasm.as_deref());
        host.families().recognise(is_newer.flatten()?).ok()
    };
    match compile(package, host).await {
        Ok(compiled) => Ok(compiled.map(|(fit, component)| Built {
            family: fit.family,
            api: fit.api,
            adapter: Some(fit.adapter),
            component: Some(component),
        })),
        Err(error) => match newer(&error) {
            Some(found) if newer_api => Ok(Some(Built {
                family: found.family,
                api: found.api,
                adapter: None,
                component: None,
            })),
            Some(_) => Err(Complaint::new(error.to_string())
                .with_hint("update this program, or let it pass unchecked with `--newer-api`")
                .into()),
            None => Err(error),
        },
    }
}

/// The API that a component was built with.
pub struct Built {
    /// The API family.
    pub family: &'static str,
    /// The version of its API.
    pub api: Version,
    /// The adapter that serves it; `None` where it is newer than this host's and so was not checked.
    pub adapter: Option<&'static str>,
    /// The component, compiled and linked, where it was checked.
    pub component: Option<Component>,
}

impl Built {
    /// What to warn of, where the component was not checked.
    pub fn warning(&self) -> Option<String> {
        self.adapter.is_none().then(|| {
            format!(
                "built with API {}, which is newer than this program serves: its component was not checked",
                self.api
            )
        })
    }
}

/// A host for starting extensions on trial: nothing is granted, no network is there, and a start has ten seconds.
///
/// # Errors
/// Where the configuration cannot be read, or the engine not be set up.
pub fn trial_host(context: &Context<'_>) -> anyhow::Result<Host> {
    let mut services = context.configuration()?.services()?;
    services.offline = true;
    context.host_from(
        |limits| {
            limits.call_time = limits.call_time.min(TRIAL);
            limits.host_time = limits.host_time.min(TRIAL);
            limits.guest_time = limits.guest_time.min(TRIAL);
        },
        |builder| {
            let builder = builder.delegate(Arc::new(NoDelegate));
            builder.grants(Grants::none()).services(services.clone())
        },
    )
}

/// Starts an extension on trial on a [`trial_host`], and ends it. The outcome is that of the start.
///
/// # Errors
/// Where this machine fails, and not the extension.
pub async fn try_start(
    host: &Host,
    component: &Component,
    id: ExtensionId,
    capabilities: Vec<Capability>,
) -> anyhow::Result<Result<(), HostError>> {
    let temporary = tempfile::Builder::new()
        .prefix("annexe-")
        .tempdir()
        .context("cannot create a temporary folder")?;
    let identity = Identity {
        capabilities,
        ..Identity::new(id, temporary.path().join("work"))
    };
    match host.start(component, identity).await {
        Ok(_) => Ok(Ok(())),
        Err(HostError::Engine(error)) if !error.is_of_component() => Err(error.into()),
        Err(error) => Ok(Err(error)),
    }
}

/// Says of errors that were found that there are more of them than the first.
pub fn breach<'a>(mut errors: impl Iterator<Item = &'a Finding>) -> Option<(&'a Finding, String)> {
    let first = errors.next()?;
    let message = match errors.count() {
        0 => first.to_string(),
        more => format!(
            "{first}; and {}",
            wording::count(more as u64, "more error", "more errors")
        ),
    };
    Some((first, message))
}

/// Holds an extension to the rules of a registry, but for those that are named.
///
/// # Errors
/// Where it breaks another.
pub fn hold(checked: &Checked, allow: &[Code]) -> anyhow::Result<()> {
    let broken = checked.errors().filter(|it| !allow.contains(&it.code));
    let Some((first, message)) = breach(broken) else {
        return Ok(());
    };
    let (fix, code) = (&first.fix, first.code);
    let complaint = Complaint::new(format!("no registry takes it: {message}"));
    let hint = format!("{fix}; or let it pass with `--allow {code}`");
    Err(complaint.with_hint(hint).into())
}

/// Whether the complaint is that a component is too new for this host.
fn is_newer(error: &anyhow::Error) -> bool {
    matches!(
        error.downcast_ref(),
        Some(HostError::Unsupported(UnsupportedApi::TooNew { .. }))
    )
}

/// Whether `text` is meant as a path and not as the id of an installed extension.
pub fn is_path(text: &str) -> bool {
    text.parse::<ExtensionId>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_no_path_and_a_path_no_id() {
        for path in [".", "..", "./toml", "a/b", "x.wasm", "/", "C:\\x"] {
            assert!(is_path(path), "{path}");
        }
        assert!(!is_path("java-language-server"));
    }
}
