---Findings are diagnostics: listed, mended and dismissed from where they stand.
local M = {}

local message = require('turnout.message')
local range = require('turnout.range')
local server = require('turnout.server')

---@param client vim.lsp.Client
---@return integer namespace
local function namespace_of(client)
  return vim.lsp.diagnostic.get_namespace(client.id)
end

---What the server said of a diagnostic beside its text: id, and whether it brings a fix.
---@param diagnostic vim.Diagnostic
---@return { id?: string, fix?: boolean }
local function data_of(diagnostic)
  return vim.tbl_get(diagnostic, 'user_data', 'lsp', 'data') or {}
end

---Put all findings into the quickfix list, and open it.
function M.list()
  local client = server.need()
  if not client then
    return
  end
  local found = vim.diagnostic.get(nil, { namespace = namespace_of(client) })
  if #found == 0 then
    message.show('there are no findings.', { remedy = 'Ask for some: :Turnout review' })
    return
  end
  local items = vim.diagnostic.toqflist(found)
  vim.fn.setqflist({}, ' ', { title = 'Turnout: findings', items = items })
  vim.cmd(('botright copen %d'):format(math.min(math.max(#items, 3), 10)))
end

---The diagnostics on some lines of this buffer.
---@param first integer from 1
---@param last integer
---@param namespace? integer
---@return vim.Diagnostic[]
local function on_lines(first, last, namespace)
  return vim.tbl_filter(function(one)
    return one.lnum < last and (one.end_lnum or one.lnum) >= first - 1
  end, vim.diagnostic.get(0, { namespace = namespace }))
end

---@param call turnout.Call
---@return integer first
---@return integer last
local function lines_of(call)
  local line = vim.api.nvim_win_get_cursor(0)[1]
  if call.bang then
    return 1, vim.api.nvim_buf_line_count(0)
  end
  return call.first or line, call.last or line
end

---@param diagnostic vim.Diagnostic
---@param client vim.lsp.Client
---@return table
local function as_sent(diagnostic, client)
  local function position(line, column)
    local text = vim.api.nvim_buf_get_lines(0, line, line + 1, false)[1] or ''
    local units = vim.str_utfindex(text, client.offset_encoding, column, false)
    return { line = line, character = units }
  end
  local end_line, end_col = diagnostic.end_lnum or diagnostic.lnum, diagnostic.end_col
  return {
    range = {
      start = position(diagnostic.lnum, diagnostic.col),
      ['end'] = position(end_line, end_col or diagnostic.col),
    },
    severity = diagnostic.severity,
    source = diagnostic.source,
    message = diagnostic.message,
  }
end

---Apply the fixes that findings brought.
---@param client vim.lsp.Client
---@param fixable vim.Diagnostic[]
---@param all boolean all of the file in one step
local function apply(client, fixable, all)
  local uri = vim.uri_from_bufnr(0)
  local id = not all and data_of(fixable[1]).id or nil
  server.execute(client, 'turnout.apply', { uri = uri, id = id }, function(result)
    if result and result.applied then
      message.show('mended.', { remedy = 'u takes it back' })
    end
  end)
end

---Have a model mend what is reported on the lines, by any server.
---@param client vim.lsp.Client
---@param call turnout.Call
---@param first integer
---@param last integer
local function ask(client, call, first, last)
  local argument = { uri = vim.uri_from_bufnr(0), instruction = call.text }
  argument.diagnostics = vim.tbl_map(function(one)
    return as_sent(one, client)
  end, on_lines(first, last))
  if #argument.diagnostics == 0 and not argument.instruction and not call.first then
    message.show('nothing is reported on this line.', {
      remedy = 'Say what is wrong: :Turnout fix WORDS',
    })
    return
  end
  local buffer = vim.api.nvim_get_current_buf()
  local function run(where)
    argument.range = where
    require('turnout.tasks').run_command(client, 'turnout.fix', argument)
  end
  if call.first then
    run(range.lines(buffer, first, last, client.offset_encoding))
  elseif call.bang then
    run(nil)
  else
    -- The definition around the line: a fix needs room.
    range.definition(client, buffer, 'refactor.rewrite.turnout', function(found)
      run(found or range.lines(buffer, first, last, client.offset_encoding))
    end)
  end
end

---Mend what stands on the line or the range: by the fix of a finding, at once, else by a model.
---@param call turnout.Call
function M.fix(call)
  local client = server.need()
  if not client then
    return
  end
  local first, last = lines_of(call)
  local fixable = vim.tbl_filter(function(one)
    return data_of(one).fix == true
  end, on_lines(first, last, namespace_of(client)))
  if #fixable > 0 and #call.words == 0 then
    apply(client, fixable, call.bang)
  else
    ask(client, call, first, last)
  end
end

---Take findings away for good; with a bang all of this file from view.
---@param call turnout.Call
function M.dismiss(call)
  local client = server.need()
  if not client then
    return
  end
  local uri = vim.uri_from_bufnr(0)
  if call.bang then
    server.execute(client, 'turnout.dismiss', { uri = uri })
    return
  end
  local first, last = lines_of(call)
  local found = on_lines(first, last, namespace_of(client))
  if #found == 0 then
    message.show('no finding on this line.', { remedy = ']d goes to the next' })
  end
  for _, one in ipairs(found) do
    server.execute(client, 'turnout.dismiss', { uri = uri, id = data_of(one).id })
  end
end

return M
