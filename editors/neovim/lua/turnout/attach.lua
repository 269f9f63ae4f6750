---What happens in a buffer once the server serves it: ghost text, keys, lenses, the focus.
local M = {}

local api = vim.api
local group = api.nvim_create_augroup('turnout.buffers', {})

---@param buffer integer
local function map(buffer)
  local config = require('turnout.config')
  local keys = config.get().keys
  for _, name in ipairs(config.KEYS) do
    local key, plug = keys[name], name:gsub('_', '-')
    if key then
      vim.keymap.set('i', key, function()
        -- Where nothing is suggested the key is itself.
        local wanted = name == 'trigger' or require('turnout').visible()
        return wanted and ('<Plug>(turnout-%s)'):format(plug) or key
      end, { buffer = buffer, expr = true, remap = true, desc = 'Turnout: ' .. plug })
    end
  end
end

---@param buffer integer
local function show_ghost(buffer)
  local native = require('turnout.ghost.native')
  local wanted = require('turnout.config').get().ghost
  if wanted == 'native' and vim.lsp.inline_completion then
    vim.lsp.inline_completion.enable(true, { bufnr = buffer })
  elseif wanted and not native.enabled(buffer) then
    require('turnout.ghost').attach(buffer)
  end
end

---@param buffer integer
local function show_lenses(buffer)
  if vim.lsp.codelens.enable then
    vim.lsp.codelens.enable(true, { bufnr = buffer })
    return
  end
  local function refresh()
    vim.lsp.codelens.refresh({ bufnr = buffer })
  end
  local events = { 'BufEnter', 'InsertLeave', 'BufWritePost' }
  api.nvim_create_autocmd(events, { group = group, buffer = buffer, callback = refresh })
  refresh()
end

---@param client vim.lsp.Client
---@param buffer integer
function M.on_attach(client, buffer)
  local options = require('turnout.config').get()
  api.nvim_clear_autocmds({ group = group, buffer = buffer })
  show_ghost(buffer)
  map(buffer)
  if options.code_lens then
    show_lenses(buffer)
  end
  require('turnout.status').ask(client)
  api.nvim_create_autocmd('BufEnter', {
    group = group,
    buffer = buffer,
    desc = 'Turnout: what is asked for other buffers is of no use any more',
    callback = function()
      local document = { uri = vim.uri_from_bufnr(buffer) }
      client:notify('textDocument/didFocus', { textDocument = document })
    end,
  })
end

---@type table<integer, integer[]> the clients of buffers that are getting another name
local renamed = {}

---@param buffer integer
function M.on_old_name(buffer)
  renamed[buffer] = {}
  for _, client in ipairs(vim.lsp.get_clients({ name = 'turnout', bufnr = buffer })) do
    table.insert(renamed[buffer], client.id)
    vim.lsp.buf_detach_client(buffer, client.id)
  end
end

---@param buffer integer
function M.on_new_name(buffer)
  for _, client in ipairs(renamed[buffer] or {}) do
    vim.lsp.buf_attach_client(buffer, client)
  end
  renamed[buffer] = nil
end

---@param buffer integer
function M.on_detach(buffer)
  api.nvim_clear_autocmds({ group = group, buffer = buffer })
  require('turnout.ghost').detach(buffer)
end

return M
