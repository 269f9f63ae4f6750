---Ghost text that Neovim 0.12 draws itself, and what it lacks: words, lines, a range that is right.
local M = {}

local suggestions = require('turnout.ghost.suggestion')

---The suggestion where Neovim has it.
---
---Neovim keeps its range while one types along with it, and would leave behind what was typed since
---(neovim#36529): what is put in is what the text lacks, as with ghost text of our own.
---@param shown vim.lsp.inline_completion.Item
---@return turnout.Suggestion?
local function read(shown)
  local where, text = shown.range, shown.insert_text
  if not where or type(text) ~= 'string' then
    return nil
  end
  -- Neovim 0.12 has named the ends of a range in both ways.
  local row = where.start_row or where.start.row
  local start, stop = where.start_col or where.start.col, where.end_col or where.end_.col
  local buffer = vim.api.nvim_get_current_buf()
  local line = vim.api.nvim_buf_get_lines(buffer, row, row + 1, false)[1] or ''
  local _, column = unpack(vim.api.nvim_win_get_cursor(0))
  local cover = stop - start
  return {
    item = { insertText = text, command = shown.command },
    client = shown.client_id,
    text = text,
    buffer = buffer,
    row = row,
    col = start,
    head = line:sub(1, start),
    cover = line:sub(column + 1, column + cover),
    tail = line:sub(column + cover + 1),
  }
end

---@param shown vim.lsp.inline_completion.Item
---@param which 'whole'|'line'|'word'
local function insert(shown, which)
  local one = read(shown)
  local rest = one and suggestions.rest(one)
  if one and rest then
    require('turnout.ghost').put(one, rest, suggestions.piece(rest, which))
  end
end

---@param which 'whole'|'line'|'word'
---@return boolean accepted
function M.accept(which)
  return vim.lsp.inline_completion.get({
    on_accept = function(shown)
      insert(shown, which)
    end,
  })
end

---Change to another suggestion.
---@param step integer
---@return boolean
function M.cycle(step)
  vim.lsp.inline_completion.select({ count = step })
  return true
end

---Whether there is one on the screen.
---@return boolean
function M.visible()
  local namespace = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
  return namespace ~= nil and #vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { limit = 1 }) > 0
end

---Whether Neovim draws it in this buffer.
---@param buffer? integer
---@return boolean
function M.enabled(buffer)
  local native = vim.lsp.inline_completion
  return native ~= nil and native.is_enabled({ bufnr = buffer or vim.api.nvim_get_current_buf() })
end

return M
