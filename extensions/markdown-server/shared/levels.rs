//! The second argument of `/outline`: the deepest level of the headings it shows.

use std::ops::RangeInclusive;

use zed_extension_api::SlashCommandArgumentCompletion;

/// The levels a heading may have.
const LEVELS: RangeInclusive<usize> = 1..=6;

/// The level that the arguments give; the deepest there is where they give none.
pub fn deepest(arguments: &[String]) -> Result<usize, String> {
    let Some(level) = arguments.get(1) else {
        return Ok(*LEVELS.end());
    };
    let known = level.parse().ok().filter(|level| LEVELS.contains(level));
    known.ok_or_else(|| format!("`{level}` is no level of a heading: give 1 to 6"))
}

/// What may be meant by a second argument that is being typed.
pub fn complete(arguments: &[String]) -> Vec<SlashCommandArgumentCompletion> {
    let [_file, typed] = arguments else {
        return Vec::new();
    };
    let levels = LEVELS.map(|level| level.to_string());
    levels
        .filter(|level| level.starts_with(typed.as_str()))
        .map(|level| SlashCommandArgumentCompletion {
            label: format!("headings down to level {level}"),
            new_text: level,
            run_command: true,
        })
        .collect()
}
