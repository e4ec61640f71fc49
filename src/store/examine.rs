//! Holds an unpacked extension against what the index announces of it: what a person read before
//! agreeing is what is installed.

use std::path::Path;

use semver::Version;
use serde_json::Value;

use super::{Fact, Installed, StoreError, Warning, tree::Tree};
use crate::{
    capability::Capability,
    declarative::Declarative,
    digest::Blake3Digest,
    engine::EngineError,
    fs,
    host::{Fit, Host, HostError},
    manifest::{Loaded, Manifest, ManifestFile},
    registry::{Timestamp, VersionLine},
    types::ExtensionId,
    version,
};

/// The name of the component's file.
pub(super) const COMPONENT: &str = "extension.wasm";

/// An extension that is what the index announces.
pub(super) struct Examined {
    pub(super) installed: Installed,
    pub(super) wasm: Option<Vec<u8>>,
    pub(super) warnings: Vec<Warning>,
}

/// Reads the manifest of the extension whose files lie in `folder`.
pub(super) fn load_manifest(folder: &Path, id: &ExtensionId) -> crate::manifest::Result<Loaded> {
    let mut loaded = Manifest::from_folder(folder)?;
    if loaded.source == ManifestFile::Json {
        // The old form has no id of its own: it is named after its folder, which here is a digest.
        loaded.manifest.id = id.clone();
    }
    Ok(loaded)
}

/// Examines the extension whose files lie in `folder` and add up to `tree`.
pub(super) fn examine(
    folder: &Path,
    tree: &Tree,
    line: &VersionLine,
    registry: &str,
) -> Result<Examined, StoreError> {
    let loaded = load_manifest(folder, &line.id).map_err(|source| StoreError::Manifest {
        id: line.id.clone(),
        version: line.version.clone(),
        source: Box::new(source),
    })?;
    let manifest = loaded.manifest;
    let announced = Announced { line };
    announced.check_size(tree)?;
    announced.check_manifest(&manifest)?;
    announced.check_capabilities(&manifest.capabilities)?;
    let wasm = read_component(folder)?;
    let fit = announced.check_component(wasm.as_deref())?;
    let provides = manifest.provides();
    let warnings = announced.missing(&manifest).into_iter();
    let warnings = warnings.chain(broken(&Declarative::read(folder, &manifest)));
    Ok(Examined {
        warnings: warnings.collect(),
        installed: Installed {
            id: manifest.id,
            name: manifest.name,
            description: manifest.description,
            version: line.version.clone(),
            family: line.family.clone(),
            api: fit.as_ref().map(|fit| fit.api.clone()),
            adapter: fit.map(|fit| fit.adapter.to_owned()),
            registry: registry.to_owned(),
            sha256: line.archive.sha256,
            tree: tree.digest,
            component: wasm.as_deref().map(Blake3Digest::of),
            schema: line.schema,
            provides,
            capabilities: manifest.capabilities,
            installed: Timestamp::now(),
            since: None,
        },
        wasm,
    })
}

/// What of the extension's files cannot be used. It is installed all the same: the rest can.
fn broken(declarative: &Declarative) -> Option<Warning> {
    let first = declarative.errors().next()?.clone();
    Some(Warning::Broken {
        errors: declarative.errors().count(),
        first: Box::new(first),
    })
}

fn read_component(folder: &Path) -> fs::Result<Option<Vec<u8>>> {
    let path = folder.join(COMPONENT);
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => fs::read(&path).map(Some),
        Ok(_) => Ok(None),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the index announces.
struct Announced<'a> {
    line: &'a VersionLine,
}

impl Announced<'_> {
    fn check_size(&self, tree: &Tree) -> Result<(), StoreError> {
        let announced = self.line.archive.unpacked;
        if tree.bytes == announced {
            return Ok(());
        }
        Err(self.disagrees(
            Fact::UnpackedBytes,
            &announced.to_string(),
            &tree.bytes.to_string(),
        ))
    }

    fn check_manifest(&self, manifest: &Manifest) -> Result<(), StoreError> {
        let line = self.line;
        if manifest.id != line.id {
            return Err(self.disagrees(Fact::Id, line.id.as_str(), manifest.id.as_str()));
        }
        // Build metadata does not distinguish versions, here as in the index.
        let version = manifest.semantic_version();
        if !version.is_some_and(|version| version.cmp_precedence(&line.version).is_eq()) {
            let announced = line.version.to_string();
            return Err(self.disagrees(Fact::Version, &announced, &manifest.version));
        }
        if i64::from(manifest.schema_version) != i64::from(line.schema) {
            let (announced, actual) =
                (line.schema.to_string(), manifest.schema_version.to_string());
            return Err(self.disagrees(Fact::Schema, &announced, &actual));
        }
        Ok(())
    }

    fn check_capabilities(&self, asked_for: &[Capability]) -> Result<(), StoreError> {
        // What this program cannot read as a capability announces nothing.
        let parse = |value: &Value| serde_json::from_value(value.clone()).ok();
        let announced: Vec<Capability> = self.line.capabilities.iter().filter_map(parse).collect();
        match asked_for
            .iter()
            .find(|capability| !announced.contains(capability))
        {
            None => Ok(()),
            Some(capability) => Err(StoreError::Undeclared {
                id: self.line.id.clone(),
                version: self.line.version.clone(),
                capability: capability.clone(),
            }),
        }
    }

    fn check_component(&self, wasm: Option<&[u8]>) -> Result<Option<Fit>, StoreError> {
        let unusable = |source: HostError| StoreError::Component {
            id: self.line.id.clone(),
            version: self.line.version.clone(),
            source: Box::new(source),
        };
        // The version first: that the index is wrong matters more than that no adapter serves it.
        let api = wasm.map(version::api_version).transpose();
        let api = api.map_err(|error| unusable(EngineError::from(error).into()))?;
        if api != self.line.api {
            let shown = |api: &Option<Version>| {
                api.as_ref()
                    .map_or("none".into(), |version| version.to_string())
            };
            return Err(self.disagrees(Fact::Api, &shown(&self.line.api), &shown(&api)));
        }
        let Some(fit) = wasm.map(Host::fit).transpose().map_err(unusable)? else {
            return Ok(None);
        };
        if fit.family != self.line.family {
            return Err(self.disagrees(Fact::Family, &self.line.family, fit.family));
        }
        Ok(Some(fit))
    }

    /// What the index announces and the extension does not provide, or the other way round.
    fn missing(&self, manifest: &Manifest) -> Option<Warning> {
        let mut index = self.line.provides.clone();
        let mut archive: Vec<String> = manifest
            .provides()
            .iter()
            .map(ToString::to_string)
            .collect();
        index.sort();
        archive.sort();
        (index != archive).then_some(Warning::Provides { index, archive })
    }

    fn disagrees(&self, what: Fact, index: &str, archive: &str) -> StoreError {
        let shown = |text: &str| text.chars().take(80).flat_map(char::escape_debug).collect();
        StoreError::Disagrees {
            id: self.line.id.clone(),
            version: self.line.version.clone(),
            what,
            index: shown(index),
            archive: shown(archive),
        }
    }
}
