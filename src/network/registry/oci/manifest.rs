//! Manifests of artifacts: what a tag leads to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::digest::Sha256Digest;

/// The tag of the artifact that has a registry's files.
pub(in crate::network::registry) const CATALOGUE_TAG: &str = "catalogue";

/// The media type of a manifest.
pub(in crate::network::registry) const MANIFEST_TYPE: &str =
    "application/vnd.oci.image.manifest.v1+json";

/// The largest manifest that is read, in bytes: container registries take no larger ones.
pub(super) const MAX_MANIFEST_BYTES: u64 = 4 << 20;

/// The annotation that names the file which a layer is.
const TITLE: &str = "org.opencontainers.image.title";

/// A configuration that says nothing, by its type and content, as the specification has it.
pub(in crate::network::registry) const EMPTY_CONFIG: (&str, &str) =
    ("application/vnd.oci.empty.v1+json", "{}");

/// The configuration for container registries that refuse every type but that of images.
pub(in crate::network::registry) const FALLBACK_CONFIG: (&str, &str) = (
    "application/vnd.oci.image.config.v1+json",
    r#"{"architecture":"unknown","os":"unknown","rootfs":{"type":"layers","diff_ids":[]}}"#,
);

/// A manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::network::registry) struct Manifest {
    schema_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
    config: Descriptor,
    pub(in crate::network::registry) layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

/// A blob, as a manifest names it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::network::registry) struct Descriptor {
    media_type: String,
    digest: String,
    pub(in crate::network::registry) size: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, String>,
}

impl Manifest {
    /// The manifest of an artifact of ours.
    pub(in crate::network::registry) fn new(
        artifact_type: &str,
        config: (&str, &str),
        layers: Vec<Descriptor>,
    ) -> Self {
        let (kind, content) = config;
        Self {
            schema_version: 2,
            media_type: Some(MANIFEST_TYPE.into()),
            artifact_type: Some(artifact_type.into()),
            config: Descriptor::new(kind, content.as_bytes(), None),
            layers,
            annotations: BTreeMap::new(),
        }
    }

    /// The layer that is the file at a path.
    pub(super) fn file(&self, path: &str) -> Option<&Descriptor> {
        let mut layers = self.layers.iter();
        layers.find(|layer| layer.title() == Some(path))
    }
}

impl Descriptor {
    /// Describes a blob, which is the file at a path where one is given.
    pub(in crate::network::registry) fn new(
        media_type: &str,
        content: &[u8],
        path: Option<&str>,
    ) -> Self {
        let (sha256, size) = (Sha256Digest::of(content), content.len() as u64);
        Self::of(media_type, sha256, size, path)
    }

    /// Describes a blob by its digest and its size in bytes.
    pub(in crate::network::registry) fn of(
        media_type: &str,
        sha256: Sha256Digest,
        size: u64,
        path: Option<&str>,
    ) -> Self {
        let annotations = path.map(|path| (TITLE.to_owned(), path.to_owned()));
        Self {
            media_type: media_type.into(),
            digest: format!("sha256:{sha256}"),
            size,
            annotations: annotations.into_iter().collect(),
        }
    }

    /// The blob's digest; `None` for one that is not of sha256.
    pub(in crate::network::registry) fn sha256(&self) -> Option<Sha256Digest> {
        self.digest.strip_prefix("sha256:")?.parse().ok()
    }

    /// The path of the file that it is.
    pub(in crate::network::registry) fn title(&self) -> Option<&str> {
        self.annotations.get(TITLE).map(String::as_str)
    }
}
