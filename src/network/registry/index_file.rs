//! One extension's index file, read: version lines with the states folded in.
//!
//! The file is newline-delimited JSON to which lines are only ever appended. Reading never fails: a
//! line that cannot be used is left out and [reported](IndexFile::skipped), because the other lines
//! still let people install.

use std::{cmp::Ordering, collections::BTreeMap};

use serde::{Deserialize, de::IgnoredAny};

use super::{
    line::{Channel, LINE_FORM, StateChange, StateLine, VersionLine},
    skipped::{LineProblem, SkippedLines},
};
use crate::base::printable::printable;
use crate::base::timestamp::Timestamp;
use crate::base::types::{ExtensionId, ExtensionVersion};

/// The longest index file read, in bytes: 500 versions have about 150 kB.
pub const MAX_INDEX_BYTES: u64 = 16 * 1024 * 1024;

/// The longest line read, in bytes: one has about 400.
pub const MAX_LINE_BYTES: usize = 64 * 1024;

/// An index file: the versions of one extension, and their states.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexFile {
    /// The extension.
    pub id: ExtensionId,
    /// Its versions in the order they were published.
    pub versions: Vec<IndexedVersion>,
    /// The lines left out.
    pub skipped: SkippedLines,
    /// The registry has told the newest version that this host can run, and none of the others.
    pub newest_only: bool,
    /// The registry does not tell pre-releases from releases: where an extension has nothing else, one will do for a
    /// requirement that names none.
    pub prereleases_will_do: bool,
}

/// A version with the last state declared of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexedVersion {
    /// The version as published.
    pub line: VersionLine,
    /// Whether it is still offered.
    pub state: State,
    /// When a withdrawal of it was last taken back; `None` where none was.
    pub restored: Option<Timestamp>,
}

/// The state of a version: offered or withdrawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// It is.
    #[default]
    Available,
    /// Not for new installations.
    Yanked(Withdrawal),
    /// Never to be installed or run.
    Blocked(Withdrawal),
}

/// The statement with which a version was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Why.
    pub reason: Option<String>,
    /// What to use instead: a version or another extension's id.
    pub replacement: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// The keys that say what kind of line one is, read before the rest is asked to fit.
#[derive(Deserialize)]
struct Header {
    v: u64,
    state: Option<serde_json::Value>,
}

impl IndexFile {
    /// Reads the content of the index file of `id`. The caller bounds the content's size
    /// ([`MAX_INDEX_BYTES`]); lines above [`MAX_LINE_BYTES`] are skipped, and reading stops, with
    /// [`LineProblem::TooMany`], behind 100,000 lines or 1,000 that cannot be used.
    ///
    /// Of two lines that publish one version the first holds, of two states of one version the last.
    pub fn parse(id: &ExtensionId, content: &[u8]) -> Self {
        let mut file = Self {
            id: id.clone(),
            versions: Vec::new(),
            skipped: SkippedLines::default(),
            newest_only: false,
            prereleases_will_do: false,
        };
        let mut positions = Positions::new();
        for (number, line) in content.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if !file.skipped.has_room(number + 1) {
                break;
            }
            let is_last = !line.ends_with(b"\n");
            match file.take(line.trim_ascii(), &mut positions) {
                Err(LineProblem::Broken { .. }) if is_last && is_torn(line) => {
                    file.skipped.add(number + 1, LineProblem::Torn);
                }
                Err(reason) => file.skipped.add(number + 1, reason),
                Ok(()) => {}
            }
        }
        file
    }

    /// The version that reads as the given one does, whatever its state.
    pub fn version(&self, version: &ExtensionVersion) -> Option<&IndexedVersion> {
        self.versions
            .iter()
            .find(|known| known.line.version.reads_as(version))
    }

    /// The versions, whatever their states.
    pub(crate) fn published(&self) -> impl Iterator<Item = &ExtensionVersion> {
        self.versions.iter().map(|known| &known.line.version)
    }

    /// The version to show for the extension: the greatest that is offered, stable before preview;
    /// where all are withdrawn, the greatest.
    pub fn newest(&self) -> Option<&IndexedVersion> {
        self.versions.iter().max_by_key(|known| {
            let offered = known.state == State::Available;
            let stable = known.line.channel == Channel::Stable;
            (offered, stable, &known.line.version)
        })
    }

    fn take(&mut self, line: &[u8], positions: &mut Positions) -> Result<(), LineProblem> {
        if line.is_empty() {
            return Ok(());
        }
        if line.len() > MAX_LINE_BYTES {
            return Err(LineProblem::TooLong { bytes: line.len() });
        }
        let header: Header =
            serde_json::from_slice(line).map_err(|error| LineProblem::broken(&error))?;
        if header.v != LINE_FORM {
            return Err(LineProblem::UnknownForm { v: header.v });
        }
        match header.state {
            Some(state) => self.take_state(line, &state, positions),
            None => self.take_version(line, positions),
        }
    }

    fn take_version(&mut self, line: &[u8], positions: &mut Positions) -> Result<(), LineProblem> {
        let line: VersionLine =
            serde_json::from_slice(line).map_err(|error| LineProblem::broken(&error))?;
        if line.archive.is_none() {
            let message = "missing field `archive`".to_owned();
            return Err(LineProblem::Broken { message });
        }
        if line.id != self.id {
            return Err(LineProblem::ForeignId {
                id: line.id.to_string(),
            });
        }
        let version = &line.version;
        let key = Reading(version.clone());
        if let Some((Reading(earlier), _)) = positions.get_key_value(&key) {
            let is_other = earlier.is_spelling_of(version);
            let what = version.to_string();
            let (version, earlier) = (version.clone(), earlier.clone());
            return Err(match is_other {
                true => LineProblem::Alike { version, earlier },
                false => LineProblem::Duplicate { what },
            });
        }
        positions.insert(key, self.versions.len());
        self.versions.push(IndexedVersion {
            line,
            state: State::Available,
            restored: None,
        });
        Ok(())
    }

    fn take_state(
        &mut self,
        line: &[u8],
        state: &serde_json::Value,
        positions: &Positions,
    ) -> Result<(), LineProblem> {
        if StateChange::deserialize(state).is_err() {
            let state = state
                .as_str()
                .map_or_else(|| state.to_string(), str::to_owned);
            return Err(LineProblem::UnknownState {
                state: printable(&state),
            });
        }
        let line: StateLine =
            serde_json::from_slice(line).map_err(|error| LineProblem::broken(&error))?;
        let known = positions
            .get(&Reading(line.version.clone()))
            .and_then(|position| self.versions.get_mut(*position));
        let Some(known) = known else {
            return Err(LineProblem::UnpublishedVersion {
                version: line.version,
            });
        };
        let withdrawal = Withdrawal {
            reason: line.reason,
            replacement: line.replacement,
            at: line.at,
        };
        if line.state == StateChange::Restored {
            known.restored = Some(withdrawal.at);
        }
        known.state = match line.state {
            StateChange::Yanked => State::Yanked(withdrawal),
            StateChange::Blocked => State::Blocked(withdrawal),
            StateChange::Restored => State::Available,
        };
        Ok(())
    }
}

