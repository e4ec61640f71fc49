//! The slash command `/outline`: the headings of a Markdown file of the folder that is open.

use zed_extension_api::{SlashCommandOutput, SlashCommandOutputSection, Worktree};

use crate::outline::outline;

/// The answer to `/outline <file>`, with headings down to the level `deepest`.
pub fn answer(
    file: &str,
    deepest: usize,
    worktree: Option<&Worktree>,
) -> Result<SlashCommandOutput, String> {
    let worktree = worktree.ok_or("open a folder first: `/outline` is about one of its files")?;
    let text = outline(&worktree.read_text_file(file)?, deepest);
    if text.is_empty() {
        return Err(format!("`{file}` has no such headings"));
    }
    let section = SlashCommandOutputSection {
        range: (0..text.len()).into(),
        label: format!("Outline of {file}"),
    };
    Ok(SlashCommandOutput {
        text,
        sections: vec![section],
    })
}
