---How the server is: for the statusline, and for `:Turnout status`.
local M = {}

---@type table<integer, turnout.Status> the last word of each client
local known = {}

---@param client integer
---@param status turnout.Status
function M.keep(client, status)
  known[client] = status
  vim.schedule(function()
    vim.api.nvim_exec_autocmds('User', { pattern = 'TurnoutStatus', modeline = false })
    vim.cmd.redrawstatus({ bang = true })
  end)
end

---@param status turnout.Status
---@param context lsp.HandlerContext
function M.on_status(_, status, context)
  M.keep(context.client_id, status)
end

---Ask how it is; from then on it says by itself what changes.
---@param client vim.lsp.Client
function M.ask(client)
  if not known[client.id] then
    client:request('turnout/status', vim.empty_dict(), function(_, status)
      if status then
        M.keep(client.id, status)
      end
    end)
  end
end

---@param client integer
function M.forget(client)
  known[client] = nil
  vim.cmd.redrawstatus({ bang = true })
end

---The status of this buffer's server.
---@return turnout.Status?
function M.get()
  local client = require('turnout.server').client()
  return client and known[client.id]
end

---A few words, for a statusline.
---@return string
function M.line()
  local status = M.get()
  return status and require('turnout.view').literal(status.text) or ''
end

---Say in the command line how far an action has come. What comes of it is said elsewhere.
---@param value { kind: 'begin'|'report'|'end', title?: string, message?: string }
function M.on_progress(value)
  local message = require('turnout.message')
  if value.kind == 'end' then
    message.progressed()
  elseif value.message or value.title then
    message.progress(value.message or value.title .. ' ...')
  end
end

return M
