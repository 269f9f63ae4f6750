---One sentence to the user, and what mends it. Never a prompt that waits for <Enter>.
local M = {}

local levels = vim.log.levels
local LEVELS = { info = levels.INFO, warning = levels.WARN, error = levels.ERROR }
local GROUPS = { [levels.WARN] = 'WarningMsg', [levels.ERROR] = 'ErrorMsg' }

---What mends a problem, in the words of Neovim.
---@type table<string, fun(action: turnout.Action): string>
local REMEDIES = {
  setKey = function(action)
    return vim.trim('Enter one with :Turnout key ' .. (action.provider or ''))
  end,
  consent = function(action)
    return vim.trim('Set one up with :Turnout setup ' .. (action.provider or ''))
  end,
  openSettings = function()
    return 'Open them with :Turnout settings'
  end,
  doctor = function()
    return ':Turnout doctor says more'
  end,
  log = function()
    return ':Turnout log says more'
  end,
  resume = function()
    return ':Turnout resume goes on'
  end,
}

---Whether vim.notify is Neovim's own, which writes into the command line.
local function is_plain()
  return debug.getinfo(vim.notify, 'S').source:find('editor%.lua$') ~= nil
end

---Shorten a text to a width, at the end of a word.
---@param text string
---@param width integer
local function cut(text, width)
  if vim.fn.strdisplaywidth(text) <= width then
    return text
  end
  local short = vim.fn.strcharpart(text, 0, math.max(1, width - 1))
  return (short:gsub('%s+%S*$', '')) .. '…'
end

local progressing = false -- whether the command line shows how far something has come

---@type string[] what was said last, in whole
M.said = {}
local MOST = 100

---Write a line that fits; the whole of it is in `:Turnout messages`.
---@param text string
---@param remedy string
---@param level integer
local function echo(text, remedy, level)
  local line = vim.trim(text .. ' ' .. remedy):gsub('%s*\n%s*', ' ') .. ''
  if vim.fn.strdisplaywidth(line) > vim.v.echospace then
    local room = vim.v.echospace - vim.fn.strdisplaywidth(remedy) - 1
    line = room > 10 and cut(text, room) .. ' ' .. remedy or cut(line, vim.v.echospace)
  end
  progressing = false
  vim.api.nvim_echo({ { vim.trim(line), GROUPS[level] } }, true, {})
end

---@param text string
---@param remedy string
local function keep(text, remedy)
  table.insert(M.said, ('%s  %s'):format(os.date('%H:%M:%S'), vim.trim(text .. ' ' .. remedy)))
  if #M.said > MOST then
    table.remove(M.said, 1)
  end
end

---What was said, in whole: the command line may have had no room for it.
function M.list()
  require('turnout.view').page('messages', table.concat(M.said, '\n'))
end

---@param text string
---@param with? { remedy?: string, level?: integer }
function M.show(text, with)
  local remedy, level = with and with.remedy or '', with and with.level or levels.INFO
  text = text:gsub('^Turnout: ', '')
  text = 'Turnout: ' .. text
  keep(text, remedy)
  vim.schedule(function()
    if is_plain() then
      echo(text, remedy, level)
    else
      vim.notify(vim.trim(text .. ' ' .. remedy), level, { title = 'Turnout' })
    end
  end)
end

---Say how far something has come, where nothing else shows progress. It is not kept.
---@param text string
function M.progress(text)
  if is_plain() and vim.api.nvim_get_mode().mode == 'n' then
    local line = cut(('Turnout: ' .. text):gsub('%c+', ' ') .. '', vim.v.echospace)
    vim.api.nvim_echo({ { line } }, false, {})
    progressing = true
  end
end

---It has come to its end; what came of it is said elsewhere.
function M.progressed()
  if progressing then
    vim.api.nvim_echo({ { '' } }, false, {})
    progressing = false
  end
end

---The first action that Neovim has a command for, in words.
---@param problem turnout.Problem
---@return string
function M.remedy(problem)
  for _, action in ipairs(problem.actions or {}) do
    if REMEDIES[action.kind] then
      return REMEDIES[action.kind](action)
    end
  end
  return problem.remedy or ''
end

---@param problem turnout.Problem
function M.on_problem(_, problem)
  M.show(problem.text, { remedy = M.remedy(problem), level = LEVELS[problem.level or 'warning'] })
end

---A question of the server. Neovim's own handler would put a colon behind its question mark.
---@param params lsp.ShowMessageRequestParams
---@return lsp.MessageActionItem|vim.NIL
function M.on_question(_, params)
  local asking = coroutine.running()
  local options = {
    prompt = params.message .. ' ',
    kind = 'lsp_message',
    format_item = function(action)
      return action.title
    end,
  }
  vim.ui.select(params.actions or {}, options, function(choice)
    vim.schedule(function()
      coroutine.resume(asking, choice or vim.NIL)
    end)
  end)
  return coroutine.yield()
end

---@param params lsp.ShowMessageParams
function M.on_show_message(_, params)
  local level = ({ levels.ERROR, levels.WARN, levels.INFO })[params.type] or levels.INFO
  M.show(params.message, { level = level })
end

return M
