-- Found by vim.lsp.enable('turnout') on Neovim 0.11 and newer. No filetypes: Turnout serves them all.
---@type vim.lsp.Config
return {
  cmd = { 'turnout', '--stdio' },
  root_markers = { 'turnout.toml', '.git' },
}
