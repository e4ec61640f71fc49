;; A plugin of API 1.0.0. Its commands are known by their first letters: `trap`, `loop`, `grow`, `count`, `insert`; any
;; other answers its own name.
(module
  (import "quill:plugin/editor@1.0.0" "insert" (func $insert (param i32 i32 i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 1024))
  (global $count (mut i32) (i32.const 0))

  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $place i32)
    (local.set $place (global.get $free))
    (global.set $free
      (i32.and (i32.add (i32.add (global.get $free) (local.get $size)) (i32.const 7)) (i32.const -8)))
    (local.get $place))

  (func $ok (param $text i32) (param $length i32) (result i32)
    (i32.store (i32.const 0) (i32.const 0))
    (i32.store (i32.const 4) (local.get $text))
    (i32.store (i32.const 8) (local.get $length))
    (i32.const 0))

  (func (export "quill:plugin/commands@1.0.0#run") (param $name i32) (param $length i32) (result i32)
    (local $letter i32)
    (local.set $letter (i32.load8_u (local.get $name)))
    (if (i32.eq (local.get $letter) (i32.const 116)) (then (unreachable)))
    (if (i32.eq (local.get $letter) (i32.const 108)) (then (loop $forever (br $forever))))
    (if (i32.eq (local.get $letter) (i32.const 103))
      (then (if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then (unreachable)))))
    (if (i32.eq (local.get $letter) (i32.const 99))
      (then
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (i32.store8 (i32.const 32) (i32.add (global.get $count) (i32.const 48)))
        (return (call $ok (i32.const 32) (i32.const 1)))))
    (if (i32.eq (local.get $letter) (i32.const 105))
      (then
        (call $insert (local.get $name) (local.get $length) (i32.const 16))
        (return (i32.const 16))))
    (call $ok (local.get $name) (local.get $length))))
