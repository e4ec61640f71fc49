//! API 0.1.0: a slash command, and a provider of documentation.

use serde_json::{Value, json};

use crate::sample::Sample;

async fn ask(sample: &Sample, arguments: &[&str]) -> Result<Value, String> {
    let arguments = json!([{"name": "http"}, arguments]);
    sample.ask("run-slash-command", arguments).await
}

/// The labels of an answer's sections, once it is sure that each is the page of its label, and that
/// nothing but them is in the text.
async fn labels(sample: &Sample, arguments: &[&str]) -> Vec<String> {
    let output = ask(sample, arguments).await.unwrap();
    let text = output["text"].as_str().unwrap();
    let mut pages = Vec::new();
    let mut labels = Vec::new();
    for section in output["sections"].as_array().unwrap() {
        let end = |name: &str| usize::try_from(section["range"][name].as_u64().unwrap()).unwrap();
        let page = &text[end("start")..end("end")];
        let label = section["label"].as_str().unwrap();
        assert!(page.starts_with(&format!("# {label}\n\n")), "{page}");
        pages.push(page);
        labels.push(label.to_owned());
    }
    assert_eq!(text, pages.join("\n\n") + "\n");
    labels
}

#[tokio::test]
async fn it_says_what_a_status_code_means() {
    let sample = Sample::start("http-reference").await;
    let output = ask(&sample, &["404"]).await.unwrap();
    let text = "# 404 Not Found\n\nThere is nothing at this address, or the server does not tell. \
                It may come back: compare 410.\n\nDefined in RFC 9110.\n";
    assert_eq!(output["text"], text);
    let sections = json!([{
        "range": {"start": 0, "end": text.len() - 1},
        "label": "404 Not Found",
    }]);
    assert_eq!(output["sections"], sections);
}

#[tokio::test]
async fn it_says_what_a_field_means_however_it_is_written() {
    let sample = Sample::start("http-reference").await;
    for name in [
        "Retry-After",
        "retry-after",
        "RETRY-AFTER:",
        " retry-after ",
    ] {
        assert_eq!(
            labels(&sample, &[name]).await,
            ["Retry-After (response field)"],
            "{name}"
        );
    }
}

#[tokio::test]
async fn several_are_answered_in_order_and_each_once() {
    let sample = Sample::start("http-reference").await;
    let expected = [
        "429 Too Many Requests",
        "Retry-After (response field)",
        "Via (request and response field)",
    ];
    let arguments = ["429", "retry-after", "429", "via"];
    assert_eq!(labels(&sample, &arguments).await, expected);
    // An editor may pass all that was typed as one argument.
    let line = arguments.join(" ");
    assert_eq!(labels(&sample, &[&line]).await, expected);
}

#[tokio::test]
async fn a_code_is_found_by_its_phrase() {
    let sample = Sample::start("http-reference").await;
    for arguments in [["not", "found"].as_slice(), &["Not Found"], &["not-found"]] {
        assert_eq!(labels(&sample, arguments).await, ["404 Not Found"]);
    }
}

#[tokio::test]
async fn a_class_is_answered_with_all_its_codes() {
    let sample = Sample::start("http-reference").await;
    for (class, title, count) in [
        ("1xx", "1xx Informational", 4),
        ("2XX", "2xx Successful", 10),
        ("3xx", "3xx Redirection", 9),
        ("4xx", "4xx Client error", 29),
        ("5xx", "5xx Server error", 11),
    ] {
        let labels = labels(&sample, &[class]).await;
        assert_eq!(labels[0], title);
        assert_eq!(labels.len(), 1 + count, "{class}");
        assert!(labels.iter().all(|label| label[..1] == class[..1]));
    }
}

