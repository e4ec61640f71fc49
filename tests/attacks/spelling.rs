//! Other spellings of a program that an extension may run: none of them stands for it.

use crate::{
    scene::try_all,
    table::{Row, row},
};

#[tokio::test]
async fn only_the_granted_name_stands_for_the_granted_program() {
    let mut rows = vec![
        row("0.0.1", "plant:git"),
        row("0.0.1", "plant:GIT"),
        row("0.0.1", "plant:git."),
        row("0.0.1", "make-dir:bin"),
        row("0.0.1", "plant:bin/git"),
        row("0.3.0", "run:git --version")
            .finds("git version", &["allowed process:exec git --version"]),
    ];
    for command in [
        "./git",
        ".//git",
        "bin/git",
        "bin/../git",
        "git/../git",
        "git/",
        "git/.",
        "git.",
        "GIT",
        "Git",
        "{work}/git",
        "//{work}/git",
        "{work}/../../outside/git",
        "../../../usr/bin/git",
        "git\n",
        "git\u{200b}",
        "ｇit",
        "~/git",
        "$PATH",
        "sh",
        "/bin/sh",
        "/usr/bin/env",
    ] {
        rows.push(unlisted(command));
    }
    // What cannot be a program at all.
    rows.push(unlisted(""));
    rows.push(unlisted("git\0"));
    let long = "git".repeat(2000);
    rows.push(row("0.3.0", format!("run:{long} --version")).fails(
        "capability `process:exec`",
        &[&format!(
            "unlisted process:exec {} --version",
            shortened(&long)
        )],
    ));
    try_all(&rows).await;
}

#[tokio::test]
async fn only_the_granted_arguments_stand_for_themselves() {
    let rows = [
        "-c alias.x=!./git x",
        "--version --exec-path=.",
        "--Version",
        "--exec-path=.",
        "",
    ]
    .map(|arguments| {
        let line = format!("unlisted process:exec git {arguments}");
        row("0.3.0", format!("run:git {arguments}"))
            .fails("capability `process:exec`", &[line.trim_end()])
    });
    try_all(&rows).await;
}

/// A program that the manifest does not ask for.
fn unlisted(command: &str) -> Row {
    row("0.3.0", format!("run:{command} --version")).fails(
        "capability `process:exec`",
        &[&format!("unlisted process:exec {command} --version")],
    )
}

/// As a long request is audited.
fn shortened(text: &str) -> String {
    format!("{}…", &text[..160])
}
