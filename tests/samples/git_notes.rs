//! API 0.3.0: a slash command that runs a program, here git in a repository made for the test.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::sample::Sample;

/// A sample whose worktree is a repository with git on its `PATH`; `None`, with the reason told, where
/// this machine cannot make one.
async fn start() -> Option<Sample> {
    if std::env::var_os("GIT_DIR").is_some() {
        crate::support::skip("git", "GIT_DIR would lead git to another repository");
        return None;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join("git"));
    let Some(program) = places.find(|program| program.is_file()) else {
        crate::support::skip("git", "git is not installed");
        return None;
    };
    let sample = Sample::start("git-notes").await;
    if !link(&program, &sample.worktree().join("bin")) {
        crate::support::skip("system", "git cannot be put on the worktree's PATH");
        return None;
    }
    Some(sample)
}

#[cfg(unix)]
fn link(program: &Path, folder: &Path) -> bool {
    std::fs::create_dir_all(folder).unwrap();
    std::os::unix::fs::symlink(program, folder.join("git")).unwrap();
    true
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> bool {
    false
}

/// Runs git itself, to prepare the repository.
fn git(sample: &Sample, arguments: &[&str]) {
    let output = Command::new("git")
        .current_dir(sample.worktree())
        .args(["-c", "user.name=Ada Ü", "-c", "user.email=ada@example.org"])
        .args(["-c", "commit.gpgSign=false", "-c", "core.autocrlf=false"])
        .args(arguments)
        .env("GIT_AUTHOR_DATE", "2024-05-06T07:08:09Z")
        .env("GIT_COMMITTER_DATE", "2024-05-06T07:08:09Z")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {words}");
}

/// A repository with two commits, and with a change of each sort: staged, not staged, untracked.
async fn start_with_history() -> Option<Sample> {
    let sample = start().await?;
    git(&sample, &["init", "--quiet"]);
    git(&sample, &["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    sample.write(".git/info/exclude", "/bin/\n");
    sample.write("src/a.txt", "one\ntwo\n");
    sample.write("old name.txt", "a long enough line to be recognised\n");
    git(&sample, &["add", "."]);
    git(&sample, &["commit", "--quiet", "--message=First"]);
    sample.write("src/a.txt", "one\n2\n");
    git(
        &sample,
        &["commit", "--quiet", "--all", "--message=Second: größer"],
    );
    git(&sample, &["mv", "old name.txt", "new name.txt"]);
    sample.write("src/a.txt", "one\n2\nthree ```\n");
    sample.write("trunk", "a file named like the branch\n");
    Some(sample)
}

async fn ask(sample: &Sample, arguments: &[&str]) -> Result<Value, String> {
    let arguments = json!([{"name": "git"}, arguments]);
    sample.ask("run-slash-command", arguments).await
}

/// The text of an answer, and its sections: labels with the text they stand for.
async fn answer(sample: &Sample, arguments: &[&str]) -> (String, Vec<(String, String)>) {
    let output = ask(sample, arguments).await.unwrap();
    let text = output["text"].as_str().unwrap();
    let sections = output["sections"].as_array().unwrap().iter();
    let sections = sections.map(|section| {
        let end = |name: &str| usize::try_from(section["range"][name].as_u64().unwrap()).unwrap();
        let part = &text[end("start")..end("end")];
        (section["label"].as_str().unwrap().into(), part.into())
    });
    (text.into(), sections.collect())
}

fn labels(sections: &[(String, String)]) -> Vec<&str> {
    sections.iter().map(|(label, _)| label.as_str()).collect()
}

#[tokio::test]
async fn the_status_lists_changes_by_where_they_are() {
    let Some(sample) = start_with_history().await else {
        return;
    };
    let (text, sections) = answer(&sample, &["status"]).await;
    assert!(
        text.starts_with("# git status\n\nOn `trunk`\n\n## Staged\n"),
        "{text}"
    );
    let expected = [
        (
            "Staged (1)",
            "## Staged\n\n- renamed `old name.txt` → `new name.txt`",
        ),
        ("Not staged (1)", "## Not staged\n\n- modified `src/a.txt`"),
        ("Untracked (1)", "## Untracked\n\n- `trunk`"),
    ];
    assert_eq!(
        sections,
        expected.map(|(label, text)| (label.into(), text.into()))
    );

    let (_, sections) = answer(&sample, &["status", "src"]).await;
    assert_eq!(labels(&sections), ["Not staged (1)"]);
}

#[tokio::test]
async fn the_log_lists_commits_one_a_line() {
    let Some(sample) = start_with_history().await else {
        return;
    };
    let (_, sections) = answer(&sample, &["log"]).await;
    assert_eq!(labels(&sections), ["2 commits"]);
    let lines: Vec<_> = sections[0].1.lines().collect();
    assert!(
        lines[0].ends_with("` 2024-05-06 Ada Ü: Second: größer"),
        "{lines:?}"
    );
    assert!(lines[1].ends_with("` 2024-05-06 Ada Ü: First"), "{lines:?}");
    assert!(lines[1].starts_with("- `"), "{lines:?}");

    for (arguments, label) in [
        (["log", "1"].as_slice(), "1 commit"),
        (&["log 1 trunk"], "1 commit"),
        (&["log", "HEAD~1..HEAD"], "1 commit"),
        (&["log", "trunk..HEAD"], "No commits"),
        (&["log", "HEAD", "new name.txt"], "No commits"),
        (&["log", "old name.txt"], "1 commit"),
        (&["log", "src"], "2 commits"),
    ] {
        let (_, sections) = answer(&sample, arguments).await;
        assert_eq!(labels(&sections), [label], "{arguments:?}");
    }
}

#[tokio::test]
async fn a_diff_has_a_section_for_each_file() {
    let Some(sample) = start_with_history().await else {
        return;
    };
    let (text, sections) = answer(&sample, &["diff"]).await;
    assert!(text.starts_with("# git diff\n\n````diff\n"), "{text}");
    assert_eq!(labels(&sections), ["src/a.txt"]);
    let patch = &sections[0].1;
    assert!(patch.contains("\n+three ```\n````"), "{patch}");
    assert!(patch.contains("\n--- a/src/a.txt\n"), "{patch}");

    let (_, sections) = answer(&sample, &["diff", "staged"]).await;
    assert_eq!(labels(&sections), ["new name.txt"]);
    assert!(sections[0].1.contains("\nrename from old name.txt\n"));

    let (_, sections) = answer(&sample, &["diff", "HEAD~1"]).await;
    assert_eq!(labels(&sections), ["new name.txt", "src/a.txt"]);

    let (_, sections) = answer(&sample, &["diff", "HEAD~1..HEAD", "src"]).await;
    assert_eq!(labels(&sections), ["src/a.txt"]);
    assert!(sections[0].1.contains("\n-two\n+2\n"));

    // The branch is meant, unless the path is written as one.
    let (_, sections) = answer(&sample, &["diff", "trunk"]).await;
    assert_eq!(labels(&sections), ["new name.txt", "src/a.txt"]);
    let (text, sections) = answer(&sample, &["diff", "./trunk"]).await;
    assert_eq!(labels(&sections), ["No changes"]);
    assert!(text.contains("There are no such changes."), "{text}");
}

#[tokio::test]
async fn a_commit_is_shown_with_its_message_and_its_changes() {
    let Some(sample) = start_with_history().await else {
        return;
    };
    let (text, sections) = answer(&sample, &["show"]).await;
    assert!(text.starts_with("# git show "), "{text}");
    assert_eq!(labels(&sections), ["message", "src/a.txt"]);
    let message = &sections[0].1;
    assert!(
        message.contains("\nAuthor: Ada Ü <ada@example.org>\n"),
        "{message}"
    );
    assert!(message.contains("\n    Second: größer\n"), "{message}");

    let (_, sections) = answer(&sample, &["show", "HEAD~1", "old name.txt"]).await;
    assert_eq!(labels(&sections), ["message", "old name.txt"]);
    assert!(sections[0].1.contains("\n    First\n"));
}

#[tokio::test]
async fn a_file_is_blamed_whole_or_in_part() {
    let Some(sample) = start_with_history().await else {
        return;
    };
    let (_, sections) = answer(&sample, &["blame", "src/a.txt"]).await;
    assert_eq!(labels(&sections), ["src/a.txt"]);
    let lines: Vec<_> = sections[0].1.lines().collect();
    assert_eq!(lines.len(), 3 + 2, "{lines:?}");
    assert!(lines[1].ends_with(" one") && lines[1].contains("Ada Ü"));
    assert!(lines[3].contains("Not Committed Yet"), "{lines:?}");

    let (_, sections) = answer(&sample, &["blame", "src/a.txt", "2-2"]).await;
    let lines: Vec<_> = sections[0].1.lines().collect();
    assert_eq!(lines.len(), 1 + 2, "{lines:?}");
    assert!(lines[1].ends_with(" 2"), "{lines:?}");
}

#[tokio::test]
async fn what_git_cannot_answer_is_said_in_its_words_or_clearer_ones() {
    let Some(sample) = start_with_history().await else {
        return;
    };
    for (arguments, problem) in [
        (
            ["log", "nope"].as_slice(),
            "`nope` is neither a revision nor a path that git knows here",
        ),
        (
            &["diff", "HEAD", "nope"],
            "`nope` is no path that git knows",
        ),
        (&["show", "HEAD~1..HEAD"], "neither a revision nor a path"),
        (
            &["blame", "src/a.txt", "9"],
            "git says: file src/a.txt has only 3 lines",
        ),
        (&["log", "9999"], "1 to 500 commits, not 9999"),
        (&["blame"], "`/git blame src/lib.rs 10-20`"),
        (&["blame", "src/a.txt", "src"], "is about one file"),
        (&[], "say what to show: status, log, diff, show, blame"),
    ] {
        let error = ask(&sample, arguments).await.unwrap_err();
        assert!(error.contains(problem), "{arguments:?}: {error}");
    }
}

#[tokio::test]
async fn only_reading_commands_run_and_only_inside_the_folder() {
    // None of these gets as far as git, which is not there.
    let sample = Sample::start("git-notes").await;
    for (arguments, problem) in [
        (["push"].as_slice(), "`push` is none of status, log"),
        (&["-c", "x=y"], "`-c` looks like an option"),
        (&["diff", "--output=file"], "`--output=file` looks like an"),
        (&["log --output=file"], "`--output=file` looks like an"),
        (&["show", "--", "x"], "`--` looks like an option"),
        (&["log", "a\nb"], "`a\\nb` contains a control character"),
        (&["status"], "`git` is not on PATH"),
    ] {
        let error = ask(&sample, arguments).await.unwrap_err();
        assert!(error.contains(problem), "{arguments:?}: {error}");
    }
    let other = json!([{"name": "svn"}, ["status"]]);
    let error = sample.ask("run-slash-command", other).await.unwrap_err();
    assert!(error.contains("no command `/svn`"), "{error}");

    let Some(sample) = start_with_history().await else {
        return;
    };
    for command in ["status", "log", "diff", "show", "blame"] {
        for path in ["../x", "src/../../x", "/etc/passwd"] {
            let error = ask(&sample, &[command, path]).await.unwrap_err();
            assert!(error.contains("no path inside this folder"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_folder_outside_any_repository_and_one_without_commits_are_told_apart() {
    let Some(sample) = start().await else {
        return;
    };
    let error = ask(&sample, &["status"]).await.unwrap_err();
    assert!(error.contains("is not in a git repository"), "{error}");

    git(&sample, &["init", "--quiet"]);
    git(&sample, &["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    sample.write(".git/info/exclude", "/bin/\n");
    let (text, sections) = answer(&sample, &["status"]).await;
    assert!(text.contains("No commits yet on `trunk`"), "{text}");
    assert_eq!(labels(&sections), ["No changes"]);
    let error = ask(&sample, &["show"]).await.unwrap_err();
    assert!(error.contains("there is no commit yet"), "{error}");
    let error = ask(&sample, &["log"]).await.unwrap_err();
    assert!(error.contains("does not have any commits yet"), "{error}");
}

#[tokio::test]
async fn of_a_long_answer_whole_lines_are_shown() {
    let Some(sample) = start_with_history().await else {
        return;
    };
    let line = "a line that is there many times\n";
    sample.write("long.txt", &line.repeat(20_000));
    git(&sample, &["add", "long.txt"]);
    let (text, sections) = answer(&sample, &["diff", "staged", "long.txt"]).await;
    assert!(
        text.ends_with("```\n\nThere is more, which is left out here.\n"),
        "{}",
        text.len()
    );
    assert!((200 << 10..=257 << 10).contains(&text.len()));
    assert_eq!(labels(&sections), ["long.txt"]);
    let shown = sections[0].1.strip_suffix("\n```").unwrap();
    assert!(shown.ends_with(&format!("\n+{}", line.trim_end())));
}

#[cfg(unix)]
#[tokio::test]
async fn no_program_runs_that_the_repository_names() {
    use std::os::unix::fs::PermissionsExt as _;

    let Some(sample) = start_with_history().await else {
        return;
    };
    let (program, trace) = (
        sample.worktree().join("bin/spy"),
        sample.worktree().join("bin/trace"),
    );
    let script = format!("#!/bin/sh\necho ran >>'{}'\n", trace.display());
    sample.write("bin/spy", &script);
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    sample.write(".git/info/attributes", "*.txt diff=spy\n");
    let program = program.to_str().unwrap();
    for key in [
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "diff.spy.command",
        "diff.spy.textconv",
    ] {
        git(&sample, &["config", key, program]);
    }
    for arguments in [
        ["status"].as_slice(),
        &["log"],
        &["diff"],
        &["diff", "staged"],
        &["show"],
        &["blame", "src/a.txt"],
    ] {
        answer(&sample, arguments).await;
        assert!(!trace.exists(), "{arguments:?}");
    }
}

#[tokio::test]
async fn completions_follow_what_is_typed() {
    let sample = Sample::start("git-notes").await;
    let complete = async |arguments: &[&str]| {
        let arguments = json!([{"name": "git"}, arguments]);
        let ask = sample.ask("complete-slash-command-argument", arguments);
        ask.await.unwrap()
    };
    let words = |answer: &Value| {
        let words = answer.as_array().unwrap().iter();
        words
            .map(|word| word["new_text"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let all = complete(&[]).await;
    assert_eq!(words(&all), ["status", "log", "diff", "show", "blame"]);
    assert_eq!(
        complete(&["st"]).await,
        json!([{
            "label": "status (what has changed, and what is staged)",
            "new_text": "status",
            "run_command": true,
        }])
    );
    // It needs a path.
    assert_eq!(complete(&["bl"]).await[0]["run_command"], false);
    assert_eq!(words(&complete(&["diff", "st"]).await), ["staged"]);
    assert_eq!(words(&complete(&["log", ""]).await), ["10", "100"]);
    assert_eq!(words(&complete(&["show", "H"]).await), ["HEAD", "HEAD~1"]);
    assert_eq!(complete(&["push"]).await, json!([]));
    assert_eq!(complete(&["blame", ""]).await, json!([]));
}
