//! Editors' configuration, as [`Editor`] writes it: what has an editor start the language servers and debug adapters of what is
//! installed, and an agent its context servers.
//!
//! Where an editor runs a script at its start, the script asks `annexe languages --json`, so that what is installed later is
//! seen; Helix and agents have a list, which is written again after an installation. Each file has what is written
//! between two comments. What a user has in the file besides stays as it is, and is there again, byte for byte, when these
//! lines are taken out; what the user has changed in them is never overwritten.
//!
//! ```no_run
//! use annexe::editor::{Editor, EditorFolders, EditorRequest, EditorTools, Launch};
//!
//! # fn example(folders: &EditorFolders) -> Result<(), Box<dyn std::error::Error>> {
//! let launch = Launch { program: "/usr/local/bin/annexe".into(), store: None };
//! let tools = EditorTools::default();
//! let request = EditorRequest { launch: &launch, languages: &[], tools: &tools, only: &[] };
//! let plan = Editor::Neovim.plan(folders, &request)?;
//! for edit in &plan.edits {
//!     println!("{}", edit.difference());
//!     edit.make()?;
//! }
//! # Ok(())
//! # }
//! ```

mod agents;
mod context_servers;
mod edit;
mod error;
mod folders;
mod helix;
mod kakoune;
mod language;
mod launch;
mod names;
mod part;
mod scripts;
mod toml_text;
mod tools;

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use self::part::{Form, Place};

pub use self::{
    edit::{EditKind, FileEdit},
    error::EditorError,
    folders::EditorFolders,
    language::{EditorLanguage, EditorServer, file_type},
    launch::Launch,
    tools::{EditorTool, EditorTools, debugged_languages},
};

/// An editor, or an agent that edits, which starts language servers, debug adapters or context servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Editor {
    /// Helix: `languages.toml`.
    Helix,
    /// Neovim from 0.7 on, with the client that it has.
    Neovim,
    /// Emacs, with eglot.
    Emacs,
    /// Vim, with the plugin vim-lsp or ALE.
    Vim,
    /// Kakoune, with kak-lsp from 17 on.
    Kakoune,
    /// Claude Code: the file `.lsp.json` of a plugin. It is shown only.
    ClaudeCode,
    /// Copilot CLI: `lsp-config.json`. It is shown only.
    CopilotCli,
    /// opencode: `opencode.json`, with language servers and context servers. It is shown only.
    Opencode,
    /// Agents that read `mcpServers`: `.mcp.json` of Claude Code, Claude Desktop, Cursor, Windsurf, Gemini CLI. It is shown
    /// only.
    McpJson,
    /// VS Code: `.vscode/mcp.json`. It is shown only.
    VsCode,
    /// Zed: `context_servers` of `settings.json`. It is shown only.
    Zed,
    /// Codex: `config.toml`.
    Codex,
}

/// A request for an editor's configuration.
#[derive(Debug, Clone, Copy)]
pub struct EditorRequest<'a> {
    /// What the editor starts.
    pub launch: &'a Launch,
    /// The languages of what is installed.
    pub languages: &'a [EditorLanguage],
    /// The context servers and debug adapters of what is installed.
    pub tools: &'a EditorTools,
    /// The ids of servers and adapters, or of extensions that bring any or languages, that alone are wanted; all where it
    /// is empty.
    pub only: &'a [String],
}

/// The edits that write an editor's configuration or take it out again, none of which is made yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditorPlan {
    /// The files, in the order in which they are to be written.
    pub edits: Vec<FileEdit>,
    /// What the user must know or do besides.
    pub notes: Vec<String>,
}

