//! Calls by an export's name: the forms that arguments may have, and what is refused.

use annexe::{CallError, CallResources, Extension, api::EXPORTS};
use serde_json::{Value, json};

use crate::guest::{self, Place, ask};

/// The words of a call that cannot be made.
async fn refusal(
    extension: &Extension,
    export: &str,
    arguments: Value,
    resources: &CallResources,
) -> String {
    let error = extension
        .call_by_name(export, arguments.clone(), resources)
        .await
        .unwrap_err();
    let message = error.to_string();
    assert!(message.contains(export), "{message}");
    match error {
        CallError::Arguments { export: named, .. } => assert_eq!(named, export),
        other => panic!("{export} {arguments}: {other:?}"),
    }
    message
}

#[tokio::test]
async fn arguments_come_in_order_or_by_name() {
    let place = Place::new();
    let extension = guest::start(&guest::host(), "0.6.0", &place).await;
    let resources = place.resources();
    let same = [
        json!(["count"]),
        json!([{"id": "count"}]),
        json!([{"id": "count", "language": "Rust"}]),
        json!({"server": "count"}),
        json!({"server": {"id": "count"}}),
    ];
    for (number, arguments) in same.into_iter().enumerate() {
        let answer = extension
            .call_by_name("language-server-command", arguments, &resources)
            .await
            .unwrap();
        assert_eq!(answer["args"], json!([(number + 1).to_string()]));
    }
    // What is optional may be left out, by its place or by its name.
    let task = json!({"label": "l", "adapter": "a", "config": {"request": "launch"}});
    for arguments in [json!(["a", task]), json!({"task": task, "adapter": "a"})] {
        let answer = extension
            .call_by_name("get-dap-binary", arguments, &resources)
            .await
            .unwrap();
        assert_eq!(answer["command"], Value::Null);
    }
}

#[tokio::test]
async fn an_export_that_no_version_has_is_refused() {
    let place = Place::new();
    let extension = guest::start(&guest::host(), "0.6.0", &place).await;
    for export in [
        "",
        "init-extension",
        "language_server_command",
        "Language-Server-Command",
        "no-such-export",
    ] {
        let message = refusal(&extension, export, json!([]), &place.resources()).await;
        assert!(message.contains("no API version"), "{message}");
    }
}

#[tokio::test]
async fn wrong_arguments_are_refused_for_every_export() {
    let place = Place::new();
    let extension = guest::start(&guest::host(), "0.7.0", &place).await;
    let resources = place.resources();
    for export in EXPORTS {
        let name = export.name;
        let count = export.arguments.len();
        let message = refusal(
            &extension,
            name,
            vec![Value::Null; count + 1].into(),
            &resources,
        )
        .await;
        assert!(
            message.contains(&format!("takes {count} arguments")),
            "{message}"
        );
        assert!(message.contains(&format!("not {}", count + 1)), "{message}");
        assert!(
            message.contains(&export.argument_names().join(", ")),
            "{message}"
        );

        let message = refusal(&extension, name, json!({"no-such-argument": 1}), &resources).await;
        assert!(
            message.contains("`no-such-argument`") && message.contains(export.arguments[0].name),
            "{message}"
        );

        for missing in [json!([]), json!({}), Value::Null] {
            let message = refusal(&extension, name, missing, &resources).await;
            assert!(
                message.contains(&format!("`{}` is missing", export.arguments[0].name)),
                "{message}"
            );
        }
        for wrong in [json!("text"), json!(7), json!(true)] {
            let message = refusal(&extension, name, wrong, &resources).await;
            assert!(message.contains("array or an object"), "{message}");
        }
        // No argument of any export is a number.
        let message = refusal(&extension, name, vec![json!(7); count].into(), &resources).await;
        assert!(
            message.contains(&format!("`{}`: ", export.arguments[0].name)),
            "{message}"
        );
    }
    assert_eq!(
        ask(&extension, &place, "count").await.unwrap(),
        ["1"],
        "the guest was never asked"
    );
}

#[tokio::test]
async fn what_a_call_needs_to_be_lent_is_named_when_it_is_missing() {
    let place = Place::new();
    let extension = guest::start(&guest::host(), "0.7.0", &place).await;
    let task = json!({"label": "l", "adapter": "a", "config": {}});
    let table = [
        ("language-server-command", json!(["echo"]), "worktree"),
        (
            "language-server-initialization-options",
            json!(["echo"]),
            "worktree",
        ),
        (
            "language-server-workspace-configuration",
            json!(["echo"]),
            "worktree",
        ),
        (
            "language-server-additional-initialization-options",
            json!(["echo", "x"]),
            "worktree",
        ),
        (
            "language-server-additional-workspace-configuration",
            json!(["echo", "x"]),
            "worktree",
        ),
        ("get-dap-binary", json!(["a", task, null]), "worktree"),
        ("context-server-command", json!(["echo"]), "project"),
        ("context-server-configuration", json!(["echo"]), "project"),
        ("index-docs", json!(["a", "b"]), "key_value_store"),
    ];
    for (export, arguments, missing) in table {
        let message = refusal(
            &extension,
            export,
            arguments.clone(),
            &CallResources::default(),
        )
        .await;
        assert!(
            message.contains(&format!("needs a {missing}")),
            "{export}: {message}"
        );
        // Only that is needed.
        let all = place.resources();
        let resources = match missing {
            "worktree" => CallResources {
                worktree: all.worktree,
                ..CallResources::default()
            },
            "project" => CallResources {
                project: all.project,
                ..CallResources::default()
            },
            _ => CallResources {
                key_value_store: all.key_value_store,
                ..CallResources::default()
            },
        };
        match extension.call_by_name(export, arguments, &resources).await {
            Ok(_) | Err(CallError::Guest { .. }) => {}
            Err(error) => panic!("{export}: {error:?}"),
        }
    }
    let command = json!([{"name": "tabs"}, []]);
    let answer = extension
        .call_by_name("run-slash-command", command, &CallResources::default())
        .await
        .unwrap();
    assert!(answer["text"].as_str().unwrap().ends_with("root: none\n"));
}
