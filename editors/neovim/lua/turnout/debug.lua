---Debugging: the trace comes from where Neovim users have it, a register or the quickfix list.
local M = {}

---@class turnout.Source
---@field title string
---@field text? string

---@return turnout.Source[]
local function sources()
  local found = {}
  for _, name in ipairs(vim.fn.has('clipboard') == 1 and { '+', '"' } or { '"' }) do
    local text = vim.fn.getreg(name) --[[@as string]]
    if text ~= '' then
      local lines = select(2, text:gsub('\n', '')) + 1
      local start = vim.trim(text:match('[^\n]*')):sub(1, 40)
      local title = ('Register %s: %d line(s), "%s"'):format(name, lines, start)
      table.insert(found, { title = title, text = text })
    end
  end
  local entries = vim.fn.getqflist()
  if #entries > 0 then
    local texts = vim.tbl_map(function(one)
      local name = one.bufnr > 0 and vim.fn.bufname(one.bufnr) or ''
      return name ~= '' and ('%s:%d: %s'):format(name, one.lnum, one.text) or one.text
    end, entries)
    local title = ('The quickfix list: %d line(s)'):format(#entries)
    table.insert(found, { title = title, text = table.concat(texts, '\n') })
  end
  table.insert(found, { title = 'No trace, only the code' })
  return found
end

---@param call turnout.Call
function M.run(call)
  local server = require('turnout.server')
  local client = server.need()
  if not client then
    return
  end
  local argument = { instruction = call.text }
  if not call.bang then
    argument.uri, argument.range = require('turnout.range').named(client, call)
  end
  local options = {
    prompt = 'The trace or the output of the test (it is sent to the model): ',
    format_item = function(source)
      return source.title
    end,
  }
  vim.ui.select(sources(), options, function(source)
    if source then
      local material = { kind = 'trace', title = 'Trace', text = source.text }
      argument.materials = source.text and { material } or nil
      require('turnout.tasks').run_command(client, 'turnout.debug', argument)
    end
  end)
end

return M
