//! The language of one file and its servers, with the reasons.

use std::{fmt, path::Path};

use annexe::{
    settings::LanguageChoices,
    store::{
        Language, LanguageServer, Languages, OmissionReason, RecognisedBy, SelectionReason,
        ServerSelection,
    },
    types::ExtensionId,
};
use serde::Serialize;

use super::one_line;
use crate::cli::{configuration::Configuration, files, not_here, wording};

/// The most of a file that is read for its first line, in bytes.
const MOST_OF_BEGINNING: u64 = 1024;

/// What is known of a file.
#[derive(Debug, Serialize)]
pub struct OfFile<'a> {
    file: String,
    /// Its language; `None` where it has none that is known.
    language: Option<OfLanguage<'a>>,
    servers: Vec<Selected<'a>>,
    left_out: Vec<LeftOut<'a>>,
}

#[derive(Debug, Serialize)]
struct OfLanguage<'a> {
    name: &'a str,
    id: &'a str,
    extension: Option<&'a ExtensionId>,
    /// By what it was recognised.
    by: RecognisedBy,
}

#[derive(Debug, Serialize)]
struct Selected<'a> {
    id: String,
    extension: Option<&'a ExtensionId>,
    /// Other extensions that bring one of this id.
    others: Vec<&'a ExtensionId>,
    language_id: String,
    reason: SelectionReason,
    /// Whether its extension has registered it for the language.
    is_registered: bool,
}

#[derive(Debug, Serialize)]
struct LeftOut<'a> {
    id: &'a str,
    extension: Option<&'a ExtensionId>,
    reason: OmissionReason,
}

impl<'a> OfFile<'a> {
    /// Looks at a file as the user has named it, at its absolute path.
    ///
    /// # Errors
    /// Where it is there and cannot be read.
    pub fn new(
        file: &Path,
        path: &Path,
        languages: &'a Languages,
        choices: &LanguageChoices,
    ) -> anyhow::Result<Self> {
        let line = first_line(path)?;
        let found = languages.of_file(path, line.as_deref(), choices.file_types());
        let mut answer = Self {
            file: file.display().to_string(),
            language: None,
            servers: Vec::new(),
            left_out: Vec::new(),
        };
        if let Some(found) = found {
            let Language {
                name,
                id,
                extension,
                ..
            } = found.language;
            answer.add(name, languages.servers_for(name, choices));
            answer.language = Some(OfLanguage {
                name,
                id,
                extension: extension.as_ref(),
                by: found.by,
            });
        }
        Ok(answer)
    }

    fn add(&mut self, language: &str, selection: ServerSelection<'a>) {
        let selected = selection.selected.into_iter().map(|server| {
            let mut extensions = server.brought_by.iter().map(|it| &it.extension);
            Selected {
                extension: extensions.next(),
                others: extensions.collect(),
                is_registered: server.brought_by.iter().any(|it| it.serves(language)),
                language_id: server.language_id,
                reason: server.reason,
                id: server.id,
            }
        });
        self.servers = selected.collect();
        let left_out = selection.left_out.into_iter().map(|server| LeftOut {
            extension: first(&server.brought_by),
            reason: server.reason,
            id: server.id,
        });
        self.left_out = left_out.collect();
    }

    /// The ids of the servers that serve the file.
    pub fn server_ids(&self) -> impl Iterator<Item = &str> {
        self.servers.iter().map(|server| server.id.as_str())
    }

    /// What the user can do where nothing serves the file.
    pub async fn way_on(&self, configuration: &Configuration) -> Option<String> {
        let Some(language) = &self.language else {
            return Some(
                "`file_types` in the settings gives files to a language; `annexe search --provides languages` finds extensions that bring some"
                    .into(),
            );
        };
        let name = one_line(language.name);
        match (self.servers.first(), self.left_out.is_empty()) {
            (Some(server), _) if server.extension.is_none() => {
                let extension = not_here::bringing(&server.id, configuration).await?;
                let id = one_line(&server.id);
                Some(format!(
                    "`annexe install {extension}` installs an extension that brings `{id}`"
                ))
            }
            (None, true) => Some(
                match not_here::serving(language.name, configuration).await {
                    Some(extension) => format!(
                        "`annexe install {extension}` installs an extension with a language server for {name}"
                    ),
                    None if not_here::others_may_have(configuration) => format!(
                        "`annexe search --language '{name}'` asks registries for an extension with a language server for {name}"
                    ),
                    None => {
                        format!("the registry has no extension with a language server for {name}")
                    }
                },
            ),
            _ => None,
        }
    }
}

