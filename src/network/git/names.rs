//! The tags and branches of a repository, and the newer ones among them.

use std::collections::BTreeMap;

use semver::Version;

use super::{GitClient, command::Bounds, error::GitError, workplace::Workplace};
use crate::base::{
    suggestion,
    types::{GitAddress, GitReference, GitRevision},
};

/// The most bytes of a repository's names: a hundred thousand of them.
const MOST_BYTES: u64 = 16 << 20;

/// The tags and branches that a repository has, each with the commit that it points to.
#[derive(Debug, Default)]
pub(super) struct References {
    names: BTreeMap<GitReference, GitRevision>,
    /// The default branch of the repository, if that has a name that is allowed.
    default_branch: Option<GitReference>,
}

/// The state of a repository that is newer than a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Newer {
    /// Nothing.
    Nothing,
    /// A tag of a greater version, or a branch that points to another commit by now.
    Reference(GitReference, GitRevision),
    /// The tag points to another commit than it did, under the same name.
    Moved(GitReference, GitRevision),
    /// The tag or the branch is there no longer.
    Gone(GitReference),
}

impl GitClient {
    /// Asks a repository, once, what is newer than a commit that a tag or a branch pointed to.
    ///
    /// Of tags, it is the greatest version of the same form (`v1.2.3`, `name-1.2.3`), a pre-release only where the tag
    /// is one itself. A tag without a version has no later ones.
    ///
    /// # Errors
    /// A [`GitError`] where the repository cannot be asked.
    pub async fn newer(
        &self,
        address: &GitAddress,
        reference: &GitReference,
        revision: &GitRevision,
    ) -> Result<Newer, GitError> {
        self.check(address)?;
        let workplace = self.workplace(address).await?;
        let all = ["refs/tags/*".to_owned()];
        let one = [reference.to_string()];
        let wanted = match reference {
            GitReference::Tag(_) => &all,
            GitReference::Branch(_) => &one,
        };
        let wanted = wanted.each_ref().map(String::as_str);
        let names = self.ask(&workplace, address, &wanted).await?;
        Ok(names.newer(reference, revision))
    }

    /// Asks a repository what these of its names point to; `*` stands for any part of a name.
    pub(super) async fn ask(
        &self,
        workplace: &Workplace,
        address: &GitAddress,
        names: &[&str],
    ) -> Result<References, GitError> {
        let repository = workplace.repository();
        let mut command = self.command(&repository, address);
        self.silence_ssh(&mut command, &repository, address).await?;
        command.args(["ls-remote", "--symref", "--", address.as_str()]);
        for name in names {
            command.arg(name);
            if name.starts_with("refs/tags/") && !name.contains('*') {
                // What an annotated tag stands for.
                command.arg(format!("{name}^{{}}"));
            }
        }
        let bounds = Bounds {
            answer_bytes: MOST_BYTES,
            filling: None,
        };
        let answer = self.run(command, address, bounds).await?;
        match answer.succeeded {
            true => Ok(References::read(&answer.stdout)),
            false => Err(self.failure(address, answer).await),
        }
    }
}

impl References {
    /// Reads the lines of `git ls-remote --symref`; those of other names are left out, and so are names that are not
    /// allowed.
    fn read(answer: &[u8]) -> Self {
        let mut read = Self::default();
        for line in String::from_utf8_lossy(answer).lines() {
            let Some((what, name)) = line.split_once('\t') else {
                continue;
            };
            if let Some(target) = what.strip_prefix("ref: ") {
                if name == "HEAD" {
                    read.default_branch = target.parse().ok();
                }
                continue;
            }
            let Ok(revision) = what.parse::<GitRevision>() else {
                continue;
            };
            // The line of what an annotated tag stands for comes after its own.
            let name = name.strip_suffix("^{}").unwrap_or(name);
            if let Ok(reference) = name.parse() {
                read.names.insert(reference, revision);
            }
        }
        read
    }

    /// The commit that a tag or a branch points to.
    pub(super) fn revision(&self, reference: &GitReference) -> Option<&GitRevision> {
        self.names.get(reference)
    }

    pub(super) fn default_branch(&self) -> Option<GitReference> {
        let branch = self.default_branch.clone();
        branch.filter(|it| matches!(it, GitReference::Branch(_)))
    }

    /// The names that are like one.
    pub(super) fn similar(&self, name: &str) -> Vec<String> {
        let names: Vec<String> = self.names.keys().map(|it| it.name().to_owned()).collect();
        suggestion::similar(name, &names)
            .into_iter()
            .cloned()
            .collect()
    }

