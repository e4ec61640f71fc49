//! `annexe languages`: which languages the installed extensions know, and which servers serve them.

mod file;

use std::{fmt, path::PathBuf, process::ExitCode};

use annexe::{
    Hint as _,
    editor::file_type,
    settings::LanguageChoices,
    store::{Language, Languages, ProjectExtensions, SelectedServer},
    types::ExtensionId,
};
use serde::Serialize;

use self::file::OfFile;
use crate::cli::{
    context::Context, delegates, failure::Outcome, installed_languages, not_here, output::Output,
    paths, project, wording,
};

/// The most suffixes that the table shows of one language.
const MOST_SUFFIXES: usize = 6;

/// Lists the languages that extensions bring or serve, and the language servers of each
///
/// Servers are those that your settings and the project's choose, in their order, without those of extensions that
/// you or the project have disabled. With --json, the list is
/// for the scripts of editors, and its keys stay: `name`, `id` (in the Language Server Protocol), `file_type`, `extension`,
/// `path_suffixes`, `first_line_pattern`, `line_comments`, `block_comment`, `brackets`, `debuggers` and `servers`, each of
/// these with `id`, `extension` and `language_id`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Says which language a file is in, and which servers would serve it, and why; it need not be there
    #[arg(long = "for", value_name = "FILE")]
    file: Option<PathBuf>,
    /// The folder of the project whose settings count [default: that of FILE, or of the current folder]
    #[arg(long, value_name = "DIR")]
    worktree: Option<PathBuf>,
    /// Has your own settings count alone, as for scripts of editors, whose answer is for all projects
    #[arg(long, conflicts_with = "worktree")]
    no_project: bool,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct All<'a>(Vec<Entry<'a>>);

/// A language and its servers.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    language: &'a Language,
    /// The type of its files in editors that have no name of their own for it.
    file_type: String,
    servers: Vec<Server<'a>>,
}

/// A server of a language.
#[derive(Debug, Serialize)]
struct Server<'a> {
    id: String,
    /// The extension that brings it, of several the chosen one, or else the one that was installed first.
    extension: Option<&'a ExtensionId>,
    language_id: String,
}

impl<'a> From<SelectedServer<'a>> for Server<'a> {
    fn from(server: SelectedServer<'a>) -> Self {
        Self {
            extension: server.brought_by.first().map(|it| &it.extension),
            language_id: server.language_id,
            id: server.id,
        }
    }
}

impl<'a> All<'a> {
    fn new(languages: &'a Languages, choices: &LanguageChoices) -> Self {
        let entries = languages.all().into_iter().map(|language| {
            let selection = languages.servers_for(&language.name, choices);
            let servers: Vec<_> = selection.selected.into_iter().map(Server::from).collect();
            let first = servers.first();
            Entry {
                file_type: file_type(first.map_or(&language.name, |it| &it.language_id)),
                language,
                servers,
            }
        });
        Self(entries.collect())
    }
}

impl Entry<'_> {
    fn row(&self) -> Vec<String> {
        let language = self.language;
        let suffixes = &language.path_suffixes;
        let mut shown: Vec<&str> = suffixes.iter().map(String::as_str).collect();
        if shown.len() > MOST_SUFFIXES {
            shown.truncate(MOST_SUFFIXES);
            shown.push("…");
        }
        let servers = self.servers.iter().map(|server| match server.extension {
            Some(extension) => format!("{} ({extension})", server.id),
            None => format!("{} (no extension)", server.id),
        });
        let or_none = |text: String| match text.is_empty() {
            true => "-".to_owned(),
            false => text,
        };
        let extension = language.extension.as_ref().map(ExtensionId::to_string);
        let cells = [
            language.name.clone(),
            or_none(shown.join(", ")),
            or_none(servers.collect::<Vec<_>>().join(", ")),
            or_none(extension.unwrap_or_default()),
        ];
        cells.iter().map(|cell| one_line(cell)).collect()
    }
}

impl fmt::Display for All<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let heads = ["LANGUAGE", "FILES", "SERVERS", "BROUGHT BY"];
        let mut rows = vec![heads.map(str::to_owned).to_vec()];
        rows.extend(self.0.iter().map(Entry::row));
        formatter.write_str(&wording::table(&rows))
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let output = context.output;
        let project = self.project()?;
        let settings = delegates::settings(context, project.as_deref())?;
        let choices = settings.language_choices(project.is_some())?;
        let disabled = project
            .as_deref()
            .map(ProjectExtensions::read)
            .transpose()?;
        let languages = installed_languages::read(context, disabled.as_ref()).await?;
        tell_problems(&languages, output);
        if let Some(file) = &self.file {
            let path = paths::absolute(file)?;
            let answer = OfFile::new(file, &path, &languages, &choices)?;
            output.result(&answer)?;
            installed_languages::tell_choices(answer.server_ids(), &languages, output);
            if output.is_talkative()
                && let Some(way_on) = answer.way_on(&context.configuration()?).await
            {
                output.note(way_on);
            }
            return Ok(ExitCode::SUCCESS);
        }
        let all = All::new(&languages, &choices);
        output.result(&all)?;
        if all.0.is_empty() {
            output.note(match not_here::all_disabled(&languages) {
                Some(disabled) => disabled,
                None => "no installed extension brings a language or a language server; `annexe search --provides language-servers` finds some, `annexe install <id>` installs one".to_owned(),
            });
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The project whose settings count, if one's do.
    fn project(&self) -> anyhow::Result<Option<PathBuf>> {
        if self.no_project {
            return Ok(None);
        }
        match (&self.worktree, &self.file) {
            (None, Some(file)) => {
                let file = paths::absolute(file)?;
                Ok(file.parent().and_then(project::around))
            }
            (named, _) => project::named_or_current(named.as_deref()),
        }
    }
}

/// The text of an author or of the settings, on one line of a table.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// Warns of extensions that are passed over, and of languages that are.
fn tell_problems(languages: &Languages, output: &Output) {
    for unreadable in &languages.unreadable {
        let (id, error) = (unreadable.active.id(), &unreadable.error);
        match error.hint() {
            Some(hint) => output.warn(format_args!("`{id}` is passed over: {error}; {hint}")),
            None => output.warn(format_args!("`{id}` is passed over: {error}")),
        }
    }
    for broken in &languages.broken {
        output.warn(format_args!("`{}`: {}", broken.extension, broken.finding));
    }
}