/// The extension that is taken.
fn first<'a>(brought_by: &[&'a LanguageServer]) -> Option<&'a ExtensionId> {
    brought_by.first().map(|it| &it.extension)
}

/// The first line of a file, if it is there.
fn first_line(path: &Path) -> anyhow::Result<Option<String>> {
    if !files::exists(path) {
        return Ok(None);
    }
    let beginning = annexe::read_beginning(path, MOST_OF_BEGINNING)?;
    let text = String::from_utf8_lossy(&beginning);
    let line = text.trim_start_matches('\u{feff}').lines().next();
    Ok(line.map(str::to_owned))
}

impl fmt::Display for OfFile<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = one_line(&self.file);
        let Some(language) = &self.language else {
            return write!(formatter, "{file}: no language is known for it");
        };
        let name = one_line(language.name);
        write!(formatter, "{file}: {name}, by {}", by(&language.by))?;
        if let Some(extension) = language.extension {
            write!(formatter, "; `{extension}` brings the language")?;
        }
        if self.servers.is_empty() {
            match self.left_out.is_empty() {
                true => write!(formatter, "\n  no installed extension has a server for it")?,
                false => write!(formatter, "\n  no server serves it")?,
            }
        }
        let servers = self.servers.iter().enumerate();
        let servers = servers.map(|(index, server)| {
            let id = one_line(&server.id);
            vec![format!("  {}", index + 1), id, server.why(language.name)]
        });
        let left_out = self.left_out.iter().map(|server| {
            let id = one_line(server.id);
            vec!["  -".to_owned(), id, server.why(language.name)]
        });
        let rows: Vec<Vec<String>> = servers.chain(left_out).collect();
        match rows.is_empty() {
            true => Ok(()),
            false => write!(formatter, "\n{}", wording::table(&rows)),
        }
    }
}

impl Selected<'_> {
    fn why(&self, language: &str) -> String {
        let language = one_line(language);
        let id = one_line(&self.language_id);
        let reason = match (self.extension, self.is_registered, self.reason) {
            (None, ..) => "named in the settings; no installed extension brings it".to_owned(),
            (Some(extension), true, SelectionReason::Named) => {
                format!("named in the settings; `{extension}` has registered it for {language}")
            }
            (Some(extension), false, _) => format!(
                "named in the settings; `{extension}` brings it, and has not registered it for {language}"
            ),
            (Some(extension), true, _) => {
                format!("`{extension}` has registered it for {language}")
            }
        };
        let others = match self.others.is_empty() {
            true => String::new(),
            false => format!("; also brought by {}", wording::list(&self.others)),
        };
        format!("{reason}{others}; language id `{id}`")
    }
}

impl LeftOut<'_> {
    fn extension_or_none(&self) -> &str {
        self.extension.map_or("", ExtensionId::as_str)
    }

    fn why(&self, language: &str) -> String {
        let language = one_line(language);
        match self.reason {
            OmissionReason::Disabled => {
                "left out: `enable_language_server` is false in the settings".into()
            }
            OmissionReason::Excluded => format!(
                "left out: `languages.{language}.language_servers` in the settings has `!{}`",
                one_line(self.id)
            ),
            OmissionReason::ExtensionDisabled => format!(
                "left out: its extension is disabled; `annexe enable {}` takes it back",
                self.extension_or_none()
            ),
            OmissionReason::ExtensionDisabledInProject => format!(
                "left out: its extension is disabled in this project; `annexe enable {} --project` takes it back",
                self.extension_or_none()
            ),
            _ => format!(
                "left out: `languages.{language}.language_servers` in the settings names neither it nor `...`"
            ),
        }
    }
}

/// The words for what a language was recognised by.
fn by(by: &RecognisedBy) -> String {
    match by {
        RecognisedBy::FileTypes(pattern) => format!(
            "the pattern `{}` of `file_types` in the settings",
            one_line(pattern)
        ),
        RecognisedBy::Suffix(suffix) => format!("the suffix `{}`", one_line(suffix)),
        RecognisedBy::FirstLine(pattern) => {
            format!("its first line, which matches `{}`", one_line(pattern))
        }
        _ => "its name".into(),
    }
}
