//! Each limit where it is reached exactly, and where it is exceeded by one.

use std::{sync::Arc, time::Duration};

use annexe::{CallError, HostError, LimitExceeded, Limits};
use futures_util::future::join_all;

use super::{Does, Editor, Text, builder, count, host, misbehave, passing::Output, start, until};
use crate::guest::{self, Place, ask};

/// What one call of a guest comes to, or its start where it does not get that far.
async fn outcome(text: &Text, set: impl FnOnce(&mut Limits)) -> Result<(), CallError> {
    let place = Place::new();
    match start(&host(set), text, &place).await {
        Ok(extension) => misbehave(&extension).await.map(drop),
        Err(HostError::Start(error)) => Err(error),
        Err(error) => panic!("{error:?}"),
    }
}

/// Checks that a guest which needs exactly so much is served with that, and stopped with one less.
async fn check_exact<T: Copy>(
    text: Text,
    needs: T,
    one_less: T,
    set: impl Fn(&mut Limits, T),
    exceeded: impl FnOnce(T) -> LimitExceeded,
) {
    let served = outcome(&text, |limits| set(limits, needs)).await;
    assert!(
        matches!(served, Ok(()) | Err(CallError::Guest { .. })),
        "{served:?}"
    );
    let stopped = outcome(&text, |limits| set(limits, one_less)).await;
    assert_eq!(stopped, Err(CallError::Limit(exceeded(one_less))));
}

#[tokio::test]
async fn memory_is_counted_to_the_byte_over_all_memories() {
    let text = Text {
        items: "(memory $second 2)",
        answer: "(br_if 0 (i32.ne (memory.grow $second (i32.const 3)) (i32.const -1))) unreachable",
        ..Text::default()
    };
    let set = |limits: &mut Limits, bytes| limits.memory_bytes = bytes;
    check_exact(text, 6 << 16, (6 << 16) - 1, set, LimitExceeded::Memory).await;
}

#[tokio::test]
async fn table_elements_are_counted_over_all_tables() {
    let text = Text {
        items: "(table $first 3 funcref) (table $second 2 funcref)",
        answer: "(br_if 0 (i32.ne
            (table.grow $second (ref.null func) (i32.const 5)) (i32.const -1))) unreachable",
        ..Text::default()
    };
    let set = |limits: &mut Limits, elements| limits.table_elements = elements;
    check_exact(text, 10, 9, set, LimitExceeded::TableElements).await;
}

#[tokio::test]
async fn memories_tables_and_instances_are_counted() {
    let text = Text {
        items: "(memory 0) (memory 0)",
        ..Text::default()
    };
    let set = |limits: &mut Limits, memories| limits.memories = memories;
    check_exact(text, 3, 2, set, LimitExceeded::Memories).await;

    let text = Text {
        items: "(table 0 funcref) (table 0 funcref)",
        ..Text::default()
    };
    let set = |limits: &mut Limits, tables| limits.tables = tables;
    check_exact(text, 2, 1, set, LimitExceeded::Tables).await;

    // One instance of its own; with imports that need its memory, two more.
    let set = |limits: &mut Limits, instances| limits.instances = instances;
    check_exact(Text::default(), 1, 0, set, LimitExceeded::Instances).await;
    check_exact(
        Text::answering("(call $ask)"),
        3,
        2,
        set,
        LimitExceeded::Instances,
    )
    .await;
}

#[tokio::test]
async fn handles_are_counted() {
    let text = Text::answering(
        "(loop $more
            (drop (call $stdout))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $more (i32.lt_u (local.get $i) (i32.const 20))))",
    );
    let set = |limits: &mut Limits, handles| limits.handles = handles;
    check_exact(text, 20, 19, set, LimitExceeded::Handles).await;
}

#[tokio::test]
async fn bytes_of_questions_and_answers_are_counted() {
    let text = Text::answering(
        "(call $set-status
            (i32.const 2000) (i32.const 300) (i32.const 3) (i32.const 3000) (i32.const 700))",
    );
    let set = |limits: &mut Limits, bytes| limits.lifted_bytes = bytes;
    check_exact(text, 1000, 999, set, LimitExceeded::LiftedBytes).await;

    // An error of the guest's own, of so many bytes.
    let text = Text::answering(
        "(i32.store (i32.const 1024) (i32.const 1))
        (i32.store (i32.const 1028) (i32.const 2000))
        (i32.store (i32.const 1032) (i32.const 1000))
        (return (i32.const 1024))",
    );
    let set = |limits: &mut Limits, bytes| limits.answer_bytes = bytes;
    check_exact(text, 1000, 999, set, LimitExceeded::AnswerBytes).await;
}

