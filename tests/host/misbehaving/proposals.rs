//! Guests that use what the engine is built without: such code must not come to run.

use annexe::{EngineError, HostError};

use super::{Text, host};

#[tokio::test]
async fn what_the_engine_is_built_without_is_refused_before_it_could_end_the_process() {
    let host = host(|_| {});
    let table: [(&str, &'static str, &'static str); 5] = [
        (
            // Compiled, the engine would be asked whether one type is a subtype of the other, and abort.
            "a call by a type that has subtypes",
            "(type $open (sub (func (param f64)))) (type $closed (sub final $open (func (param f64))))
             (table $table 1 funcref) (elem (table $table) (i32.const 0) func $called)
             (func $called (type $closed))",
            "(call_indirect $table (type $open) (f64.const 0) (i32.const 0))",
        ),
        (
            "a small integer as a reference",
            "",
            "(drop (i31.get_s (ref.i31 (i32.const 5))))",
        ),
        (
            "a test of a function's type",
            "(type $open (sub (func (param f64)))) (func $called (type $open)) (elem declare func $called)",
            "(drop (ref.test (ref $open) (ref.func $called)))",
        ),
        (
            "a call by reference",
            "(type $plain (func (param f64))) (func $called (type $plain)) (elem declare func $called)",
            "(call_ref $plain (f64.const 0) (ref.func $called))",
        ),
        (
            "a wait for another thread",
            "",
            "(drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))",
        ),
    ];
    for (what, items, init) in table {
        let text = Text {
            items,
            init,
            ..Text::default()
        };
        let refused = host.compile(text.component()).await;
        assert!(
            matches!(refused, Err(HostError::Engine(EngineError::Compile { .. }))),
            "{what}: {refused:?}"
        );
    }
}
