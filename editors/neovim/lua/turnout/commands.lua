---`:Turnout`: its subcommands, what they complete, and the way from one to what it does.
local M = {}

---@param module string
---@param name string
---@return fun(call: turnout.Call)
local function by(module, name)
  return function(call)
    require('turnout.' .. module)[name](call)
  end
end

---@param values string[]|fun(): string[]
---@return fun(start: string): string[]
local function from(values)
  return function(start)
    local all = type(values) == 'function' and values() or values
    return vim.tbl_filter(function(value)
      return vim.startswith(value, start)
    end, all --[[@as string[] ]])
  end
end

local function tasks()
  return require('turnout.tasks').tasks
end

local function routed()
  return require('turnout.pages').TASKS
end

local function providers()
  return require('turnout.setup').providers()
end

---@type table<string, turnout.Subcommand>
local subcommands = {
  fix = {
    about = 'mend what is reported on the line, or in the range; ! in the file',
    run = by('findings', 'fix'),
  },
  commit = { about = 'write a commit message', run = by('commit', 'run') },
  debug = { about = 'find the cause of a trace; ! in the workspace', run = by('debug', 'run') },
  findings = { about = 'list findings in the quickfix list', run = by('findings', 'list') },
  dismiss = {
    about = 'dismiss the finding on the line for good; ! take all from view',
    run = by('findings', 'dismiss'),
  },
  preview = { about = 'show the last edit that waits', run = by('proposal', 'reopen') },
  apply = { about = 'apply it', run = by('proposal', 'apply_last') },
  discard = { about = 'discard it', run = by('proposal', 'discard_last') },
  answer = { about = 'show the last answer again', run = by('answers', 'reopen') },
  stop = { about = 'stop what is under way', run = by('tasks', 'stop') },
  route = {
    about = 'who would answer a task, and why',
    run = by('pages', 'route'),
    complete = from(routed),
  },
  session = {
    about = 'what was asked and answered; `new` begins anew',
    run = by('pages', 'session'),
    complete = from({ 'new' }),
  },
  report = {
    about = 'what it all has cost',
    run = by('pages', 'report'),
    complete = from({ 'today', '7d', '30d' }),
  },
  doctor = { about = 'what is on, what is not, and what mends it', run = by('pages', 'doctor') },
  status = { about = 'how the server is', run = by('pages', 'status') },
  messages = { about = 'what it said, in whole', run = by('message', 'list') },
  log = { about = 'open the log; it never holds your code', run = by('pages', 'log') },
  settings = { about = 'open turnout.toml', run = by('pages', 'settings') },
  pause = { about = 'no suggestions for a while', run = by('pages', 'pause') },
  resume = { about = 'suggestions again', run = by('pages', 'resume') },
  mode = {
    about = 'economy, balanced or best',
    run = by('pages', 'mode'),
    complete = from({ 'economy', 'balanced', 'best' }),
  },
  setup = { about = 'set up a provider', run = by('setup', 'run'), complete = from(providers) },
  key = { about = 'enter a key', run = by('setup', 'key'), complete = from(providers) },
  restart = { about = 'start the server anew', run = by('server', 'restart') },
}

---@param name string
---@return turnout.Subcommand?
local function find(name)
  local task = tasks()[name]
  if not task then
    return subcommands[name]
  end
  local values = vim.list_extend({ 'model=?' }, task.values or {})
  return {
    about = task.about,
    run = function(call)
      require('turnout.tasks').run(name, call)
    end,
    complete = from(values),
  }
end

---@return string[]
function M.names()
  local names = vim.list_extend(vim.tbl_keys(subcommands), vim.tbl_keys(tasks()))
  table.sort(names)
  return names
end

---All subcommands with a line each.
local function help()
  local lines = vim.tbl_map(function(name)
    return (':Turnout %-12s %s'):format(name, assert(find(name)).about)
  end, M.names())
  require('turnout.view').page('commands', table.concat(lines, '\n'))
end

---@param given vim.api.keyset.create_user_command.command_args
function M.run(given)
  local words = vim.list_slice(given.fargs, 2)
  local name = given.fargs[1]
  if not name then
    help()
    return
  end
  local subcommand = find(name)
  if not subcommand then
    local remedy = ':Turnout alone lists what there is'
    local level = vim.log.levels.ERROR
    require('turnout.message').show(
      ('there is no %q.'):format(name),
      { remedy = remedy, level = level }
    )
    return
  end
  subcommand.run({
    words = words,
    bang = given.bang,
    first = given.range > 0 and given.line1 or nil,
    last = given.range > 0 and given.line2 or nil,
  })
end

---@param line string up to the cursor
---@return string[]
function M.complete(line)
  local rest = line:match('Turnout!?%s+(.*)$') or ''
  local words = vim.split(rest, '%s+')
  if #words == 1 then
    return from(M.names)(words[1])
  end
  local subcommand = find(words[1])
  local complete = subcommand and subcommand.complete
  return complete and complete(words[#words]) or {}
end

return M
