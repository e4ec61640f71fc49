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
//!   "context_servers": { "memory": { "enabled": true, "settings": {} } },
//!   "dap": { "lldb": { "binary": "/opt/lldb-dap", "args": [], "env": {} } },
//! }
//! ```
//!
//! What a trusted project says goes over what the user says, object by object and key by key (of `file_types`, to the
//! patterns of the user it adds its own). The file of any
//! other is not even read: whoever clones a repository has chosen none of it, and programs are named by more
//! keys than `binary`, by `tsdk` and every interpreter's path.
//!
//! A value that does not fit is left out and told ([`Settings::slips`]), and only what needs it fails.
//!
//! Where the files are, and which projects are trusted, the caller says; [`Settings::left_out`] tells which files do not
//! count.

mod choices;
mod error;
mod pattern;
mod shape;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

pub use self::{
    choices::{FileTypes, LanguageChoices, ServerChoice},
    error::{LeftOut, SettingsError, SettingsMistake, SettingsSlip},
};
use crate::{
    base::{
        fs::{self, UserFileError},
        json::merge,
        position::Position,
        types::{
            ContextServerSettings, DebugAdapterSettings, LanguageServerSettings, LanguageSettings,
        },
    },
    package::document::Mistake,
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
    left_out: Vec<LeftOut>,
    slips: Vec<SettingsSlip>,
}

/// What files say that counts, and what of them does not.
#[derive(Debug, Default)]
struct Known {
    value: Value,
    slips: Vec<SettingsSlip>,
    left_out: Vec<LeftOut>,
}

impl Settings {
    /// The user's settings, and those of a project that is trusted, as far as they are such as can be used now.
    ///
    /// # Errors
    /// [`SettingsError`] where the user's file is not the user's own, or must exist and cannot be read.
    pub fn open(places: SettingsPlaces) -> Result<Self, SettingsError> {
        let project = places.project.as_deref().map(fs::resolved).transpose();
        let project = project.map_err(UserFileError::from)?;
        let trusted = places.trusted.iter().filter_map(|it| fs::resolved(it).ok());
        let trusted: Vec<PathBuf> = trusted.collect();
        let left_out = project.as_deref().and_then(|it| left_out(it, &trusted));
        let is_trusted = |folder: &PathBuf| trusted.iter().any(|it| folder.starts_with(it));
        let mut settings = Self {
            user: places.user,
            user_must_exist: places.user_must_exist,
            project: project.filter(is_trusted).filter(|_| left_out.is_none()),
            left_out: left_out.into_iter().collect(),
            slips: Vec::new(),
        };
        let known = settings.known(true)?;
        settings.left_out.extend(known.left_out);
        settings.slips = known.slips;
        Ok(settings)
    }

    /// The files in which a project may have its settings, whether or not they are there: the first that is counts.
    pub fn files_of_project(project: &Path) -> [PathBuf; 2] {
        OF_PROJECT.map(|name| project.join(name))
    }

    /// The files that are there and do not count, and why, as of the opening.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The values that do not fit and the keys that are mistyped, as of the opening.
    pub fn slips(&self) -> &[SettingsSlip] {
        &self.slips
    }

    /// How a language is written, in the project or outside of it.
    ///
    /// # Errors
    /// [`SettingsError`]; [`SettingsError::Mistake`] where one of its values is left out because it does not fit.
    pub fn language(
        &self,
        in_project: bool,
        language: Option<&str>,
    ) -> Result<LanguageSettings, SettingsError> {
        let known = self.known(in_project)?;
        if let Some(language) = language {
            let is_own = |slip: &SettingsSlip| match slip.key.get(2) {
                Some(key) => shape::LANGUAGE.contains(&key.as_str()),
                None => true,
            };
            known.check(&["languages", language], is_own)?;
        }
        let value = &known.value;
        let own = language.and_then(|language| value.get("languages")?.get(language));
        let mut settings = serde_json::to_value(LanguageSettings::default())?;
        for key in shape::LANGUAGE {
            let own = own.and_then(|own| own.get(key));
            let own = own.filter(|value| !value.is_null());
            if own.is_none() {
                known.check(&[key], |_| true)?;
            }
            let value = own.or(value.get(key));
            if let Some(value) = value.filter(|value| !value.is_null()) {
                settings[key] = value.clone();
            }
        }
        Ok(serde_json::from_value(settings)?)
    }

