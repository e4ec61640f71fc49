" Waits, when Vim has started, until each file that is shown has a diagnostic of ALE's, says what there is, and leaves.
function! s:texts(buffer) abort
  return map(copy(ale#engine#GetLoclist(a:buffer)), {_, it -> it.linter_name . ': ' . it.text})
endfunction
function! s:say_all() abort
  let l:buffers = map(getwininfo(), {_, it -> it.bufnr})
  for l:round in range(400)
    if empty(filter(copy(l:buffers), {_, it -> empty(s:texts(it))}))
      break
    endif
    sleep 50m
  endfor
  let l:said = []
  for l:buffer in l:buffers
    let l:name = fnamemodify(bufname(l:buffer), ':t')
    let l:said += [l:name . ' is ' . getbufvar(l:buffer, '&filetype')]
    let l:said += map(s:texts(l:buffer), {_, it -> l:name . ' has ' . it})
  endfor
  call writefile(l:said + split(execute('messages'), "\n"), '/dev/stdout', 'a')
  qa!
endfunction
autocmd VimEnter * ++nested call s:say_all()
