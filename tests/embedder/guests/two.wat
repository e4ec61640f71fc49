;; A plugin of API 2.0.0. `insert` puts its argument into the buffer's first line, `trap` stops; any other command
;; answers its argument.
(module
  (import "quill:plugin/editor@2.0.0" "insert" (func $insert (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 1024))
  (data (i32.const 64) "insertecho")

  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $place i32)
    (local.set $place (global.get $free))
    (global.set $free
      (i32.and (i32.add (i32.add (global.get $free) (local.get $size)) (i32.const 7)) (i32.const -8)))
    (local.get $place))

  (func (export "quill:plugin/commands@2.0.0#names") (result i32)
    (i32.store (i32.const 32) (i32.const 64))
    (i32.store (i32.const 36) (i32.const 6))
    (i32.store (i32.const 40) (i32.const 70))
    (i32.store (i32.const 44) (i32.const 4))
    (i32.store (i32.const 48) (i32.const 32))
    (i32.store (i32.const 52) (i32.const 2))
    (i32.const 48))

  (func (export "quill:plugin/commands@2.0.0#run")
    (param $name i32) (param $name_length i32) (param $argument i32) (param $length i32) (result i32)
    (local $letter i32)
    (local.set $letter (i32.load8_u (local.get $name)))
    (if (i32.eq (local.get $letter) (i32.const 116)) (then (unreachable)))
    (if (i32.eq (local.get $letter) (i32.const 105))
      (then
        (call $insert (local.get $argument) (local.get $length) (i32.const 0) (i32.const 16))
        (return (i32.const 16))))
    (i32.store (i32.const 0) (i32.const 0))
    (i32.store (i32.const 4) (local.get $argument))
    (i32.store (i32.const 8) (local.get $length))
    (i32.const 0)))
