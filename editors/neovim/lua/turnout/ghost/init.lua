---Ghost text: asked for at every key, drawn behind the cursor, typed through without a flicker.
---
---The server waits by itself before a call leaves the machine and knows which request is the last,
---so nothing waits or is cancelled here while one types. What comes for a text that has changed
---since is dropped; what is typed along with is kept without asking.
local M = {}

local api = vim.api
local draw = require('turnout.ghost.draw')
local suggestions = require('turnout.ghost.suggestion')

local METHOD = 'textDocument/inlineCompletion'
local INVOKED, AUTOMATIC = 1, 2

---@class turnout.Place
---@field buffer integer
---@field tick integer
---@field row integer
---@field col integer

---@type turnout.Suggestion? what is shown
local shown
---@type turnout.Suggestion[] it, and what one can change to
local choices = {}
---@type turnout.Place? where the server was asked last, or suggestions were dismissed
local asked
---@type { client: vim.lsp.Client, id: integer }? a request under way
local pending
local timer = assert(vim.uv.new_timer())

---@return turnout.Place
local function here()
  local buffer = api.nvim_get_current_buf()
  local row, col = unpack(api.nvim_win_get_cursor(0))
  return { buffer = buffer, tick = api.nvim_buf_get_changedtick(buffer), row = row, col = col }
end

local function inserting()
  return api.nvim_get_mode().mode:find('^[iR]') ~= nil
end

---@return vim.lsp.Client?
local function client_of(buffer)
  return vim.lsp.get_clients({ name = 'turnout', bufnr = buffer, method = METHOD })[1]
end

local function hide()
  if shown then
    draw.clear(shown.buffer)
  end
end

local function drop()
  hide()
  shown, choices = nil, {}
end

---Forget everything: the mode has ended, or the server has.
function M.forget()
  drop()
  timer:stop()
  asked = nil
  if pending then
    pending.client:cancel_request(pending.id)
    pending = nil
  end
end

---Tell the server that it is on the screen; it learns from what is kept.
---@param suggestion turnout.Suggestion
local function tell(suggestion)
  local client = not suggestion.told and vim.lsp.get_client_by_id(suggestion.client)
  suggestion.told = true
  if client then
    client:notify('textDocument/didShowCompletion', { item = suggestion.item })
  end
end

---@return string? rest what is left of the suggestion that is shown
local function rest_of_shown()
  if shown and shown.buffer == api.nvim_get_current_buf() then
    return suggestions.rest(shown)
  end
end

---Draw what is left of it.
---@param count? string
---@return boolean drawn
local function redraw(count)
  local rest = rest_of_shown()
  if not shown or not rest or rest == '' then
    drop()
    return false
  end
  draw.show(shown.buffer, rest, shown.cover, count)
  tell(shown)
  return true
end

---@param result any
---@param client vim.lsp.Client
---@param buffer integer
---@return turnout.Suggestion[]
local function read(result, client, buffer)
  local found = {}
  for _, item in ipairs(result and (result.items or result) or {}) do
    local one = suggestions.of(item, client, buffer)
    if one and suggestions.rest(one) then
      table.insert(found, one)
    end
  end
  return found
end

---Ask for suggestions at the cursor.
---@param kind 1|2
---@param done fun(found: turnout.Suggestion[])
local function request(kind, done)
  local place = here()
  local client = client_of(place.buffer)
  if not client then
    return
  end
  asked = place
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.context = { triggerKind = kind }
  local sent, id
  sent, id = client:request(METHOD, params, function(err, result)
    if pending and pending.id == id then
      pending = nil
    end
    if not err and inserting() and vim.deep_equal(place, here()) then
      done(read(result, client, place.buffer))
    end
  end, place.buffer)
  pending = sent and { client = client, id = id } or nil
end

---@param found turnout.Suggestion[]
local function take(found)
  hide()
  choices, shown = found, found[1]
  redraw()
end

local function ask()
  if inserting() and not vim.deep_equal(asked, here()) then
    request(AUTOMATIC, take)
  end
end

---The text or the cursor has changed: keep what is typed along with, else ask.
function M.update()
  if vim.fn.pumvisible() == 1 then
    hide()
    return
  end
  if redraw() or vim.fn.reg_executing() ~= '' or vim.deep_equal(asked, here()) then
    return
  end
  local debounce = require('turnout.config').get().debounce
  if debounce > 0 then
    timer:start(debounce, 0, vim.schedule_wrap(ask))
  else
    ask()
  end
