//! `annexe editor`: an editor's or an agent's configuration, for the servers and debug adapters of what is installed.

use std::{fmt, path::PathBuf, process::ExitCode};

use annexe::{
    editor::{
        EditKind, Editor, EditorError, EditorLanguage, EditorPlan, EditorRequest, EditorTool,
        EditorTools, Launch, debugged_languages,
    },
    manifest::Named,
    settings::Settings,
    store::{Language, LanguageServer, Languages, Provided},
};
use serde::Serialize;

use crate::cli::{
    context::Context, delegates, failure::Outcome, installed_languages, not_here, paths,
};

/// Configures an editor or an agent to start the servers and debug adapters of what is installed
///
/// Without an option the difference is shown and nothing is written. What is written stands between two comments, and
/// the rest of a file stays as it is. Neovim, Emacs, Vim and Kakoune ask at each start what is installed; Helix and Codex
/// have a list, to be written again after an installation. Neovim gets debug adapters with nvim-dap, Emacs with dape, and
/// Helix those of languages that are known. The files of other agents, of VS Code and of Zed are shown only.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// helix, neovim, emacs (with eglot), vim (with vim-lsp or ALE), kakoune (with kak-lsp), claude-code, copilot-cli,
    /// opencode; for context servers: mcp-json (Claude, Cursor, Windsurf, Gemini CLI), vscode, zed or codex
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
    /// Writes of these servers and adapters, or of what these extensions bring, alone; may be repeated
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
                let (languages, tools) = self.installed(context).await?;
                let request = EditorRequest {
                    launch: &launch,
                    languages: &languages,
                    tools: &tools,
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

impl Arguments {
    /// The languages and tools of what is installed, by the user's own settings: an editor's configuration is for all
    /// projects. The user is warned where there is nothing to start, and where a name of `--only` is of nothing.
    async fn installed(
        &self,
        context: &Context<'_>,
    ) -> anyhow::Result<(Vec<EditorLanguage>, EditorTools)> {
        let output = context.output;
        let settings = delegates::settings(context, None)?;
        let choices = settings.language_choices(false)?;
        let languages = installed_languages::read(context, None).await?;
        for unreadable in &languages.unreadable {
            let (id, error) = (unreadable.active.id(), &unreadable.error);
            output.warn(format_args!("`{id}` is passed over: {error}"));
        }
        let tools = tools(&languages, &settings, context).await?;
        for name in &self.only {
            let all = tools.context_servers.iter().chain(&tools.debug_adapters);
            if { all }.any(|tool| tool.name == *name || tool.extension == *name) {
                continue;
            }
            if let Some(complaint) = not_wanted(name, &languages) {
                output.warn(complaint);
            }
        }
        let all = EditorLanguage::all(&languages, &choices);
        if self.editor.is_for_context_servers() {
            self.tell_context_servers(&tools, context);
            return Ok((all, tools));
        }
        let has_servers = all.iter().any(|it| !it.servers.is_empty());
        if !has_servers && tools.debug_adapters.is_empty() {
            output.warn(not_here::all_disabled(&languages).unwrap_or_else(|| {
                "no installed extension brings a language server; `annexe search --provides language-servers` finds some, `annexe install <id>` installs one".to_owned()
            }));
        }
        let servers = all.iter().flat_map(|language| &language.servers);
        let ids = servers.map(|server| server.id.as_str());
        let configuration = context.configuration()?;
        let ids = ids.chain(configuration.servers().keys().map(String::as_str));
        installed_languages::tell_choices(ids, &languages, output);
        Ok((all, tools))
    }

    fn tell_context_servers(&self, tools: &EditorTools, context: &Context<'_>) {
        if tools.context_servers.is_empty() {
            context.output.warn(
                "no installed extension brings a context server; `annexe search --provides context-servers` finds some, `annexe install <id>` installs one",
            );
        } else if !self.print {
            context.output.note(
                "`annexe mcp NAME --settings` shows what a server needs in your `settings.json`",
            );
        }
    }
}

/// The variables by which this program finds its own, and the network: agents pass on few of a user's.
const VARIABLES: [&str; 13] = [
    "ANNEXE_CONFIG",
    "ANNEXE_SETTINGS",
    "ANNEXE_CACHE",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
];

/// The context servers and debug adapters that are not done without.
async fn tools(
    languages: &Languages,
    settings: &Settings,
    context: &Context<'_>,
) -> anyhow::Result<EditorTools> {
    let store = context.store()?;
    let tool = |it: &Provided| EditorTool {
        name: it.name.clone(),
        extension: it.extension.to_string(),
        languages: Vec::new(),
    };
    let mut tools = EditorTools::default();
    for server in store.provided(Named::ContextServer, None).await?.enabled() {
        if settings.is_context_server_enabled(false, &server.name)? {
            tools.context_servers.push(tool(server));
        }
    }
    let adapters = store.provided(Named::DebugAdapter, None).await?;
    tools.debug_adapters = adapters
        .enabled()
        .map(|it| EditorTool {
            languages: debugged_languages(&it.name, languages),
            ..tool(it)
        })
        .collect();
    let set = paths::variables(&VARIABLES).into_iter();
    let set =
        set.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    // A password is not for a file that is shared.
    tools.environment = set.filter(|(_, value)| !value.contains('@')).collect();
    Ok(tools)
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
