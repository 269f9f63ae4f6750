---A commit message: put into the buffer that Git has opened for it, else shown.
local M = {}

local api = vim.api

---Put it above what Git has written, in place of a message that is empty.
---@param buffer integer
---@param text string
local function put(buffer, text)
  local lines = api.nvim_buf_get_lines(buffer, 0, -1, false)
  local blank = 0
  while lines[blank + 1] and vim.trim(lines[blank + 1]) == '' do
    blank = blank + 1
  end
  local new = vim.split(vim.trim(text), '\n')
  table.insert(new, '')
  api.nvim_buf_set_lines(buffer, 0, blank, false, new)
end

---@param call turnout.Call
function M.run(call)
  local server, tasks = require('turnout.server'), require('turnout.tasks')
  local client = server.need()
  if not client then
    return
  end
  local buffer = api.nvim_get_current_buf()
  local own = vim.bo[buffer].filetype == 'gitcommit'
  local argument = { instruction = call.text }
  if client.attached_buffers[buffer] then
    argument.uri = vim.uri_from_bufnr(buffer)
  end
  local over = own and require('turnout.answers').silently('commit_message')
  tasks.run_command(client, 'turnout.commitMessage', argument, function(result)
    if over then
      over()
    end
    if own and result and result.outcome == 'answered' and api.nvim_buf_is_valid(buffer) then
      put(buffer, result.text)
    end
  end)
end

return M
