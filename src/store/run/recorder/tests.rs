//! Tests of what the recorder writes.

use crate::{
    base::fs,
    store::{
        disk::layout::Layout,
        journal::entry::LogEntry,
        run::{pending::WAITING_BYTES, recorder::*},
    },
};

/// A recorder of `one`, its layout, and the folder that all of it is in.
fn recorder() -> (tempfile::TempDir, Layout, ExtensionId, Arc<Recorder>) {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::create(folder.path()).unwrap();
    let id: ExtensionId = "one".parse().unwrap();
    let journal = Arc::new(Journal::new(layout.clone()));
    let recorder = Recorder::new(journal, id.clone(), "1.0.0".into());
    (folder, layout, id, recorder)
}

#[test]
fn what_is_heard_is_written_at_the_end_without_a_runtime() {
    let (_folder, layout, id, recorder) = recorder();
    for event in [
        ExtensionEvent::Started {
            restarts: 0,
            guest_time: Duration::from_nanos(1),
        },
        ExtensionEvent::Stopped {
            fault: format!("it fell\nover{}", "x".repeat(1 << 20)),
            backtrace: "a\nb".into(),
            core_dump: None,
        },
        ExtensionEvent::Started {
            restarts: 1,
            guest_time: Duration::from_nanos(1),
        },
        ExtensionEvent::PutAway,
        ExtensionEvent::Started {
            restarts: 1,
            guest_time: Duration::from_nanos(1),
        },
    ] {
        recorder.observe(&id, &event);
    }
    drop(recorder);
    let text = String::from_utf8(fs::read(&layout.log(&id)).unwrap()).unwrap();
    let entries: Vec<LogEntry> = text.lines().map(LogEntry::read).collect();
    let words: Vec<&str> = entries.iter().map(|entry| &*entry.what).collect();
    assert_eq!(
        words,
        [
            "started", "stopped", "at", "at", "started", "put-away", "started"
        ]
    );
    assert!(entries[1].text.starts_with("it fell\\noverxxx"));
    assert!(entries[1].text.ends_with("x… (1044492 bytes more)"));
    let stats = crate::store::journal::stats::read(&layout.stats(&id))
        .unwrap()
        .unwrap();
    assert_eq!((stats.starts, stats.restarts, stats.faults), (3, 1, 1));
    assert_eq!(stats.last_fault.unwrap().backtrace, "a\nb");
}

#[test]
fn what_is_done_for_an_extension_is_logged_and_no_flood_of_it() {
    let (_folder, layout, id, recorder) = recorder();
    let download = Download {
        url: "https://example.org/a".into(),
        final_url: "https://example.org/b".into(),
        sha256: Sha256Digest::of(b"a"),
        size: 1,
    };
    recorder.observe(
        &id,
        &ExtensionEvent::Downloaded {
            download,
            before: Some(Sha256Digest::of(b"b")),
        },
    );
    recorder.observe(
        &id,
        &ExtensionEvent::LastGood {
            what: "the latest release of `a/b`".into(),
            why: "no route to host".into(),
            age: Duration::from_secs(90),
        },
    );
    for _ in 0..1000 {
        for status in [InstallationStatus::None, InstallationStatus::Downloading] {
            let server = "a server";
            recorder.observe(
                &id,
                &ExtensionEvent::Installation {
                    server: server.into(),
                    status,
                },
            );
        }
    }
    drop(recorder);
    let text = String::from_utf8(fs::read(&layout.log(&id)).unwrap()).unwrap();
    let entries: Vec<LogEntry> = text.lines().map(LogEntry::read).collect();
    let first = &entries[0];
    assert_eq!(first.what, "download");
    assert!(first.text.starts_with("https://example.org/a: 1 bytes"));
    assert!(first.text.ends_with(" before"), "{first}");
    assert_eq!(
        (&*entries[1].what, &*entries[1].text),
        (
            "last-good",
            "the latest release of `a/b`, as it was 90 s ago: no route to host"
        )
    );
    assert_eq!(entries[2].text, "a server: downloading");
    assert!(entries.len() < 200, "{}", entries.len());
    assert_eq!(entries[entries.len() - 1].what, "dropped");
}

