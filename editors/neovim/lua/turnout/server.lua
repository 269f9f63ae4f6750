---The server's process, and how the plugin speaks to it.
local M = {}

local ERROR, WARN = vim.log.levels.ERROR, vim.log.levels.WARN
local MOST_RESTARTS, WITHIN = 3, 180 -- so many in so many seconds

---@type integer[] when the server was started again
local restarts = {}
---@type table<integer, boolean> clients that were asked to stop
local stopping = {}
local said_missing = false

---@return string
function M.log_file()
  for _, client in ipairs(vim.lsp.get_clients({ name = 'turnout' })) do
    local command = client.config.cmd
    if type(command) == 'table' then
      for index, word in ipairs(command) do
        if word == '--log-file' then
          return command[index + 1]
        end
      end
      return require('vim.lsp.log').get_filename()
    end
  end
  return vim.fs.joinpath(vim.fn.stdpath('log') --[[@as string]], 'turnout.log')
end

---The command that starts the server, with a log of its own.
---@return string[]
function M.command()
  local folder = vim.fn.stdpath('log') --[[@as string]]
  vim.fn.mkdir(folder, 'p')
  return { M.program(), '--stdio', '--log-file', vim.fs.joinpath(folder, 'turnout.log') }
end

---`turnout` on the PATH, else where README.md has it put. A graphical Neovim may have a short PATH.
---@return string
function M.program()
  local own = vim.fs.normalize('~/.local/bin/turnout')
  local found = vim.fn.executable('turnout') == 0 and vim.fn.executable(own) == 1
  return found and own or 'turnout'
end

---The program that the user has set, or ours; nil where a function starts the server.
---@return string?
function M.configured()
  local command = vim.lsp.config.turnout.cmd
  return type(command) == 'table' and command[1] or nil
end

---The client of a buffer; where it has none, any that runs.
---@param buffer? integer
---@return vim.lsp.Client?
function M.client(buffer)
  local here = vim.lsp.get_clients({ name = 'turnout', bufnr = buffer or 0 })
  return here[1] or vim.lsp.get_clients({ name = 'turnout' })[1]
end

---Why there is no client, and what starts one.
---@return string what
---@return string remedy
local function why_not()
  local program = M.configured()
  if program and vim.fn.executable(program) == 0 then
    return ('`%s` is not on the PATH.'):format(program), 'Install it, then :Turnout restart'
  elseif not vim.lsp.is_enabled('turnout') then
    return 'it is not enabled.', "Put vim.lsp.enable('turnout') into your init.lua"
  elseif vim.bo.filetype == '' then
    return 'the server does not run.', 'Open a file with a filetype'
  end
  return 'the server does not run.', ':Turnout restart starts it, :Turnout log says more'
end

local function say_why_not()
  local what, remedy = why_not()
  require('turnout.message').show(what, { remedy = remedy, level = ERROR })
end

---Say once that the program is missing: Neovim itself only logs it.
function M.check()
  local program = vim.lsp.is_enabled('turnout') and M.configured()
  if program and not said_missing and vim.fn.executable(program) == 0 then
    said_missing = true
    say_why_not()
  end
end

---The client; where there is none the user is told why.
---@return vim.lsp.Client?
function M.need()
  local client = M.client()
  if not client then
    say_why_not()
  end
  return client
end

---Ask for something beside the standard; what goes wrong is said.
---@param method string
---@param params? table
---@param done fun(result: any, client: vim.lsp.Client)
function M.request(method, params, done)
  local client = M.need()
  if not client then
    return
  end
  client:request(method, params or vim.empty_dict(), function(err, result)
    if err and err.code == -32601 then
      require('turnout.message').show(
        'this server is older than the plugin.',
        { remedy = 'Update `turnout`, then :Turnout restart', level = ERROR }
      )
    elseif err then
      require('turnout.message').show(err.message, { level = ERROR })
    else
      done(result, client)
    end
  end)
end

---Run one of the server's commands.
---@param client vim.lsp.Client
---@param command string
---@param argument table
---@param done? fun(result: any)
---@return integer? request
function M.execute(client, command, argument, done)
  local params = { command = command, arguments = { argument } }
  local _, id = client:request('workspace/executeCommand', params, function(err, result)
    -- Cancelled is what the user wanted.
    if err and err.code ~= -32800 then
      require('turnout.message').show(err.message, { level = ERROR })
    end
    if done then
      done(not err and result or nil)
    end
  end, vim.api.nvim_get_current_buf())
  return id
end

---Have Neovim start it, as it does when a buffer gets its filetype.
local function start()
  vim.lsp.enable('turnout')
end

---Start it anew for every buffer that is open.
function M.restart()
  restarts, said_missing = {}, false
  for _, client in ipairs(vim.lsp.get_clients({ name = 'turnout' })) do
    stopping[client.id] = true
    client:stop(true)
  end
  vim.wait(2000, function()
    return #vim.lsp.get_clients({ name = 'turnout' }) == 0
  end, 20)
  start()
end

---Whether it has crashed too often to be started again.
---@return boolean
local function too_often()
  local now = os.time()
  restarts = vim.tbl_filter(function(at)
    return now - at < WITHIN
  end, restarts)
  table.insert(restarts, now)
  return #restarts > MOST_RESTARTS
end

---Keep Neovim's own word on this back, which asks for <Enter> where it is longer than the screen.
---@return fun() over
local function quietly()
  local notify = vim.notify
  vim.notify = function(text, ...)
    if not vim.startswith(text, 'Client turnout quit') then
      notify(text, ...)
    end
  end
  return function()
    vim.notify = notify
  end
end

---Start it again after a crash, and say so.
local function revive()
  local message = require('turnout.message')
  if not require('turnout.config').get().restart then
    message.show('the server has stopped.', { remedy = ':Turnout restart', level = WARN })
  elseif too_often() then
    local remedy = ':Turnout log says why, :Turnout restart tries again'
    message.show('the server has crashed too often.', { remedy = remedy, level = ERROR })
  else
    -- Not at once: Neovim still takes the old client off its buffers.
    vim.defer_fn(start, 100)
    local remedy = ':Turnout log says why'
    message.show('the server had stopped; it is started again.', { remedy = remedy, level = WARN })
  end
end

---It is gone.
---@param code integer
---@param signal integer
---@param id integer
function M.on_exit(code, signal, id)
  local wanted = stopping[id] or (code == 0 and signal == 0) or signal == 15
  stopping[id] = nil
  local over = quietly()
  -- Neovim speaks one turn of the loop before or after this one.
  vim.schedule(vim.schedule_wrap(function()
    over()
    require('turnout.ghost').forget()
    require('turnout.status').forget(id)
    if not wanted and vim.v.exiting == vim.NIL then
      revive()
    end
  end))
end

return M
