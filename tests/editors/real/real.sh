#!/bin/sh
# SESSION FILE, started by Kakoune: waits for a diagnostic, a hover and a completion of kak-lsp's with the three texts of
# $WANTED, says what there is in $SAID, and has Kakoune leave where it is to.
session=$1 file=$2
rm -f "$SAID".*
line() { printf '%s\n' "$WANTED" | sed -n "$1p"; }

tell() {
  printf 'evaluate-commands -client client0 %%{\n%s\n}\n' "$1" | kak -p "$session" 2>/dev/null
}

# Tells Kakoune $3, which has something written into the file $SAID.$1, until it has $2 in it, $4 times at most. A session
# that was given no name has the number of its process.
await() {
  tries=0
  while [ "$tries" -lt "$4" ] && kill -0 "$session"; do
    tell "$3"
    sleep 0.1
    ! grep -q -- "$2" "$SAID.$1" 2>/dev/null || break
    tries=$((tries + 1))
  done
}

await count '^[1-9]' "echo -to-file $SAID.count %opt{lsp_diagnostic_error_count}" 1000
# The buffer has the diagnostics as well.
await hover "$(line 2)" "buffer '$file'; select 1.1,1.3; lsp-hover-buffer
  try %{ evaluate-commands -buffer *hover* %{ write -force $SAID.hover } }" 50
tell "buffer '$file'; execute-keys gjiq<esc>l"
await completion "$(line 3)" "lsp-completion; echo -to-file $SAID.completion %opt{lsp_completions}" 50
tell "evaluate-commands -buffer *debug* %{ write -force $SAID.debug }"
sleep 0.1
cat "$SAID.hover" "$SAID.completion" "$SAID.debug" >"$SAID.new"
mv "$SAID.new" "$SAID"
[ "$QUIT" != 1 ] || tell 'kill!'
