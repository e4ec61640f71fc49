//! The slash command `/{{id}}` shows files of the folder that is open.

use zed_extension_api::{
    self as zed, Result, SlashCommand, SlashCommandArgumentCompletion, SlashCommandOutput,
    SlashCommandOutputSection, Worktree,
};

/// Files that many folders have, offered while a user types.
const COMMON_FILES: [&str; 4] = ["README.md", "Cargo.toml", "package.json", "pyproject.toml"];

struct {{type}};

impl zed::Extension for {{type}} {
    fn new() -> Self {
        Self
    }

    /// What may be typed next.
    fn complete_slash_command_argument(
        &self,
        _: SlashCommand,
        arguments: Vec<String>,
    ) -> Result<Vec<SlashCommandArgumentCompletion>> {
        let typed = arguments.last().map_or("", String::as_str);
        let matching = COMMON_FILES.iter().filter(|file| file.starts_with(typed));
        Ok(matching
            .map(|file| SlashCommandArgumentCompletion {
                label: file.to_string(),
                new_text: file.to_string(),
                run_command: true,
            })
            .collect())
    }

    /// The answer: a text, and sections of it that are shown folded, each under its label.
    fn run_slash_command(
        &self,
        _: SlashCommand,
        arguments: Vec<String>,
        worktree: Option<&Worktree>,
    ) -> Result<SlashCommandOutput> {
        let worktree = worktree.ok_or("open a folder first: its files are what is shown")?;
        if arguments.is_empty() {
            return Err("name a file, such as `README.md`".to_owned());
        }
        let mut text = String::new();
        let mut sections = Vec::new();
        for path in arguments {
            let content = worktree
                .read_text_file(&path)
                .map_err(|error| format!("`{path}` cannot be read: {error}"))?;
            // A section's range is counted in bytes of UTF-8, as Rust counts too.
            let start = text.len();
            text.push_str(&format!("# {path}\n\n{content}\n"));
            sections.push(SlashCommandOutputSection {
                range: (start..text.len()).into(),
                label: path,
            });
        }
        Ok(SlashCommandOutput { text, sections })
    }
}

zed::register_extension!({{type}});
