//! What may be typed next.

use zed_extension_api::SlashCommandArgumentCompletion;

use crate::request::COMMANDS;

/// Suggestions for the last of the arguments typed so far. Git cannot be asked here, so paths and
/// branches are not among them.
pub fn complete(arguments: &[String]) -> Vec<SlashCommandArgumentCompletion> {
    let typed = arguments.last().map_or("", |word| word.trim());
    let suggestions: &[(&str, &str)] = match arguments {
        [] | [_] => &COMMANDS,
        [command, _] => match command.as_str() {
            "log" => &[("10", "the latest 10 commits"), ("100", "the latest 100")],
            "diff" => &[("staged", "what is staged"), ("HEAD", "since the commit")],
            "show" => &[("HEAD", "the commit"), ("HEAD~1", "the one before it")],
            _ => &[],
        },
        _ => &[],
    };
    let matching = suggestions
        .iter()
        .filter(|(word, _)| word.starts_with(typed));
    matching
        .map(|&(word, purpose)| SlashCommandArgumentCompletion {
            label: format!("{word} ({purpose})"),
            new_text: word.to_owned(),
            // The others can do without a path.
            run_command: word != "blame",
        })
        .collect()
}
