//! Records of what extensions were told of tools, and of what npm has installed for them: `answers/<id>.json`. They
//! outlive updates, and go with the extension.
//!
//! Of each question the last answer counts. Earlier ones are kept: they tell what this machine has once been told by
//! npm and GitHub themselves.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{
    base::{
        fs,
        types::{ExtensionId, NpmPackage, ToolAnswer},
    },
    store::disk::layout::Layout,
};

/// The form in which it is written. A file of a later one is left alone.
const FORMAT: u32 = 1;

/// The most answers that are kept of one extension; the oldest go.
const MOST: usize = 500;

/// The most bytes that are read of a file: of releases with hundreds of files.
const MOST_BYTES: u64 = 32 << 20;

/// The record of one extension.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::store) struct AnswerRecord {
    format: u32,
    /// The answers, the last ones at the end.
    #[serde(default)]
    pub(in crate::store) answers: Vec<ToolAnswer>,
    /// The packages that npm has installed, the last time that it did.
    #[serde(default)]
    pub(in crate::store) packages: Vec<NpmPackage>,
}

impl AnswerRecord {
    /// The last answer to each question, sorted.
    pub(in crate::store) fn last_answers(&self) -> Vec<ToolAnswer> {
        let mut last: Vec<ToolAnswer> = Vec::new();
        for answer in self.answers.iter().rev() {
            if !last.iter().any(|later| later.answers_as(answer)) {
                last.push(answer.clone());
            }
        }
        last.sort_by(|one, other| one.key().cmp(&other.key()));
        last
    }

    fn add(&mut self, answer: ToolAnswer) {
        self.answers.retain(|known| *known != answer);
        self.answers.push(answer);
        let too_many = self.answers.len().saturating_sub(MOST);
        self.answers.drain(..too_many);
    }
}

/// News of the tools of an extension.
pub(in crate::store) enum News {
    Answer(ToolAnswer),
    Packages(Vec<NpmPackage>),
}

/// Adds to what is recorded of an extension. What says nothing new is not written.
pub(in crate::store) fn add(
    layout: &Layout,
    id: &ExtensionId,
    news: impl IntoIterator<Item = News>,
) -> fs::Result<()> {
    let path = layout.answers(id);
    let Some(before) = read(&path)? else {
        return Ok(());
    };
    let mut record = before.clone();
    record.format = FORMAT;
    for news in news {
        match news {
            News::Answer(answer) => record.add(answer),
            News::Packages(packages) => record.packages = packages,
        }
    }
    if record == before {
        return Ok(());
    }
    // Texts alone: it cannot fail.
    let text = serde_json::to_vec_pretty(&record).unwrap_or_default();
    fs::create_private_dir_all(&layout.all_answers())?;
    fs::replace_in_turn(&path, &text)
}

/// Returns what is recorded; `None` where a later version of this program records. A file that cannot be understood
/// counts as empty.
pub(in crate::store) fn read(path: &Path) -> fs::Result<Option<AnswerRecord>> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let text = match fs::read_bounded(path, MOST_BYTES) {
        Ok(text) => text,
        Err(error) if error.is_not_found() => return Ok(Some(AnswerRecord::default())),
        Err(error) => return Err(error),
    };
    if serde_json::from_slice(&text).is_ok_and(|Format { format }| format > FORMAT) {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&text).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(asked: &str, version: &str) -> ToolAnswer {
        ToolAnswer {
            from: ToolAnswer::NPM.into(),
            name: "one".into(),
            asked: asked.into(),
            version: version.into(),
            assets: Vec::new(),
        }
    }

    #[test]
    fn the_last_answer_counts_and_the_ones_before_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let id = "x".parse().unwrap();
        let note = |asked, version| {
            add(&layout, &id, [News::Answer(told(asked, version))]).unwrap();
        };
        note("latest", "1.0.0");
        note("^1", "1.0.0");
        note("latest", "1.1.0");
        let record = read(&layout.answers(&id)).unwrap().unwrap();
        assert_eq!(
            record.last_answers(),
            [told("^1", "1.0.0"), told("latest", "1.1.0")]
        );
        assert_eq!(record.answers.len(), 3);
        note("latest", "1.0.0");
        let record = read(&layout.answers(&id)).unwrap().unwrap();
        assert_eq!(record.last_answers()[1], told("latest", "1.0.0"));
    }

    #[test]
    fn damage_counts_as_nothing_a_later_form_is_left_alone_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let id = "x".parse().unwrap();
        fs::create_private_dir_all(&layout.all_answers()).unwrap();
        let path = layout.answers(&id);
        fs::replace_in_turn(&path, b"{\"format\":1,").unwrap();
        let many = (0..=MOST).map(|number| News::Answer(told("latest", &number.to_string())));
        add(&layout, &id, many).unwrap();
        let record = read(&path).unwrap().unwrap();
        assert_eq!(
            (record.answers.len(), &*record.answers[0].version),
            (MOST, "1")
        );
        let later = br#"{"format":2,"all":{}}"#;
        fs::replace_in_turn(&path, later).unwrap();
        add(&layout, &id, [News::Answer(told("latest", "1"))]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), later);
    }
}
