//! What an extension that is named by a path, or by its id, comes to on this host.

use annexe::{
    Component, Host, HostError, Package, api::Compatibility, types::ExtensionId,
    version::UnsupportedApi,
};
use semver::Version;

use super::failure::Complaint;

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
        Ok(compiled) => Ok(compiled.map(|(fit, _)| Built {
            family: fit.family,
            api: fit.api,
            adapter: Some(fit.adapter),
        })),
        Err(error) => match newer(&error) {
            Some(found) if newer_api => Ok(Some(Built {
                family: found.family,
                api: found.api,
                adapter: None,
            })),
            Some(_) => Err(Complaint::new(error.to_string())
                .with_hint("update this program, or let it pass unchecked with `--newer-api`")
                .into()),
            None => Err(error),
        },
    }
}

/// The API that a component was built with.
#[derive(Debug)]
pub struct Built {
    /// The API family.
    pub family: &'static str,
    /// The version of its API.
    pub api: Version,
    /// The adapter that serves it; `None` where it is newer than this host's and so was not checked.
    pub adapter: Option<&'static str>,
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
