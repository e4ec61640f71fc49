//! Labels: how a completion or a symbol reaches each version, and how what the guest makes of it comes
//! back.

use annexe::types::{
    CodeLabelSpan, CodeLabelSpanLiteral, Completion, CompletionKind, CompletionLabelDetails,
    InsertTextFormat, Range, SlashCommand, Symbol, SymbolKind,
};
use serde_json::Value;

use crate::guest::{self, Place, has};

fn completion(label: &str) -> Completion {
    Completion {
        label: label.into(),
        ..Completion::default()
    }
}

#[tokio::test]
async fn labels_are_as_many_as_what_they_are_for() {
    let host = guest::host();
    for version in guest::since("0.0.6") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        // The guest's own answers have 0, 2, 0 and 3 labels.
        let table: [&[&str]; 4] = [
            &[],
            &["skip", "two", "skip", "skip"],
            &["skip", "skip"],
            &["one", "skip", "two"],
        ];
        for names in table {
            let completions = names.iter().map(|name| completion(name)).collect();
            let labels = extension
                .labels_for_completions("taplo".into(), completions)
                .await
                .unwrap();
            let found: Vec<_> = labels.iter().map(Option::is_some).collect();
            let expected: Vec<_> = names.iter().map(|name| *name != "skip").collect();
            assert_eq!(found, expected, "{version}");

            let symbol = |name: &&str| Symbol {
                kind: SymbolKind::File,
                name: (*name).into(),
                container_name: None,
            };
            let labels =
                extension.labels_for_symbols("taplo".into(), names.iter().map(symbol).collect());
            let found: Vec<_> = labels.await.unwrap().iter().map(Option::is_some).collect();
            assert_eq!(found, expected, "{version}");
        }
    }
}

#[tokio::test]
async fn a_completion_reaches_each_version_with_the_fields_it_has() {
    let host = guest::host();
    let whole = Completion {
        label: "push".into(),
        label_details: Some(CompletionLabelDetails {
            detail: Some("(value)".into()),
            description: Some("Vec".into()),
        }),
        detail: Some("fn".into()),
        kind: Some(CompletionKind::Method),
        insert_text_format: Some(InsertTextFormat::Snippet),
    };
    for version in guest::since("0.0.6") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let labels = extension
            .labels_for_completions("taplo".into(), vec![whole.clone()])
            .await
            .unwrap();
        let details = if has(version, "0.2.0") {
            "|(value)|Vec"
        } else {
            ""
        };
        let code = format!("push|fn|CompletionKind::Method|InsertTextFormat::Snippet{details}");
        let label = labels[0].as_ref().unwrap();
        assert_eq!(label.code, code, "{version}");
        assert_eq!(label.filter_range, Range { start: 0, end: 4 });
        let literal = |text: &str, highlight_name: Option<&str>| {
            CodeLabelSpan::Literal(CodeLabelSpanLiteral {
                text: text.into(),
                highlight_name: highlight_name.map(Into::into),
            })
        };
        let expected = [
            CodeLabelSpan::CodeRange(Range { start: 0, end: 4 }),
            literal(" from ", None),
            literal("guest", Some("keyword")),
        ];
        assert_eq!(label.spans, expected, "{version}");
    }
}

