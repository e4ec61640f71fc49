//! What is asked of git, where it is installed.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::cli::failure::Complaint;

/// Variables that would have git look at another repository than the folder's: whatever calls this
/// program from within git sets them.
const ELSEWHERE: [&str; 5] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_COMMON_DIR",
];

/// What is configured in a folder under a key; `None` where nothing is, or where git is not installed.
pub fn configured(folder: &Path, key: &str) -> Option<String> {
    let value = answer(folder, &["config", "--null", "--get", key])?;
    let value = value.trim_end_matches('\0').trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// Whether git is installed.
pub fn is_installed(folder: &Path) -> bool {
    answer(folder, &["--version"]).is_some()
}

/// Whether `path`, which may be yet to come, is one that a repository around `folder` keeps: it lies
/// in its work tree, and is not ignored there.
pub fn is_kept(folder: &Path, path: &Path) -> bool {
    let inside = answer(folder, &["rev-parse", "--is-inside-work-tree"]);
    let path = path.to_string_lossy();
    inside.is_some_and(|inside| inside.trim_end() == "true")
        && answer(folder, &["check-ignore", "--quiet", "--", &path]).is_none()
}

/// Makes a repository in a folder.
///
/// # Errors
/// Where git is not installed or refuses.
pub fn init(folder: &Path) -> anyhow::Result<()> {
    let problem = match run(folder, &["init", "--quiet"]) {
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

/// What git answers; `None` where it fails or is not installed.
fn answer(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = run(folder, arguments)?;
    if !output.status.success() {
        return None;
    }
    String::from_utf8(output.stdout).ok()
}

/// Runs git in a folder; `None` where it is not installed.
fn run(folder: &Path, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new("git");
    for name in ELSEWHERE {
        command.env_remove(name);
    }
    let run = command
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null());
    run.output().ok()
}
