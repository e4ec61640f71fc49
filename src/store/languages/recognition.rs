//! Recognition of a file's language, by the rules that Zed has.

use std::path::Path;

use regex::{Regex, RegexBuilder};
use serde::Serialize;

use super::{Languages, language::Language};
use crate::runtime::settings::FileTypes;

/// The most that the compiled pattern of a first line may take, in bytes.
const MOST_PATTERN_BYTES: usize = 2 << 20;

/// The most of a first line that is looked at, in bytes, as in Zed.
const MOST_OF_LINE: usize = 256;

/// The language of a file, and by what it was recognised.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Recognition<'a> {
    /// The language.
    pub language: &'a Language,
    /// By what.
    pub by: RecognisedBy,
}

/// The trait of a file by which its language is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RecognisedBy {
    /// This pattern of the settings' `file_types`.
    FileTypes(String),
    /// This suffix of its name.
    Suffix(String),
    /// Its first line, by this pattern.
    FirstLine(String),
}

impl Languages {
    /// Recognises the language of a file, which need not be there: by the user's `file_types`, else by the longest suffix
    /// of its name, else by its first line, where that is at hand. Of two languages with one suffix, one that an
    /// extension brings goes before the others, and of those the one that was installed first.
    ///
    /// The language may be one that no installed extension has anything for.
    pub fn of_file(
        &self,
        path: &Path,
        first_line: Option<&str>,
        file_types: &FileTypes,
    ) -> Option<Recognition<'_>> {
        let set = file_types.of(path).into_iter().find_map(|(name, pattern)| {
            let language = self.find(|it| it.name == name)?;
            let by = RecognisedBy::FileTypes(pattern.to_owned());
            Some(Recognition { language, by })
        });
        set.or_else(|| self.by_suffix(path))
            .or_else(|| self.by_first_line(first_line?))
    }

    fn by_suffix(&self, path: &Path) -> Option<Recognition<'_>> {
        let mut longest: Option<(&Language, &str)> = None;
        for language in &self.known {
            if let Some(suffix) = language.suffix_of(path)
                && longest.is_none_or(|(_, it)| it.len() < suffix.len())
            {
                longest = Some((language, suffix));
            }
        }
        let (language, suffix) = longest?;
        let by = RecognisedBy::Suffix(suffix.to_owned());
        Some(Recognition { language, by })
    }

    fn by_first_line(&self, line: &str) -> Option<Recognition<'_>> {
        let line = &line[..line.floor_char_boundary(MOST_OF_LINE)];
        let first_lines = self.first_lines.get_or_init(|| compiled(&self.known));
        let (index, pattern) = first_lines.iter().find(|(_, it)| it.is_match(line))?;
        Some(Recognition {
            language: self.known.get(*index)?,
            by: RecognisedBy::FirstLine(pattern.as_str().to_owned()),
        })
    }
}

/// The patterns of first lines, each with the place of its language.
fn compiled(known: &[Language]) -> Vec<(usize, Regex)> {
    let patterns = known.iter().enumerate().filter_map(|(index, language)| {
        let pattern = language.first_line_pattern.as_ref()?;
        let mut builder = RegexBuilder::new(pattern);
        let compiled = builder.size_limit(MOST_PATTERN_BYTES).build();
        Some((index, compiled.ok()?))
    });
    patterns.collect()
}
