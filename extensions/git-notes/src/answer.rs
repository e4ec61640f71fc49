//! The answers.

use crate::git::Repository;
use crate::report::{Report, code, shown};
use crate::request::Request;
use crate::words::{Words, check_path, sort};
use crate::{diff, status};

/// What a patch is written with, whatever the configuration says.
const PATCH: [&str; 7] = [
    "--patch",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=dirty",
    "--src-prefix=a/",
    "--dst-prefix=b/",
];

/// Asks git and writes down what it says.
pub fn answer(repository: &Repository, request: &Request) -> Result<Report, String> {
    match request {
        Request::Status { paths } => status(repository, paths),
        Request::Log { count, words } => log(repository, *count, words),
        Request::Diff { staged, words } => changes(repository, *staged, words),
        Request::Show { words } => show(repository, words),
        Request::Blame { path, lines } => blame(repository, path, *lines),
    }
}

/// How the branch is described while it has no commit.
const EMPTY: &str = "No commits yet on ";

fn status(repository: &Repository, paths: &[String]) -> Result<Report, String> {
    paths.iter().try_for_each(|path| check_path(path))?;
    let mut arguments = vec![
        "status",
        "--porcelain=v1",
        "--branch",
        "-z",
        "--untracked-files=normal",
        "--ignore-submodules=dirty",
        "--",
    ];
    arguments.extend(paths.iter().map(String::as_str));
    let text = repository.read(&arguments)?;
    let (text, is_cut) = shown(&text, '\0');
    let status = status::parse(text);
    let mut report = Report::new("git status");
    match status.branch.strip_prefix(EMPTY) {
        Some(branch) => report.line(&format!("{EMPTY}{}", code(branch))),
        None => report.line(&format!("On {}", code(&status.branch))),
    }
    for (name, changes) in status.groups() {
        let list = changes.join("\n- ");
        let label = format!("{name} ({})", changes.len());
        report.section(label, &format!("## {name}\n\n- {list}"));
    }
    if status.groups().next().is_none() {
        report.section("No changes", "Nothing has changed.");
    }
    Ok(finish(report, is_cut))
}

fn log(repository: &Repository, count: u32, words: &[String]) -> Result<Report, String> {
    let words = sort(repository, words, true)?;
    let count = format!("--max-count={count}");
    let mut arguments = vec![
        "log",
        &count,
        "--no-color",
        "--no-patch",
        "--format=%h%x09%as%x09%an%x09%s",
    ];
    arguments.extend(trailing(&words));
    let text = repository.read(&arguments)?;
    let (text, is_cut) = shown(&text, '\n');
    let mut commits = String::new();
    for line in text.lines() {
        let mut parts = line.splitn(4, '\t');
        let mut part = || parts.next().unwrap_or_default();
        let (hash, date, author, subject) = (part(), part(), part(), part());
        commits.push_str(&format!("- `{hash}` {date} {author}: {subject}\n"));
    }
    let mut report = Report::new("git log");
    match text.lines().count() {
        0 => report.section("No commits", "There are no such commits."),
        1 => report.section("1 commit", &commits),
        number => report.section(format!("{number} commits"), &commits),
    }
    Ok(finish(report, is_cut))
}

fn changes(repository: &Repository, staged: bool, words: &[String]) -> Result<Report, String> {
    let words = sort(repository, words, true)?;
    let mut arguments = vec!["diff"];
    arguments.extend(PATCH);
    if staged {
        arguments.push("--cached");
    }
    arguments.extend(trailing(&words));
    let text = repository.read(&arguments)?;
    let (text, is_cut) = shown(&text, '\n');
    let heading = if staged {
        "git diff staged"
    } else {
        "git diff"
    };
    let mut report = Report::new(heading);
    if text.is_empty() {
        report.section("No changes", "There are no such changes.");
    }
    files(&mut report, text);
    Ok(finish(report, is_cut))
}

fn show(repository: &Repository, words: &[String]) -> Result<Report, String> {
    let mut words = sort(repository, words, false)?;
    let commit = match words.revision.take() {
        Some(commit) => commit,
        None => repository.commit("HEAD")?.ok_or("there is no commit yet")?,
    };
    let short = commit.get(..10).unwrap_or(&commit).to_owned();
    words.revision = Some(commit);
    let mut arguments = vec!["show", "--format=medium", "--date=iso", "--no-notes"];
    arguments.extend(PATCH);
    arguments.extend(trailing(&words));
    let text = repository.read(&arguments)?;
    let (text, is_cut) = shown(&text, '\n');
    let mut report = Report::new(&format!("git show {short}"));
    if text.is_empty() {
        report.section("No changes", "The commit does not change these paths.");
    }
    files(&mut report, text);
    Ok(finish(report, is_cut))
}

fn blame(repository: &Repository, path: &str, lines: Option<(u32, u32)>) -> Result<Report, String> {
    check_path(path)?;
    let range = lines.map(|(first, last)| format!("-L{first},{last}"));
    let mut arguments = vec!["blame", "--date=short", "--no-textconv"];
    arguments.extend(range.as_deref());
    arguments.extend(["--", path]);
    let text = repository.read(&arguments)?;
    let (text, is_cut) = shown(&text, '\n');
    let mut report = Report::new(&format!("git blame {}", code(path)));
    report.block(path, "text", text);
    Ok(finish(report, is_cut))
}

/// A section for what comes before the files, such as a commit's message, and one for each file.
fn files(report: &mut Report, patch: &str) {
    let (message, files) = diff::split(patch);
    if !message.trim().is_empty() {
        report.block("message", "text", message);
    }
    for (name, file) in files {
        report.block(name, "diff", file);
    }
}

/// The arguments that come last; what follows the dashes is never a revision or an option.
fn trailing(words: &Words) -> impl Iterator<Item = &str> {
    let revision = words.revision.as_deref().into_iter();
    let paths = words.paths.iter().map(String::as_str);
    revision.chain(["--"]).chain(paths)
}

fn finish(mut report: Report, is_cut: bool) -> Report {
    if is_cut {
        report.line("There is more, which is left out here.");
    }
    report
}
