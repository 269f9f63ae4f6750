-- The editor's own highlight groups in colours that read well on a page, light or dark.
local colours = {
  Normal = { fg = '#d5dae5', bg = '#171a21' },
  Comment = { fg = '#7d879b', italic = true },
  String = { fg = '#a6cf8a' },
  Number = { fg = '#e0a674' },
  Boolean = { fg = '#e0a674' },
  Statement = { fg = '#c69bf0' },
  Operator = { fg = '#c69bf0' },
  Include = { fg = '#c69bf0' },
  PreProc = { fg = '#c69bf0' },
  Identifier = { fg = '#8fb8f7' },
  Function = { fg = '#8fb8f7' },
  Type = { fg = '#ecc97e' },
  Special = { fg = '#7fd0d6' },
  LineNr = { fg = '#444b5a' },
  CursorLine = { bg = '#1f232c' },
  CursorLineNr = { fg = '#a9b3c7' },
  StatusLine = { fg = '#a9b3c7', bg = '#222733' },
  ModeMsg = { fg = '#7d879b' },
  ComplHint = { fg = '#8791a6', italic = true },
}
for group, colour in pairs(colours) do
  vim.api.nvim_set_hl(0, group, colour)
end
vim.o.number = true
vim.o.cursorline = true
vim.o.wrap = false
vim.o.ruler = false
vim.o.showcmd = false
vim.o.statusline = ' %t%m%=%l:%c '
