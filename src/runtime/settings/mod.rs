//! Settings that a user has made for extensions: a `settings.json` of the user's, and the project's `.annexe/settings.json`,
//! or else `.zed/settings.json`, in the shape that Zed's users know.
//!
//! ```jsonc
//! {
//!   "tab_size": 2,
//!   "languages": { "Rust": { "tab_size": 4, "language_servers": ["rust-analyzer", "..."] } },
//!   "file_types": { "YAML": ["*.yml.template"] },
//!   "lsp": {
//!     "taplo": {
//!       "binary": { "path": "/opt/taplo", "arguments": ["lsp", "stdio"], "env": {} },
//!       "initialization_options": {},
//!       "settings": {},
//!     },
//!   },
//!   "context_servers": { "memory": { "settings": {} } },
//! }
//! ```
//!
//! What a trusted project says goes over what the user says, object by object and key by key (of `file_types`, to the
//! patterns of the user it adds its own). The file of any
//! other is not even read: whoever clones a repository has chosen none of it, and programs are named by more
//! keys than `binary`, by `tsdk` and every interpreter's path.
//!
//! Where the files are, and which projects are trusted, the caller says; [`Settings::left_out`] tells what is not read.

mod choices;
mod document;
mod error;
mod pattern;
mod shape;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

pub use self::{
    choices::{FileTypes, LanguageChoices, ServerChoice},
    error::{LeftOut, SettingsError, SettingsMistake},
};
use crate::base::{
    fs::{self, UserFileError},
    position::Position,
    types::{ContextServerSettings, LanguageServerSettings, LanguageSettings},
};

/// The most bytes a settings file may have.
const MOST_BYTES: u64 = 4 << 20;

/// Where a project's settings are; the first that is there counts.
const OF_PROJECT: [&str; 2] = [".annexe/settings.json", ".zed/settings.json"];

/// The places of settings, and what is trusted. The default has none.
#[derive(Debug, Clone, Default)]
pub struct SettingsPlaces {
    /// The user's own file.
    pub user: Option<PathBuf>,
    /// Whether that file must be there. Default: no, and a missing one says nothing.
    pub user_must_exist: bool,
    /// The folder of the project.
    pub project: Option<PathBuf>,
    /// The folders whose projects are trusted, and those of all folders below.
    pub trusted: Vec<PathBuf>,
}

/// The settings of all projects and of one. They are read each time they are asked for, so that what a user
/// changes counts at once. They block for as long as two small files take to be read.
#[derive(Debug)]
pub struct Settings {
    user: Option<PathBuf>,
    user_must_exist: bool,
    /// The folder of the project, if it is trusted.
    project: Option<PathBuf>,
    left_out: Option<LeftOut>,
}

impl Settings {
    /// The user's settings, and those of a project that is trusted. They must be such as can be read now.
    ///
    /// # Errors
    /// [`SettingsError`] with the place of a mistake.
    pub fn open(places: SettingsPlaces) -> Result<Self, SettingsError> {
        let project = places.project.as_deref().map(fs::resolved).transpose();
        let project = project.map_err(UserFileError::from)?;
        let trusted = places.trusted.iter().filter_map(|it| fs::resolved(it).ok());
        let trusted: Vec<PathBuf> = trusted.collect();
        let left_out = project.as_deref().and_then(|it| left_out(it, &trusted));
        let is_trusted = |folder: &PathBuf| trusted.iter().any(|it| folder.starts_with(it));
        let settings = Self {
            user: places.user,
            user_must_exist: places.user_must_exist,
            project: project.filter(is_trusted).filter(|_| left_out.is_none()),
            left_out,
        };
        settings.known(true)?;
        Ok(settings)
    }

    /// The file of the project that is there and not read, and why.
    pub fn left_out(&self) -> Option<&LeftOut> {
        self.left_out.as_ref()
    }

    /// How a language is written, in the project or outside of it.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn language(
        &self,
        in_project: bool,
        language: Option<&str>,
    ) -> Result<LanguageSettings, SettingsError> {
        let known = self.known(in_project)?;
        let own = language.and_then(|language| known.get("languages")?.get(language));
        let mut settings = serde_json::to_value(LanguageSettings::default())?;
        for key in shape::LANGUAGE {
            let own = own.and_then(|own| own.get(key));
            let value = own.filter(|value| !value.is_null()).or(known.get(key));
            if let Some(value) = value.filter(|value| !value.is_null()) {
                settings[key] = value.clone();
            }
        }
        Ok(serde_json::from_value(settings)?)
    }

    /// Which files languages have and which servers they get, in the project or outside of it: all of it, by one
    /// reading.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn language_choices(&self, in_project: bool) -> Result<LanguageChoices, SettingsError> {
        Ok(LanguageChoices::new(self.known(in_project)?))
    }

    /// What is set for a language server, in the project or outside of it.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn language_server(
        &self,
        in_project: bool,
        server: &str,
    ) -> Result<LanguageServerSettings, SettingsError> {
        of_server(&self.known(in_project)?, "lsp", server)
    }

    /// What is set for a context server, in the project or outside of it.
    ///
    /// # Errors
    /// [`SettingsError`]; also for one on another machine, for which extensions have no form.
    pub fn context_server(
        &self,
        in_project: bool,
        server: &str,
    ) -> Result<ContextServerSettings, SettingsError> {
        let known = self.known(in_project)?;
        let own = known.get("context_servers");
        if let Some(url) = own.and_then(|all| all.get(server)?.get("url")?.as_str()) {
            return Err(SettingsError::Remote {
                server: server.to_owned(),
                url: url.to_owned(),
            });
        }
        of_server(&known, "context_servers", server)
    }

    fn known(&self, in_project: bool) -> Result<Value, SettingsError> {
        let mut known = Value::Object(Map::new());
        if let Some(path) = &self.user
            && let Some(value) = read(path, self.user_must_exist)?
        {
            known = value;
        }
        let Some(project) = self.project.as_ref().filter(|_| in_project) else {
            return Ok(known);
        };
        for name in OF_PROJECT {
            if let Some(mut value) = read(&project.join(name), false)? {
                add_file_types(&known, &mut value);
                merge(&mut known, value);
                break;
            }
        }
        Ok(known)
    }
}

