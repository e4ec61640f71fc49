" Waits, when Vim has started, for a message, says what there is, and leaves.
function! s:say_all() abort
  for l:round in range(400)
    if execute('messages') =~# 'annexe: '
      break
    endif
    sleep 50m
  endfor
  call writefile(['type ' . &filetype] + split(execute('messages'), "\n"), '/dev/stdout', 'a')
  qa!
endfunction
autocmd VimEnter * ++nested call s:say_all()
