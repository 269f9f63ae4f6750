---`:checkhealth turnout`
local M = {}

local health = vim.health
local server = require('turnout.server')

---@param command string[]
---@return vim.SystemCompleted?
local function run(command)
  local ok, started = pcall(vim.system, command, { text = true })
  return ok and started:wait(10000) or nil
end

---@return boolean found
local function check_program()
  local program = server.configured() or 'turnout'
  local path = vim.fn.exepath(program)
  if path == '' then
    health.error(('`%s` is not on the PATH'):format(program), {
      'Install it (see the README), then :Turnout restart',
      "Or name it: vim.lsp.config('turnout', { cmd = { '/path/to/turnout', '--stdio' } })",
    })
    return false
  end
  local version = run({ program, '--version' })
  if not version or version.code ~= 0 then
    health.error(('%s does not start'):format(path), vim.trim(version and version.stderr or ''))
    return false
  end
  health.ok(('%s (%s)'):format(vim.trim(version.stdout), path))
  return true
end

local function check_clients()
  if not vim.lsp.is_enabled('turnout') then
    health.warn('it is not enabled', "Put vim.lsp.enable('turnout') into your init.lua")
  end
  local clients = vim.lsp.get_clients({ name = 'turnout' })
  for _, client in ipairs(clients) do
    local buffers = vim.tbl_count(client.attached_buffers)
    local root = client.root_dir or 'no folder'
    local said = 'attached to %d buffer(s) in %s, positions in %s'
    health.ok(said:format(buffers, root, client.offset_encoding))
  end
  if #clients == 0 then
    health.info('it serves no buffer now: open a file with a filetype')
  end
  health.info('log: ' .. server.log_file())
end

local function check_ghost()
  local options = require('turnout.config').get()
  if not options.ghost then
    health.info('ghost text is off')
  elseif options.ghost == 'native' and not vim.lsp.inline_completion then
    health.warn("ghost = 'native' takes Neovim 0.12: the plugin draws it instead")
  else
    health.ok('ghost text is drawn by ' .. (options.ghost == 'native' and 'Neovim' or 'the plugin'))
  end
  if not options.keys.accept and vim.fn.hasmapto('<Plug>(turnout-accept)', 'i') == 0 then
    health.info('no key accepts ghost text: see :help turnout-keys')
  end
end

---What `turnout doctor` says, of the server that runs or of a new one.
local function check_doctor()
  local client = server.client()
  local answer = client and client:request_sync('turnout/doctor', vim.empty_dict(), 20000, 0)
  local text = answer and answer.result and answer.result.text
  if not text then
    local done = run({ server.program(), 'doctor' })
    text = done and done.stdout or 'it did not answer'
  end
  health.info(vim.trim(text))
end

---Called by Neovim.
function M.check()
  health.start('Turnout: the server')
  local found = check_program()
  check_clients()
  health.start('Turnout: ghost text')
  check_ghost()
  if found then
    health.start('Turnout: what it can use')
    check_doctor()
  end
end

return M
