---Draws what is left of a suggestion behind the cursor.
local M = {}

local api = vim.api
local namespace = api.nvim_create_namespace('turnout.ghost')
local GROUP, MORE = 'TurnoutGhost', 'TurnoutGhostCount'

function M.highlights()
  local native = vim.fn.hlexists('ComplHint') == 1
  api.nvim_set_hl(0, GROUP, { link = native and 'ComplHint' or 'NonText', default = true })
  api.nvim_set_hl(0, MORE, { link = native and 'ComplHintMore' or 'MoreMsg', default = true })
end

---@param buffer integer
function M.clear(buffer)
  if api.nvim_buf_is_valid(buffer) then
    api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
  end
end

---The pieces of a line that are new where the rest of it is kept: `a, b` before the `)` of `f()`.
---@param line string
---@param kept string
---@return [integer, string][]? pieces where each stands behind the cursor, and its text
local function pieces_around(line, kept)
  local pieces, from = {}, 1
  for index = 1, #kept do
    local at = line:find(kept:sub(index, index), from, true)
    if not at then
      return nil
    end
    if at > from then
      table.insert(pieces, { index - 1, line:sub(from, at - 1) })
    end
    from = at + 1
  end
  if from <= #line then
    table.insert(pieces, { #kept, line:sub(from) })
  end
  return pieces
end

---Tabs in text that is drawn, as wide as the buffer has them.
---@param text string
---@param buffer integer
local function spaced(text, buffer)
  return (text:gsub('\t', (' '):rep(vim.bo[buffer].tabstop)))
end

---@param buffer integer
---@param rest string
---@param cover string what it replaces behind the cursor
---@param count? string such as `(1/3)`
function M.show(buffer, rest, cover, count)
  M.clear(buffer)
  local row, col = unpack(api.nvim_win_get_cursor(0))
  local lines = vim.split(spaced(rest, buffer), '\n', { plain = true })
  local pieces, position = #lines == 1 and pieces_around(lines[1], cover), 'inline'
  if cover == '' then
    pieces = { { 0, lines[1] } }
  elseif not pieces then
    -- What is replaced is hidden below the new text.
    local blank = (' '):rep(#cover - #lines[1])
    pieces, position = { { 0, lines[1] .. blank } }, 'overlay'
  end
  local below = vim.tbl_map(function(line)
    return { { line, GROUP } }
  end, vim.list_slice(lines, 2))
  for index, piece in ipairs(pieces) do
    local last = index == #pieces
    api.nvim_buf_set_extmark(buffer, namespace, row - 1, col + piece[1], {
      virt_text = { { piece[2], GROUP }, last and count and { ' ' .. count, MORE } or nil },
      virt_text_pos = position,
      virt_lines = last and #below > 0 and below or nil,
      hl_mode = 'combine',
    })
  end
end

return M
