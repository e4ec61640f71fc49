//! Settings for extensions: `settings.json`, beside the configuration, and the project's
//! `.annexe/settings.json`, or else `.zed/settings.json`, in the shape that Zed's users know.
//!
//! ```jsonc
//! {
//!   "tab_size": 2,
//!   "languages": { "Rust": { "tab_size": 4 } },
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
//! What a trusted project says goes over what the user says, object by object and key by key. The file of any
//! other is not even read: a user who clones a repository has chosen none of it, and programs are named by more
//! keys than `binary`, by `tsdk` and every interpreter's path.

mod document;
mod shape;

use std::path::{Path, PathBuf};

use annexe::{
    ErrorKind, Hint,
    types::{ContextServerSettings, LanguageServerSettings, LanguageSettings},
};
use serde_json::{Map, Value};

use self::document::Mistake;
use super::{files, output::Output, paths};

/// The most bytes a settings file may have.
const MOST_BYTES: u64 = 4 << 20;

/// Where a project's settings are; the first that is there counts.
const OF_PROJECT: [&str; 2] = [".annexe/settings.json", ".zed/settings.json"];

/// The reason why settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the settings `{}` cannot be used", path.display())]
pub struct SettingsError {
    path: PathBuf,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Hint for SettingsError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        Some("correct it there; what stands under other keys is not looked at".into())
    }
}

impl SettingsError {
    fn at(
        path: &Path,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> anyhow::Error {
        let (path, source) = (path.to_owned(), source.into());
        Self { path, source }.into()
    }
}

/// The settings for all projects and for one. They are read each time they are asked for, so that what a user
/// changes counts at once.
#[derive(Debug)]
pub struct Settings {
    user: Option<PathBuf>,
    /// The folder of the project, if it is trusted.
    project: Option<PathBuf>,
}

impl Settings {
    /// The user's settings, and those of a project that is trusted. They must be such as can be read now. The
    /// user is told of a file that is left out.
    ///
    /// # Errors
    /// [`SettingsError`] with the place of a mistake.
    pub fn open(
        project: Option<&Path>,
        trusted: &[PathBuf],
        output: &Output,
    ) -> anyhow::Result<Self> {
        let project = project.map(paths::resolved).transpose()?;
        let is_trusted = |folder: &PathBuf| {
            let trusted = trusted.iter().filter_map(|it| paths::resolved(it).ok());
            trusted.into_iter().any(|it| folder.starts_with(it))
        };
        if let Some(folder) = project.as_ref().filter(|folder| !is_trusted(folder)) {
            tell_left_out(folder, output);
        }
        let settings = Self {
            user: paths::settings()?,
            project: project
                .filter(is_trusted)
                .filter(|folder| is_own(folder, output)),
        };
        settings.known(true)?;
        Ok(settings)
    }

    /// The settings of a language.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn language(
        &self,
        in_project: bool,
        language: Option<&str>,
    ) -> anyhow::Result<LanguageSettings> {
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

    /// The settings of a language server.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn language_server(
        &self,
        in_project: bool,
        server: &str,
    ) -> anyhow::Result<LanguageServerSettings> {
        of_server(&self.known(in_project)?, "lsp", server)
    }

    /// The settings of a context server.
    ///
    /// # Errors
    /// [`SettingsError`]; also for one on another machine, for which extensions have no form.
    pub fn context_server(
        &self,
        in_project: bool,
        server: &str,
    ) -> anyhow::Result<ContextServerSettings> {
        let known = self.known(in_project)?;
        let own = known.get("context_servers");
        if let Some(url) = own.and_then(|all| all.get(server)?.get("url")?.as_str()) {
            anyhow::bail!(
                "the context server `{server}` is set to be at `{url}`, which extensions cannot be told"
            );
        }
        of_server(&known, "context_servers", server)
    }

    fn known(&self, in_project: bool) -> anyhow::Result<Value> {
        let mut known = Value::Object(Map::new());
        if let Some(path) = &self.user {
            // A file that was named must be there; the usual one need not.
            let must_be_there = paths::variable("ANNEXE_SETTINGS").is_some();
            if let Some(value) = read(path, must_be_there)? {
                known = value;
            }
        }
        let Some(project) = self.project.as_ref().filter(|_| in_project) else {
            return Ok(known);
        };
        for name in OF_PROJECT {
            if let Some(value) = read(&project.join(name), false)? {
                merge(&mut known, value);
                break;
            }
        }
        Ok(known)
    }
}

/// Whether no other user can change a trusted project's settings. The user is warned where one can.
fn is_own(folder: &Path, output: &Output) -> bool {
    let wrong = OF_PROJECT
        .iter()
        .find_map(|name| files::check_own(&folder.join(name)).err());
    if let Some(error) = &wrong {
        let (path, hint) = (error.path().display(), error.hint().unwrap_or_default());
        let cause = std::error::Error::source(error).map(ToString::to_string);
        let cause = cause.unwrap_or_default();
        output.warn(format_args!(
            "the settings `{path}` are left out: {cause}; {hint}"
        ));
    }
    wrong.is_none()
}

/// Says which file of a project is not looked at, and what would change that.
fn tell_left_out(folder: &Path, output: &Output) {
    let mut there = OF_PROJECT.iter().map(|name| folder.join(name));
    if let Some(path) = there.find(|path| files::exists(path)) {
        output.warn(format_args!(
            "the settings `{}` are left out, as the project is not trusted; if it is, add `{}` to `trusted_projects` in the configuration",
            path.display(),
            folder.display()
        ));
    }
}

fn of_server<T: serde::de::DeserializeOwned + Default>(
    known: &Value,
    category: &str,
    server: &str,
) -> anyhow::Result<T> {
    let own = known.get(category).and_then(|all| all.get(server));
    match own.filter(|own| !own.is_null()) {
        Some(own) => Ok(serde_json::from_value(own.clone())?),
        None => Ok(T::default()),
    }
}

/// What is known of a file; `None` where it is not there.
fn read(path: &Path, must_be_there: bool) -> anyhow::Result<Option<Value>> {
    match files::metadata(path) {
        Err(error) if error.is_not_found() && !must_be_there => return Ok(None),
        found => found.map_err(|error| SettingsError::at(path, error))?,
    };
    files::believe(path)?;
    let content = files::read(path, MOST_BYTES).map_err(|error| SettingsError::at(path, error))?;
    let text = String::from_utf8(content).map_err(|error| SettingsError::at(path, error))?;
    // Some editors put it there.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let known = document::parse(text).and_then(|root| shape::known(&root));
    known.map(Some).map_err(|mistake| {
        let Mistake { offset, problem } = mistake;
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |it| it.chars().count())
            + 1;
        SettingsError::at(path, format!("line {line}, column {column}: {problem}"))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
