//! A Git repository of a test: a work tree, and the bare repository that is asked.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A repository with a work tree beside it. Both go when dropped.
pub struct Repository {
    folder: tempfile::TempDir,
}

/// Whether there is a Git; tells where there is none.
pub fn has_git() -> bool {
    let has = Command::new("git").arg("--version").output().is_ok();
    if !has {
        super::skip("git", "there is no git");
    }
    has
}

impl Repository {
    pub fn new() -> Self {
        let repository = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(repository.tree()).unwrap();
        repository.git(["init", "--quiet", "."]);
        repository.git(["symbolic-ref", "HEAD", "refs/heads/main"]);
        let bare = repository.bare();
        repository.git(["init", "--quiet", "--bare", bare.to_str().unwrap()]);
        repository.git_in(&bare, ["symbolic-ref", "HEAD", "refs/heads/main"]);
        repository.git(["remote", "add", "origin", bare.to_str().unwrap()]);
        repository
    }

    /// With an extension without code, of this version and tagged `v<version>`.
    pub fn themes(version: &str) -> Self {
        let repository = Self::new();
        repository.release(version);
        repository
    }

    /// The folder that a server serves.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn tree(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    /// The bare repository.
    pub fn bare(&self) -> PathBuf {
        self.folder.path().join("shades.git")
    }

    /// The address of the bare repository as a folder of this machine.
    pub fn url(&self) -> String {
        format!("git+file://{}", self.bare().display())
    }

    pub fn git<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> String {
        self.git_in(&self.tree(), arguments)
    }

    pub fn git_in<'a>(
        &self,
        folder: &Path,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> String {
        self.git_with(folder, arguments, "")
    }

    /// Runs git with a text on its standard input.
    pub fn git_with<'a>(
        &self,
        folder: &Path,
        arguments: impl IntoIterator<Item = &'a str>,
        input: &str,
    ) -> String {
        use std::io::Write as _;

        let mut command = Command::new("git");
        command
            .args([
                "-c",
                "protocol.file.allow=always",
                "-c",
                "core.hooksPath=/dev/null",
            ])
            .args(arguments)
            .current_dir(folder)
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A")
            .env("GIT_AUTHOR_EMAIL", "a@example.org")
            .env("GIT_COMMITTER_NAME", "A")
            .env("GIT_COMMITTER_EMAIL", "a@example.org")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn write(&self, path: &str, content: &str) {
        let path = self.tree().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Commits the work tree and publishes it as `main`; gives the commit.
    pub fn commit(&self) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "-m", "a commit"]);
        self.git([
            "push",
            "--quiet",
            "--force",
            "origin",
            "HEAD:refs/heads/main",
        ]);
        self.git(["rev-parse", "HEAD"])
    }

    pub fn tag(&self, name: &str) {
        self.git(["tag", "--force", "-a", "-m", "a tag", name]);
        let reference = format!("refs/tags/{name}");
        self.git(["push", "--quiet", "--force", "origin", &reference]);
    }

    /// Writes an extension without code at the top, commits it and tags it `v<version>`; gives the commit.
    pub fn release(&self, version: &str) -> String {
        self.write_extension("", "shades", version);
        let commit = self.commit();
        self.tag(&format!("v{version}"));
        commit
    }

    /// Writes an extension without code.
    pub fn write_extension(&self, folder: &str, id: &str, version: &str) {
        self.write(
            &format!("{folder}extension.toml"),
            &format!(
                "id = \"{id}\"\nname = \"Shades\"\nversion = \"{version}\"\nschema_version = 1\n\
                 description = \"For tests\"\nauthors = [\"A <a@example.org>\"]\n\
                 repository = \"https://example.org/shades\"\n"
            ),
        );
        self.write(
            &format!("{folder}themes/one.json"),
            "{\"name\": \"One\", \"author\": \"A\", \"themes\": []}",
        );
    }
}
