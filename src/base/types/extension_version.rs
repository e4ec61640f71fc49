//! The version of an extension: kept as it was published, and put in order by one reading.
//!
//! Authors write `1.0`, `v0.0.1` and `2025.08.0` as well as `1.2.3`. What is written is the version's
//! name: it is shown, stored and part of paths. What is read from it says which of two is greater.

mod reading;

use std::{cmp::Ordering, fmt, hash, str::FromStr, sync::Arc};

use semver::{Prerelease, Version};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use self::reading::ParseExtensionVersionError;
use self::reading::Reading;
pub(super) use self::reading::without_zeros;

/// The version of an extension, such as `1.2.3`, `v0.0.1`, `1.0` or `2025.08.0`.
///
/// Numbers with dots between, after a `v` or none; then, as semantic versioning has them, a pre-release behind
/// `-` and build metadata behind `+`. At most 256 bytes, all of them ASCII letters, digits, `.`, `-` and `+`, so
/// it can be a part of any path.
///
/// **Shown**, a version is the text that was published. **In order**, it is what that text reads as: the `v` and
/// leading zeros count for nothing, a number that is missing is 0, and numbers behind the third decide between
/// versions that are equal up to there. So `0.0.1 < v0.0.2 < 1.0 < 1.0.0.1 < 25.12.31 < 26.04.06 < 2025.08.0`.
/// Two that read alike are equal: `1.0 == v1.0.0`.
#[derive(Clone)]
pub struct ExtensionVersion(Arc<Parts>);

struct Parts {
    published: Box<str>,
    reading: Reading,
}

impl ExtensionVersion {
    /// The version that semantic versioning writes `major.minor.patch`.
    pub fn new(major: u64, minor: u64, patch: u64) -> Self {
        Version::new(major, minor, patch).into()
    }

    /// The text that was published.
    pub fn published(&self) -> &str {
        &self.0.published
    }

    /// What requirements are held against: the first three numbers, the pre-release and the build metadata.
    pub fn as_semver(&self) -> &Version {
        &self.0.reading.semver
    }

    /// What it reads as, in words: `2025.8.0`, and `1.2.3.4` where there are more numbers than three.
    pub fn reading(&self) -> String {
        self.0.reading.to_string()
    }

    /// Whether the text is one of semantic versioning's own.
    pub fn is_semantic(&self) -> bool {
        self.0.reading.more.is_empty() && Version::parse(self.published()).is_ok()
    }

    /// Whether it is a pre-release.
    pub fn is_prerelease(&self) -> bool {
        !self.as_semver().pre.is_empty()
    }

    /// The order without build metadata, which does not distinguish versions. Two that are equal in it, such as
    /// `1.0`, `v1.0.0` and `1.0.0+build`, *read alike*: a registry has at most one of them.
    pub fn cmp_precedence(&self, other: &Self) -> Ordering {
        self.0.reading.cmp_precedence(&other.0.reading)
    }

    /// Whether it reads as another does.
    pub fn reads_as(&self, other: &Self) -> bool {
        self.cmp_precedence(other).is_eq()
    }

    /// Whether it is another spelling of a version: reads alike and is written otherwise, build metadata aside.
    pub(crate) fn is_spelling_of(&self, other: &Self) -> bool {
        let are_semantic = self.is_semantic() && other.is_semantic();
        self.reads_as(other) && self.published() != other.published() && !are_semantic
    }

    /// Whether both would be one file where a file system ignores case.
    pub(crate) fn folds_to(&self, other: &Self) -> bool {
        self.published() != other.published()
            && self.published().eq_ignore_ascii_case(other.published())
    }

    /// The version whose pre-release it is, or itself.
    pub(crate) fn release(&self) -> Self {
        if !self.is_prerelease() {
            return self.clone();
        }
        let mut reading = self.0.reading.clone();
        reading.semver.pre = Prerelease::EMPTY;
        reading.into()
    }
}

impl FromStr for ExtensionVersion {
    type Err = ParseExtensionVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let reading =
            Reading::of(text).map_err(|problem| ParseExtensionVersionError::new(text, problem))?;
        let published = text.into();
        Ok(Self(Arc::new(Parts { published, reading })))
    }
}

/// The version that is written as it reads.
impl From<Reading> for ExtensionVersion {
    fn from(reading: Reading) -> Self {
        let published = reading.to_string().into();
        Self(Arc::new(Parts { published, reading }))
    }
}

impl From<Version> for ExtensionVersion {
    fn from(semver: Version) -> Self {
        let more = [].into();
        Reading { semver, more }.into()
    }
}

impl Ord for ExtensionVersion {
    /// As semantic versioning orders, with build metadata last.
    fn cmp(&self, other: &Self) -> Ordering {
        self.cmp_precedence(other)
            .then_with(|| self.as_semver().build.cmp(&other.as_semver().build))
    }
}

impl PartialOrd for ExtensionVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ExtensionVersion {
    fn eq(&self, other: &Self) -> bool {
        self.0.reading == other.0.reading
    }
}

impl Eq for ExtensionVersion {}

