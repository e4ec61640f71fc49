//! The fetch of one commit into an empty repository.

use std::path::Path;

use super::{
    GitClient,
    checkout::{self, Checkout},
    command::{Answer, Bounds},
    error::GitError,
    source::{GitPoint, GitSource},
    workplace::Workplace,
};
use crate::base::{
    fs,
    task::blocking,
    types::{GitAddress, GitReference, GitRevision},
};

/// The name that the fetched commit has in our repository.
const FETCHED: &str = "refs/annexe/fetched";

impl GitClient {
    /// Brings the files of the commit that is asked for. `hears` how many bytes have come.
    ///
    /// # Errors
    /// A [`GitError`]: where the repository cannot be asked or has not what is asked for, where it is more than the
    /// limits allow, and where one of the files within the extension's folder cannot be taken.
    pub async fn checkout(
        &self,
        source: &GitSource,
        hears: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Checkout, GitError> {
        let address = &source.repository;
        self.check(address)?;
        let workplace = self.workplace(address).await?;
        let reference = self.reference(&workplace, source).await?;
        let revision = match (&reference, &source.point) {
            (None, GitPoint::Revision(revision)) => {
                self.fetch_revision(&workplace, address, revision, hears)
                    .await?
            }
            (Some(reference), _) => {
                let name = reference.to_string();
                self.fetch(&workplace, address, &name, hears).await?;
                self.fetched(&workplace, address).await?
            }
            (None, _) => {
                return Err(GitError::NoDefault {
                    address: address.clone(),
                });
            }
        };
        checkout::write(self, workplace, source, reference, revision).await
    }

    /// A folder with an empty repository.
    pub(super) async fn workplace(&self, address: &GitAddress) -> Result<Workplace, GitError> {
        let folder = self.folder.clone();
        let workplace = blocking(move || Ok::<_, GitError>(Workplace::create(&folder)?)).await?;
        let repository = workplace.repository();
        let mut command = self.local_command(&repository);
        command
            .env_remove("GIT_DIR")
            .args(["init", "--quiet", "--bare", "--template=", "--"])
            .arg(&repository);
        let answer = self.run(command, address, Bounds::small()).await?;
        match answer.succeeded {
            true => Ok(workplace),
            false => Err(self.failure(address, answer).await),
        }
    }

    /// Fetches what a name of the repository points to, or a commit, as [`FETCHED`]: without its history, where the
    /// server can do that.
    async fn fetch(
        &self,
        workplace: &Workplace,
        address: &GitAddress,
        name: &str,
        hears: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<(), GitError> {
        let refspec = format!("+{name}:{FETCHED}");
        let shallow = self
            .fetch_once(workplace, address, &[&refspec], &["--depth=1"], hears)
            .await?;
        if shallow.succeeded {
            return Ok(());
        }
        if is_without_shallow(&shallow.words) {
            let whole = self
                .fetch_once(workplace, address, &[&refspec], &[], hears)
                .await?;
            return match whole.succeeded {
                true => Ok(()),
                false => Err(self.failure(address, whole).await),
            };
        }
        Err(self.failure(address, shallow).await)
    }

    async fn fetch_revision(
        &self,
        workplace: &Workplace,
        address: &GitAddress,
        revision: &GitRevision,
        hears: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<GitRevision, GitError> {
        let refspec = format!("+{revision}:{FETCHED}");
        let answer = self
            .fetch_once(workplace, address, &[&refspec], &["--depth=1"], hears)
            .await?;
        let none = || GitError::NoRevision {
            address: address.clone(),
            revision: revision.clone(),
        };
        if answer.succeeded {
            let fetched = self.fetched(workplace, address).await?;
            // A digest can be a tag's, which stands for another.
            return match fetched == *revision {
                true => Ok(fetched),
                false => Err(none()),
            };
        }
        let words = &answer.words;
        if words.contains("not our ref") || words.contains("remote error: upload-pack: not our ref")
        {
            return Err(none());
        }
        // Servers of before hand out what a name points to, and no other: then it is looked for below all names.
        let only_by_name = [
            "unadvertised object",
            "no such remote ref",
            "couldn't find remote ref",
            // What Java's Git says, which Gerrit is made with: `want <digest> not valid`.
            "not valid",
        ];
        if !only_by_name
            .iter()
            .any(|it| words.to_lowercase().contains(it))
            && !is_without_shallow(words)
        {
            return Err(self.failure(address, answer).await);
        }
        let all = [
            "+refs/heads/*:refs/annexe/heads/*",
            "+refs/tags/*:refs/annexe/tags/*",
        ];
        let answer = self
            .fetch_once(workplace, address, &all, &[], hears)
            .await?;
        if !answer.succeeded {
            return Err(self.failure(address, answer).await);
        }
        let repository = workplace.repository();
        let mut command = self.local_command(&repository);
        command
            .args(["rev-parse", "--verify", "--quiet"])
            .arg(format!("{revision}^{{commit}}"));
        let answer = self.run(command, address, Bounds::small()).await?;
        match answer.succeeded && answer.stdout.trim_ascii() == revision.as_str().as_bytes() {
            true => Ok(revision.clone()),
            false => Err(none()),
        }
    }

    async fn fetch_once(
        &self,
        workplace: &Workplace,
        address: &GitAddress,
        refspecs: &[&str],
        options: &[&str],
        hears: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Answer, GitError> {
        let repository = workplace.repository();
        let mut command = self.command(&repository, address);
        self.silence_ssh(&mut command, &repository, address).await?;
        command
            .args([
                "fetch",
                "--progress",
                "--no-tags",
                "--no-recurse-submodules",
            ])
            .args(options)
            .args(["--", address.as_str()])
            .args(refspecs);
        let bounds = Bounds {
            answer_bytes: 1 << 20,
            filling: Some((&repository, hears)),
        };
        let answer = self.run(command, address, bounds).await?;
        // It may have ended between two looks.
        self.weigh(address, &repository).await?;
        Ok(answer)
    }

    /// The commit that was fetched.
    async fn fetched(
        &self,
        workplace: &Workplace,
        address: &GitAddress,
    ) -> Result<GitRevision, GitError> {
        let mut command = self.local_command(&workplace.repository());
        command
            .args(["rev-parse", "--verify", "--quiet"])
            .arg(format!("{FETCHED}^{{commit}}"));
        let answer = self.run(command, address, Bounds::small()).await?;
        let text = String::from_utf8_lossy(&answer.stdout);
        text.trim().parse().map_err(|_| GitError::Answer {
            problem: "what was fetched is not a commit",
        })
    }

    /// The reference to the commit that is asked for: none for a commit itself.
    async fn reference(
        &self,
        workplace: &Workplace,
        source: &GitSource,
    ) -> Result<Option<GitReference>, GitError> {
        let address = &source.repository;
        match &source.point {
            GitPoint::Revision(_) => Ok(None),
            GitPoint::Reference(reference) => {
                // The fetch itself says less of a name that is not there.
                let names = self
                    .ask(workplace, address, &[&reference.to_string()])
                    .await?;
                match names.revision(reference) {
                    Some(_) => Ok(Some(reference.clone())),
                    None => Err(self.unknown(workplace, address, reference.name()).await?),
                }
            }
            GitPoint::Default => {
                let names = self.ask(workplace, address, &["HEAD"]).await?;
                names.default_branch().map(Some).ok_or(GitError::NoDefault {
                    address: address.clone(),
                })
            }
            GitPoint::Named(name) => {
                let tag = GitReference::Tag(name.clone());
                let branch = GitReference::Branch(name.clone());
                let wanted = [tag.to_string(), branch.to_string()];
                let names = self
                    .ask(workplace, address, &wanted.each_ref().map(String::as_str))
                    .await?;
                match (names.revision(&tag), names.revision(&branch)) {
                    (Some(_), Some(_)) => Err(GitError::Ambiguous {
                        address: address.clone(),
                        name: name.clone(),
                    }),
                    (Some(_), None) => Ok(Some(tag)),
                    (None, Some(_)) => Ok(Some(branch)),
                    (None, None) => Err(self.unknown(workplace, address, name).await?),
                }
            }
        }
    }

    /// The error for a name that a repository has not, with those that it has.
    async fn unknown(
        &self,
        workplace: &Workplace,
        address: &GitAddress,
        name: &str,
    ) -> Result<GitError, GitError> {
        let names = self
            .ask(workplace, address, &["refs/heads/*", "refs/tags/*"])
            .await?;
        Ok(GitError::NoReference {
            address: address.clone(),
            name: name.to_owned(),
            nearest: names.similar(name),
        })
    }

    /// The error that a failed run tells of.
    pub(super) async fn failure(&self, address: &GitAddress, answer: Answer) -> GitError {
        let output = answer.words;
        let lower = output.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|it| lower.contains(it));
        let address = address.clone();
        if says(&["no space left on device", "disk quota exceeded"]) {
            let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
            return fs::Error::new("write", &self.folder, full).into();
        }
        if says(&["unknown option", "usage: git", "is not a git command"]) {
            let version = Box::pin(self.version(&address)).await;
            return GitError::Old { version };
        }
        if says(&["mismatched algorithms"]) {
            return GitError::Sha256 { address };
        }
        if says(&[
            "authentication failed",
            "could not read username",
            "could not read password",
            "unable to get password",
            "terminal prompts disabled",
            "permission denied",
            "host key verification failed",
            "error: 401",
            "error: 403",
        ]) {
            return GitError::Denied { address, output };
        }
        if says(&[
            "could not resolve",
            "failed to connect",
            "couldn't connect",
            "connection refused",
            "connection timed out",
            "connection reset",
            "network is unreachable",
            "operation timed out",
            "operation too slow",
            "early eof",
            "unexpected disconnect",
            "hung up unexpectedly",
            "error: 5",
        ]) {
            return GitError::Unreachable { address, output };
        }
        if says(&[
            "repository not found",
            "does not appear to be a git repository",
            "does not exist",
            "not found",
            "could not read from remote repository",
        ]) {
            return GitError::NoRepository { address, output };
        }
        GitError::Failed { address, output }
    }

    /// The version of git, as it says itself.
    async fn version(&self, address: &GitAddress) -> String {
        let mut command = self.local_command(Path::new("/"));
        command.env_remove("GIT_DIR").arg("--version");
        match self.run(command, address, Bounds::small()).await {
            Ok(answer) => String::from_utf8_lossy(&answer.stdout).trim().to_owned(),
            Err(_) => "its version is not known".into(),
        }
    }
}

fn is_without_shallow(words: &str) -> bool {
    words.contains("does not support shallow") || words.contains("does not support --depth")
}
