" Stands in for vim-lsp, which no package brings: it says what it was told to start for the file.
function! lsp#utils#path_to_uri(path) abort
  return 'file://' . a:path
endfunction
let s:servers = {}
function! lsp#get_server_names() abort
  return keys(s:servers)
endfunction
function! lsp#register_server(info) abort
  let s:servers[a:info.name] = a:info
endfunction
function! lsp#activate() abort
  let s:lines = ['type ' . &filetype]
  for l:info in filter(values(s:servers), {_, info -> index(info.allowlist, &filetype) >= 0})
    call add(s:lines, printf('%s: %s in %s as %s', l:info.name, join(l:info.cmd(l:info)), l:info.root_uri(l:info), l:info.languageId(l:info)))
  endfor
endfunction
let s:lines = []
doautocmd User lsp_setup
let s:rounds = 0
while empty(s:lines) && s:rounds < 400
  sleep 50m
  let s:rounds += 1
endwhile
call writefile(s:lines + split(execute('messages'), "\n"), '/dev/stdout', 'a')
qa!