#[tokio::test]
async fn for_what_is_unknown_the_nearest_are_offered() {
    let sample = Sample::start("http-reference").await;
    for (arguments, problem) in [
        (
            ["Retry-Afer"].as_slice(),
            "`Retry-Afer` is no status code or field known here; did you mean `Retry-After`?",
        ),
        (&["etags"], "did you mean `ETag`?"),
        (
            &["499"],
            "`499` is no status code known here; did you mean `409` or `429`?",
        ),
        (
            &["404", "nonsense"],
            "`nonsense` is no status code or field known here; try `404`, `4xx` or",
        ),
        (&[&"x".repeat(10_000)], "try `404`"),
        (&["größe"], "`größe` is no status code or field"),
        (&[], "name a status code or a header field: `/http 404`"),
        (&["  "], "name a status code or a header field"),
    ] {
        let error = ask(&sample, arguments).await.unwrap_err();
        assert!(error.contains(problem), "{arguments:?}: {error}");
    }
    let other = json!([{"name": "https"}, ["404"]]);
    let error = sample.ask("run-slash-command", other).await.unwrap_err();
    assert!(error.contains("no command `/https`"), "{error}");
}

#[tokio::test]
async fn what_begins_as_typed_is_suggested_before_what_contains_it() {
    let sample = Sample::start("http-reference").await;
    let complete = async |arguments: &[&str]| {
        let arguments = json!([{"name": "http"}, arguments]);
        let ask = sample.ask("complete-slash-command-argument", arguments);
        let answer = ask.await.unwrap();
        answer.as_array().unwrap().clone()
    };
    let words = |suggestions: Vec<Value>| {
        let words = suggestions.into_iter();
        words
            .map(|word| word["new_text"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        complete(&["429"]).await,
        [json!({"label": "429 Too Many Requests", "new_text": "429", "run_command": true})]
    );
    assert_eq!(
        words(complete(&["404", "if-m"]).await),
        ["If-Match", "If-Modified-Since"]
    );
    assert_eq!(
        words(complete(&["range"]).await),
        ["416", "Range", "Accept-Ranges", "Content-Range", "If-Range"]
    );
    assert_eq!(words(complete(&["not f"]).await), ["404"]);
    // Five classes, every code and every field.
    assert_eq!(complete(&[""]).await.len(), 5 + 63 + 60);
    assert_eq!(complete(&[]).await.len(), 5 + 63 + 60);
    assert!(complete(&["zzz"]).await.is_empty());
}

#[tokio::test]
async fn the_provider_indexes_a_page_for_each_entry() {
    let sample = Sample::start("http-reference").await;
    let packages = sample.ask("suggest-docs-packages", json!(["http"])).await;
    assert_eq!(packages.unwrap(), json!(["status-codes", "fields"]));

    let index = |package: &str| sample.ask("index-docs", json!(["http", package]));
    index("status-codes").await.unwrap();
    let pages = sample.pages();
    assert_eq!(pages.len(), 63);
    let teapot = &pages["status-codes/418"];
    assert!(teapot.starts_with("# 418 (Unused)\n\n"), "{teapot}");
    assert!(teapot.ends_with("\n\nDefined in RFC 9110."), "{teapot}");

    index("fields").await.unwrap();
    let pages = sample.pages();
    assert_eq!(pages.len(), 63 + 60);
    let cookie = &pages["fields/set-cookie"];
    assert!(
        cookie.starts_with("# Set-Cookie (response field)\n\n"),
        "{cookie}"
    );
    assert!(cookie.ends_with("\n\nDefined in RFC 6265."), "{cookie}");
}

#[tokio::test]
async fn unknown_providers_and_packages_are_errors_and_index_nothing() {
    let sample = Sample::start("http-reference").await;
    for (export, arguments, problem) in [
        (
            "index-docs",
            json!(["http", "methods"]),
            "no package `methods`: there are `status-codes` and `fields`",
        ),
        (
            "index-docs",
            json!(["rustdoc", "fields"]),
            "documents `http`, not `rustdoc`",
        ),
        (
            "suggest-docs-packages",
            json!(["rustdoc"]),
            "documents `http`, not `rustdoc`",
        ),
    ] {
        let error = sample.ask(export, arguments).await.unwrap_err();
        assert!(error.contains(problem), "{error}");
    }
    assert!(sample.pages().is_empty());
}
