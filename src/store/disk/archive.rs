//! The location of an archive that no registry has.

use std::{
    fmt,
    path::{Component, Path, PathBuf},
};

use url::Url;

use crate::{base::fs, network::http::without_credentials};

/// The location of an archive that no registry has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveLocation {
    /// A file.
    File(PathBuf),
    /// An address, with `http` or `https`.
    Url(Url),
}

impl ArchiveLocation {
    /// The archive that an [`Origin`](super::Origin) names.
    pub(in crate::store) fn named(text: &str) -> Self {
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Self::Url(url),
            _ => Self::File(text.into()),
        }
    }

    /// The same archive by its whole path, from `folder` where it has but a part of one, or from the current
    /// folder where that has: what tells it from an archive of the same name in another folder.
    pub(in crate::store) fn absolute_in(self, folder: &Path) -> Self {
        let Self::File(path) = self else { return self };
        let joined = folder.join(path);
        let path = std::path::absolute(&joined).unwrap_or(joined);
        if !path.components().any(|it| it == Component::ParentDir) {
            return Self::File(path);
        }
        // Behind a link, `..` is not the folder that stands before it.
        let resolved = path
            .parent()
            .and_then(|folder| Some(fs::canonicalize(folder).ok()?.join(path.file_name()?)));
        Self::File(resolved.unwrap_or_else(|| fs::normal(&path)))
    }

    /// The last part of its path without the endings of an archive: the id of an extension whose
    /// manifest has none.
    pub(in crate::store) fn stem(&self) -> String {
        let name = match self {
            Self::File(path) => path.file_name().map(|name| name.to_string_lossy().into()),
            Self::Url(url) => url
                .path_segments()
                .and_then(|mut parts| parts.next_back().map(str::to_owned)),
        };
        let name: String = name.unwrap_or_default();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let name = name.strip_suffix(".tgz").unwrap_or(name);
        name.strip_suffix(".tar").unwrap_or(name).to_owned()
    }
}

impl fmt::Display for ArchiveLocation {
    /// The path or the address, without a user's name and password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Url(url) => formatter.write_str(without_credentials(url).as_str()),
        }
    }
}
