//! Packages of npm, made on the spot.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

/// A version of a package.
#[derive(Clone)]
pub struct Package {
    pub name: String,
    pub version: String,
    manifest: Value,
    files: Vec<(String, String)>,
}

impl Package {
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            manifest: json!({"name": name, "version": version}),
            files: Vec::new(),
        }
    }

    /// A language server that speaks over standard input and output: `node_modules/.bin/<name>`. It answers
    /// `initialize`, with its name and version, and `shutdown`, and ends on `exit`.
    pub fn language_server(name: &str, version: &str) -> Self {
        Self::language_server_at(name, version, "server.js")
    }

    /// The same with its script elsewhere in the package.
    pub fn language_server_at(name: &str, version: &str, path: &str) -> Self {
        let script = include_str!("language_server.js")
            .replace("NAME", name)
            .replace("VERSION", version);
        let bin = name.rsplit('/').next().unwrap_or(name);
        Self::new(name, version)
            .with("bin", json!({(bin): path}))
            .file(path, &script)
    }

    /// Sets a key of its `package.json`.
    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.manifest[key] = value;
        self
    }

    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.into(), text.into()));
        self
    }

    /// What the registry says of it.
    pub(super) fn document(&self, archive: &str) -> Value {
        let mut document = self.manifest.clone();
        let integrity = format!("sha512-{}", base64(&Sha512::digest(self.archive())));
        document["dist"] = json!({"tarball": archive, "integrity": integrity});
        if self.manifest["scripts"].get("postinstall").is_some() {
            document["hasInstallScript"] = true.into();
        }
        document
    }

    pub(super) fn archive(&self) -> Vec<u8> {
        let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut archive = tar::Builder::new(encoder);
        let manifest = ("package.json".to_owned(), self.manifest.to_string());
        for (path, text) in [manifest].iter().chain(&self.files) {
            let mut header = tar::Header::new_ustar();
            header.set_size(text.len() as u64);
            header.set_mode(0o755);
            let path = format!("package/{path}");
            archive
                .append_data(&mut header, path, text.as_bytes())
                .unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 4];
        group[1..=chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes(group);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() {
                digit.into()
            } else {
                '='
            });
        }
    }
    text
}
