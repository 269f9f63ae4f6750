---The tasks: `:Turnout review` and its like become one command of the server each.
local M = {}

local message = require('turnout.message')
local range = require('turnout.range')
local server = require('turnout.server')

---@class turnout.Task
---@field about string for the help
---@field command string
---@field scope 'file'|'definition'|'place'|'anything'|'nothing' what it is about without a range
---@field kind? string of the code action that knows the definition
---@field question? string asked where the words are missing that it needs
---@field values? string[] of its first word
---@field value? 'preset'|'against' the argument that such a word is
---@field bang? fun(argument: table)

local AGAINST = { 'uncommitted', 'staged', 'branch' }
local PRESETS = { 'extract', 'rename', 'simplify', 'split', 'types', 'async', 'accessibility' }

local function about_workspace(argument)
  argument.uri, argument.range = nil, nil
end

---@type table<string, turnout.Task>
M.tasks = {
  review = {
    about = 'review the file, the range, or what has changed; ! asks about all of it anew',
    command = 'turnout.review',
    scope = 'file',
    values = AGAINST,
    value = 'against',
    bang = function(argument)
      argument.anew = true
    end,
  },
  explain = {
    about = 'explain the definition at the cursor, or the range',
    command = 'turnout.explain',
    scope = 'definition',
    kind = 'turnout.explain',
  },
  refactor = {
    about = 'refactor it: a preset, or in your words',
    command = 'turnout.refactor',
    scope = 'definition',
    kind = 'refactor.rewrite.turnout',
    values = PRESETS,
    value = 'preset',
  },
  tests = {
    about = 'write tests for it',
    command = 'turnout.tests',
    scope = 'definition',
    kind = 'turnout.tests',
  },
  docs = {
    about = 'document it',
    command = 'turnout.docs',
    scope = 'definition',
    kind = 'turnout.docs',
  },
  boilerplate = {
    about = 'write what you describe at the cursor',
    command = 'turnout.boilerplate',
    scope = 'place',
    question = 'What is to be written here? ',
  },
  dependency = {
    about = 'move the code to another version of a dependency',
    command = 'turnout.dependency',
    scope = 'file',
    question = 'Which dependency, to which version? ',
  },
  ask = {
    about = 'ask about the file or the range; ! about the workspace',
    command = 'turnout.ask',
    scope = 'anything',
    question = 'What do you want to know? ',
    bang = about_workspace,
  },
  design = {
    about = 'think about a design; ! for the workspace',
    command = 'turnout.design',
    scope = 'anything',
    question = 'What is to be designed? ',
    bang = about_workspace,
  },
  suggest = {
    about = 'suggest a shell command; it is shown and never run',
    command = 'turnout.suggest',
    scope = 'nothing',
    question = 'What should the command do? ',
  },
  pr = {
    about = 'write the text of a pull request',
    command = 'turnout.pullRequest',
    scope = 'nothing',
  },
}

---@type table<integer, vim.lsp.Client> requests under way
local running = {}

---End what `:Turnout` has begun.
function M.stop()
  for id, client in pairs(running) do
    client:cancel_request(id)
  end
  if not next(running) then
    message.show('nothing is under way.')
  end
  running = {}
end

---@param result turnout.Result
local function say_findings(result)
  local count = result.findings
  if count == 0 then
    message.show(('%s has found nothing.'):format(result.model))
  else
    local said = ('%s: %d finding%s.'):format(result.model, count, count == 1 and '' or 's')
    message.show(said, { remedy = ']d goes there, :Turnout findings lists them' })
  end
end

---Run a command of the server until it is stopped or done.
---@param client vim.lsp.Client
---@param command string
---@param argument table
---@param done? fun(result?: turnout.Result)
function M.run_command(client, command, argument, done)
  local id
  id = server.execute(client, command, argument, function(result)
    running[id] = nil
    if result and result.outcome == 'answered' and type(result.findings) == 'number' then
      if (result.note or '') == '' then
        say_findings(result)
      end
    end
    if done then
      done(result)
    end
  end)
  if id then
    running[id] = client
  end
end

---Take `model=NAME` out of the words; `model=?` asks which one.
---@param words string[]
---@param argument table
---@return string[]
local function without_model(words, argument)
  return vim.tbl_filter(function(word)
    local model = word:match('^model=(.+)$')
    if model == '?' then
      argument.choose = true
    elseif model then
      argument.model = model
    end
    return model == nil
  end, words)
end

---Read the words of a task into its argument.
---@param task turnout.Task
---@param call turnout.Call
---@return table
local function argument_of(task, call)
  local argument = {}
  local words = without_model(call.words, argument)
  local first = words[1]
  if task.value == 'against' and first then
    argument.against = table.remove(words, 1)
  elseif task.value and #words == 1 and vim.tbl_contains(task.values, first) then
    argument[task.value] = table.remove(words, 1)
  end
  if #words > 0 then
    argument.instruction = table.concat(words, ' ')
  end
  return argument
end

---Find what it is about, and go on with that.
---@param task turnout.Task
---@param call turnout.Call
---@param client vim.lsp.Client
---@param done fun(uri?: string, range?: lsp.Range)
local function locate(task, call, client, done)
  local buffer = vim.api.nvim_get_current_buf()
  if task.scope == 'nothing' or not client.attached_buffers[buffer] then
    done()
    return
  end
  local uri = vim.uri_from_bufnr(buffer)
  if call.first == 1 and call.last == vim.api.nvim_buf_line_count(buffer) then
    done(uri)
  elseif call.first then
    done(uri, range.lines(buffer, call.first, call.last, client.offset_encoding))
  elseif task.scope == 'place' then
    done(uri, range.cursor(client))
  elseif task.scope == 'definition' then
    range.definition(client, buffer, task.kind, function(found)
      done(uri, found)
    end)
  else
    done(uri)
  end
end

---Ask for the words that a task needs, where there are none.
---@param task turnout.Task
---@param argument table
---@param done fun()
local function with_words(task, argument, done)
  if not task.question or argument.instruction then
    done()
    return
  end
  vim.ui.input({ prompt = task.question }, function(words)
    if words and vim.trim(words) ~= '' then
      argument.instruction = words
      done()
    end
  end)
end

---@param name string
---@param call turnout.Call
function M.run(name, call)
  local task = M.tasks[name]
  local client = server.need()
  if not client then
    return
  end
  local argument = argument_of(task, call)
  locate(task, call, client, function(uri, where)
    argument.uri, argument.range = uri, where
    if call.bang and task.bang then
      task.bang(argument)
    end
    with_words(task, argument, function()
      M.run_command(client, task.command, argument)
    end)
  end)
end

return M
