---Answers in words, streamed into a scratch buffer: the cursor stays where it is.
local M = {}

local api = vim.api
local view = require('turnout.view')

---@class turnout.Answer
---@field buffer integer
---@field document turnout.Document

---@type table<string, turnout.Answer> by the id of the document
local answers = {}
---@type integer? the buffer of the last one
local latest
---@type table<string, true> tasks whose answers have another place than the screen
local elsewhere = {}

---Keep the answers of a task off the screen, until the function that is returned is called.
---@param task string
---@return fun() over
function M.silently(task)
  elsewhere[task] = true
  return function()
    elsewhere[task] = nil
  end
end

---A window that shows an answer which is done: the next one may have it.
---@return integer?
local function window_to_reuse()
  for _, answer in pairs(answers) do
    local window = answer.document.done and vim.fn.bufwinid(answer.buffer) or -1
    if window ~= -1 then
      return window
    end
  end
end

---@param document turnout.Document
---@return turnout.Answer
local function begin(document)
  local buffer = view.scratch(document.title, 'markdown')
  local window = window_to_reuse()
  if window then
    api.nvim_win_set_buf(window, buffer)
  else
    view.open(buffer)
  end
  view.map(buffer, '<C-c>', function()
    require('turnout.tasks').stop()
  end, 'stop')
  local answer = { buffer = buffer, document = document }
  answers[document.id] = answer
  latest = buffer
  api.nvim_create_autocmd('BufWipeout', {
    buffer = buffer,
    callback = function()
      answers[document.id] = nil
    end,
  })
  return answer
end

---@param answer turnout.Answer
local function label(answer)
  local document = answer.document
  local state = document.done and 'q close ' or '… <C-c> stop, q close '
  local model = document.model ~= '' and ' - ' .. view.literal(document.model) or ''
  local text = (' %s%s%%=%s'):format(view.literal(document.title), model, state)
  for _, window in ipairs(vim.fn.win_findbuf(answer.buffer)) do
    view.winbar(window, text)
  end
end

---Write what there is; windows at its end stay there.
---@param answer turnout.Answer
local function write(answer)
  local buffer, text = answer.buffer, answer.document.text
  local before = api.nvim_buf_line_count(buffer)
  local at_end = vim.tbl_filter(function(window)
    return api.nvim_win_get_cursor(window)[1] >= before
  end, vim.fn.win_findbuf(buffer))
  if text:find('^%-%-%- ') or text:find('\n%-%-%- [^\n]*\n%+%+%+ ') then
    view.set_filetype(buffer, 'diff') -- an edit that did not pass its check
  end
  view.write(buffer, vim.split(text, '\n'))
  local last = api.nvim_buf_line_count(buffer)
  for _, window in ipairs(at_end) do
    if window ~= api.nvim_get_current_win() or not answer.document.done then
      api.nvim_win_set_cursor(window, { last, 0 })
    end
  end
end

---@param document turnout.Document
---@param context lsp.HandlerContext
function M.on_document(_, document, context)
  if document.proposal then
    require('turnout.proposal').on_document(document, context.client_id)
    return
  end
  if document.task and elsewhere[document.task] then
    return
  end
  local answer = answers[document.id]
  if not answer then
    if document.text == '' then
      return
    end
    answer = begin(document)
  elseif answer.document.done and vim.fn.bufwinid(answer.buffer) == -1 then
    view.open(answer.buffer) -- shown anew, after it was closed
  end
  answer.document = document
  write(answer)
  label(answer)
end

---Show the last answer again.
function M.reopen()
  if not latest or not api.nvim_buf_is_valid(latest) then
    require('turnout.message').show('there is no answer yet.', { remedy = 'Ask with :Turnout ask' })
    return
  end
  local window = vim.fn.bufwinid(latest)
  api.nvim_set_current_win(window ~= -1 and window or view.open(latest))
end

return M
