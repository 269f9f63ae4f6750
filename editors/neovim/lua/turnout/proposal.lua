---An edit before it is made: each file as it is and as it would be, side by side, in a tab.
local M = {}

local api = vim.api
local diff = require('turnout.diff')
local view = require('turnout.view')
local message = require('turnout.message')

---@class turnout.Proposal
---@field document turnout.Document
---@field client integer
---@field files turnout.FileDiff[]
---@field shown integer the file that is shown
---@field tab? integer
---@field from? integer the window that one came from

---@type turnout.Proposal? the last one that waits for an answer
local waiting

local KEYS = 'ga apply  gd discard  q later'

---Where a path of the diff is: the document that was asked about, else in the server's folder.
---@param proposal turnout.Proposal
---@param path string
---@return string
local function place_of(proposal, path)
  local asked = vim.uri_to_fname(proposal.document.uri)
  if asked == path or vim.endswith(asked, '/' .. path) then
    return asked
  end
  local client = vim.lsp.get_client_by_id(proposal.client)
  return vim.fs.joinpath(client and client.root_dir or vim.fs.dirname(asked), path)
end

---The text as it is: of the buffer where the file is open, else of the disk.
---@param proposal turnout.Proposal
---@param file turnout.FileDiff
---@return string[]
local function lines_before(proposal, file)
  if file.new then
    return {}
  end
  local place = place_of(proposal, file.path)
  for _, buffer in ipairs(api.nvim_list_bufs()) do
    if api.nvim_buf_is_loaded(buffer) and api.nvim_buf_get_name(buffer) == place then
      return api.nvim_buf_get_lines(buffer, 0, -1, false)
    end
  end
  local lines = vim.fn.filereadable(place) == 1 and vim.fn.readfile(place) or {}
  return vim.tbl_map(function(line)
    return (line:gsub('\r$', ''))
  end, lines)
end