#[test]
fn the_last_words_are_written_behind_others_and_keep_no_thread_of_a_runtime() {
    for ends_at_once in [false, true] {
        let (_folder, layout, id, recorder) = recorder();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let lock = fs::FileLock::exclusive(&layout.journal_lock()).unwrap();
        let others = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(40));
            drop(lock);
        });
        runtime.block_on(async {
            recorder.hear(&ExtensionEvent::PutAway);
            if ends_at_once {
                // It goes with the runtime, which takes no more work then.
                tokio::spawn(async move {
                    std::future::pending::<()>().await;
                    drop(recorder);
                });
            } else {
                drop(recorder);
                assert!(
                    !others.is_finished() && !layout.log(&id).exists(),
                    "it has not waited"
                );
            }
        });
        // Waits for what runs on blocking threads.
        drop(runtime);
        others.join().unwrap();
        assert!(fs::read(&layout.log(&id)).unwrap().ends_with(b"a while\n"));
    }
}

#[test]
fn restarts_that_are_told_out_of_order_are_counted_once() {
    let (_folder, _, _, recorder) = recorder();
    for restarts in [0, 2, 1, 2, 3] {
        recorder.hear(&ExtensionEvent::Started {
            restarts,
            guest_time: Duration::ZERO,
        });
    }
    let (lines, runs) = recorder.news().take(true);
    let runs = runs.unwrap();
    assert_eq!((runs.starts, runs.restarts), (5, 3));
    assert_eq!(lines.matches(", started again").count(), 2, "{lines}");
}

fn note(text: String) -> ExtensionEvent {
    ExtensionEvent::Output {
        stream: OutputStream::Output,
        line: text,
    }
}

#[test]
fn what_finds_no_turn_is_kept_and_written_with_the_next() {
    let (_folder, layout, id, recorder) = recorder();
    let start = ExtensionEvent::Started {
        restarts: 0,
        guest_time: Duration::from_nanos(1),
    };
    let lock = fs::FileLock::exclusive(&layout.journal_lock()).unwrap();
    recorder.hear(&start);
    recorder.hear(&note("first".into()));
    recorder.write(true);
    recorder.hear(&start);
    recorder.hear(&note("second".into()));
    recorder.write(false);
    assert!(!layout.log(&id).exists() && !layout.stats(&id).exists());
    drop(lock);
    recorder.write(true);
    let text = String::from_utf8(fs::read(&layout.log(&id)).unwrap()).unwrap();
    let words: Vec<String> = text.lines().map(|line| LogEntry::read(line).text).collect();
    assert_eq!(
        (words.len(), &*words[1], &*words[3]),
        (4, "first", "second")
    );
    let stats = crate::store::journal::stats::read(&layout.stats(&id))
        .unwrap()
        .unwrap();
    assert_eq!((stats.starts, stats.guest_time.as_nanos()), (2, 2));
}

#[test]
fn no_more_is_put_back_than_may_wait() {
    let (_folder, _, _, recorder) = recorder();
    let line = "x".repeat(1 << 10);
    for _ in 0..5 {
        let taken = recorder.take(true);
        for _ in 0..200 {
            recorder.hear(&note(line.clone()));
        }
        if let Some(taken) = taken {
            recorder.news().put_back(taken);
        }
    }
    let (lines, _) = recorder.news().take(true);
    assert!(lines.len() < WAITING_BYTES + (2 << 10), "{}", lines.len());
    let last = LogEntry::read(lines.lines().last().unwrap());
    assert_eq!(last.what, "dropped");
    let lost: usize = last.text.split(' ').next().unwrap().parse().unwrap();
    // Each time it was said again how many there were.
    assert!(lost > 0 && lines.lines().count() + lost <= 1000 + 5);
}
