" Stands in for the plugin vim-lsp, which no package brings: it keeps what it would start for the file.
let s:servers = {}
let g:started = get(g:, "started", [])
function! lsp#get_server_names() abort
  return keys(s:servers)
endfunction
function! lsp#register_server(info) abort
  let s:servers[a:info.name] = a:info
endfunction
function! lsp#activate() abort
  call add(g:started, 'type ' . &filetype)
  for l:info in filter(values(s:servers), {_, info -> index(info.allowlist, &filetype) >= 0})
    call add(g:started, printf('%s: %s in %s as %s', l:info.name, join(l:info.cmd(l:info)), l:info.root_uri(l:info), l:info.languageId(l:info)))
  endfor
endfunction