    fn newer(&self, reference: &GitReference, revision: &GitRevision) -> Newer {
        let greatest = match reference {
            GitReference::Tag(name) => self.greater_tag(name),
            GitReference::Branch(_) => None,
        };
        if let Some((tag, commit)) = greatest {
            return Newer::Reference(tag.clone(), commit.clone());
        }
        match (self.revision(reference), reference) {
            (None, _) => Newer::Gone(reference.clone()),
            (Some(now), _) if now == revision => Newer::Nothing,
            (Some(now), GitReference::Tag(_)) => Newer::Moved(reference.clone(), now.clone()),
            (Some(now), GitReference::Branch(_)) => {
                Newer::Reference(reference.clone(), now.clone())
            }
        }
    }

    /// The tag of the same form with the greatest version above that of `name`.
    fn greater_tag(&self, name: &str) -> Option<(&GitReference, &GitRevision)> {
        let (form, version) = versioned(name)?;
        let greater = self.names.iter().filter_map(|(reference, revision)| {
            let GitReference::Tag(other) = reference else {
                return None;
            };
            let (other_form, other) = versioned(other)?;
            let is_taken = other_form == form
                && other.cmp_precedence(&version).is_gt()
                && (other.pre.is_empty() || !version.pre.is_empty());
            is_taken.then_some((other, reference, revision))
        });
        let greatest = greater.max_by(|(one, ..), (other, ..)| one.cmp_precedence(other));
        greatest.map(|(_, reference, revision)| (reference, revision))
    }
}

/// A tag's name, cut into what stands before its version, and the version: `v` and 1.2.0 of `v1.2`.
fn versioned(name: &str) -> Option<(&str, Version)> {
    name.char_indices().find_map(|(at, character)| {
        // A version begins with a number, and behind none.
        let begins = character.is_ascii_digit()
            && !name
                .get(..at)?
                .ends_with(|it: char| it.is_ascii_digit() || it == '.');
        let (form, text) = name.split_at_checked(at).filter(|_| begins)?;
        let digits = text.split(['-', '+']).next()?;
        let missing = 2_usize.checked_sub(digits.matches('.').count())?;
        let (digits, rest) = text.split_at_checked(digits.len())?;
        let whole = format!("{digits}{}{rest}", ".0".repeat(missing));
        Some((form, Version::parse(&whole).ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(digit: char) -> String {
        digit.to_string().repeat(40)
    }

    fn references(lines: &[(char, &str)]) -> References {
        let text: String = lines
            .iter()
            .map(|(digit, name)| format!("{}\t{name}\n", digest(*digit)))
            .collect();
        References::read(text.as_bytes())
    }

    fn tag(name: &str) -> GitReference {
        GitReference::Tag(name.into())
    }

    #[test]
    fn the_greatest_tag_of_the_same_form_is_the_newer_one() {
        let names = references(&[
            ('1', "refs/tags/v1.0.0"),
            ('2', "refs/tags/v1.10.0"),
            ('3', "refs/tags/v1.9.0"),
            ('4', "refs/tags/v2.0.0-rc.1"),
            ('5', "refs/tags/tools-9.0.0"),
            ('6', "refs/tags/1.11.0"),
            ('7', "refs/tags/latest"),
            ('8', "refs/heads/v3.0.0"),
        ]);
        let newer =
            |name: &str, digit: char| names.newer(&tag(name), &digest(digit).parse().unwrap());
        let of =
            |name: &str, digit: char| Newer::Reference(tag(name), digest(digit).parse().unwrap());
        assert_eq!(newer("v1.0.0", '1'), of("v1.10.0", '2'));
        assert_eq!(newer("v1.10.0", '2'), Newer::Nothing);
        assert_eq!(newer("v2.0.0-beta", '0'), of("v2.0.0-rc.1", '4'));
        assert_eq!(newer("tools-8.2", '0'), of("tools-9.0.0", '5'));
        assert_eq!(newer("latest", '7'), Newer::Nothing);
        assert_eq!(
            newer("latest", '1'),
            Newer::Moved(tag("latest"), digest('7').parse().unwrap())
        );
        assert_eq!(newer("stable", '1'), Newer::Gone(tag("stable")));
    }

    #[test]
    fn an_annotated_tag_is_the_commit_that_it_stands_for_and_odd_names_are_left_out() {
        let text = format!(
            "ref: refs/heads/main\tHEAD\n{0}\tHEAD\n{0}\trefs/heads/main\n{1}\trefs/tags/v1\n{2}\trefs/tags/v1^{{}}\n{0}\trefs/heads/--x\n{0}\trefs/pull/1/head\nnonsense\n",
            digest('1'),
            digest('2'),
            digest('3'),
        );
        let names = References::read(text.as_bytes());
        assert_eq!(names.names.len(), 2);
        assert_eq!(names.revision(&tag("v1")).unwrap().as_str(), digest('3'));
        assert_eq!(
            names.default_branch(),
            Some(GitReference::Branch("main".into()))
        );
    }
}
