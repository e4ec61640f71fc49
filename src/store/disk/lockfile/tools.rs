//! The tools of a lockfile's extensions: what they were told, have fetched, and had npm install.

use super::{Locked, LockedDownload, Lockfile};
use crate::base::types::{Download, ExtensionId, Tools};

impl Lockfile {
    /// Locks the tools of an extension in the place of what was locked of them, if the extension is locked.
    pub fn set_tools(&mut self, id: &ExtensionId, tools: &Tools) {
        let Some(locked) = self.extensions.get_mut(id) else {
            return;
        };
        locked.downloads = tools.downloads.iter().map(LockedDownload::from).collect();
        locked
            .downloads
            .sort_by(|one, other| one.url.cmp(&other.url));
        locked.answers.clone_from(&tools.answers);
        locked
            .answers
            .sort_by(|one, other| one.key().cmp(&other.key()));
        locked.packages.clone_from(&tools.packages);
        locked
            .packages
            .sort_by(|one, other| one.path.cmp(&other.path));
    }
}

impl Locked {
    /// The tools that are locked with the extension.
    pub fn tools(&self) -> Tools {
        let download = |locked: &LockedDownload| Download {
            url: locked.url.clone(),
            final_url: locked.url.clone(),
            sha256: locked.sha256,
            size: locked.size,
        };
        Tools {
            answers: self.answers.clone(),
            downloads: self.downloads.iter().map(download).collect(),
            packages: self.packages.clone(),
        }
    }
}
