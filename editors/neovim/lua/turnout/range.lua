---What a command is about: lines that were named, the definition at the cursor, the place itself.
local M = {}

---Whole lines, as the server counts.
---@param buffer integer
---@param first integer from 1
---@param last integer
---@param encoding 'utf-8'|'utf-16'|'utf-32'
---@return lsp.Range
function M.lines(buffer, first, last, encoding)
  local from, to = { line = first - 1, character = 0 }, { line = last, character = 0 }
  if last >= vim.api.nvim_buf_line_count(buffer) then
    local text = vim.api.nvim_buf_get_lines(buffer, last - 1, last, false)[1] or ''
    to = { line = last - 1, character = vim.str_utfindex(text, encoding) }
  end
  return { start = from, ['end'] = to }
end

---The file at hand, and the lines of it that were named; nothing where the server has no such file.
---@param client vim.lsp.Client
---@param call turnout.Call
---@return string? uri
---@return lsp.Range?
function M.named(client, call)
  local buffer = vim.api.nvim_get_current_buf()
  if not client.attached_buffers[buffer] then
    return nil, nil
  end
  local first, last = call.first, call.last
  local lines = first and last and M.lines(buffer, first, last, client.offset_encoding)
  return vim.uri_from_bufnr(buffer), lines or nil
end

---The cursor.
---@param client vim.lsp.Client
---@return lsp.Range
function M.cursor(client)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  return { start = params.position, ['end'] = params.position }
end

---The definition at the cursor, as the server offers an action for it; nil where there is none.
---@param client vim.lsp.Client
---@param buffer integer
---@param kind string of the action
---@param done fun(range?: lsp.Range)
function M.definition(client, buffer, kind, done)
  local params = vim.lsp.util.make_range_params(0, client.offset_encoding)
  params.range = M.cursor(client)
  params.context = { diagnostics = {}, only = { kind } }
  client:request('textDocument/codeAction', params, function(_, actions)
    local command = actions and actions[1] and actions[1].command
    local argument = type(command) == 'table' and command.arguments and command.arguments[1]
    done(argument and argument.range or nil)
  end, buffer)
end

return M