impl Editor {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 12] = [
        Self::Helix,
        Self::Neovim,
        Self::Emacs,
        Self::Vim,
        Self::Kakoune,
        Self::ClaudeCode,
        Self::CopilotCli,
        Self::Opencode,
        Self::McpJson,
        Self::VsCode,
        Self::Zed,
        Self::Codex,
    ];

    /// The name, as it is typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Helix => "helix",
            Self::Neovim => "neovim",
            Self::Emacs => "emacs",
            Self::Vim => "vim",
            Self::Kakoune => "kakoune",
            Self::ClaudeCode => "claude-code",
            Self::CopilotCli => "copilot-cli",
            Self::Opencode => "opencode",
            Self::McpJson => "mcp-json",
            Self::VsCode => "vscode",
            Self::Zed => "zed",
            Self::Codex => "codex",
        }
    }

    /// Returns this program's part of the configuration, as text.
    ///
    /// # Errors
    /// Where a path is not UTF-8.
    pub fn text(self, request: &EditorRequest<'_>) -> Result<String, EditorError> {
        let languages = wanted(request);
        match self {
            Self::Helix => {
                let addition = helix::addition(request, &languages, &helix::Own::default())?;
                Ok(addition.text)
            }
            Self::Neovim => scripts::neovim(request),
            Self::Emacs => scripts::emacs(request),
            Self::Vim => scripts::vim(request),
            Self::Kakoune => kakoune::commands(request, &languages),
            Self::ClaudeCode | Self::CopilotCli | Self::Opencode => {
                agents::text(self, request, &languages)
            }
            Self::McpJson | Self::VsCode | Self::Zed => context_servers::text(self, request),
            Self::Codex => context_servers::codex(request),
        }
    }

    /// Whether it starts context servers alone.
    pub fn is_for_context_servers(self) -> bool {
        matches!(self, Self::McpJson | Self::VsCode | Self::Zed | Self::Codex)
    }

    /// Plans to write the configuration.
    ///
    /// # Errors
    /// [`EditorError`]; nothing has been written then.
    pub fn plan(
        self,
        folders: &EditorFolders,
        request: &EditorRequest<'_>,
    ) -> Result<EditorPlan, EditorError> {
        let (mut edits, mut notes) = (Vec::new(), Vec::new());
        match self {
            Self::Helix => {
                let path = folders.helix();
                let (path, text) = edit::read(&path)?;
                let rest = self.form()?.rest(text.as_deref().unwrap_or_default());
                let own = helix::Own::read(&path, &rest)?;
                let addition = helix::addition(request, &wanted(request), &own)?;
                let edit = FileEdit::put(&path, self.form()?, &addition.text, Place::End)?;
                helix::check(&path, edit.after().unwrap_or_default())?;
                edits.push(edit);
                notes = addition.notes;
                notes.push(
                    "Helix reads this list only: write it again after each installation".into(),
                );
            }
            Self::Neovim => {
                let text = self.text(request)?;
                edits.push(FileEdit::put(
                    &folders.neovim(),
                    self.form()?,
                    &text,
                    Place::End,
                )?);
            }
            Self::Vim => {
                let text = self.text(request)?;
                edits.push(FileEdit::put(
                    &folders.vim(),
                    self.form()?,
                    &text,
                    Place::End,
                )?);
                notes.push("the plugin vim-lsp or ALE must be installed".into());
            }
            Self::Emacs => {
                let (script, init) = folders.emacs();
                let text = self.text(request)?;
                edits.push(FileEdit::put(
                    &script,
                    emacs_script(self.form()?),
                    &text,
                    Place::End,
                )?);
                let Some(path) = script.to_str() else {
                    return Err(EditorError::NotText { path: script });
                };
                let load = scripts::emacs_load(path);
                // Before what the user adds to eglot's list, which then goes over this.
                edits.push(FileEdit::put(&init, self.form()?, &load, Place::Beginning)?);
                notes.push("eglot comes with Emacs 29; an older one must install it".into());
            }
            Self::Kakoune => {
                let path = folders.kakoune();
                let (_, text) = edit::read(&path)?;
                let rest = self.form()?.rest(text.as_deref().unwrap_or_default());
                let load = kakoune::load(request)?;
                edits.push(FileEdit::put(&path, self.form()?, &load, Place::End)?);
                if !rest.contains("kak-lsp") {
                    notes.push(
                        "kak-lsp must be set up before these lines: `eval %sh{kak-lsp}` and `lsp-enable`"
                            .into(),
                    );
                }
                notes.push("for its file types this stands in the place of other servers".into());
            }
            Self::Codex => {
                let path = folders.codex();
                let (path, text) = edit::read(&path)?;
                let rest = self.form()?.rest(text.as_deref().unwrap_or_default());
                toml_text::parse("Codex", &path, &rest)?;
                let text = self.text(request)?;
                let edit = FileEdit::put(&path, self.form()?, &text, Place::End)?;
                let after = edit.after().unwrap_or_default();
                if toml_text::parse("Codex", &path, after).is_err() {
                    let key = "mcp_servers";
                    return Err(EditorError::Closed { path, key });
                }
                edits.push(edit);
                notes.push(
                    "Codex reads this list only: write it again after each installation".into(),
                );
            }
            Self::ClaudeCode
            | Self::CopilotCli
            | Self::Opencode
            | Self::McpJson
            | Self::VsCode
            | Self::Zed => self.form().map(drop)?,
        }
        Ok(EditorPlan { edits, notes })
    }

    /// Plans to take the configuration out again.
    ///
    /// # Errors
    /// [`EditorError`]; nothing has been written then.
    pub fn removal(self, folders: &EditorFolders) -> Result<EditorPlan, EditorError> {
        let form = self.form()?;
        let paths = match self {
            Self::Helix => vec![folders.helix()],
            Self::Neovim => vec![folders.neovim()],
            Self::Vim => vec![folders.vim()],
            Self::Kakoune => vec![folders.kakoune()],
            Self::Codex => vec![folders.codex()],
            _ => {
                let (script, init) = folders.emacs();
                vec![init, script]
            }
        };
        let edits = paths.iter().map(|path| FileEdit::take(path, form));
        Ok(EditorPlan {
            edits: edits.collect::<Result<_, _>>()?,
            notes: Vec::new(),
        })
    }

    /// The form of what is written into the editor's files.
    fn form(self) -> Result<Form, EditorError> {
        let editor = self.as_str();
        let comment = match self {
            Self::Helix | Self::Kakoune | Self::Codex => "#",
            Self::Neovim => "--",
            Self::Emacs => ";;",
            Self::Vim => "\"",
            Self::ClaudeCode
            | Self::CopilotCli
            | Self::Opencode
            | Self::McpJson
            | Self::VsCode
            | Self::Zed => {
                return Err(EditorError::PrintOnly { editor });
            }
        };
        Ok(Form {
            comment,
            editor,
            tail: "",
        })
    }
}

