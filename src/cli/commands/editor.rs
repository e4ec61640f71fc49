//! `annexe editor`: an editor's configuration, for the language servers of what is installed.

use std::{fmt, path::PathBuf, process::ExitCode};

use annexe::{
    editor::{EditKind, Editor, EditorError, EditorLanguage, EditorPlan, EditorRequest, Launch},
    store::{Language, LanguageServer, Languages},
};
use serde::Serialize;

use crate::cli::{
    context::Context, delegates, failure::Outcome, installed_languages, not_here, paths,
};

/// Configures an editor to start the language servers of what is installed
///
/// Without an option the difference is shown and nothing is written. What is written stands between two comments, and
/// the rest of a file stays as it is. Neovim, Emacs, Vim and Kakoune ask at each start what is installed; Helix has a
/// list, to be written again after an installation. The files of `claude-code`, `copilot-cli` and `opencode` are shown
/// only.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// helix, neovim, emacs (with eglot), vim (with vim-lsp or ALE), kakoune (with kak-lsp), claude-code, copilot-cli or
    /// opencode
    #[arg(value_name = "NAME")]
    editor: Editor,
    /// Prints the configuration and nothing else, to put it wherever you like
    #[arg(long, group = "what")]
    print: bool,
    /// Writes it
    #[arg(long, group = "what")]
    write: bool,
    /// Takes out what was written
    #[arg(long, group = "what", conflicts_with = "only")]
    remove: bool,
    /// Writes of these servers, or of what these extensions bring, alone; may be repeated
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Answer {
    editor: Editor,
    files: Vec<File>,
    notes: Vec<String>,
    /// Whether the files are as they are to be.
    written: bool,
}

#[derive(Debug, Serialize)]
struct File {
    path: PathBuf,
    change: EditKind,
    difference: String,
}

#[derive(Debug, Serialize)]
struct Text {
    editor: Editor,
    text: String,
}

impl Answer {
    fn new(editor: Editor, plan: EditorPlan, written: bool) -> Self {
        let files = plan.edits.iter().map(|edit| File {
            path: edit.path().to_path_buf(),
            change: edit.kind(),
            difference: edit.difference(),
        });
        Self {
            editor,
            files: files.collect(),
            notes: plan.notes,
            written,
        }
    }

    fn has_changes(&self) -> bool {
        self.files.iter().any(|it| it.change != EditKind::Unchanged)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            let path = file.path.display();
            match (self.written, file.change) {
                (_, EditKind::Unchanged) => writeln!(formatter, "unchanged {path}")?,
                (false, _) => formatter.write_str(&file.difference)?,
                (true, EditKind::Remove) => writeln!(formatter, "removed {path}")?,
                (true, _) => writeln!(formatter, "wrote {path}")?,
            }
        }
        Ok(())
    }
}

impl Arguments {
    pub async fn run(self, context: &Context<'_>) -> Outcome {
        let (output, editor) = (context.output, self.editor);
        let folders = paths::editor_folders()?;
        let plan = match self.remove {
            true => editor.removal(&folders)?,
            false => {
                let launch = launch(context)?;
                let languages = languages(&self.only, context).await?;
                let request = EditorRequest {
                    launch: &launch,
                    languages: &languages,
                    only: &self.only,
                };
                if self.print {
                    let text = editor.text(&request)?;
                    match output.is_json() {
                        true => output.json(&Text { editor, text })?,
                        false => output.raw(&text)?,
                    }
                    return Ok(ExitCode::SUCCESS);
                }
                editor.plan(&folders, &request)?
            }
        };
        let is_written = self.write || self.remove;
        if is_written {
            make(&plan)?;
        }
        let answer = Answer::new(editor, plan, is_written);
        output.result(&answer)?;
        for note in &answer.notes {
            output.note(note);
        }
        if !is_written && answer.has_changes() {
            output.note(format_args!("`annexe editor {editor} --write` writes this"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn make(plan: &EditorPlan) -> Result<(), EditorError> {
    plan.edits
        .iter()
        .try_for_each(annexe::editor::FileEdit::make)
}

/// What the editor starts: this program, with the store if it is not the one that is used without a word.
fn launch(context: &Context<'_>) -> anyhow::Result<Launch> {
    let store = context.store_folder()?;
    Ok(Launch {
        program: paths::program()?,
        store: (!paths::is_usual_store(&store)).then_some(store),
    })
}

/// The languages of what is installed, by the user's own settings: an editor's configuration is for all projects. The
/// user is warned where there is nothing to start, and where a name of `only` is of nothing.
async fn languages(only: &[String], context: &Context<'_>) -> anyhow::Result<Vec<EditorLanguage>> {
    let output = context.output;
    let settings = delegates::settings(context, None)?;
    let choices = settings.language_choices(false)?;
    let languages = installed_languages::read(context, None).await?;
    for unreadable in &languages.unreadable {
        let (id, error) = (unreadable.active.id(), &unreadable.error);
        output.warn(format_args!("`{id}` is passed over: {error}"));
    }
    for name in only {
        if let Some(complaint) = not_wanted(name, &languages) {
            output.warn(complaint);
        }
    }
    let all = EditorLanguage::all(&languages, &choices);
    if all.iter().all(|it| it.servers.is_empty()) {
        output.warn(not_here::all_disabled(&languages).unwrap_or_else(|| {
            "no installed extension brings a language server; `annexe search --provides language-servers` finds some, `annexe install <id>` installs one".to_owned()
        }));
    }
    let servers = all.iter().flat_map(|language| &language.servers);
    let ids = servers.map(|server| server.id.as_str());
    let configuration = context.configuration()?;
    let ids = ids.chain(configuration.servers().keys().map(String::as_str));
    installed_languages::tell_choices(ids, &languages, output);
    Ok(all)
}

/// The reason why a name of `--only` is of nothing, if it is.
fn not_wanted(name: &str, languages: &Languages) -> Option<String> {
    let is_it = |server: &LanguageServer| server.id == name || server.extension.as_str() == name;
    let brings = |language: &&Language| {
        let extension = language.extension.as_ref();
        extension.is_some_and(|extension| extension.as_str() == name)
    };
    if languages.servers().iter().any(is_it) || languages.all().iter().any(brings) {
        return None;
    }
    let disabled = languages.disabled_servers().map(|(server, _)| server);
    let mut disabled = disabled.filter(|server| is_it(server));
    Some(match disabled.next() {
        Some(server) => format!(
            "`{name}`, which `--only` names, is disabled; `annexe enable {}` enables it again",
            server.extension
        ),
        None => format!(
            "`{name}`, which `--only` names, is neither a language server that is installed nor an extension that brings one"
        ),
    })
}
