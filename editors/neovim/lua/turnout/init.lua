---What init.lua and mappings call. Everything else is loaded when it is needed.
local M = {}

---Take options and enable the server: for plugin managers that call setup(). The same without it:
---`vim.g.turnout = { ... }` and `vim.lsp.enable('turnout')`.
---@param options? table see turnout.Options
function M.setup(options)
  require('turnout.config').set(options or {})
  vim.lsp.enable('turnout')
end

---What draws ghost text in this buffer: Neovim itself, or the plugin.
local function drawer()
  local native = require('turnout.ghost.native')
  return native.enabled() and native or require('turnout.ghost')
end

---Accept the suggestion that is shown.
---@return boolean accepted false where there is none
function M.accept()
  return drawer().accept('whole')
end

---Accept its next word.
---@return boolean accepted
function M.accept_word()
  return drawer().accept('word')
end

---Accept the rest of its line.
---@return boolean accepted
function M.accept_line()
  return drawer().accept('line')
end

---Show another suggestion.
---@return boolean
function M.next()
  return drawer().cycle(1)
end

---Show the suggestion before.
---@return boolean
function M.previous()
  return drawer().cycle(-1)
end

---Take the suggestion from view; it stays away until the text changes.
---@return boolean
function M.dismiss()
  return require('turnout.ghost').dismiss()
end

---Ask for suggestions at the cursor, also where none came by themselves.
function M.trigger()
  require('turnout.ghost').trigger()
end

---Whether a suggestion is shown, for mappings of your own.
---@return boolean
function M.visible()
  return drawer().visible()
end

---A few words for a statusline: empty where the server does not run.
---@return string
function M.status()
  return require('turnout.status').line()
end

return M