/// The form of Emacs' script, whose first line says how its variables are bound.
fn emacs_script(form: Form) -> Form {
    Form {
        tail: " -*- lexical-binding: t -*-",
        ..form
    }
}

/// The languages that are wanted, with the servers that are: a language with its extension, or with one of its servers.
fn wanted(request: &EditorRequest<'_>) -> Vec<EditorLanguage> {
    let mut languages = request.languages.to_vec();
    if request.only.is_empty() {
        return languages;
    }
    let is_named = |id: &String| request.only.contains(id);
    let is_wanted =
        |it: &EditorServer| is_named(&it.id) || it.extension.as_ref().is_some_and(is_named);
    for language in &mut languages {
        language.servers.retain(is_wanted);
    }
    languages.retain(|it| !it.servers.is_empty() || it.extension.as_ref().is_some_and(is_named));
    languages
}

impl fmt::Display for Editor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Editor {
    type Err = UnknownEditor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = match text {
            "hx" => "helix",
            "nvim" => "neovim",
            "kak" => "kakoune",
            "code" => "vscode",
            text => text,
        };
        let known = Self::ALL.into_iter().find(|editor| editor.as_str() == text);
        known.ok_or(UnknownEditor)
    }
}

impl Serialize for Editor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An error that says a name is not one of an [`Editor`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is none of {}", Editor::ALL.map(Editor::as_str).join(", "))]
pub struct UnknownEditor;

impl crate::base::hint::Hint for UnknownEditor {
    fn kind(&self) -> crate::base::hint::ErrorKind {
        crate::base::hint::ErrorKind::Invalid
    }

    fn hint(&self) -> Option<String> {
        None
    }
}
