---One suggestion: what is left of it in the text as it is now. Nothing is drawn or changed here.
local M = {}

---@class turnout.Suggestion
---@field item lsp.InlineCompletionItem as the server sent it
---@field client integer
---@field text string what it says, lines ended by \n
---@field buffer integer
---@field row integer the place where it begins, counted from 0, in bytes
---@field col integer
---@field head string what stands before it in its line
---@field cover string what stood behind the cursor and is replaced
---@field tail string what stands behind that
---@field told? boolean whether the server knows that it was shown

---@param buffer integer
---@param row integer
---@return string
local function line_at(buffer, row)
  return vim.api.nvim_buf_get_lines(buffer, row, row + 1, false)[1] or ''
end

---Make one of an answer that has just come, for the cursor as it is.
---@param item lsp.InlineCompletionItem
---@param client vim.lsp.Client
---@param buffer integer
---@return turnout.Suggestion?
function M.of(item, client, buffer)
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  row = row - 1
  local line, start, stop = line_at(buffer, row), col, col
  if item.range then
    if item.range.start.line ~= row or item.range['end'].line ~= row then
      return nil
    end
    local encoding = client.offset_encoding
    start = vim.str_byteindex(line, encoding, item.range.start.character, false)
    stop = vim.str_byteindex(line, encoding, item.range['end'].character, false)
  end
  local text = item.insertText
  if type(text) ~= 'string' or start > col or stop < col then
    return nil
  end
  ---@type turnout.Suggestion
  return {
    item = item,
    client = client.id,
    text = (text:gsub('\r\n?', '\n')),
    buffer = buffer,
    row = row,
    col = start,
    head = line:sub(1, start),
    cover = line:sub(col + 1, stop),
    tail = line:sub(stop + 1),
  }
end

---What is left at the cursor; nil where the text has gone another way.
---@param suggestion turnout.Suggestion
---@return string?
function M.rest(suggestion)
  local row, col = unpack(vim.api.nvim_win_get_cursor(0))
  row = row - 1
  local from_row, from_col = suggestion.row, suggestion.col
  if row < from_row or (row == from_row and col < from_col) then
    return nil
  end
  if line_at(suggestion.buffer, from_row):sub(1, from_col) ~= suggestion.head then
    return nil
  end
  if line_at(suggestion.buffer, row):sub(col + 1) ~= suggestion.cover .. suggestion.tail then
    return nil
  end
  local lines = vim.api.nvim_buf_get_text(suggestion.buffer, from_row, from_col, row, col, {})
  local typed = table.concat(lines, '\n')
  return vim.startswith(suggestion.text, typed) and suggestion.text:sub(#typed + 1) or nil
end

local PIECES = {
  whole = function(rest)
    return rest
  end,
  line = function(rest)
    return rest:match('^\n*[^\n]*')
  end,
  -- A word, or signs, with the blanks before them; bytes above ASCII are letters of some script.
  word = function(rest)
    return rest:match('^%s*[%w_\128-\255]+') or rest:match('^%s*[^%w_%s\128-\255]+') or rest
  end,
}

---The piece of what is left that is taken.
---@param rest string
---@param which 'whole'|'line'|'word'
---@return string
function M.piece(rest, which)
  return PIECES[which](rest)
end

---The length of the beginning of the text in UTF-16, with the line ends that the server sent.
---@param suggestion turnout.Suggestion
---@param length integer of bytes
---@return integer
function M.units(suggestion, length)
  local taken = suggestion.text:sub(1, length)
  local ends = suggestion.item.insertText:find('\r\n', 1, true)
  local units = vim.str_utfindex(taken, 'utf-16')
  return ends and units + select(2, taken:gsub('\n', '')) or units
end

return M
