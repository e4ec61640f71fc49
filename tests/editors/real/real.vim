" Waits, when Vim has started, for a diagnostic, a hover and a completion of ALE's with the three texts of $WANTED, says
" what there is in $SAID, and leaves where it is to.
let g:ale_hover_to_preview = 1
set omnifunc=ale#completion#OmniFunc
let s:wanted = split($WANTED, "\n", 1)
function! s:diagnostics() abort
  return map(copy(ale#engine#GetLoclist(bufnr('%'))), {_, it -> 'diagnostic ' . it.text})
endfunction
" What a function gives, as soon as it has a text in it.
function! s:await(text, tries, Give) abort
  for l:try in range(a:tries)
    let l:given = a:Give()
    if stridx(join(l:given, "\n"), a:text) >= 0
      break
    endif
    sleep 100m
  endfor
  return l:given
endfunction
function! s:hover() abort
  call cursor(1, 1)
  ALEHover
  sleep 100m
  let l:shown = filter(getwininfo(), {_, it -> getwinvar(it.winid, '&previewwindow')})
  return map(l:shown, {_, it -> 'hover ' . join(getbufline(it.bufnr, 1, '$'))})
endfunction
function! s:completion() abort
  call setline(3, '')
  call cursor(3, 1)
  execute "normal! a\<C-X>\<C-O>"
  return ['completion ' . getline(3)]
endfunction
function! s:say_all() abort
  let l:said = s:await(s:wanted[0], 1000, function('s:diagnostics'))
  let l:said += s:await(s:wanted[1], 50, function('s:hover'))
  let l:said += s:await(s:wanted[2], 50, function('s:completion'))
  call writefile(l:said + split(execute('messages'), "\n"), $SAID . '.new')
  call rename($SAID . '.new', $SAID)
  while $QUIT !=# '1'
    sleep 100m
  endwhile
  qa!
endfunction
autocmd VimEnter * ++nested call s:say_all()
