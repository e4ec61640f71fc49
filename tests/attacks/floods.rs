//! Floods: lines, messages, requests and open files. The guest goes on answering, and nothing that it asks for is
//! missing from what is audited.

use crate::{place::try_all, table::row};

/// The most different requests that are refused one way and kept of one run.
const MOST_REFUSED: usize = 256;

#[tokio::test]
async fn lines_and_messages_are_borne() {
    try_all(&[
        row("0.0.1", "repeat:3000 print:one more"),
        row("0.0.1", "repeat:3000 status:downloading"),
        row("0.0.1", "status-text:3000000"),
        row("0.0.1", "repeat:300 which:nothing").finds("none", &[]),
    ])
    .await;
}

#[tokio::test]
async fn requests_in_a_loop_are_counted() {
    let same = "repeat:200 npm-latest:one";
    let git = "allowed process:exec git --version as {git} x20";
    try_all(&[
        row("0.0.1", same)
            .fails_by_default("offline", &["allowed npm:install one x200"])
            .fails_strictly("`npm:install`", &["refused npm:install one x200"]),
        row("0.3.0", "repeat:20 run:git --version").finds("git version", &[git]),
    ])
    .await;
}

#[tokio::test]
async fn requests_of_many_kinds_hide_no_act_and_no_refusal() {
    let asked = 400;
    let lines = |outcome: &str, most: usize| -> Vec<String> {
        let each = (0..most).map(|number| format!("{outcome} npm:install p{number}"));
        each.collect()
    };
    // Each act has a line of its own.
    let allowed = lines("allowed", asked);
    let mut refused = lines("refused", MOST_REFUSED);
    refused.push(format!(
        "refused npm:install * and others x{}",
        asked - MOST_REFUSED
    ));
    let [allowed, refused] =
        [&allowed, &refused].map(|it| it.iter().map(String::as_str).collect::<Vec<_>>());
    try_all(&[
        row("0.0.1", format!("each:{asked} npm-latest:p"))
            .fails_by_default("offline", &allowed)
            .fails_strictly("`npm:install`", &refused),
        row("0.3.0", "run:{sh} x")
            .fails("`process:exec`", &["unlisted process:exec {sh} x as {sh}"]),
    ])
    .await;
}

/// The files that a guest holds open are its own: the host has what it needs for an audited act.
#[tokio::test]
async fn what_is_asked_with_no_file_left_is_audited() {
    try_all(&[
        row("0.0.1", "hold:work-dir").finds("true|", &[]),
        row("0.3.0", "hold:run:git --version").finds(
            "true|0|git version",
            &["allowed process:exec git --version as {git}"],
        ),
        row("0.3.0", "hold:run:{sh} x")
            .fails("`process:exec`", &["unlisted process:exec {sh} x as {sh}"]),
        row("0.0.1", "hold:npm-latest:one")
            .fails_by_default("offline", &["allowed npm:install one"])
            .fails_strictly("`npm:install`", &["refused npm:install one"]),
    ])
    .await;
}
