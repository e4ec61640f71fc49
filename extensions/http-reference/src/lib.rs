//! The slash command `/http` and the documentation provider `http`: what status codes and header
//! fields mean.

mod entry;
mod fields;
mod look_up;
mod pages;
mod status_codes;

use zed_extension_api as zed;
use zed_extension_api::{
    KeyValueStore, Result, SlashCommand, SlashCommandArgumentCompletion, SlashCommandOutput,
    SlashCommandOutputSection, Worktree,
};

use crate::entry::Entry;

const PROVIDER: &str = "http";

struct HttpReference;

impl zed::Extension for HttpReference {
    fn new() -> Self {
        Self
    }

    fn complete_slash_command_argument(
        &self,
        _command: SlashCommand,
        arguments: Vec<String>,
    ) -> Result<Vec<SlashCommandArgumentCompletion>> {
        let typed = arguments.last().map_or("", |word| word.trim());
        let matching = look_up::matching(typed).into_iter();
        Ok(matching
            .map(|entry| SlashCommandArgumentCompletion {
                label: entry.heading(),
                new_text: entry.term.to_owned(),
                run_command: true,
            })
            .collect())
    }

    fn run_slash_command(
        &self,
        command: SlashCommand,
        arguments: Vec<String>,
        _worktree: Option<&Worktree>,
    ) -> Result<SlashCommandOutput> {
        if command.name != "http" {
            return Err(format!("this extension has no command `/{}`", command.name));
        }
        let entries = look_up::find_all(&arguments.join(" "))?;
        if entries.is_empty() {
            return Err("name a status code or a header field: `/http 404`".to_owned());
        }
        Ok(output(&entries))
    }

    fn suggest_docs_packages(&self, provider: String) -> Result<Vec<String>> {
        check(&provider)?;
        Ok(pages::PACKAGES.map(str::to_owned).into())
    }

    fn index_docs(
        &self,
        provider: String,
        package: String,
        database: &KeyValueStore,
    ) -> Result<()> {
        check(&provider)?;
        for (key, page) in pages::pages(&package)? {
            database.insert(&key, &page)?;
        }
        Ok(())
    }
}

/// The pages of the entries, one below the other, each a section.
fn output(entries: &[&Entry]) -> SlashCommandOutput {
    let mut text = String::new();
    let mut sections = Vec::new();
    for entry in entries {
        if !text.is_empty() {
            text.push('\n');
        }
        let start = text.len();
        text.push_str(&entry.page());
        sections.push(SlashCommandOutputSection {
            range: (start..text.len()).into(),
            label: entry.heading(),
        });
        text.push('\n');
    }
    SlashCommandOutput { text, sections }
}

fn check(provider: &str) -> Result<()> {
    if provider == PROVIDER {
        return Ok(());
    }
    Err(format!(
        "this extension documents `{PROVIDER}`, not `{provider}`"
    ))
}

zed::register_extension!(HttpReference);
