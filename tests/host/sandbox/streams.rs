//! The standard streams.

use std::sync::{Arc, Mutex};

use annexe::{
    CallError, ExtensionId,
    delegate::{ExtensionEvent, ExtensionObserver, OutputStream},
    sandbox::{Input, Output, OutputSink, Sandbox},
};

use super::Fixture;
use crate::guest::{self, VERSIONS};

#[tokio::test]
async fn input_is_closed_or_given() {
    for version in VERSIONS {
        let fixture = Fixture::new();
        let mut sandbox = Sandbox::default();
        let extension = fixture.start(version, &sandbox).await;
        assert_eq!(fixture.ask(&extension, "input").await.unwrap(), [""]);

        let text = "a line\n".repeat(10_000);
        sandbox.stdin = Input::Bytes(text.as_bytes().into());
        let extension = fixture.start(version, &sandbox).await;
        assert_eq!(fixture.ask(&extension, "input").await.unwrap(), [&*text]);
        assert_eq!(fixture.ask(&extension, "input").await.unwrap(), [""]);
        fixture.ask(&extension, "trap").await.unwrap_err();
        assert_eq!(
            fixture.ask(&extension, "input").await.unwrap(),
            [text],
            "{version}: a new instance begins anew"
        );
    }
}

/// Keeps what is written, and what is told.
#[derive(Default)]
struct Kept {
    written: Mutex<Vec<(String, OutputStream, Vec<u8>)>>,
    told: Mutex<Vec<String>>,
}

impl OutputSink for Kept {
    fn write(&self, extension: &ExtensionId, stream: OutputStream, bytes: &[u8]) {
        let mut written = self.written.lock().unwrap();
        match written.last_mut() {
            Some((id, last, kept)) if *last == stream && *id == extension.as_str() => {
                kept.extend(bytes);
            }
            _ => written.push((extension.to_string(), stream, bytes.to_vec())),
        }
    }
}

impl ExtensionObserver for Kept {
    fn observe(&self, _: &ExtensionId, event: &ExtensionEvent<'_>) {
        if let ExtensionEvent::Output { line, .. } = event {
            self.told.lock().unwrap().push((*line).into());
        }
    }
}

#[tokio::test]
async fn output_goes_to_a_sink_whole_and_in_order() {
    for version in VERSIONS {
        let fixture = Fixture::new();
        let kept = Arc::new(Kept::default());
        let mut sandbox = Sandbox::default();
        sandbox.stdout = Output::Sink(kept.clone());
        sandbox.stderr = Output::Sink(kept.clone());
        let host = guest::builder()
            .sandbox(sandbox)
            .observer(kept.clone())
            .build()
            .unwrap();
        let extension = guest::start(&host, version, &fixture.place).await;
        let text = format!("\u{1b}[31mred\u{7}\n{}", "x".repeat(200_000));
        for text in [text.as_str(), "again"] {
            let verb = format!("print:{text}");
            fixture.ask(&extension, &verb).await.unwrap();
        }
        let whole = |stream, text: &str| ("guest".into(), stream, format!("{text}\n").into_bytes());
        let expected = [
            whole(OutputStream::Output, &text),
            whole(OutputStream::Error, &text),
            whole(OutputStream::Output, "again"),
            whole(OutputStream::Error, "again"),
        ];
        assert!(*kept.written.lock().unwrap() == expected, "{version}");
        assert!(kept.told.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn one_stream_may_be_thrown_away_and_the_other_logged() {
    for version in VERSIONS {
        let fixture = Fixture::new();
        let kept = Arc::new(Kept::default());
        let mut sandbox = Sandbox::default();
        sandbox.stdout = Output::Discard;
        let host = guest::builder()
            .sandbox(sandbox)
            .observer(kept.clone())
            .build()
            .unwrap();
        let extension = guest::start(&host, version, &fixture.place).await;
        fixture.ask(&extension, "print:once").await.unwrap();
        drop(extension);
        // The instance ends in a task of its own.
        while kept.told.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(*kept.told.lock().unwrap(), ["once"], "{version}");
    }
}

struct Panics;

impl OutputSink for Panics {
    fn write(&self, _: &ExtensionId, _: OutputStream, _: &[u8]) {
        panic!("the sink is broken");
    }
}

#[tokio::test]
async fn a_sink_that_panics_fails_the_call_and_nothing_else() {
    let fixture = Fixture::new();
    let mut sandbox = Sandbox::default();
    sandbox.stdout = Output::Sink(Arc::new(Panics));
    let extension = fixture.start("0.7.0", &sandbox).await;
    let error = fixture.ask(&extension, "print:text").await.unwrap_err();
    assert!(matches!(error, CallError::Host { .. }), "{error:?}");
    assert_eq!(fixture.ask(&extension, "count").await.unwrap(), ["1"]);
}
