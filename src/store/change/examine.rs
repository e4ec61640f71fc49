//! The examination of an unpacked extension against what is known of it: what a user read before agreeing, or
//! locked, is what is installed.

use std::path::Path;

use semver::Version;
use serde_json::Value;

use super::release::{Announced, Release};
use crate::{
    base::{digest::Blake3Digest, timestamp::Timestamp},
    network::registry::ArchiveDigest,
    package::{capability::Capability, declarative::Declarative, manifest::Manifest},
    runtime::api::{Compatibility, Families, HostError},
    store::{
        disk::{
            contents::{component_in, load_manifest},
            installed::Installed,
            tree::Tree,
        },
        error::{Fact, StoreError},
        report::Warning,
    },
};

/// An extension that is what it should be.
pub(in crate::store) struct Examined {
    pub(in crate::store) installed: Installed,
    pub(in crate::store) wasm: Option<Vec<u8>>,
    pub(in crate::store) warnings: Vec<Warning>,
}

/// Examines the extension whose files lie in `folder` and add up to `tree`.
pub(in crate::store) fn examine(
    folder: &Path,
    tree: &Tree,
    release: &Release,
    content: ArchiveDigest,
    families: &Families,
) -> Result<Examined, StoreError> {
    let loaded = load_manifest(folder, &release.id).map_err(|source| StoreError::Manifest {
        id: release.id.clone(),
        version: release.version.clone(),
        source: Box::new(source),
    })?;
    let manifest = loaded.manifest;
    let expected = Expected { release, families };
    expected.check_size(tree)?;
    expected.check_manifest(&manifest)?;
    expected.check_capabilities(&manifest.capabilities)?;
    let wasm = component_in(folder)?;
    let fit = expected.check_component(wasm.as_deref())?;
    let (provides, triggers) = (manifest.provides(), manifest.triggers());
    let warnings = expected.missing(&manifest).into_iter();
    let warnings = warnings.chain(broken(&Declarative::read(folder, &manifest)));
    Ok(Examined {
        warnings: warnings.collect(),
        installed: Installed {
            id: manifest.id,
            name: manifest.name,
            description: manifest.description,
            version: release.version.clone(),
            family: release.family.clone(),
            api: fit.as_ref().map(|fit| fit.api.clone()),
            adapter: fit.map(|fit| fit.adapter.to_owned()),
            origin: release.origin.clone(),
            sha256: content.sha256,
            archive_bytes: content.size,
            tree: tree.digest,
            component: wasm.as_deref().map(Blake3Digest::of),
            schema: u32::try_from(manifest.schema_version).unwrap_or_default(),
            provides,
            triggers: Some(triggers),
            capabilities: manifest.capabilities,
            installed: Timestamp::now(),
            since: None,
            pinned: false,
            disabled: false,
            fallback: None,
            failed: Vec::new(),
        },
        wasm,
    })
}

/// The files of the extension that cannot be used. It is installed all the same: the rest can.
fn broken(declarative: &Declarative) -> Option<Warning> {
    let first = declarative.errors().next()?.clone();
    Some(Warning::Broken {
        errors: declarative.errors().count(),
        first: Box::new(first),
    })
}

/// The facts that an extension must have.
struct Expected<'a> {
    release: &'a Release,
    families: &'a Families,
}

impl Expected<'_> {
    /// Returns the index's announcement, where it was asked.
    fn announced(&self) -> Option<&Announced> {
        self.release.announced.as_ref()
    }

    fn check_size(&self, tree: &Tree) -> Result<(), StoreError> {
        let Some(announced) = self.announced() else {
            return Ok(());
        };
        if tree.bytes == announced.unpacked_bytes {
            return Ok(());
        }
        Err(self.disagrees(
            Fact::UnpackedBytes,
            &announced.unpacked_bytes.to_string(),
            &tree.bytes.to_string(),
        ))
    }

    fn check_manifest(&self, manifest: &Manifest) -> Result<(), StoreError> {
        let Release { id, version, .. } = self.release;
        if manifest.id != *id {
            return Err(self.disagrees(Fact::Id, id.as_str(), manifest.id.as_str()));
        }
        // Build metadata does not distinguish versions, here as in the index.
        let actual = manifest.extension_version();
        if !actual.is_ok_and(|actual| actual.reads_as(version)) {
            return Err(self.disagrees(Fact::Version, &version.to_string(), &manifest.version));
        }
        let Some(announced) = self.announced() else {
            return Ok(());
        };
        if i64::from(manifest.schema_version) != i64::from(announced.schema) {
            let actual = manifest.schema_version.to_string();
            return Err(self.disagrees(Fact::Schema, &announced.schema.to_string(), &actual));
        }
        Ok(())
    }

    fn check_capabilities(&self, asked_for: &[Capability]) -> Result<(), StoreError> {
        let Some(announced) = self.announced() else {
            return Ok(());
        };
        // Unreadable capabilities of the index announce nothing.
        let parse = |value: &Value| serde_json::from_value(value.clone()).ok();
        let announced: Vec<Capability> = announced.capabilities.iter().filter_map(parse).collect();
        match asked_for
            .iter()
            .find(|capability| !announced.contains(capability))
        {
            None => Ok(()),
            Some(capability) => Err(StoreError::Undeclared {
                id: self.release.id.clone(),
                version: self.release.version.clone(),
                capability: capability.clone(),
            }),
        }
    }

    fn check_component(&self, wasm: Option<&[u8]>) -> Result<Option<Compatibility>, StoreError> {
        let Release { id, version, .. } = self.release;
        let unusable = |error: HostError| StoreError::unusable(id, version, error);
        // The version first: that the index is wrong matters more than that no adapter serves it.
        let found = wasm.map(|wasm| self.families.recognise(wasm));
        let found = found.transpose().map_err(unusable)?;
        let api = found.as_ref().map(|found| &found.api);
        if !self.release.by_sight && api != self.release.api.as_ref() {
            let shown =
                |api: Option<&Version>| api.map_or("none".into(), |version| version.to_string());
            let announced = self.release.api.as_ref();
            return Err(self.disagrees(Fact::Api, &shown(announced), &shown(api)));
        }
        let Some(found) = found else {
            return Ok(None);
        };
        let fit = self.families.adapter(found);
        let fit = fit.map_err(|error| unusable(error.into()))?;
        if fit.family != self.release.family {
            return Err(self.disagrees(Fact::Family, &self.release.family, fit.family));
        }
        Ok(Some(fit))
    }

    /// Returns the announced things that the extension does not provide, or the other way round.
    fn missing(&self, manifest: &Manifest) -> Option<Warning> {
        let mut index = self.announced()?.provides.clone();
        let mut archive: Vec<String> = manifest
            .provides()
            .iter()
            .map(ToString::to_string)
            .collect();
        index.sort();
        archive.sort();
        (index != archive).then_some(Warning::Provides { index, archive })
    }

    fn disagrees(&self, what: Fact, expected: &str, archive: &str) -> StoreError {
        let shown = |text: &str| text.chars().take(80).flat_map(char::escape_debug).collect();
        StoreError::Disagrees {
            id: self.release.id.clone(),
            version: self.release.version.clone(),
            what,
            announced: shown(expected),
            archive: shown(archive),
        }
    }
}