#[tokio::test]
async fn what_a_call_carries_beside_does_not_count_as_its_answer() {
    // The arguments, what the guest asks of its host and what that answers are more than the answer may be.
    let place = Place::new();
    let host = host(|limits| limits.answer_bytes = 48);
    let text = Text::answering(
        "(call $ask)
        (call $set-status
            (i32.const 2000) (i32.const 1000) (i32.const 0) (i32.const 0) (i32.const 0))",
    );
    let extension = start(&host, &text, &place).await.unwrap();
    assert_eq!(misbehave(&extension).await.unwrap(), 1);
    let names = extension.suggest_docs_packages("x".repeat(1000)).await;
    assert_eq!(names.unwrap().len(), 2);
    // Three names, of 24 bytes each for the host.
    let limit = LimitExceeded::AnswerBytes(48);
    assert_eq!(count(&extension).await, Err(CallError::Limit(limit)));
}

#[tokio::test]
async fn random_bytes_are_counted() {
    let text = Text::answering("(call $random (i64.const 1000) (i32.const 1024))");
    let set = |limits: &mut Limits, bytes| limits.random_bytes = bytes;
    check_exact(text, 1000, 999, set, LimitExceeded::RandomBytes).await;
}

#[tokio::test]
async fn calls_that_wait_are_counted() {
    let editor = Editor::new(Does::AnswerAfter(100));
    let host = builder(|limits| limits.queued_calls = 5)
        .delegate(editor)
        .build()
        .unwrap();
    let place = Place::new();
    let extension = guest::start(&host, "0.6.0", &place).await;
    let running = ask(&extension, &place, "settings-language:Rust");
    let waiting = async {
        super::until(|| extension.health().state == annexe::Condition::Waiting).await;
        let answers = join_all((0..6).map(|_| ask(&extension, &place, "count"))).await;
        (answers, extension.health().queued_calls)
    };
    let (running, (mut answers, _)) = tokio::join!(running, waiting);
    running.unwrap();
    let refused = answers.pop().unwrap();
    assert_eq!(refused, Err(CallError::QueueFull { waiting: 5 }));
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.unwrap(), [(number + 2).to_string()]);
    }
}

/// Prints so many bytes in one go and ends its instance; tells the lines' lengths, and how many were dropped.
async fn printed(answer: &'static str, set: impl FnOnce(&mut Limits)) -> (Vec<usize>, u64) {
    let output = Arc::new(Output::default());
    let host = builder(set).observer(output.clone()).build().unwrap();
    let place = Place::new();
    let extension = start(&host, &Text::answering(answer), &place)
        .await
        .unwrap();
    misbehave(&extension).await.unwrap();
    let worker = Arc::downgrade(&output);
    drop(extension);
    drop(host);
    // Whatever may still tell holds the observer.
    until(|| worker.strong_count() == 1).await;
    let output = Arc::into_inner(output).unwrap();
    (
        output.lines.into_inner().unwrap(),
        output.dropped.into_inner().unwrap(),
    )
}

#[tokio::test]
async fn lines_of_output_are_counted() {
    let five = "(memory.fill (i32.const 20000) (i32.const 10) (i32.const 5))
        (drop (call $print (i32.const 5)))";
    let lines = |count| move |limits: &mut Limits| limits.log_lines_per_second = count;
    assert_eq!(printed(five, lines(5)).await, (vec![0; 5], 0));
    assert_eq!(printed(five, lines(4)).await, (vec![0; 4], 1));
}

#[tokio::test]
async fn bytes_of_a_line_are_counted() {
    let ten = "(memory.fill (i32.const 20000) (i32.const 120) (i32.const 10))
        (i32.store8 (i32.const 20010) (i32.const 10))
        (drop (call $print (i32.const 11)))";
    let bytes = |count| move |limits: &mut Limits| limits.log_line_bytes = count;
    assert_eq!(printed(ten, bytes(10)).await, (vec![10], 0));
    assert_eq!(printed(ten, bytes(9)).await, (vec![9], 0));
}

const SHORT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn times_are_kept_apart() {
    // Each call takes the time that is short where it should be stopped, and none where it should not.
    type Set = fn(&mut Limits, Duration);
    type Exceeded = fn(Duration) -> LimitExceeded;
    let table: [(&str, Set, Exceeded); 3] = [
        (
            "loop",
            |limits, time| limits.guest_time = time,
            LimitExceeded::GuestTime,
        ),
        (
            "sleep:600000",
            |limits, time| limits.call_time = time,
            LimitExceeded::CallTime,
        ),
        (
            "settings-language:Rust",
            |limits, time| limits.host_time = time,
            LimitExceeded::HostTime,
        ),
    ];
    for (verb, set, exceeded) in table {
        let editor = Editor::new(Does::NeverAnswer);
        let host = builder(|limits| {
            (limits.guest_time, limits.call_time, limits.host_time) = (LONG, LONG, LONG);
            set(limits, SHORT);
        })
        .delegate(editor.clone())
        .build()
        .unwrap();
        let place = Place::new();
        let extension = guest::start(&host, "0.7.0", &place).await;
        let error = ask(&extension, &place, verb).await.unwrap_err();
        assert_eq!(error, CallError::Limit(exceeded(SHORT)), "{verb}");
        // The same sort of call, that ends before.
        editor.now(Does::AnswerAfter(2));
        for verb in ["answer:1000", "sleep:1", "settings-language:Rust"] {
            ask(&extension, &place, verb).await.unwrap();
        }
    }
}