---@param proposal turnout.Proposal
---@param name string
---@param lines string[]
---@param filetype string
---@return integer buffer
local function side(proposal, name, lines, filetype)
  local buffer = view.scratch(name, filetype)
  vim.bo[buffer].bufhidden = 'wipe'
  view.write(buffer, lines)
  -- The edit that is looked at, which need not be the last one.
  for key, act in pairs({ ga = M.apply, gd = M.discard, q = M.close }) do
    view.map(buffer, key, function()
      act(proposal)
    end, 'apply (ga), discard (gd), decide later (q)')
  end
  for key, step in pairs({ [']f'] = 1, ['[f'] = -1 }) do
    view.map(buffer, key, function()
      local now = proposal.shown + step
      M.show(proposal, (now - 1) % #proposal.files + 1)
    end, 'the next or previous file')
  end
  return buffer
end

---The two texts in two windows, compared.
---@param proposal turnout.Proposal
---@param file turnout.FileDiff
---@param before string[]
---@param after string[]
local function show_sides(proposal, file, before, after)
  local filetype = vim.filetype.match({ filename = file.path, contents = after }) or ''
  local left = side(proposal, 'before/' .. file.path, before, filetype)
  local right = side(proposal, 'after/' .. file.path, after, filetype)
  vim.cmd('silent! only')
  api.nvim_win_set_buf(0, left)
  vim.cmd.diffthis()
  view.winbar(0, (' %s%s'):format(view.literal(file.path), file.new and ' (new)' or ', as it is'))
  local window = api.nvim_open_win(right, true, { split = 'right', win = 0 })
  vim.cmd.diffthis()
  local several = #proposal.files > 1
  local count = several and ('  %d/%d ]f'):format(proposal.shown, #proposal.files) or ''
  view.winbar(window, (' %s%s%%=%s '):format(view.literal(proposal.document.model), count, KEYS))
  vim.cmd('silent! normal! gg]c')
end

---The diff itself, where the text is not the one that it was made for any more.
---@param proposal turnout.Proposal
local function show_diff(proposal)
  local lines = vim.split(proposal.document.text, '\n')
  local buffer = side(proposal, 'edit ' .. proposal.document.id, lines, 'diff')
  vim.cmd('silent! only')
  api.nvim_win_set_buf(0, buffer)
  view.winbar(0, (' %s%%=%s '):format(view.literal(proposal.document.title), KEYS))
end

---Show one file of it, in its tab.
---@param proposal turnout.Proposal
---@param number integer
function M.show(proposal, number)
  if not proposal.tab or not api.nvim_tabpage_is_valid(proposal.tab) then
    proposal.from = api.nvim_get_current_win()
    vim.cmd('tab split')
    proposal.tab = api.nvim_get_current_tabpage()
  end
  api.nvim_set_current_tabpage(proposal.tab)
  proposal.shown = number
  local file = proposal.files[number]
  local before = file and lines_before(proposal, file)
  local after = before and diff.apply(before, file.hunks)
  if after then
    show_sides(proposal, file, before, after)
  else
    show_diff(proposal)
  end
end

---@param document turnout.Document
---@param client integer
function M.on_document(document, client)
  waiting = { document = document, client = client, shown = 1, files = diff.read(document.text) }
  if api.nvim_get_mode().mode == 'n' and vim.fn.getcmdwintype() == '' then
    M.show(waiting, 1)
  else -- whoever is typing is not taken elsewhere
    message.show('an edit is ready.', { remedy = ':Turnout preview shows it' })
  end
end

---Leave the tab; the edit goes on waiting.
---@param proposal turnout.Proposal
function M.close(proposal)
  local tab, from = proposal.tab, proposal.from
  if tab and api.nvim_tabpage_is_valid(tab) then
    vim.cmd.tabclose(api.nvim_tabpage_get_number(tab))
  end
  if from and api.nvim_win_is_valid(from) then
    api.nvim_set_current_win(from)
  end
end

---Send the user's word, and leave the tab. An edit that could not be made waits on.
---@param proposal turnout.Proposal
---@param command string
---@param done fun(result: table)
local function decide(proposal, command, done)
  local client = vim.lsp.get_client_by_id(proposal.client)
  M.close(proposal)
  if not client then
    message.show('the server that made this edit is gone.', { remedy = 'Ask again' })
    return
  end
  waiting = waiting ~= proposal and waiting or nil
  local argument = { id = proposal.document.proposal }
  require('turnout.server').execute(client, command, argument, function(result)
    if not result or result.applied == false then
      waiting = waiting or proposal
    end
    done(result or {})
  end)
end

---@param files turnout.FileDiff[]
---@return string
local function names(files)
  local named = vim.tbl_map(function(file)
    return file.path .. (file.new and ' (new)' or '')
  end, files)
  return table.concat(named, ', ')
end

---@param act fun(proposal: turnout.Proposal)
local function with_last(act)
  if waiting then
    act(waiting)
  else
    message.show('no edit waits for you.', { remedy = 'Ask for one: :Turnout refactor' })
  end
end

---Make an edit.
---@param proposal turnout.Proposal
function M.apply(proposal)
  decide(proposal, 'turnout.apply', function(result)
    if result.applied then
      local said = ('applied: %s.'):format(names(proposal.files))
      message.show(said, { remedy = 'u takes it back, :wa writes' })
    end
  end)
end

---Say that it is not wanted.
---@param proposal turnout.Proposal
function M.discard(proposal)
  decide(proposal, 'turnout.discard', function() end)
end

---`:Turnout preview`: show the last one.
function M.reopen()
  with_last(function(proposal)
    M.show(proposal, 1)
  end)
end

---`:Turnout apply`: the last one.
function M.apply_last()
  with_last(M.apply)
end

---`:Turnout discard`: the last one.
function M.discard_last()
  with_last(M.discard)
end

return M
