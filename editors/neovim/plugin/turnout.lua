-- What there is from the start: a command, <Plug> mappings, and an ear for the server.
if vim.g.loaded_turnout or vim.fn.has('nvim-0.11') == 0 then
  return
end
vim.g.loaded_turnout = true

vim.api.nvim_create_user_command('Turnout', function(given)
  require('turnout.commands').run(given)
end, {
  nargs = '*',
  bang = true,
  range = true,
  desc = 'Turnout: review, refactor, explain, ...',
  complete = function(_, line, position)
    return require('turnout.commands').complete(line:sub(1, position))
  end,
})

---@param name string
---@param call string
---@param description string
local function plug(name, call, description)
  local command = ("<Cmd>lua require('turnout').%s<CR>"):format(call)
  vim.keymap.set('i', ('<Plug>(turnout-%s)'):format(name), command, { desc = description })
end

plug('accept', 'accept()', 'Turnout: accept the suggestion')
plug('accept-word', 'accept_word()', 'Turnout: accept its next word')
plug('accept-line', 'accept_line()', 'Turnout: accept its next line')
plug('next', 'next()', 'Turnout: another suggestion')
plug('previous', 'previous()', 'Turnout: the suggestion before')
plug('dismiss', 'dismiss()', 'Turnout: no suggestion here')
plug('trigger', 'trigger()', 'Turnout: ask for suggestions now')

local group = vim.api.nvim_create_augroup('turnout', {})

vim.api.nvim_create_autocmd('FileType', {
  group = group,
  desc = 'Turnout: say that the server is not installed',
  callback = function()
    require('turnout.server').check()
  end,
})

vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  desc = 'Turnout: ghost text, keys, status',
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'turnout' then
      require('turnout.attach').on_attach(client, event.buf)
    end
  end,
})

vim.api.nvim_create_autocmd('LspDetach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'turnout' then
      require('turnout.attach').on_detach(event.buf)
    end
  end,
})

-- A buffer with a new name is another document: Neovim says so only when it is written.
for event, name in pairs({ BufFilePre = 'on_old_name', BufFilePost = 'on_new_name' }) do
  vim.api.nvim_create_autocmd(event, {
    group = group,
    callback = function(given)
      require('turnout.attach')[name](given.buf)
    end,
  })
end

vim.api.nvim_create_autocmd('LspProgress', {
  group = group,
  desc = 'Turnout: how far an action has come',
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'turnout' then
      require('turnout.status').on_progress(event.data.params.value)
    end
  end,
})
