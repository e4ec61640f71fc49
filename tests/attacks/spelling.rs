//! Other spellings of a program that an extension may run: none of them stands for it.

use crate::{
    place::try_all,
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
        row("0.3.0", "run:git --version").finds(
            "git version",
            &["allowed process:exec git --version as {git}"],
        ),
    ];
    for (command, file) in [
        ("./git", "{work}/git"),
        (".//git", "{work}/git"),
        ("bin/git", "{work}/bin/git"),
        ("bin/../git", "{work}/git"),
        ("git/../git", "{work}/git"),
        ("git/", "{work}/git"),
        ("git/.", "{work}/git"),
        ("git.", ""),
        ("GIT", ""),
        ("Git", ""),
        ("{work}/git", "{work}/git"),
        ("//{work}/git", "{work}/git"),
        ("{work}/bin/../git", "{work}/git"),
        ("{outside}/git", "{outside}/git"),
        ("git\n", ""),
        ("git\u{200b}", ""),
        ("ｇit", ""),
        ("~/git", "{work}/~/git"),
        ("$PATH", ""),
        ("sh", "{sh}"),
        ("{sh}", "{sh}"),
        ("{env}", "{env}"),
        // What cannot be a program at all.
        ("", ""),
        ("git\0", ""),
    ] {
        rows.push(unlisted(command, file));
    }
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
        let line = format!("{} as {{git}}", line.trim_end());
        row("0.3.0", format!("run:git {arguments}")).fails("capability `process:exec`", &[&line])
    });
    try_all(&rows).await;
}

/// A program that the manifest does not ask for, and the file that would run, if there is one to think of.
fn unlisted(command: &str, file: &str) -> Row {
    let mut line = format!("unlisted process:exec {command} --version");
    if !file.is_empty() {
        line.push_str(&format!(" as {file}"));
    }
    row("0.3.0", format!("run:{command} --version")).fails("capability `process:exec`", &[&line])
}

/// As a long request is audited.
fn shortened(text: &str) -> String {
    // A digest of the whole stands for the rest.
    let length = u64::try_from(text.len()).unwrap().to_le_bytes();
    let digest = blake3::hash(&[&length, text.as_bytes()].concat()).to_hex();
    format!("{}…{}", &text[..160], &digest[..16])
}
