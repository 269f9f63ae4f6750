-- Found by vim.lsp.enable('turnout') on Neovim 0.11 and newer. No filetypes: it serves them all.

---Have a module handle a message; it is loaded when the first one comes.
---@param module string
---@param name string
---@return lsp.Handler
local function by(module, name)
  return function(...)
    return require('turnout.' .. module)[name](...)
  end
end

---@type vim.lsp.Config
return {
  cmd = require('turnout.server').command(),
  root_markers = { 'turnout.toml', '.git' },
  capabilities = {
    textDocument = { inlineCompletion = { dynamicRegistration = false } },
    -- Edits are shown as a diff (see turnout.proposal); Neovim itself would only ask yes or no.
    workspace = { workspaceEdit = { changeAnnotationSupport = vim.NIL } },
    experimental = { turnout = { document = true, status = true, problem = true } },
  },
  handlers = {
    ['turnout/document'] = by('answers', 'on_document'),
    ['turnout/status'] = by('status', 'on_status'),
    ['turnout/problem'] = by('message', 'on_problem'),
    ['window/showMessageRequest'] = by('message', 'on_question'),
    ['window/showMessage'] = by('message', 'on_show_message'),
    ['workspace/applyEdit'] = by('edits', 'on_apply_edit'),
  },
  on_exit = function(code, signal, id)
    require('turnout.server').on_exit(code, signal, id)
  end,
}