/// The file of a project that is not read, if there is one: that of a project that is not trusted, or one that others
/// than the user can change.
fn left_out(folder: &Path, trusted: &[PathBuf]) -> Option<LeftOut> {
    let mut files = OF_PROJECT.iter().map(|name| folder.join(name));
    if trusted.iter().any(|it| folder.starts_with(it)) {
        let foreign = files.find_map(|path| fs::check_user_file(&path).err());
        return foreign.map(LeftOut::Foreign);
    }
    let path = files.find(|path| fs::symlink_metadata(path).is_ok())?;
    Some(LeftOut::NotTrusted {
        path,
        project: folder.to_path_buf(),
    })
}

fn of_server<T: serde::de::DeserializeOwned + Default>(
    known: &Value,
    category: &str,
    server: &str,
) -> Result<T, SettingsError> {
    let own = known.get(category).and_then(|all| all.get(server));
    match own.filter(|own| !own.is_null()) {
        Some(own) => Ok(serde_json::from_value(own.clone())?),
        None => Ok(T::default()),
    }
}

/// What is known of a file; `None` where it is not there.
fn read(path: &Path, must_exist: bool) -> Result<Option<Value>, SettingsError> {
    let unusable = |source| SettingsError::Unusable {
        path: path.to_path_buf(),
        source,
    };
    let text = match fs::read_user_file(path, MOST_BYTES) {
        Ok(None) if must_exist => match fs::metadata(path) {
            Err(error) => return Err(unusable(error.into())),
            Ok(_) => return Ok(None),
        },
        Ok(None) => return Ok(None),
        Err(UserFileError::Unreadable(error)) if error.is_not_found() && !must_exist => {
            return Ok(None);
        }
        Err(error @ UserFileError::NotTrusted(_)) => return Err(error.into()),
        Err(error) => return Err(unusable(error)),
        Ok(Some(text)) => text,
    };
    // Some editors put it there.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let known = document::parse(text).and_then(|root| shape::known(&root));
    known.map(Some).map_err(|mistake| SettingsError::Mistake {
        path: path.to_path_buf(),
        source: SettingsMistake::new(
            Position::of(text.as_bytes(), mistake.offset),
            mistake.problem,
        ),
    })
}

/// Puts settings over others: objects key by key, and anything else in the place of what was there.
fn merge(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                merge(under.entry(key).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}

/// Puts the user's patterns of files before those of the project, which would take their place else.
fn add_file_types(user: &Value, project: &mut Value) {
    let of_user = user.get("file_types").and_then(Value::as_object);
    let of_project = project.get_mut("file_types").and_then(Value::as_object_mut);
    let (Some(of_user), Some(of_project)) = (of_user, of_project) else {
        return;
    };
    for (language, patterns) in of_project {
        let user = of_user.get(language).and_then(Value::as_array);
        if let (Some(user), Some(patterns)) = (user, patterns.as_array_mut()) {
            patterns.splice(0..0, user.iter().cloned());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_project_adds_patterns_of_files_and_takes_none_away() {
        let user = json!({"file_types": {"A": ["a"], "B": ["b"]}});
        let mut project = json!({"file_types": {"A": ["c"], "C": ["d"]}});
        add_file_types(&user, &mut project);
        assert_eq!(
            project,
            json!({"file_types": {"A": ["a", "c"], "C": ["d"]}})
        );
    }

    #[test]
    fn objects_are_merged_key_by_key_and_all_else_is_replaced() {
        let mut settings = json!({"a": {"b": 1, "c": [1, 2], "d": {"e": 1}}, "f": {"g": 1}});
        merge(
            &mut settings,
            json!({"a": {"c": [3], "d": {"h": 2}}, "f": null, "i": {"j": 1}}),
        );
        assert_eq!(
            settings,
            json!({"a": {"b": 1, "c": [3], "d": {"e": 1, "h": 2}}, "f": null, "i": {"j": 1}})
        );
    }
}
