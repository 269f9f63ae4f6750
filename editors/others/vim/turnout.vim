" Turnout in Vim, by ALE 3.3 or newer. Source this file after ALE is loaded.
"
" :ALECodeAction has Turnout's actions at the cursor; its findings are among ALE's. For what needs words
" of your own there are :TurnoutAsk and :TurnoutRefactor.

let g:turnout_command = get(g:, 'turnout_command', 'turnout')
let g:turnout_filetypes = get(g:, 'turnout_filetypes', ['c', 'cpp', 'cs', 'css', 'go', 'html', 'java',
\ 'javascript', 'javascriptreact', 'kotlin', 'lua', 'php', 'python', 'ruby', 'rust', 'sh', 'sql',
\ 'swift', 'typescript', 'typescriptreact', 'vim'])

" ALE shows only errors by itself: what else a server says is kept from you.
let g:ale_lsp_show_message_severity = 'information'

function! TurnoutRoot(buffer) abort
  let l:git = finddir('.git', fnamemodify(bufname(a:buffer), ':p:h') . ';')
  return empty(l:git) ? fnamemodify(bufname(a:buffer), ':p:h') : fnamemodify(l:git, ':p:h:h')
endfunction

for s:filetype in g:turnout_filetypes
  call ale#linter#Define(s:filetype, {
  \ 'name': 'turnout',
  \ 'lsp': 'stdio',
  \ 'executable': g:turnout_command,
  \ 'command': '%e --stdio',
  \ 'project_root': function('TurnoutRoot'),
  \ 'language': get({'cs': 'csharp', 'sh': 'shellscript'}, s:filetype, s:filetype),
  \})
endfor

function! s:Preview(text, filetype) abort
  pedit turnout://answer
  call setbufvar('turnout://answer', '&buftype', 'nofile')
  call setbufvar('turnout://answer', '&filetype', a:filetype)
  call deletebufline('turnout://answer', 1, '$')
  call setbufline('turnout://answer', 1, split(a:text, "\n", 1))
endfunction

" Show an answer in words, or an edit that waits; an explanation is a note at its code already.
function! s:Show(command, response) abort
  let l:result = get(a:response, 'result', {})
  if has_key(a:response, 'error')
    echomsg 'Turnout: ' . a:response.error.message
  elseif type(l:result) != v:t_dict || a:command is# 'turnout.explain'
    return
  elseif get(l:result, 'state', '') is# 'proposed'
    call s:Preview(l:result.diff, 'diff')
  elseif has_key(l:result, 'text')
    call s:Preview(l:result.text, 'markdown')
  endif
endfunction

" Have a command run on the file, or on the lines FIRST to LAST.
function! s:Run(command, more, range, first, last) abort
  let l:about = {'uri': ale#util#ToURI(expand('%:p'))}
  if a:range
    let l:about.range = {
    \ 'start': {'line': a:first - 1, 'character': 0},
    \ 'end': {'line': a:last, 'character': 0},
    \}
  endif
  call ale#lsp_linter#SendRequest(bufnr(''), 'turnout',
  \ ale#lsp#message#ExecuteCommand(a:command, [extend(l:about, a:more)]),
  \ {response -> s:Show(a:command, response)})
endfunction

command! -range=0 TurnoutReview
\ call s:Run('turnout.review', {}, <range>, <line1>, <line2>)
command! TurnoutReviewChanges
\ call s:Run('turnout.review', {'against': 'uncommitted'}, 0, 0, 0)
command! -range=0 TurnoutExplain
\ call s:Run('turnout.explain', {}, <range>, <line1>, <line2>)
command! -range=0 -nargs=+ TurnoutAsk
\ call s:Run('turnout.ask', {'instruction': <q-args>}, <range>, <line1>, <line2>)
command! -range=0 -nargs=+ TurnoutRefactor
\ call s:Run('turnout.refactor', {'instruction': <q-args>}, <range>, <line1>, <line2>)
command! TurnoutCommitMessage
\ call s:Run('turnout.commitMessage', {}, 0, 0, 0)
