" Has vim-lsp start the language servers of what is installed, and knows the files of languages that only extensions
" bring. What is installed is asked for when Vim starts, in the background.
if exists('g:loaded_annexe') || has('nvim') || !has('job')
  finish
endif
let g:loaded_annexe = 1

let s:languages = []
let s:output = ''
let s:ready = 0

function! s:is_wanted(server) abort
  if type(a:server.extension) != v:t_string || a:server.id =~# '^-'
    return 0
  endif
  return empty(s:data.only) || index(s:data.only, a:server.id) >= 0 || index(s:data.only, a:server.extension) >= 0
endfunction

function! s:types(language) abort
  if has_key(s:data.file_types, a:language.name)
    return s:data.file_types[a:language.name]
  endif
  return [a:language.file_type]
endfunction

" Names of files that Vim gives no type get one.
function! s:add_names(language) abort
  let l:type = s:types(a:language)[0]
  for l:suffix in a:language.path_suffixes
    " An extension's author may have written anything.
    if l:suffix =~# '^[A-Za-z0-9_.+#~@-]\+$'
      execute printf('autocmd filetypedetect BufRead,BufNewFile %s,*.%s if &filetype ==# "" | setfiletype %s | endif', l:suffix, l:suffix, l:type)
    endif
  endfor
endfunction

function! s:root() abort
  let l:start = expand('%:p:h')
  for l:names in [['.annexe', '.zed'], ['.git', '.hg', '.jj', '.svn']]
    let l:folder = l:start
    while 1
      if l:folder !=# $HOME
        for l:name in l:names
          if isdirectory(l:folder . '/' . l:name) || filereadable(l:folder . '/' . l:name)
            return lsp#utils#path_to_uri(l:folder)
          endif
        endfor
      endif
      let l:above = fnamemodify(l:folder, ':h')
      if l:above ==# l:folder
        break
      endif
      let l:folder = l:above
    endwhile
  endfor
  return lsp#utils#path_to_uri(getcwd())
endfunction

function! s:register() abort
  let l:servers = {}
  let l:order = []
  for l:language in s:languages
    for l:server in filter(copy(l:language.servers), {_, server -> s:is_wanted(server)})
      if !has_key(l:servers, l:server.id)
        let l:command = s:data.command + ['lsp', l:server.id, '--extension', l:server.extension]
        let l:servers[l:server.id] = {'extension': l:server.extension, 'command': l:command, 'types': [], 'ids': {}}
        call add(l:order, l:server.id)
      endif
      let l:known = l:servers[l:server.id]
      if l:known.extension ==# l:server.extension
        for l:type in s:types(l:language)
          call add(l:known.types, l:type)
          if l:type !~# 'react$' && !has_key(l:known.ids, l:type)
            let l:known.ids[l:type] = l:server.language_id
          endif
        endfor
      endif
    endfor
  endfor
  for l:id in l:order
    if index(lsp#get_server_names(), l:id) >= 0
      echomsg printf('annexe: `%s` is registered already', l:id)
      continue
    endif
    call s:register_one('annexe-' . l:id, l:servers[l:id])
  endfor
endfunction

function! s:register_one(name, server) abort
  call lsp#register_server({
        \ 'name': a:name,
        \ 'cmd': {info -> a:server.command},
        \ 'allowlist': a:server.types,
        \ 'root_uri': {info -> s:root()},
        \ 'languageId': {info -> get(a:server.ids, &filetype, &filetype)},
        \ })
endfunction

" Both have happened: vim-lsp takes servers, and what is installed is known.
function! s:start() abort
  if !s:ready || empty(s:languages)
    return
  endif
  call s:register()
  for l:buffer in filter(getbufinfo({'bufloaded': 1}), {_, it -> getbufvar(it.bufnr, '&buftype') ==# ''})
    if l:buffer.bufnr == bufnr('%')
      if &filetype ==# '' && expand('%') !=# ''
        silent! filetype detect
      endif
      silent! call lsp#activate()
    endif
  endfor
endfunction

function! s:on_setup() abort
  let s:ready = 1
  call s:start()
endfunction

function! s:on_output(channel, text) abort
  let s:output .= a:text
endfunction

function! s:on_close(channel) abort
  try
    let s:languages = json_decode(s:output)
  catch
    let s:languages = []
    echomsg 'annexe: `annexe languages` has failed'
    return
  endtry
  for l:language in s:languages
    call s:add_names(l:language)
  endfor
  call s:start()
endfunction

augroup annexe
  autocmd!
  autocmd User lsp_setup call s:on_setup()
augroup END

if !executable(s:data.command[0])
  echomsg printf('annexe: `%s` is not a program; write this file again with `annexe editor vim --write`', s:data.command[0])
  finish
endif

call job_start(s:data.command + ['languages', '--json', '--no-project'], {
      \ 'in_io': 'null',
      \ 'err_io': 'null',
      \ 'out_mode': 'raw',
      \ 'out_cb': function('s:on_output'),
      \ 'close_cb': function('s:on_close'),
      \ })
