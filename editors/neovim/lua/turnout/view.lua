---Buffers that show something and are no file: answers, reports, diffs.
local M = {}

local api = vim.api

---A scratch buffer with a name to recognise it by. `q` closes its window.
---@param title string
---@param filetype string
---@return integer buffer
function M.scratch(title, filetype)
  local buffer = api.nvim_create_buf(false, true)
  -- A name that is taken, by an answer of before, is as good with a number.
  local name = 'turnout://' .. title:gsub('[%c|]', ' ')
  if not pcall(api.nvim_buf_set_name, buffer, name) then
    pcall(api.nvim_buf_set_name, buffer, ('%s (%d)'):format(name, buffer))
  end
  vim.bo[buffer].bufhidden = 'hide'
  vim.bo[buffer].swapfile = false
  vim.bo[buffer].modifiable = false
  M.set_filetype(buffer, filetype)
  M.map(buffer, 'q', '<Cmd>close<CR>', 'close')
  return buffer
end

---Highlight it, by tree-sitter where there is a parser.
---@param buffer integer
---@param filetype string
function M.set_filetype(buffer, filetype)
  if vim.bo[buffer].filetype ~= filetype then
    vim.bo[buffer].filetype = filetype
    pcall(vim.treesitter.start, buffer)
  end
end

---@param buffer integer
---@param key string
---@param action string|function
---@param description string
function M.map(buffer, key, action, description)
  local options = { buffer = buffer, nowait = true, desc = 'Turnout: ' .. description }
  vim.keymap.set('n', key, action, options)
end

---Write lines into a scratch buffer; what is as it was is left alone.
---@param buffer integer
---@param lines string[]
function M.write(buffer, lines)
  local old = api.nvim_buf_get_lines(buffer, 0, -1, false)
  local same = 0
  while same < #old and same < #lines and old[same + 1] == lines[same + 1] do
    same = same + 1
  end
  if same == #old and same == #lines then
    return
  end
  vim.bo[buffer].modifiable = true
  api.nvim_buf_set_lines(buffer, same, -1, false, vim.list_slice(lines, same + 1))
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].modified = false
end

---@param window integer
---@param text string
function M.winbar(window, text)
  vim.wo[window][0].winbar = text
end

---Text for a winbar or statusline, shown as it stands.
---@param text string
---@return string
function M.literal(text)
  return (text:gsub('%%', '%%%%'):gsub('%c', ' '))
end

---@param window integer
---@param wrap boolean
local function for_reading(window, wrap)
  local options = vim.wo[window][0]
  options.wrap, options.linebreak, options.number = wrap, true, false
  options.relativenumber, options.signcolumn, options.list = false, 'no', false
  options.conceallevel, options.concealcursor = 2, 'nc'
  options.foldenable, options.spell = false, false
end

---Open a window for a buffer beside the others. The cursor stays where it is.
---@param buffer integer
---@return integer window
function M.open(buffer)
  local split = require('turnout.config').get().split
  local window = api.nvim_open_win(buffer, false, { split = split, win = -1 })
  if split == 'below' then
    api.nvim_win_set_height(window, math.max(8, math.floor(vim.o.lines / 3)))
  end
  for_reading(window, true)
  return window
end

---How many rows lines take in a window of some width.
---@param lines string[]
---@param width integer
local function rows_of(lines, width)
  local rows = 0
  for _, line in ipairs(lines) do
    rows = rows + math.max(1, math.ceil(vim.fn.strdisplaywidth(line) / width))
  end
  return rows
end

---Show a text in the middle of the screen, as long as it asks for an answer.
---@param buffer integer
---@param title string
---@param footer string
function M.float(buffer, title, footer)
  local lines = api.nvim_buf_get_lines(buffer, 0, -1, false)
  local width = math.min(90, vim.o.columns - 4)
  local height = math.min(rows_of(lines, width), vim.o.lines - 4)
  local window = api.nvim_open_win(buffer, true, {
    relative = 'editor',
    width = width,
    height = height,
    row = math.max(0, math.floor((vim.o.lines - height) / 2) - 1),
    col = math.floor((vim.o.columns - width) / 2),
    border = 'rounded',
    title = title,
    footer = footer,
    style = 'minimal',
  })
  for_reading(window, true)
end

---Show a whole text across the screen, with the cursor in it: reports and the like.
---@param title string
---@param text string
---@param filetype? string
---@return integer buffer
function M.page(title, text, filetype)
  local lines = vim.split(vim.trim(text), '\n')
  local buffer = M.scratch(title, filetype or 'text')
  vim.bo[buffer].bufhidden = 'wipe'
  M.write(buffer, lines)
  local height = math.min(#lines + 1, math.floor(vim.o.lines * 0.7))
  local window = api.nvim_open_win(buffer, true, { split = 'below', win = -1, height = height })
  for_reading(window, filetype == 'markdown')
  M.winbar(window, ' ' .. M.literal(title) .. '%=q close ')
  return buffer
end

return M
