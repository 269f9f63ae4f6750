-- Ghost text where Neovim draws it itself (0.12 and newer). Older ones show the completion menu.
if vim.g.loaded_turnout or not vim.lsp.inline_completion then
  return
end
vim.g.loaded_turnout = true

---The key in vim.g.turnout_accept accepts; without a suggestion it does what it did before.
local function map_accept(buffer)
  local key = vim.g.turnout_accept
  if not key then
    return
  end
  vim.keymap.set('i', key, function()
    return require('turnout').accept() and '' or key
  end, { buffer = buffer, expr = true, desc = 'Turnout: accept the suggestion' })
end

vim.api.nvim_create_autocmd('LspAttach', {
  group = vim.api.nvim_create_augroup('turnout', {}),
  desc = 'Turnout: show suggestions as ghost text',
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'turnout' then
      vim.lsp.inline_completion.enable(true, { bufnr = event.buf })
      map_accept(event.buf)
    end
  end,
})