impl hash::Hash for ExtensionVersion {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.reading.hash(state);
    }
}

impl fmt::Display for ExtensionVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.published())
    }
}

impl fmt::Debug for ExtensionVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ExtensionVersion({})", self.published())
    }
}

impl Serialize for ExtensionVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.published())
    }
}

impl<'de> Deserialize<'de> for ExtensionVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{printable::printable, types::version::MAX_VERSION_BYTES};

    fn parse(text: &str) -> ExtensionVersion {
        text.parse().unwrap()
    }

    #[test]
    fn a_version_is_kept_as_published_and_read_in_one_way() {
        for (published, read) in [
            ("1.2.3", "1.2.3"),
            ("1.0", "1.0.0"),
            ("1", "1.0.0"),
            ("0", "0.0.0"),
            ("v0.0.1", "0.0.1"),
            ("V2", "2.0.0"),
            ("2025.08.0", "2025.8.0"),
            ("26.04.06", "26.4.6"),
            ("000.00.007", "0.0.7"),
            ("1.0.0-rc.1", "1.0.0-rc.1"),
            ("v1.0-rc.01", "1.0.0-rc.1"),
            ("1.0-00", "1.0.0-0"),
            ("1.0-0a-b", "1.0.0-0a-b"),
            ("1.0+007.x", "1.0.0+007.x"),
            ("1.2.3.0", "1.2.3"),
            ("1.2.3.4-rc", "1.2.3-rc"),
        ] {
            let version = parse(published);
            assert_eq!(version.to_string(), published);
            assert_eq!(version.as_semver().to_string(), read, "{published}");
            assert_eq!(
                version.reading().parse::<ExtensionVersion>().unwrap(),
                version
            );
            let json = serde_json::to_string(&version).unwrap();
            assert_eq!(json, format!("\"{published}\""));
            let again: ExtensionVersion = serde_json::from_str(&json).unwrap();
            assert_eq!(again.published(), published);
        }
        for text in ["1.2.3", "1.0.0-rc.1+5"] {
            assert!(parse(text).is_semantic(), "{text}");
        }
        for text in ["1.2", "v1.2.3", "1.02.3", "1.2.3.4", "1.2.3-01"] {
            assert!(!parse(text).is_semantic(), "{text}");
        }
    }

    #[test]
    fn what_is_read_puts_versions_in_order() {
        let rising = [
            "0.0.1",
            "v0.0.2",
            "0.1-rc.9",
            "0.1-rc.010",
            "0.1",
            "1.0",
            "1.0.0.1-a",
            "1.0.0.1",
            "1.0.0.1.1",
            "1.0.0.10",
            "1.0.1",
            "25.12.31",
            "26.04.06",
            "2025.08.0",
            "v2025.8.0+built",
            "2025.10",
        ];
        for pair in rising.windows(2) {
            assert!(parse(pair[0]) < parse(pair[1]), "{pair:?}");
        }
        for [one, other] in [["1.0", "v1.0.0"], ["1", "1.0.0.0"], ["1.0-rc.01", "1-rc.1"]] {
            assert_eq!(parse(one), parse(other));
        }
        let [plain, built] = [parse("1.0"), parse("1.0.0+b")];
        assert!(plain != built && plain.reads_as(&built));
        assert_eq!(
            parse("1.2.3.4-rc").release().cmp(&parse("1.2.3.4")),
            Ordering::Equal
        );
    }

    #[test]
    fn what_is_no_version_is_refused_with_its_reason() {
        for (text, problem) in [
            ("", "a number is missing"),
            ("v", "a number is missing"),
            ("1.", "a number is missing"),
            (".1", "a number is missing"),
            ("1..2", "a number is missing"),
            ("newest", "`newest` is not a number"),
            ("vv1", "`v1` is not a number"),
            ("1.x", "`x` is not a number"),
            ("1.0rc1", "`0rc1` is not a number"),
            ("1.0-", "nothing stands behind its `-` or `+`"),
            ("1.0+", "nothing stands behind its `-` or `+`"),
            (
                "1.0-a..b",
                "empty identifier segment in pre-release identifier",
            ),
            (
                "99999999999999999999",
                "the number `99999999999999999999` is too large",
            ),
            ("../1.0", "it contains `/`"),
            ("1.0/..", "it contains `/`"),
            ("1.0\\..", "it contains `\\\\`"),
            ("1 .0", "it contains ` `"),
            ("1.0\n", "it contains `\\n`"),
            ("1.0:x", "it contains `:`"),
            ("١.0", "it contains `١`"),
            ("..", "a number is missing"),
        ] {
            let error = text.parse::<ExtensionVersion>().unwrap_err();
            let expected = format!("`{}` is not a version: {problem}", printable(text));
            assert_eq!(error.to_string(), expected);
        }
        let longest = format!("1.0-{}", "a".repeat(MAX_VERSION_BYTES - 4));
        assert_eq!(parse(&longest).to_string(), longest);
        let error = format!("{longest}a")
            .parse::<ExtensionVersion>()
            .unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("it has 257 bytes, and at most 256 are allowed")
        );
    }
}
