//! What is asked of an extension's version: a range as cargo has it, or one version as it was published.

use std::{fmt, str::FromStr};

use semver::{Op, Version, VersionReq};
use serde::{Serialize, Serializer};

use super::extension_version::{ExtensionVersion, without_zeros};

/// The versions of an extension that will do: `*`, `1.2`, `>=1, <3`, `=1.2.3`, `v0.0.1`, `=2025.08.0`.
///
/// Requirements are cargo's, read as versions are (a `v` and leading zeros count for nothing) and held against
/// what a version [reads as](ExtensionVersion::as_semver): `1.2` takes 1.2.0 up to 2.0.0, `>=2025.08` all from
/// 2025.8.0 on, `=1.2.3` one version. A text that semantic versioning does not write, such as `1.0`, `v0.0.1` or
/// `2025.08.0`, with `=` or without, takes the version that was published by this very name where there is one
/// ([`among`](Self::among)). `1.2.3.4`, which cargo knows nothing of, asks for that version alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRequirement(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Range(VersionReq),
    Exact(ExtensionVersion),
    /// The version that was published by this name, else the range.
    Either(ExtensionVersion, VersionReq),
}

impl VersionRequirement {
    /// The requirement that every version meets, pre-releases aside.
    pub const STAR: Self = Self(Form::Range(VersionReq::STAR));

    /// The requirement that this version alone meets.
    pub fn exactly(version: ExtensionVersion) -> Self {
        Self(Form::Exact(version))
    }

    /// The one version that is asked for. `None` for every other requirement, one that only one published version
    /// happens to meet included.
    pub fn exact(&self) -> Option<ExtensionVersion> {
        match &self.0 {
            Form::Exact(version) => Some(version.clone()),
            Form::Range(range) => exact_version(range).map(Into::into),
            Form::Either(..) => None,
        }
    }

    /// Whether a version meets it, whatever its build metadata.
    pub fn matches(&self, version: &ExtensionVersion) -> bool {
        match (self.exact(), &self.0) {
            (Some(exact), _) => exact.reads_as(version),
            (None, Form::Range(range) | Form::Either(_, range)) => {
                range.matches(version.as_semver())
            }
            (None, Form::Exact(_)) => false,
        }
    }

    /// The same, where it is known what was published: a name that one of these versions has asks for that one.
    #[must_use]
    pub fn among<'a>(&self, published: impl IntoIterator<Item = &'a ExtensionVersion>) -> Self {
        let Form::Either(named, range) = &self.0 else {
            return self.clone();
        };
        let mut published = published.into_iter();
        match published.any(|version| version.published() == named.published()) {
            true => Self(Form::Exact(named.clone())),
            false => Self(Form::Range(range.clone())),
        }
    }
}

/// The version that a requirement of cargo's names exactly: that of a single, full `=1.2.3`.
fn exact_version(requirement: &VersionReq) -> Option<Version> {
    let [only] = requirement.comparators.as_slice() else {
        return None;
    };
    if only.op != Op::Exact {
        return None;
    }
    Some(Version {
        pre: only.pre.clone(),
        ..Version::new(only.major, only.minor?, only.patch?)
    })
}

impl From<VersionReq> for VersionRequirement {
    fn from(range: VersionReq) -> Self {
        Self(Form::Range(range))
    }
}

impl FromStr for VersionRequirement {
    type Err = semver::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let named = text.strip_prefix('=').unwrap_or(text).trim_start();
        let named = named.parse::<ExtensionVersion>().ok();
        let range = VersionReq::parse(text)
            .or_else(|error| VersionReq::parse(&plain(text)).map_err(|_| error));
        // What semantic versioning writes is cargo's to read.
        let Some(named) = named.filter(|it| !it.is_semantic()) else {
            return Ok(Self(Form::Range(range?)));
        };
        Ok(Self(match range {
            Ok(range) if exact_version(&range).is_none() => Form::Either(named, range),
            _ => Form::Exact(named),
        }))
    }
}

/// A requirement whose numbers have neither a `v` before them nor leading zeros.
fn plain(text: &str) -> String {
    let comparators = text.split(',').map(|one| {
        let one = one.trim();
        let numbers = one.trim_start_matches(['<', '>', '=', '^', '~', ' ']);
        let operator = one.strip_suffix(numbers).unwrap_or_default();
        let numbers = numbers.strip_prefix(['v', 'V']).unwrap_or(numbers);
        let (numbers, suffix) = match numbers.split_once('-') {
            Some((numbers, suffix)) => (numbers, format!("-{suffix}")),
            None => (numbers, String::new()),
        };
        format!("{operator}{}{suffix}", without_zeros(numbers))
    });
    comparators.collect::<Vec<_>>().join(", ")
}

impl fmt::Display for VersionRequirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Exact(version) => write!(formatter, "={version}"),
            Form::Range(range) | Form::Either(_, range) => range.fmt(formatter),
        }
    }
}

impl Serialize for VersionRequirement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> VersionRequirement {
        text.parse().unwrap()
    }

    fn version(text: &str) -> ExtensionVersion {
        text.parse().unwrap()
    }

    #[test]
    fn a_range_is_held_against_what_a_version_reads_as() {
        for (text, taken, left) in [
            ("*", "v0.0.1", "1.0-rc.1"),
            ("1", "v1.9", "2.0"),
            ("1.2", "1.02.3", "1.01"),
            (">=2025.8", "2025.08.0", "2025.07"),
            ("=1.2.3", "v1.2.3+b", "1.2.3.4"),
            (">=2025.08, <v2026", "2025.10", "2026.0.0"),
            ("2025.08", "2025.8.1", "2025.7"),
            ("V0.0.1", "0.0.1", "0.0.2"),
            ("=2025.08.0", "2025.8.0", "2025.8.1"),
            ("=v0.0.1", "0.0.1", "0.0.2"),
            ("1.2.3.4", "v1.2.3.4.0", "1.2.3.5"),
        ] {
            assert!(parse(text).matches(&version(taken)), "{text} {taken}");
            assert!(!parse(text).matches(&version(left)), "{text} {left}");
        }
        assert!("newest".parse::<VersionRequirement>().is_err());
        assert!("=1.0rc1".parse::<VersionRequirement>().is_err());
    }

    #[test]
    fn a_name_that_was_published_asks_for_that_version() {
        let published = [version("1.0"), version("1.1")];
        for text in ["1.0", "=1.0", "= 1.0"] {
            let requirement = parse(text).among(&published);
            assert_eq!(requirement.to_string(), "=1.0");
            assert!(!requirement.matches(&published[1]));
        }
        for (text, range) in [
            ("1", "^1"),
            ("=1", "=1"),
            ("v1", "^1"),
            ("01.0", "^1.0"),
            ("1.0.0", "^1.0.0"),
            ("*", "*"),
        ] {
            let requirement = parse(text).among(&published);
            assert_eq!(requirement.to_string(), range);
            assert!(requirement.matches(&published[1]), "{text}");
        }
        assert_eq!(parse("1.0").among(&[version("1.0.0")]).to_string(), "^1.0");
    }

    #[test]
    fn only_a_single_full_comparator_is_exact() {
        let exact = |text: &str| parse(text).exact().map(|it| it.to_string());
        for text in ["1.2.3", "1.2.3-rc.1", "2025.08.0", "v1.0.0", "1.2.3.4"] {
            assert_eq!(exact(&format!("={text}")).unwrap(), text);
        }
        for text in ["1.2.3", "=1.2", "=v1", "*", "=1.2.3, =1.2.3", ">=1.2.3"] {
            assert_eq!(exact(text), None, "{text}");
        }
    }
}
