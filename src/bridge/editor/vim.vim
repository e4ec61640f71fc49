" Has a plugin start the language servers of what is installed, and knows the files of languages that only extensions
" bring. The plugin is vim-lsp, else ALE. What is installed is asked for when Vim starts, in the background.
if exists('g:loaded_annexe') || has('nvim') || !has('job')
  finish
endif
let g:loaded_annexe = 1

let s:output = ''
let s:servers = []
let s:told = {}

function! s:tell(text) abort
  if !has_key(s:told, a:text)
    let s:told[a:text] = 1
    echomsg 'annexe: ' . a:text
  endif
endfunction

" What is installed.

function! s:is_named(id) abort
  return empty(s:data.only) || index(s:data.only, a:id) >= 0
endfunction

function! s:is_wanted(server) abort
  if type(a:server.extension) != v:t_string || a:server.id =~# '^-'
    return 0
  endif
  return s:is_named(a:server.id) || s:is_named(a:server.extension)
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

function! s:add_server(language, server) abort
  let l:found = filter(copy(s:servers), {_, it -> it.id ==# a:server.id})
  if empty(l:found)
    let l:command = s:data.command + ['lsp', a:server.id, '--extension', a:server.extension]
    let l:found = [{'id': a:server.id, 'extension': a:server.extension, 'command': l:command, 'types': [], 'ids': {}}]
    let l:found[0].name = 'annexe-' . a:server.id
    call extend(s:servers, l:found)
  endif
  if l:found[0].extension !=# a:server.extension
    return
  endif
  for l:type in s:types(a:language)
    call add(l:found[0].types, l:type)
    " Vim's own types for React are ids of their own.
    if l:type !~# 'react$' && !has_key(l:found[0].ids, l:type)
      let l:found[0].ids[l:type] = a:server.language_id
    endif
  endfor
endfunction

" A file that is opened.

function! s:root(buffer) abort
  let l:start = expand('#' . a:buffer . ':p:h')
  for l:names in [['.annexe', '.zed'], ['.git', '.hg', '.jj', '.svn']]
    let l:folder = l:start
    while 1
      if l:folder !=# $HOME
        for l:name in l:names
          if isdirectory(l:folder . '/' . l:name) || filereadable(l:folder . '/' . l:name)
            return l:folder
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
  return getcwd()
endfunction

function! s:language_id(server, buffer) abort
  let l:type = getbufvar(a:buffer, '&filetype')
  for l:part in split(l:type, '\.')
    if has_key(a:server.ids, l:part)
      return a:server.ids[l:part]
    endif
  endfor
  return l:type
endfunction

" vim-lsp, which says when it takes servers.

let s:lsp = {'is_ready': 0}

function! s:lsp.add(server) abort
  if index(lsp#get_server_names(), a:server.id) >= 0
    call s:tell(printf('`%s` is registered already', a:server.id))
    return
  endif
  call lsp#register_server({
        \ 'name': a:server.name,
        \ 'cmd': {info -> a:server.command},
        \ 'allowlist': a:server.types,
        \ 'root_uri': {info -> lsp#utils#path_to_uri(s:root(bufnr('%')))},
        \ 'languageId': {info -> s:language_id(a:server, bufnr('%'))},
        \ })
endfunction

function! s:lsp.serve() abort
  silent! call lsp#activate()
endfunction

" ALE.

let s:ale = {'count': 0, 'same': {}}

function! s:ale.add(server) abort
  let self.count += 1
  let l:program = a:server.command[0]
  let l:parts = map(copy(a:server.command), {_, part -> substitute(ale#Escape(part), '%', '%%', 'g')})
  let l:linter = {
        \ 'name': a:server.name,
        \ 'lsp': 'stdio',
        \ 'command': join(l:parts),
        \ 'language': {buffer -> s:language_id(a:server, buffer)},
        \ 'project_root': function('s:root'),
        \ }
  " Servers of one executable and root are one to ALE: each gets another spelling.
  let l:linter.executable = fnamemodify(l:program, ':h') . repeat('/.', self.count) . '/' . fnamemodify(l:program, ':t')
  for l:type in a:server.types
    " What ALE starts for some types it looks for under others.
    let l:found = ale#linter#ResolveFiletype(l:type)
    call ale#linter#Define(index(l:found, l:type) >= 0 ? l:type : get(l:found, -1, l:type), l:linter)
  endfor
endfunction

function! s:ale.serve() abort
  call self.list_all()
  if g:ale_lint_on_enter
    call ale#Queue(0)
  endif
endfunction

function! s:ale.list_all() abort
  for l:type in split(&filetype, '\.')
    let l:servers = filter(copy(s:servers), {_, it -> index(it.types, l:type) >= 0})
    if !empty(l:servers)
      call self.list(l:type, l:servers)
    endif
  endfor
endfunction

" A list says what ALE starts for a type. One of the user's stays; in the place of ALE's own comes one with the servers,
" but for those that ALE starts itself.
function! s:ale.list(type, servers) abort
  let l:linters = ale#linter#Get(a:type)
  let l:before = map(copy(l:linters), {_, it -> it.name})
  let l:lists = get(b:, 'ale_linters', {})
  if type(l:lists) != v:t_dict || has_key(l:lists, a:type) || has_key(g:ale_linters, a:type) || g:ale_linters_explicit
    for l:server in a:servers
      if index(l:before, l:server.name) < 0 && !has_key(self.same, l:server.id)
        call s:tell(printf('`ale_linters` of `%s` leaves out `%s`', a:type, l:server.name))
      endif
    endfor
    return
  endif
  let l:names = copy(l:before)
  for l:server in a:servers
    call filter(l:names, {_, name -> name !=# l:server.name})
    let l:same = filter(copy(l:linters), {_, it -> self.is_same(it, l:server)})
    if empty(l:same)
      call add(l:names, l:server.name)
    else
      let self.same[l:server.id] = 1
      call s:tell(printf('ALE starts `%s` itself, as `%s`', l:server.id, l:same[0].name))
    endif
  endfor
  if sort(copy(l:names)) != sort(copy(l:before))
    let b:ale_linters = extend({a:type: l:names}, l:lists)
  endif
endfunction

" Whether a linter of ALE's own is the same server, and is started for the current buffer.
function! s:ale.is_same(linter, server) abort
  if empty(a:linter.lsp) || a:linter.name =~# '^annexe-'
    return 0
  endif
  try
    let l:program = ale#linter#GetExecutable(bufnr('%'), a:linter)
    if !executable(l:program) || empty(ale#lsp_linter#FindProjectRoot(bufnr('%'), a:linter))
      return 0
    endif
    let l:name = fnamemodify(l:program, ':t:r')
    let l:at = stridx(l:name, a:server.id)
    return tr(a:linter.name, '_', '-') ==# a:server.id || l:at == 0 || l:at > 0 && l:at == len(l:name) - len(a:server.id)
  catch
    " What ALE itself must wait for is no text.
    return 0
  endtry
endfunction

" Start.

let s:client = {}

function! s:client_there() abort
  if s:lsp.is_ready
    return s:lsp
  endif
  " Every plugin is there when Vim has started, and vim-lsp tells later that it is ready.
  if !v:vim_did_enter || exists('g:lsp_loaded')
    return {}
  endif
  if exists('g:loaded_ale') && index([1, v:true], get(g:, 'ale_disable_lsp', 0)) < 0
    return s:ale
  endif
  call s:tell('no server is started: there is neither vim-lsp nor ALE')
  return {}
endfunction

function! s:start() abort
  if empty(s:servers) || !empty(s:client)
    return
  endif
  let s:client = s:client_there()
  if empty(s:client)
    return
  endif
  for l:server in s:servers
    call s:client.add(l:server)
  endfor
  if s:client is s:ale
    autocmd annexe FileType * call s:ale.list_all()
  endif
  call s:for_shown('s:serve')
endfunction

" What was opened before.
function! s:for_shown(function) abort
  for l:window in getwininfo()
    if getbufvar(l:window.bufnr, '&buftype') ==# ''
      call win_execute(l:window.winid, printf('call %s()', a:function), '')
    endif
  endfor
endfunction

function! s:serve() abort
  call s:client.serve()
endfunction

function! s:detect() abort
  if &filetype ==# '' && expand('%') !=# ''
    silent! filetype detect
  endif
endfunction

function! s:on_setup() abort
  let s:lsp.is_ready = 1
  call s:start()
endfunction

function! s:on_output(channel, text) abort
  let s:output .= a:text
endfunction

function! s:on_close(channel) abort
  try
    let l:languages = json_decode(s:output)
  catch
    call s:tell('`annexe languages` has failed')
    return
  endtry
  for l:language in l:languages
    let l:servers = filter(copy(l:language.servers), {_, it -> s:is_wanted(it)})
    " A language is wanted with its extension, or with one of its servers.
    if s:is_named(l:language.extension) || !empty(l:servers)
      call s:add_names(l:language)
    endif
    for l:server in l:servers
      call s:add_server(l:language, l:server)
    endfor
  endfor
  call s:for_shown('s:detect')
  call s:start()
endfunction

augroup annexe
  autocmd!
  autocmd User lsp_setup call s:on_setup()
  autocmd VimEnter * call s:start()
  autocmd SourcePost */plugin/ale.vim call s:start()
augroup END

if !executable(s:data.command[0])
  call s:tell(printf('`%s` is not a program; write this file again with `annexe editor vim --write`', s:data.command[0]))
  finish
endif

call job_start(s:data.command + ['languages', '--json', '--no-project'], {
      \ 'in_io': 'null',
      \ 'err_io': 'null',
      \ 'out_mode': 'raw',
      \ 'out_cb': function('s:on_output'),
      \ 'close_cb': function('s:on_close'),
      \ })
