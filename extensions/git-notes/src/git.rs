//! Git, run in a repository so that it only reads.

use zed_extension_api::Worktree;
use zed_extension_api::process::{Command, Output};

/// What each run is told besides. A repository's configuration may name programs to run and remotes to
/// ask: this keeps it from those, and the output from depending on a person's taste.
const SETTINGS: [&str; 11] = [
    "core.fsmonitor=false",
    "core.quotePath=false",
    "color.ui=never",
    "blame.coloring=none",
    "blame.showEmail=false",
    "diff.renames=true",
    "status.renames=true",
    "i18n.logOutputEncoding=UTF-8",
    "log.showSignature=false",
    "protocol.allow=never",
    "submodule.recurse=false",
];

/// The repository that a folder is in, with the environment of the folder's shell.
#[derive(Debug)]
pub struct Repository {
    root: String,
    environment: Vec<(String, String)>,
}

impl Repository {
    /// The repository a worktree is in.
    pub fn of(worktree: &Worktree) -> Result<Self, String> {
        if worktree.which("git").is_none() {
            return Err("`git` is not on PATH; install it, then try again".to_owned());
        }
        let repository = Self {
            root: worktree.root_path(),
            environment: worktree.shell_env(),
        };
        let inside = repository.read(&["rev-parse", "--is-inside-work-tree"])?;
        if inside.trim_end() != "true" {
            let root = &repository.root;
            return Err(format!("`{root}` is in a repository without a work tree"));
        }
        Ok(repository)
    }

    /// What git writes, as text; what is no UTF-8 is replaced.
    ///
    /// Git's own words are the error where it fails.
    pub fn read<S: AsRef<str>>(&self, arguments: &[S]) -> Result<String, String> {
        let output = self.run(arguments)?;
        if output.status == Some(0) {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let words = String::from_utf8_lossy(&output.stderr);
        if words.contains("not a git repository") {
            return Err(format!("`{}` is not in a git repository", self.root));
        }
        let line = words.lines().find(|line| !line.trim().is_empty());
        let line = line.unwrap_or("it failed without a word");
        let line = line.strip_prefix("fatal: ").unwrap_or(line);
        Err(format!("git says: {line}"))
    }

    /// The full hash of the commit that a revision names; `None` where it names none.
    pub fn commit(&self, revision: &str) -> Result<Option<String>, String> {
        let commit = format!("{revision}^{{commit}}");
        let output = self.run(&[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ])?;
        let hash = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        // Older versions of git repeat the separator.
        let hash = hash.trim_start_matches("--end-of-options").trim_start();
        Ok((output.status == Some(0) && !hash.is_empty()).then(|| hash.to_owned()))
    }

    fn run<S: AsRef<str>>(&self, arguments: &[S]) -> Result<Output, String> {
        // Named as the capability names it; the PATH of the folder's shell says which one it is.
        Command::new("git")
            .args(["-C", &self.root])
            .args(["--no-pager", "--no-optional-locks", "--literal-pathspecs"])
            .args(SETTINGS.iter().flat_map(|setting| ["-c", *setting]))
            .args(arguments.iter().map(AsRef::as_ref))
            .envs(self.environment.iter().cloned())
            // Errors are told apart by their English words.
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .output()
    }
}
