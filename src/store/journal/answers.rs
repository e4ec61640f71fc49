//! Records of what extensions were told of tools, and of what npm has installed for them: `answers/<id>.json`. They
//! outlive updates, and go with the extension.
//!
//! Of each question the last answer counts. Earlier ones are kept: they tell what this machine has once been told by
//! npm and GitHub themselves. What a lockfile has brought is marked: nobody has told it here.

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
    answers: Vec<RecordedAnswer>,
    /// The packages that npm has installed, the last time that it did.
    #[serde(default)]
    pub(in crate::store) packages: Vec<NpmPackage>,
    /// They are those of a lockfile: npm has not installed them here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    packages_of_lockfile: bool,
}

/// An answer, and whether it was heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct RecordedAnswer {
    #[serde(flatten)]
    answer: ToolAnswer,
    /// It is a lockfile's: nobody has told it here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    of_lockfile: bool,
}

impl AnswerRecord {
    /// The last answer to each question, sorted.
    pub(in crate::store) fn last_answers(&self) -> Vec<ToolAnswer> {
        let mut last: Vec<ToolAnswer> = Vec::new();
        for RecordedAnswer { answer, .. } in self.answers.iter().rev() {
            if !last.iter().any(|later| later.answers_as(answer)) {
                last.push(answer.clone());
            }
        }
        last.sort_by(|one, other| one.key().cmp(&other.key()));
        last
    }

    /// All answers that were heard on this machine.
    pub(in crate::store) fn heard_answers(&self) -> Vec<ToolAnswer> {
        let heard = self.answers.iter().filter(|it| !it.of_lockfile);
        heard.map(|it| it.answer.clone()).collect()
    }

    /// The packages that npm has installed on this machine, the last time that it did; none where a lockfile has brought
    /// others since then.
    pub(in crate::store) fn installed_packages(&self) -> &[NpmPackage] {
        match self.packages_of_lockfile {
            true => &[],
            false => &self.packages,
        }
    }

    /// Whether news say nothing that is not recorded.
    pub(in crate::store) fn has(&self, news: &News) -> bool {
        match news {
            News::Answer(answer) => self.has_last(answer, false),
            News::LockedAnswer(answer) => self.has_last(answer, true),
            News::Packages(packages) => !self.packages_of_lockfile && self.packages == *packages,
            News::LockedPackages(packages) => self.packages == *packages,
        }
    }

    /// Whether an answer is the last one to its question, and was heard, unless it is a lockfile's.
    fn has_last(&self, answer: &ToolAnswer, of_lockfile: bool) -> bool {
        let mut to_question = self.answers.iter().rev();
        let last = to_question.find(|it| it.answer.answers_as(answer));
        last.is_some_and(|last| last.answer == *answer && (of_lockfile || !last.of_lockfile))
    }

    fn add(&mut self, answer: ToolAnswer, of_lockfile: bool) {
        if self.has_last(&answer, of_lockfile) {
            return;
        }
        // What was heard once stays so, whoever says it again.
        let is_heard = |it: &RecordedAnswer| it.answer == answer && !it.of_lockfile;
        let of_lockfile = of_lockfile && !self.answers.iter().any(is_heard);
        self.answers.retain(|known| known.answer != answer);
        self.answers.push(RecordedAnswer {
            answer,
            of_lockfile,
        });
        let too_many = self.answers.len().saturating_sub(MOST);
        self.answers.drain(..too_many);
    }

    fn set_packages(&mut self, packages: Vec<NpmPackage>, of_lockfile: bool) {
        let is_installed = !self.packages_of_lockfile && self.packages == packages;
        self.packages_of_lockfile = of_lockfile && !is_installed;
        self.packages = packages;
    }
}

/// News of the tools of an extension.
pub(in crate::store) enum News {
    /// What it was told.
    Answer(ToolAnswer),
    /// What npm has installed for it.
    Packages(Vec<NpmPackage>),
    /// What a lockfile says that it is told.
    LockedAnswer(ToolAnswer),
    /// What a lockfile says that npm has installed for it.
    LockedPackages(Vec<NpmPackage>),
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
            News::Answer(answer) => record.add(answer, false),
            News::Packages(packages) => record.set_packages(packages, false),
            News::LockedAnswer(answer) => record.add(answer, true),
            News::LockedPackages(packages) => record.set_packages(packages, true),
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
    fn what_a_lockfile_says_counts_as_the_last_answer_and_was_not_heard() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let id = "x".parse().unwrap();
        let package = |version: &str| NpmPackage {
            path: "node_modules/one".into(),
            version: version.into(),
            ..NpmPackage::default()
        };
        let after = |news: Vec<News>| {
            add(&layout, &id, news).unwrap();
            read(&layout.answers(&id)).unwrap().unwrap()
        };
        let record = after(vec![
            News::Answer(told("^1", "1.0.0")),
            News::Packages(vec![package("1.0.0")]),
            News::LockedAnswer(told("^1", "1.0.0")),
            News::LockedAnswer(told("latest", "6.6.6")),
            News::LockedPackages(vec![package("1.0.0")]),
        ]);
        let last = [told("^1", "1.0.0"), told("latest", "6.6.6")];
        assert_eq!(record.last_answers(), last);
        assert_eq!(record.heard_answers(), last[..1]);
        assert_eq!(record.installed_packages(), [package("1.0.0")]);
        let record = after(vec![News::LockedPackages(vec![package("6.6.6")])]);
        assert_eq!(record.packages, [package("6.6.6")]);
        assert_eq!(record.installed_packages(), []);
        // Until it is told and installed here.
        let record = after(vec![
            News::Answer(told("latest", "6.6.6")),
            News::Packages(vec![package("6.6.6")]),
        ]);
        assert_eq!(record.heard_answers(), last);
        assert_eq!(record.installed_packages(), [package("6.6.6")]);
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
            (record.answers.len(), &*record.answers[0].answer.version),
            (MOST, "1")
        );
        let later = br#"{"format":2,"all":{}}"#;
        fs::replace_in_turn(&path, later).unwrap();
        add(&layout, &id, [News::Answer(told("latest", "1"))]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), later);
    }
}