    /// Which files languages have and which servers they get, in the project or outside of it: all of it, by one
    /// reading.
    ///
    /// A value that does not fit counts as one that is not set: [`slips`](Self::slips) has it.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn language_choices(&self, in_project: bool) -> Result<LanguageChoices, SettingsError> {
        Ok(LanguageChoices::new(self.known(in_project)?.value))
    }

    /// What is set for a language server, in the project or outside of it.
    ///
    /// # Errors
    /// [`SettingsError`]; [`SettingsError::Mistake`] where one of its values is left out because it does not fit.
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
    /// As [`Self::language_server`]; also for one on another machine, for which extensions have no form.
    pub fn context_server(
        &self,
        in_project: bool,
        server: &str,
    ) -> Result<ContextServerSettings, SettingsError> {
        let known = self.known(in_project)?;
        let own = known.value.get("context_servers");
        if let Some(url) = own.and_then(|all| all.get(server)?.get("url")?.as_str()) {
            return Err(SettingsError::Remote {
                server: server.to_owned(),
                url: url.to_owned(),
            });
        }
        of_server(&known, "context_servers", server)
    }

    /// Whether a context server is not switched off, in the project or outside of it: by `enabled`, which is `true` where
    /// nothing is set.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn is_context_server_enabled(
        &self,
        in_project: bool,
        server: &str,
    ) -> Result<bool, SettingsError> {
        let known = self.known(in_project)?;
        let own = known.value.get("context_servers");
        let enabled = own.and_then(|all| all.get(server)?.get("enabled")?.as_bool());
        Ok(enabled.unwrap_or(true))
    }

    /// What is set for a debug adapter, in the project or outside of it.
    ///
    /// # Errors
    /// As [`Self::language_server`].
    pub fn debug_adapter(
        &self,
        in_project: bool,
        adapter: &str,
    ) -> Result<DebugAdapterSettings, SettingsError> {
        of_server(&self.known(in_project)?, "dap", adapter)
    }

    fn known(&self, in_project: bool) -> Result<Known, SettingsError> {
        let mut known = Known {
            value: Value::Object(Map::new()),
            ..Known::default()
        };
        if let Some(path) = &self.user {
            match read(path, self.user_must_exist) {
                Ok(text) => known.add(path, text.as_deref()),
                // One that was named must be there, and be readable.
                Err(SettingsError::Unusable { path, source })
                    if !self.user_must_exist || matches!(source, UserFileError::NotText { .. }) =>
                {
                    let error = source;
                    known.left_out.push(LeftOut::Unreadable { path, error });
                }
                Err(error) => return Err(error),
            }
        }
        let Some(project) = self.project.as_ref().filter(|_| in_project) else {
            return Ok(known);
        };
        for path in Self::files_of_project(project) {
            match read(&path, false) {
                Ok(None) => continue,
                Ok(text) => known.add(&path, text.as_deref()),
                Err(SettingsError::Unusable {
                    path,
                    source: error,
                }) => {
                    known.left_out.push(LeftOut::Unreadable { path, error });
                }
                Err(SettingsError::UserFile(error)) => {
                    known.left_out.push(LeftOut::Unreadable { path, error });
                }
                Err(error) => return Err(error),
            }
            break;
        }
        Ok(known)
    }
}

impl Known {
    /// Lays what a file says, where there is one, over what is known.
    fn add(&mut self, path: &Path, text: Option<&str>) {
        let Some(text) = text else {
            return;
        };
        // Some editors put it there.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (mut value, slips) = match shape::read(text) {
            Ok(known) => known,
            Err(Mistake { offset, problem }) => {
                let place = Position::of(text.as_bytes(), offset.unwrap_or_default());
                let mistake = SettingsMistake::new(place, problem);
                let path = path.to_path_buf();
                self.left_out.push(LeftOut::Broken { path, mistake });
                return;
            }
        };
        let is_set = |value: &Value, slip: &SettingsSlip| {
            let mut keys = slip.key.iter();
            keys.try_fold(value, |value, key| value.get(key)).is_some()
        };
        for slip in &mut self.slips {
            slip.is_overridden |= is_set(&value, slip);
        }
        let offsets = slips.iter().map(|slip| slip.offset);
        let places = Position::of_all(text.as_bytes(), offsets);
        let slips = slips
            .into_iter()
            .zip(places)
            .map(|(slip, place)| SettingsSlip {
                path: path.to_path_buf(),
                key: slip.key,
                mistake: SettingsMistake::new(place, slip.problem),
                is_dropped: slip.is_dropped,
                is_overridden: false,
            });
        self.slips.extend(slips);
        add_file_types(&self.value, &mut value);
        merge(&mut self.value, value);
    }

    /// Fails where a value under these keys does not fit, which `is_needed`.
    fn check(
        &self,
        key: &[&str],
        is_needed: impl Fn(&SettingsSlip) -> bool,
    ) -> Result<(), SettingsError> {
        let mut slips = self.slips.iter().filter(|slip| slip.is_under(key));
        match slips.find(|slip| is_needed(slip)) {
            Some(slip) => Err(slip.clone().into_error()),
            None => Ok(()),
        }
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
    known: &Known,
    category: &str,
    server: &str,
) -> Result<T, SettingsError> {
    known.check(&[category, server], |_| true)?;
    let own = known.value.get(category).and_then(|all| all.get(server));
    match own.filter(|own| !own.is_null()) {
        Some(own) => Ok(serde_json::from_value(own.clone())?),
        None => Ok(T::default()),
    }
}

/// The text of a file; `None` where it is not there.
fn read(path: &Path, must_exist: bool) -> Result<Option<String>, SettingsError> {
    let unusable = |source| SettingsError::Unusable {
        path: path.to_path_buf(),
        source,
    };
    match fs::read_user_file(path, MOST_BYTES) {
        Ok(None) if must_exist => match fs::metadata(path) {
            Err(error) => Err(unusable(error.into())),
            Ok(_) => Ok(None),
        },
        Err(UserFileError::Unreadable(error)) if error.is_not_found() && !must_exist => Ok(None),
        Err(error @ UserFileError::NotTrusted(_)) => Err(error.into()),
        Err(error) => Err(unusable(error)),
        Ok(text) => Ok(text),
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
}