/// The positions of versions by what they read as, build metadata aside.
type Positions = BTreeMap<Reading, usize>;

struct Reading(ExtensionVersion);

impl Ord for Reading {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp_precedence(&other.0)
    }
}

impl PartialOrd for Reading {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Reading {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Reading {}

/// Whether a line is the beginning of an object: not so for a page, or an object of another kind.
fn is_torn(line: &[u8]) -> bool {
    let parsed = serde_json::from_slice::<IgnoredAny>(line);
    line.starts_with(b"{") && parsed.is_err_and(|error| error.is_eof())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::registry::line::tests::version_json;

    fn parse(lines: &[String]) -> IndexFile {
        IndexFile::parse(&"toml".parse().unwrap(), lines.join("\n").as_bytes())
    }

    fn line(version: &str) -> String {
        version_json("toml", version).to_string()
    }

    fn state(state: &str, version: &str) -> String {
        serde_json::json!({
            "v": 1, "state": state, "version": version, "reason": "it hangs", "replacement": "1.0.1",
            "at": "2026-11-23T10:00:00Z",
        })
        .to_string()
    }

    fn reasons(file: &IndexFile) -> Vec<(usize, String)> {
        file.skipped
            .iter()
            .map(|skipped| (skipped.line, skipped.reason.to_string()))
            .collect()
    }

    #[test]
    fn the_last_state_of_a_version_holds() {
        let file = parse(&[
            line("1.0.0"),
            line("1.0.1"),
            state("blocked", "1.0.0"),
            state("yanked", "1.0.0"),
        ]);
        let State::Yanked(withdrawal) = &file.versions[0].state else {
            panic!("{file:?}")
        };
        assert_eq!(withdrawal.reason.as_deref(), Some("it hangs"));
        assert_eq!(withdrawal.replacement.as_deref(), Some("1.0.1"));
        assert_eq!(file.versions[1].state, State::Available);

        let file = parse(&[
            line("1.0.0"),
            state("blocked", "1.0.0"),
            state("restored", "1.0.0"),
        ]);
        assert_eq!(file.versions[0].state, State::Available);
        assert!(file.skipped.is_empty());
    }

    #[test]
    fn lines_that_cannot_be_used_are_reported_and_the_others_kept() {
        let file = parse(&[
            line("1.0.0"),
            r#"{"v":2,"id":"toml","version":"9.0.0"}"#.into(),
            "{broken".into(),
            String::new(),
            line("1.0.0"),
            version_json("other", "1.0.0").to_string(),
            state("praised", "1.0.0"),
            state("yanked", "3.0.0"),
            format!("{{\"v\":1,\"x\":\"{}\"}}", "y".repeat(MAX_LINE_BYTES)),
            line("1.1.0") + "\r",
            String::new(),
        ]);
        let kept: Vec<_> = file
            .versions
            .iter()
            .map(|known| known.line.version.to_string())
            .collect();
        assert_eq!(kept, ["1.0.0", "1.1.0"]);
        let numbers: Vec<_> = reasons(&file)
            .into_iter()
            .map(|(number, _)| number)
            .collect();
        assert_eq!(numbers, [2, 3, 5, 6, 7, 8, 9]);
        assert!(file.skipped.iter().next().unwrap().reason.is_too_new());
    }

    #[test]
    fn a_torn_last_line_is_told_from_a_broken_one() {
        let whole = line("1.1.0");
        let file = parse(&[line("1.0.0"), whole[..40].to_owned()]);
        assert_eq!(file.versions.len(), 1);
        assert_eq!(
            file.skipped.iter().next().unwrap().reason,
            LineProblem::Torn
        );

        // A complete last line counts, with or without its newline.
        assert_eq!(parse(&[line("1.0.0"), whole]).versions.len(), 2);
    }

    #[test]
    fn no_prefix_of_a_file_invents_a_version() {
        let content = parse(&[line("1.0.0")]);
        let text = line("1.0.0");
        for end in 0..text.len() {
            let file = IndexFile::parse(&content.id, &text.as_bytes()[..end]);
            assert!(file.versions.is_empty(), "{end}");
        }
    }

    #[test]
    fn build_metadata_does_not_make_another_version() {
        let file = parse(&[line("1.0.0+a"), line("1.0.0+b"), state("yanked", "1.0.0")]);
        assert_eq!(file.versions.len(), 1);
        assert!(matches!(file.versions[0].state, State::Yanked(_)));
    }

    #[test]
    fn a_hostile_file_is_reported_in_bounded_memory() {
        for line in [b"\xff\n", b"{}\n".as_slice()] {
            let file = IndexFile::parse(&"toml".parse().unwrap(), &line.repeat(1_000));
            assert_eq!(file.skipped.total(), 1_000);
            assert_eq!(file.skipped.iter().count(), 100);
        }
        let deep = IndexFile::parse(&"toml".parse().unwrap(), &b"[".repeat(60_000));
        assert!(deep.versions.is_empty());
    }

    #[test]
    fn a_file_of_too_many_lines_is_read_no_further() {
        let end = |content: &[u8]| {
            let file = IndexFile::parse(&"toml".parse().unwrap(), content);
            let last = file.skipped.iter().last().cloned();
            last.map(|last| (last.line, last.reason))
        };
        let unusable = LineProblem::TooMany {
            what: "lines that cannot be used",
            most: 1_000,
        };
        assert_eq!(end(&b"{}\n".repeat(1 << 20)), Some((1_002, unusable)));
        // Lines of a later form are not the file's fault.
        let later = b"{\"v\":9}\n".repeat(100_000);
        let unknown = LineProblem::UnknownForm { v: 9 };
        assert_eq!(end(&later), Some((100, unknown)));
        let lines = LineProblem::TooMany {
            what: "lines",
            most: 100_000,
        };
        let longer = [later, b"\n".to_vec()].concat();
        assert_eq!(end(&longer), Some((100_001, lines)));
    }

    #[test]
    fn two_versions_that_read_alike_are_told_by_their_names() {
        let file = parse(&[
            line("1.0"),
            line("1.0.0"),
            line("v1"),
            line("1.0"),
            line("1.0.1"),
            line("1.0.1+built"),
            state("yanked", "1.0.0"),
        ]);
        let kept: Vec<_> = file.published().map(ToString::to_string).collect();
        assert_eq!(kept, ["1.0", "1.0.1"]);
        assert!(matches!(file.versions[0].state, State::Yanked(_)));
        let alike = |version| {
            format!("it publishes `{version}`, which reads as `1.0` of an earlier line does")
        };
        let expected = [
            (2, alike("1.0.0")),
            (3, alike("v1")),
            (4, "an earlier line has `1.0` already".into()),
            (6, "an earlier line has `1.0.1+built` already".into()),
        ];
        assert_eq!(reasons(&file), expected);
    }

    #[test]
    fn a_version_that_cannot_be_one_is_told() {
        let file = parse(&[line("../up"), line("1.0/x"), line("newest")]);
        let reasons = reasons(&file);
        assert_eq!(file.versions.len(), 0);
        assert_eq!(
            reasons[0].1,
            "it cannot be read: `../up` is not a version: it contains `/`"
        );
        assert_eq!(reasons.len(), 3);
    }

    #[test]
    fn the_newest_version_is_offered_and_stable_where_there_is_one() {
        let mut preview = version_json("toml", "2.0.0");
        preview["channel"] = "preview".into();
        let lines = [
            line("1.0.0"),
            line("1.2.0"),
            preview.to_string(),
            state("yanked", "1.2.0"),
        ];
        assert_eq!(
            parse(&lines).newest().unwrap().line.version,
            ExtensionVersion::new(1, 0, 0)
        );
        assert_eq!(
            parse(&lines[2..3]).newest().unwrap().line.version,
            ExtensionVersion::new(2, 0, 0)
        );
    }
}
