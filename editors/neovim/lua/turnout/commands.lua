---`:Turnout`: its subcommands, what they complete, and the way from one to what it does.
local M = {}

---@class turnout.Subcommand
---@field about string one line for the help and for `:Turnout` alone
---@field run string what does it, as `module.name`; it is loaded when it is needed
---@field values? string[]|string what stands behind it, or where that list or its maker is

---The subcommands beside the tasks.
---@type table<string, turnout.Subcommand>
local SUBCOMMANDS = {
  fix = {
    about = 'mend what is reported on the line, or in the range; ! in the file',
    run = 'findings.fix',
  },
  commit = { about = 'write a commit message', run = 'commit.run' },
  debug = { about = 'find the cause of a trace; ! in the workspace', run = 'debug.run' },
  findings = { about = 'list findings in the quickfix list', run = 'findings.list' },
  dismiss = {
    about = 'dismiss the finding on the line for good; ! take all from view',
    run = 'findings.dismiss',
  },
  preview = { about = 'show the last edit that waits', run = 'proposal.reopen' },
  apply = { about = 'apply it', run = 'proposal.apply_last' },
  discard = { about = 'discard it', run = 'proposal.discard_last' },
  answer = { about = 'show the last answer again', run = 'answers.reopen' },
  stop = { about = 'stop what is under way', run = 'tasks.stop' },
  route = {
    about = 'who would answer a task, and why',
    run = 'pages.route',
    values = 'pages.TASKS',
  },
  session = {
    about = 'what was asked and answered; `new` begins anew',
    run = 'pages.session',
    values = { 'new' },
  },
  report = {
    about = 'what it all has cost',
    run = 'pages.report',
    values = { 'today', '7d', '30d' },
  },
  doctor = { about = 'what is on, what is not, and what mends it', run = 'pages.doctor' },
  status = { about = 'how the server is', run = 'pages.status' },
  messages = { about = 'what it said, in whole', run = 'message.list' },
  log = { about = 'open the log; it never holds your code', run = 'pages.log' },
  settings = { about = 'open turnout.toml', run = 'pages.settings' },
  pause = { about = 'no suggestions for a while', run = 'pages.pause' },
  resume = { about = 'suggestions again', run = 'pages.resume' },
  mode = { about = 'economy, balanced or best', run = 'pages.mode', values = 'pages.MODES' },
  setup = { about = 'set up a provider', run = 'setup.run', values = 'setup.providers' },
  key = { about = 'enter a key', run = 'setup.key', values = 'setup.providers' },
  restart = { about = 'start the server anew', run = 'server.restart' },
}

---@return table<string, turnout.Task>
local function tasks()
  return require('turnout.tasks').tasks
end

---@param path string `module.name`
---@return any
local function named(path)
  local module, name = path:match('^(.+)%.(.+)$')
  return require('turnout.' .. module)[name]
end

---The words that may stand behind a subcommand.
---@param name string
---@return string[]
local function values_of(name)
  local task, subcommand = tasks()[name], SUBCOMMANDS[name]
  if task then
    return vim.list_extend({ 'model=?' }, task.values or {})
  end
  local values = subcommand and subcommand.values or {}
  if type(values) == 'string' then
    values = named(values)
  end
  return type(values) == 'function' and values() or values
end

---@return string[]
function M.names()
  local names = vim.list_extend(vim.tbl_keys(SUBCOMMANDS), vim.tbl_keys(tasks()))
  table.sort(names)
  return names
end

---All subcommands with a line each.
local function help()
  local lines = vim.tbl_map(function(name)
    return (':Turnout %-12s %s'):format(name, (tasks()[name] or SUBCOMMANDS[name]).about)
  end, M.names())
  require('turnout.view').page('commands', table.concat(lines, '\n'))
end

---@param given vim.api.keyset.create_user_command.command_args
function M.run(given)
  local name, words = given.fargs[1], vim.list_slice(given.fargs, 2)
  ---@type turnout.Call
  local call = {
    words = words,
    text = #words > 0 and table.concat(words, ' ') or nil,
    bang = given.bang,
    first = given.range > 0 and given.line1 or nil,
    last = given.range > 0 and given.line2 or nil,
  }
  if not name then
    help()
  elseif tasks()[name] then
    require('turnout.tasks').run(name, call)
  elseif SUBCOMMANDS[name] then
    named(SUBCOMMANDS[name].run)(call)
  else
    require('turnout.message').show(('there is no %q.'):format(name), {
      remedy = ':Turnout alone lists what there is',
      level = vim.log.levels.ERROR,
    })
  end
end

---@param line string up to the cursor
---@return string[]
function M.complete(line)
  local words = vim.split(line:match('Turnout!?%s+(.*)$') or '', '%s+')
  local start = words[#words]
  return vim.tbl_filter(function(value)
    return vim.startswith(value, start)
  end, #words == 1 and M.names() or values_of(words[1]))
end

return M