end

---Ask now, whatever is shown: the server takes longer, and has up to three.
function M.trigger()
  request(INVOKED, take)
end

---@return boolean
function M.visible()
  local rest = rest_of_shown()
  return rest ~= nil and rest ~= ''
end

---Take what is shown from view; it stays away until the text changes.
---@return boolean
function M.dismiss()
  local visible = M.visible()
  if visible then
    drop()
    asked = here()
  end
  return visible
end

---@param step integer
local function change(step)
  local fitting = vim.tbl_filter(function(one)
    local rest = suggestions.rest(one)
    return rest ~= nil and rest ~= ''
  end, choices)
  for index, one in ipairs(fitting) do
    if one == shown then
      local now = (index - 1 + step) % #fitting + 1
      shown = fitting[now]
      redraw(#fitting > 1 and ('(%d/%d)'):format(now, #fitting) or nil)
      return
    end
  end
end

---Change to another suggestion; the first time the server is asked for more.
---@param step integer 1 or -1
---@return boolean
function M.cycle(step)
  if not M.visible() then
    return false
  end
  if #choices > 1 then
    change(step)
    return true
  end
  request(INVOKED, function(found)
    local rest = rest_of_shown()
    local others = vim.tbl_filter(function(one)
      return suggestions.rest(one) ~= rest
    end, found)
    choices = vim.list_extend({ shown }, others)
    change(step)
  end)
  return true
end

---@param text string
---@param replaced integer bytes behind the cursor
local function insert(text, replaced)
  local row, col = unpack(api.nvim_win_get_cursor(0))
  local lines = vim.split(text, '\n', { plain = true })
  -- An undo takes back what was accepted, and not what was typed before.
  vim.cmd('let &g:undolevels = &g:undolevels')
  api.nvim_buf_set_text(0, row - 1, col, row - 1, col + replaced, lines)
  col = (#lines == 1 and col or 0) + #lines[#lines]
  api.nvim_win_set_cursor(0, { row + #lines - 1, col })
end

---@param suggestion turnout.Suggestion
---@param length integer bytes of its text that stand there now
local function tell_accepted(suggestion, length)
  local client = vim.lsp.get_client_by_id(suggestion.client)
  if not client then
    return
  end
  local item = suggestion.item
  if length < #suggestion.text then
    local units = suggestions.units(suggestion, length)
    local params = { item = item, acceptedLength = units }
    client:notify('textDocument/didPartiallyAcceptCompletion', params)
  elseif item.command then
    client:exec_cmd(item.command, { bufnr = suggestion.buffer })
  end
end

---Put in a piece of what is left of a suggestion, and tell the server.
---@param one turnout.Suggestion
---@param rest string
---@param piece string
function M.put(one, rest, piece)
  draw.clear(one.buffer) -- the window would scroll to where its end was
  insert(piece, piece == rest and #one.cover or 0)
  tell_accepted(one, #one.text - #rest + #piece)
end

---Put in what is shown, or its next line or word.
---@param which 'whole'|'line'|'word'
---@return boolean accepted
function M.accept(which)
  local one, rest = shown, rest_of_shown()
  if not one or not rest or rest == '' then
    return false
  end
  local piece = suggestions.piece(rest, which)
  M.put(one, rest, piece)
  if piece == rest then
    drop()
  end
  M.update()
  return true
end

---Follow the keys in a buffer.
---@param buffer integer
function M.attach(buffer)
  draw.highlights()
  local group = api.nvim_create_augroup('turnout.ghost.' .. buffer, {})
  local events = { 'InsertEnter', 'TextChangedI', 'CursorMovedI', 'TextChangedP', 'CompleteDone' }
  api.nvim_create_autocmd(events, { group = group, buffer = buffer, callback = M.update })
  api.nvim_create_autocmd('InsertLeave', { group = group, buffer = buffer, callback = M.forget })
end

---@param buffer integer
function M.detach(buffer)
  pcall(api.nvim_del_augroup_by_name, 'turnout.ghost.' .. buffer)
  draw.clear(buffer)
end

return M