#[tokio::test]
async fn every_kind_of_completion_and_symbol_keeps_its_name() {
    let json_name = |kind: Value| kind.as_str().unwrap().replace('_', "");
    let completion_kinds = "text method function constructor field variable class interface module property unit value enum keyword snippet color file reference folder enum_member constant struct event operator type_parameter";
    let symbol_kinds = "file module namespace package class method property field constructor enum interface function variable constant string number boolean array object key null enum_member struct event operator type_parameter";
    let host = guest::host();
    for version in guest::since("0.0.6") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let mut kinds: Vec<CompletionKind> = completion_kinds
            .split(' ')
            .map(|name| serde_json::from_value(name.into()).unwrap())
            .collect();
        kinds.extend([CompletionKind::Other(0), CompletionKind::Other(i32::MIN)]);
        let completions = kinds
            .iter()
            .map(|kind| Completion {
                kind: Some(*kind),
                ..completion("x")
            })
            .collect();
        let labels = extension
            .labels_for_completions("taplo".into(), completions)
            .await
            .unwrap();
        for (kind, label) in kinds.iter().zip(&labels) {
            let code = &label.as_ref().unwrap().code;
            let name = code
                .split('|')
                .nth(2)
                .unwrap()
                .trim_start_matches("CompletionKind::");
            let expected = match kind {
                CompletionKind::Other(number) => format!("other({number})"),
                kind => json_name(serde_json::to_value(kind).unwrap()),
            };
            assert_eq!(name.to_lowercase(), expected, "{version}");
        }

        let mut kinds: Vec<SymbolKind> = symbol_kinds
            .split(' ')
            .map(|name| serde_json::from_value(name.into()).unwrap())
            .collect();
        kinds.extend([SymbolKind::Other(27), SymbolKind::Other(i32::MAX)]);
        let symbols = kinds
            .iter()
            .map(|kind| Symbol {
                kind: *kind,
                name: "x".into(),
                container_name: Some("y".into()),
            })
            .collect();
        let labels = extension
            .labels_for_symbols("taplo".into(), symbols)
            .await
            .unwrap();
        for (kind, label) in kinds.iter().zip(&labels) {
            let code = &label.as_ref().unwrap().code;
            let name = code.trim_start_matches("x|SymbolKind::");
            let expected = match kind {
                SymbolKind::Other(number) => format!("other({number})"),
                kind => json_name(serde_json::to_value(kind).unwrap()),
            };
            assert_eq!(name.to_lowercase(), expected, "{version}");
        }
    }
}

#[tokio::test]
async fn every_format_of_inserted_text_keeps_its_name() {
    let formats = [
        (InsertTextFormat::PlainText, "PlainText"),
        (InsertTextFormat::Snippet, "Snippet"),
        (InsertTextFormat::Other(3), "Other(3)"),
        (InsertTextFormat::Other(i32::MIN), "Other(-2147483648)"),
    ];
    let host = guest::host();
    for version in guest::since("0.0.6") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let with = |(format, _)| Completion {
            insert_text_format: Some(format),
            ..completion("x")
        };
        let labels = extension
            .labels_for_completions("taplo".into(), formats.map(with).into())
            .await
            .unwrap();
        for ((_, name), label) in formats.iter().zip(&labels) {
            let code = &label.as_ref().unwrap().code;
            let expected = format!("InsertTextFormat::{name}");
            assert_eq!(code.split('|').nth(3), Some(expected.as_str()), "{version}");
        }
        assert_eq!(labels.len(), formats.len(), "{version}");
    }
}

#[tokio::test]
async fn ranges_outside_their_text_are_passed_on_and_never_a_panic() {
    let host = guest::host();
    for version in guest::since("0.0.6") {
        let place = Place::new();
        let extension = guest::start(&host, version, &place).await;
        let labels = extension
            .labels_for_completions("taplo".into(), vec![completion("wild")])
            .await
            .unwrap();
        let label = labels[0].as_ref().unwrap();
        assert_eq!(
            label.spans,
            [CodeLabelSpan::CodeRange(Range {
                start: 5,
                end: 1_000_000
            })],
            "{version}"
        );
        assert_eq!(label.filter_range, Range { start: 9, end: 2 });
        if has(version, "0.1.0") {
            let command = SlashCommand {
                name: "wild".into(),
                ..SlashCommand::default()
            };
            let output = extension
                .run_slash_command(command, Vec::new(), None)
                .await
                .unwrap();
            assert_eq!(
                output.sections[6].range,
                Range {
                    start: u32::MAX - 1,
                    end: 3
                },
                "{version}"
            );
        }
    }
}
