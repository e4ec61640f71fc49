//! What a guest prints goes to the log, and nowhere else.

use std::sync::{Arc, Mutex};

use tracing::{Event, Level, Metadata, Subscriber, field::Visit, span};

use crate::guest::{self, Place, ask};

/// A line of the log: its level, the extension it is about, and its words.
type Line = (Level, String, String);

/// Keeps the lines that guests write.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Line>>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "annexe::guest"
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = (*event.metadata().level(), String::new(), String::new());
        event.record(&mut Fields(&mut line));
        self.0.lock().unwrap().push(line);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Fields<'a>(&'a mut Line);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "extension" => self.0.1 = format!("{value:?}"),
            "message" => self.0.2 = format!("{value:?}"),
            _ => {}
        }
    }
}

/// Has the guest print, and returns the lines that came of it once the guest is gone.
async fn printed(version: &str, text: &str) -> Vec<Line> {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let place = Place::new();
    let extension = guest::start(&guest::host(), version, &place).await;
    ask(&extension, &place, &format!("print:{text}"))
        .await
        .unwrap();
    std::mem::take(&mut log.0.lock().unwrap())
}

#[tokio::test]
async fn output_becomes_log_events_with_the_extensions_name() {
    let line = |level, text: &str| (level, "guest".to_owned(), text.to_owned());
    for version in guest::VERSIONS {
        let lines = printed(version, "hello\nwörld").await;
        let expected = [
            line(Level::INFO, "hello"),
            line(Level::INFO, "wörld"),
            line(Level::WARN, "hello"),
            line(Level::WARN, "wörld"),
        ];
        assert_eq!(lines, expected, "{version}");
    }
}

#[tokio::test]
async fn output_drives_no_terminal_and_fills_no_log() {
    let lines = printed("0.6.0", "\u{1b}[31mred\u{7}\tand a tab\r").await;
    assert_eq!(lines[0].2, "\u{fffd}[31mred\u{fffd}\tand a tab\u{fffd}");

    let lines = printed("0.6.0", &"x".repeat(1_000_000)).await;
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|(_, _, text)| text.len() < 10_000));

    // 5,000 lines at once on each stream; a few hundred of them are logged.
    let lines = printed("0.6.0", &"line\n".repeat(5_000)).await;
    assert!((2..5_000).contains(&lines.len()), "{}", lines.len());
}

const MARK: &str = "nobody must see this on a stream of the host";

/// Run by the test below in a process of its own.
#[tokio::test]
#[ignore = "another test runs it"]
async fn prints() {
    let place = Place::new();
    let extension = guest::start(&guest::host(), "0.6.0", &place).await;
    ask(&extension, &place, &format!("print:{MARK}"))
        .await
        .unwrap();
    ask(&extension, &place, "trap").await.unwrap_err();
}

#[test]
fn output_reaches_no_stream_of_the_host() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "output::prints", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{stdout}{stderr}"
    );
    assert!(
        !stdout.contains(MARK) && !stderr.contains(MARK),
        "{stdout}{stderr}"
    );
    assert!(!stderr.contains("trapped on purpose"), "{stderr}");
}
