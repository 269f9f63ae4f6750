---What the server tells of itself: routes, sessions, costs, health; and its switches.
local M = {}

local message = require('turnout.message')
local server = require('turnout.server')
local view = require('turnout.view')

M.TASKS = {
  'review',
  'explain',
  'refactor',
  'fix',
  'tests',
  'docs',
  'boilerplate',
  'dependency',
  'ask',
  'debug',
  'design',
  'commit_message',
  'pull_request',
  'suggest',
}

M.MODES = { 'economy', 'balanced', 'best' }

---Take the first word, or let the user choose.
---@param call turnout.Call
---@param values string[]
---@param prompt string
---@param done fun(value: string)
local function chosen(call, values, prompt, done)
  if call.words[1] then
    done(call.words[1])
    return
  end
  vim.ui.select(values, { prompt = prompt }, function(value)
    if value then
      done(value)
    end
  end)
end

---Who would answer a task here, and why. The server shows it itself.
---@param call turnout.Call
function M.route(call)
  local client = server.need()
  if not client then
    return
  end
  local uri, range = require('turnout.range').named(client, call)
  chosen(call, M.TASKS, 'The route of: ', function(task)
    server.execute(client, 'turnout.explainRoute', { task = task, uri = uri, range = range })
  end)
end

---@param session table
---@return string
local function described(session)
  local last = os.date('%Y-%m-%d %H:%M', math.floor(session.last or session.begun or 0))
  local open = session.open and ', open' or ''
  return ('%s  %s entries%s  %s'):format(
    last,
    session.entries or '?',
    open,
    session.workspace or ''
  )
end

---@param id string
local function show_session(id)
  server.request('turnout/session', { action = 'show', id = id }, function(shown)
    view.page(shown.title, shown.text, 'markdown')
  end)
end

---Read what was asked and answered, or begin anew.
---@param call turnout.Call
function M.session(call)
  if call.words[1] == 'new' then
    server.request('turnout/session', { action = 'new' }, function()
      message.show('a new session has begun.')
    end)
    return
  end
  server.request('turnout/session', { action = 'list' }, function(result)
    if #result.sessions == 0 then
      message.show('nothing was asked yet.', { remedy = 'Ask with :Turnout ask' })
      return
    end
    local options = { prompt = 'Session: ', format_item = described }
    vim.ui.select(result.sessions, options, function(session)
      if session then
        show_session(session.id)
      end
    end)
  end)
end

---What each day came to, as bars.
---@param series { day: string, usd: number }[]
---@return string
local function bars(series)
  local days, most, order = {}, 0, {}
  for _, one in ipairs(series or {}) do
    if not days[one.day] then
      table.insert(order, one.day)
    end
    days[one.day] = (days[one.day] or 0) + (type(one.usd) == 'number' and one.usd or 0)
    most = math.max(most, days[one.day])
  end
  local lines = vim.tbl_map(function(day)
    local width = most > 0 and math.ceil(days[day] / most * 30) or 0
    return ('%s  $%8.4f  %s'):format(day, days[day], ('█'):rep(width))
  end, order)
  return #lines > 0 and '\n\nEach day\n' .. table.concat(lines, '\n') or ''
end

---What it all has cost.
---@param call turnout.Call
function M.report(call)
  local since = call.words[1]
  since = since == 'today' and '24h' or since
  server.request('turnout/report', { since = since }, function(report)
    view.page('report', report.text .. bars(report.series))
  end)
end

---What is on, what is not, and what mends it; also where no server runs.
function M.doctor()
  if server.client() then
    server.request('turnout/doctor', nil, function(result)
      view.page('doctor', result.text)
    end)
    return
  end
  local program = server.program()
  local ok = pcall(vim.system, { program, 'doctor' }, { text = true }, function(done)
    vim.schedule(function()
      view.page('doctor', done.stdout .. done.stderr)
    end)
  end)
  if not ok then
    server.need()
  end
end

---How the server is.
function M.status()
  server.request('turnout/status', nil, function(status)
    -- Written for clients that show Markdown; here a bare sign is easier to read.
    view.page('status', (status.tooltip:gsub('\\(%p)', '%1')), 'markdown')
  end)
end

---Open the log at its end.
function M.log()
  local file = server.log_file()
  if vim.fn.filereadable(file) == 0 then
    message.show(('nothing was logged yet (%s).'):format(file))
    return
  end
  vim.cmd('botright split ' .. vim.fn.fnameescape(file))
  vim.bo.modifiable, vim.bo.autoread = false, true
  vim.cmd('normal! G')
  view.map(0, 'q', '<Cmd>close<CR>', 'close')
end

---Open the user's own turnout.toml.
function M.settings()
  server.request('turnout/doctor', nil, function(result)
    local file = result.report.settings.user_file
    vim.fn.mkdir(vim.fs.dirname(file), 'p')
    vim.cmd.edit(vim.fn.fnameescape(file))
  end)
end

---@param paused boolean
local function pause(paused)
  server.request('turnout/pause', { paused = paused }, function(status, client)
    require('turnout.status').keep(client.id, status)
    require('turnout.ghost').forget()
    if status.paused then
      message.show('paused.', { remedy = ':Turnout resume goes on' })
    else
      message.show('suggestions go on.')
    end
  end)
end

function M.pause()
  pause(true)
end

function M.resume()
  pause(false)
end

---Economy, balanced or best, until the server ends.
---@param call turnout.Call
function M.mode(call)
  chosen(call, M.MODES, 'Mode: ', function(mode)
    server.request('turnout/mode', { mode = mode }, function(status, client)
      require('turnout.status').keep(client.id, status)
      message.show(('the mode is %s, until the server ends.'):format(status.mode))
    end)
  end)
end

return M
