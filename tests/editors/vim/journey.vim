" Drive Turnout as a user of Vim with ALE does. What was seen goes to the file $SEEN as JSON.

let s:seen = {}
function! s:End(code) abort
  let s:seen.messages = execute('messages')
  call writefile([json_encode(s:seen)], $SEEN)
  execute (a:code ? 'cquit!' : 'qall!')
endfunction

function! s:Until(what, look) abort
  let l:tries = 0
  while !a:look() && l:tries < 1800
    let l:tries += 1
    sleep 50m
  endwhile
  if l:tries == 1800
    let s:seen.missing = a:what
    call s:End(1)
  endif
endfunction

" The menu: what ALE would ask is kept, and the entry that is wanted is chosen.
let s:wanted = ''
runtime autoload/ale/util.vim
function! ale#util#Input(message, value, ...) abort
  let s:seen.menu = split(a:message, "\n")
  for l:line in s:seen.menu
    if stridx(l:line, s:wanted) >= 0
      return matchstr(l:line, '^\d\+')
    endif
  endfor
  let s:seen.missing = s:wanted
  call s:End(1)
endfunction

function! s:Choose(line, title) abort
  call cursor(search(a:line, 'w'), 1)
  normal! ^
  let s:wanted = a:title
  let &undolevels = &undolevels  " what comes is a step of its own to undo
  ALECodeAction
endfunction

" While a script runs Vim does not notice by itself that the text has changed, so ALE is told.
function! s:Text() abort
  ALELint
  return join(getline(1, '$'), "\n") . "\n"
endfunction
function! s:Problems() abort
  return map(copy(ale#engine#GetLoclist(bufnr(''))), {_, one -> one.text})
endfunction

" What stands on the screen, from a pattern to the end of its line: ALE keeps no messages.
function! s:Screen(pattern) abort
  redraw
  let l:rows = map(range(1, &lines), {_, row -> join(map(range(1, &columns), {_, column ->
  \ screenstring(row, column)}), '')})
  return matchstr(join(l:rows, "\n"), a:pattern . '[^\n]\{-}\ze *\(\n\|$\)')
endfunction
function! s:Said(pattern) abort
  call s:Until(a:pattern, {-> !empty(s:Screen(a:pattern))})
  return s:Screen(a:pattern)
endfunction

function! s:Answer() abort
  return getbufline('turnout://answer', 1, '$')
endfunction

function! s:Journey() abort
  execute 'edit' $FILE
  setfiletype python
  4,5TurnoutReview
  call s:Until('finding', {-> !empty(s:Problems())})
  let s:seen.finding = s:Problems()
  call s:Choose('return a / b', 'Fix it')
  call s:Until('fix', {-> search('if b else 0', 'nw') > 0})
  let s:seen.fix_menu = s:seen.menu
  let s:seen.fixed = s:Text()
  call s:Until('no finding', {-> empty(s:Problems())})

  call s:Choose('def first', 'Explain `first`')
  call s:Until('note', {-> !empty(s:Problems())})
  let s:seen.note = s:Problems()
  call s:Choose('def first', 'Keep this note')
  call s:Until('comment', {-> search('# It takes', 'nw') > 0})
  let s:seen.kept = s:Text()

  TurnoutRefactor take any iterable
  call s:Until('diff', {-> bufloaded('turnout://answer') && !empty(s:Answer())})
  let s:seen.diff = s:Answer()
  let s:seen.proposed = s:Said('Turnout: .*1 edit: util.py')
  call s:Choose('return items', 'Apply')
  call s:Until('edit', {-> search('next(iter', 'nw') > 0})
  let s:seen.edited = s:Text()
  undo
  let s:seen.undone = s:Text()

  TurnoutAsk What does it do?
  call s:Until('answer', {-> join(s:Answer()) =~# 'box'})
  let s:seen.answer = s:Answer()
  TurnoutExplain
  let s:seen.refused = s:Said('Turnout: p0 asks')
endfunction

function! s:Start(...) abort
  try
    call s:Journey()
  catch
    let s:seen.failed = v:exception . ' at ' . v:throwpoint
    call s:End(1)
  endtry
  call s:End(0)
endfunction
call timer_start(200, function('s:Start'))
