//! One manifest, the files beside it, and what is to come of it.

use std::path::{Path, PathBuf};

use annexe::store::Receipt;

use crate::support::{
    files::write,
    zed::{Published, extension::pack},
};

/// One extension.
#[derive(Clone)]
pub struct Case {
    /// What it is a case of; its id, where it has one.
    pub name: String,
    pub files: Vec<(String, Vec<u8>)>,
    pub expected: Expected,
}

/// What comes of installing it.
#[derive(Clone)]
pub enum Expected {
    Installed {
        id: String,
        version: String,
        /// What it brings, in the words of the registry.
        provides: Vec<&'static str>,
        api: Option<String>,
    },
    Refused {
        /// Words of the reason.
        reason: &'static str,
        /// What Zed's client says, or does not do.
        there: &'static str,
    },
}

impl Case {
    /// An extension that is installed as what it is called, in version 1.2.3.
    pub fn installed(name: &str, provides: &[&'static str]) -> Self {
        Self {
            name: name.to_owned(),
            files: Vec::new(),
            expected: Expected::Installed {
                id: name.to_owned(),
                version: "1.2.3".into(),
                provides: provides.to_vec(),
                api: None,
            },
        }
    }

    /// An extension that is refused, here and there.
    pub fn refused(name: &str, reason: &'static str, there: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            files: Vec::new(),
            expected: Expected::Refused { reason, there },
        }
    }

    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.to_owned(), content.into()));
        self
    }

    pub fn files(mut self, files: &[(String, Vec<u8>)]) -> Self {
        self.files.extend_from_slice(files);
        self
    }

    /// The same, installed under another id, in another version.
    pub fn under(mut self, other_id: &str, other_version: &str) -> Self {
        if let Expected::Installed { id, version, .. } = &mut self.expected {
            (*id, *version) = (other_id.to_owned(), other_version.to_owned());
        }
        self
    }

    /// The same with a component of this API version.
    pub fn built_with(mut self, version: &str) -> Self {
        if let Expected::Installed { api, .. } = &mut self.expected {
            *api = Some(version.to_owned());
        }
        self
    }

    /// Lays its files out below a folder, packs them, and gives the archive's path.
    pub fn pack(&self, folder: &Path) -> PathBuf {
        let source = folder.join(&self.name);
        std::fs::create_dir_all(&source).unwrap();
        for (path, content) in &self.files {
            match path.strip_suffix('/') {
                Some(empty) => std::fs::create_dir_all(source.join(empty)).unwrap(),
                None => write(&source.join(path), content),
            }
        }
        let archive = folder.join(format!("{}.tar.gz", self.name));
        std::fs::write(&archive, pack(&source)).unwrap();
        archive
    }

    /// It as Zed's registry has it, laid out below a folder.
    pub fn published(&self, folder: &Path) -> Published {
        let archive = std::fs::read(self.pack(folder)).unwrap();
        let Expected::Installed {
            id,
            version,
            provides,
            api,
        } = &self.expected
        else {
            return Published::new(&self.name, "1.2.3", archive);
        };
        let schema = match self.files.iter().any(|(path, _)| path == "extension.json") {
            true => 0,
            false => 1,
        };
        Published::new(id, version, archive)
            .saying("schema_version", schema)
            .saying("provides", provides.clone())
            .saying("wasm_api_version", api.clone())
    }

    /// The id that it is to be installed under.
    pub fn id(&self) -> &str {
        match &self.expected {
            Expected::Installed { id, .. } => id,
            Expected::Refused { .. } => &self.name,
        }
    }

    pub fn is_installed(&self) -> bool {
        matches!(self.expected, Expected::Installed { .. })
    }

    /// One of the receipts is for it, and says what it is.
    pub fn assert_installed(&self, receipts: &[Receipt]) {
        let Expected::Installed {
            id,
            version,
            provides,
            api,
        } = &self.expected
        else {
            panic!("{} is to be refused", self.name);
        };
        let mut receipts = receipts.iter().map(|receipt| &receipt.installed);
        let installed = receipts.find(|it| it.id.as_str() == id);
        let installed = installed.unwrap_or_else(|| panic!("{} is not installed", self.name));
        let mut brought: Vec<&str> = installed.provides.iter().map(|it| it.as_str()).collect();
        brought.sort_unstable();
        let mut wished = provides.clone();
        wished.sort_unstable();
        assert_eq!(brought, wished, "{}", self.name);
        assert_eq!(&installed.version.to_string(), version, "{}", self.name);
        let found = installed.api.as_ref().map(ToString::to_string);
        assert_eq!(&found, api, "{}", self.name);
    }

    /// What is wrong with what came of it, where it was to be refused.
    pub fn complaint(&self, found: &Result<(), String>) -> Option<String> {
        let Expected::Refused { reason, there } = self.expected else {
            return Some(format!("{} is to be installed", self.name));
        };
        let found = match found {
            Ok(()) => "it was installed",
            Err(error) if error.contains(reason) => return None,
            Err(error) => error,
        };
        Some(format!(
            "{}: {found}, not `{reason}`, as Zed has it: {there}",
            self.name
        ))
    }
}
