---Edits that the server asks for, once the user has said so.
local M = {}

---A new file begins as one empty line, which Neovim leaves below the text that is put in.
---@param uri string
local function trim(uri)
  local buffer = vim.uri_to_bufnr(uri)
  local lines = vim.api.nvim_buf_get_lines(buffer, -3, -1, false)
  if #lines == 2 and lines[2] == '' then
    vim.api.nvim_buf_set_lines(buffer, -2, -1, false, {})
  end
end

---Whether a text has changed since the edit was made; Neovim would skip it and call it applied.
---@param edit lsp.WorkspaceEdit
---@return boolean
local function is_late(edit)
  for _, change in ipairs(edit.documentChanges or {}) do
    local document = change.textDocument
    local version = document and document.version
    local buffer = type(version) == 'number' and vim.uri_to_bufnr(document.uri)
    if buffer and (vim.lsp.util.buf_versions[buffer] or 0) > version then
      return true
    end
  end
  return false
end

---@param params lsp.ApplyWorkspaceEditParams
function M.on_apply_edit(err, params, context)
  -- Neovim writes the label into the command line, where a long one asks for <Enter>.
  params.label = nil
  if is_late(params.edit) then
    return { applied = false, failureReason = 'The text has changed meanwhile.' }
  end
  local result = vim.lsp.handlers['workspace/applyEdit'](err, params, context)
  for _, change in ipairs(params.edit.documentChanges or {}) do
    if change.kind == 'create' and result.applied then
      trim(change.uri)
    end
  end
  return result
end

return M
