//! Questions to git, where it is installed.
//!
//! A folder may be a stranger's, and the configuration of its repository can name programs that git starts on its own
//! (`core.fsmonitor`, hooks, filters, pagers). So git is never run in a repository that is there: it is found out by
//! looking at files whether there is one, its configuration is read as one file, and what it ignores is asked of an
//! empty repository of our own that is told where the files are.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use annexe::SearchPath;

use crate::cli::{
    failure::Complaint,
    files,
    program_answer::{self, Patience},
};

/// The folder of a repository within its work tree.
const REPOSITORY: &str = ".git";

/// The folder that git runs in, which is in no repository.
const NEUTRAL: &str = "/";

/// The most bytes of a repository's own files that are read, and of git's answers.
const MOST_BYTES: u64 = 1 << 20;

/// The files of a work tree's folders that git reads without looking what they are.
const READ_IN_FOLDERS: [&str; 3] = [".gitignore", ".gitattributes", ".mailmap"];

/// The longest time that git may take, which has little to do.
const PATIENCE: Patience<'_> = Patience {
    time: Duration::from_secs(10),
    notice: None,
    most_bytes: MOST_BYTES,
};

/// Variables that would have git look at another repository than it is told: whatever calls this
/// program from within git sets them.
const ELSEWHERE: [&str; 5] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
];

/// The configured value of a key: in the repository around a folder, else in the user's own configuration or the
/// system's. `None` where nothing is, or where git is not installed.
pub fn configured(folder: &Path, key: &str) -> Option<String> {
    let own = work_tree(folder).and_then(|root| {
        let file = file_of(&root, "config")?;
        let file = file.to_string_lossy().into_owned();
        answer(&["config", "--file", &file, "--null", "--get", key])
    });
    let value = own.or_else(|| answer(&["config", "--null", "--get", key]))?;
    let value = value.trim_end_matches('\0').trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// Whether git is installed.
pub fn is_installed() -> bool {
    program().is_some()
}

/// Whether `path`, which may be yet to come, is one that a repository around `folder` keeps: it lies
/// in its work tree, and is not ignored there.
pub fn is_kept(folder: &Path, path: &Path) -> bool {
    work_tree(folder).is_some_and(|root| !is_ignored(&root, path).unwrap_or(false))
}

/// Makes a repository in a folder that has none.
///
/// # Errors
/// Where git is not installed or refuses.
pub fn init(folder: &Path) -> anyhow::Result<()> {
    let folder = folder.to_string_lossy();
    let problem = match run(&["init", "--quiet", "--", &folder]) {
        None => "git is not installed".to_owned(),
        Some(output) if output.status.success() => return Ok(()),
        Some(output) => format!(
            "git says: {}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        ),
    };
    Err(
        Complaint::new(format!("no git repository can be made: {problem}"))
            .with_hint("leave it out with `--vcs none`")
            .into(),
    )
}

/// The nearest folder around that is the root of a repository's work tree.
fn work_tree(folder: &Path) -> Option<PathBuf> {
    let is_root = |folder: &&Path| {
        let repository = folder.join(REPOSITORY);
        // A file is there where the repository lies elsewhere: a work tree beside another, or a submodule.
        files::exists(&repository.join("HEAD"))
            || files::metadata(&repository).is_ok_and(|it| it.is_file())
    };
    folder.ancestors().find(is_root).map(Path::to_owned)
}

/// A file of a work tree's own repository, if it is one that can be read: no device, no pipe, and not too long.
fn file_of(root: &Path, name: &str) -> Option<PathBuf> {
    let file = repository_of(root).join(name);
    let metadata = files::metadata(&file).ok()?;
    (metadata.is_file() && metadata.len() <= MOST_BYTES).then_some(file)
}

/// Returns the repository that holds a work tree's configuration: for a work tree beside another, that
/// other's.
fn repository_of(root: &Path) -> PathBuf {
    let line_of = |file: &Path| {
        let content = files::read(file, MOST_BYTES).ok()?;
        Some(String::from_utf8(content).ok()?.trim_end().to_owned())
    };
    let repository = root.join(REPOSITORY);
    let Some(linked) = line_of(&repository) else {
        return repository;
    };
    let folder = root.join(linked.strip_prefix("gitdir: ").unwrap_or_default());
    match line_of(&folder.join("commondir")) {
        Some(common) => folder.join(common),
        None => folder,
    }
}

/// Whether git can read what it looks for in the folders of a work tree on the way to a path: a pipe would have it wait
/// for ever, a device might never end.
fn is_readable(root: &Path, path: &Path) -> bool {
    let is_sound = |file: PathBuf| match files::metadata(&file) {
        Ok(metadata) => metadata.is_file() && metadata.len() <= MOST_BYTES,
        Err(_) => true,
    };
    let mut folders = path.ancestors().filter(|folder| folder.starts_with(root));
    folders.all(|folder| {
        READ_IN_FOLDERS
            .iter()
            .all(|name| is_sound(folder.join(name)))
    })
}

/// Whether a work tree's files say that git is to ignore a path; `None` where that cannot be told.
fn is_ignored(root: &Path, path: &Path) -> Option<bool> {
    if !is_readable(root, path) {
        return None;
    }
    let neutral = files::temporary_folder().ok()?;
    let repository = neutral.path().to_string_lossy();
    run(&[
        "init",
        "--quiet",
        "--bare",
        "--template=",
        "--",
        &repository,
    ])?;
    if let Some(exclude) = file_of(root, "info/exclude") {
        let content = files::read(&exclude, MOST_BYTES).ok()?;
        let info = neutral.path().join("info");
        files::create_folders(&info).ok()?;
        files::create(&info.join("exclude"), content).ok()?;
    }
    let (root, path) = (root.to_string_lossy(), path.to_string_lossy());
    let (git_dir, work_tree) = (
        format!("--git-dir={repository}"),
        format!("--work-tree={root}"),
    );
    let arguments = [
        &git_dir,
        &work_tree,
        "check-ignore",
        "--no-index",
        "--quiet",
        "--",
        &path,
    ];
    Some(run(&arguments)?.status.success())
}

fn program() -> Option<PathBuf> {
    SearchPath::of_process().find("git")
}

/// Returns the answer of git; `None` where it fails or is not installed.
fn answer(arguments: &[&str]) -> Option<String> {
    let output = run(arguments)?;
    if !output.status.success() {
        return None;
    }
    String::from_utf8(output.stdout).ok()
}

/// Runs git; `None` where it is not installed, or does not come to an end.
fn run(arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new(program()?);
    command.env("PATH", SearchPath::of_process().to_variable());
    for name in ELSEWHERE {
        command.env_remove(name);
    }
    command
        .args(["-C", NEUTRAL])
        .args(arguments)
        .current_dir(NEUTRAL);
    program_answer::answer(&mut command, "", &PATIENCE).ok()
}
