local M = {}

local METHOD = 'textDocument/inlineCompletion'

---What the server suggests at the cursor now; it still knows what it showed, so it answers at once.
---@param client vim.lsp.Client
---@param buffer integer
local function suggestion(client, buffer)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.context = { triggerKind = vim.lsp.protocol.InlineCompletionTriggerKind.Automatic }
  local answer = client:request_sync(METHOD, params, 200, buffer)
  local result = answer and answer.result or {}
  return (result.items or result)[1]
end

---Put in the rest of a shown suggestion.
---
---Neovim keeps a suggestion's range while one types along with it: before its next request, what was
---typed since would be left behind (neovim#36529). So the server is asked for the range.
local function insert(shown)
  local client = assert(vim.lsp.get_client_by_id(shown.client_id))
  local buffer = vim.api.nvim_get_current_buf()
  local item = suggestion(client, buffer)
  if not item or not vim.endswith(shown.insert_text, item.insertText) then
    return
  end
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local edit = { range = item.range, newText = item.insertText }
  vim.lsp.util.apply_text_edits({ edit }, buffer, client.offset_encoding)
  local lines = vim.split(item.insertText, '\n')
  column = (#lines == 1 and column or 0) + #lines[#lines]
  vim.api.nvim_win_set_cursor(0, { row + #lines - 1, column })
  if item.command then
    client:exec_cmd(item.command, { bufnr = buffer })
  end
end

---Accept the suggestion that is shown, from an insert-mode mapping.
---@return boolean accepted false where there is none
function M.accept()
  return vim.lsp.inline_completion.get({ on_accept = insert })
end

return M
