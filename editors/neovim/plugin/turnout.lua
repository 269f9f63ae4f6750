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

---@param name string of the function in `turnout`
---@param description string
local function plug(name, description)
  local key = ('<Plug>(turnout-%s)'):format((name:gsub('_', '-')))
  local command = ("<Cmd>lua require('turnout').%s()<CR>"):format(name)
  vim.keymap.set('i', key, command, { desc = 'Turnout: ' .. description })
end

plug('accept', 'accept the suggestion')
plug('accept_word', 'accept its next word')
plug('accept_line', 'accept its next line')
plug('next', 'another suggestion')
plug('previous', 'the suggestion before')
plug('dismiss', 'no suggestion here')
plug('trigger', 'ask for suggestions now')

local group = vim.api.nvim_create_augroup('turnout', {})

vim.api.nvim_create_autocmd('FileType', {
  group = group,
  desc = 'Turnout: say that the server is not installed',
  callback = function()
    require('turnout.server').check()
  end,
})

---Hear of an event of our own server.
---@param event string
---@param description string
---@param hear fun(client: vim.lsp.Client, event: vim.api.keyset.create_autocmd.callback_args)
local function on(event, description, hear)
  vim.api.nvim_create_autocmd(event, {
    group = group,
    desc = 'Turnout: ' .. description,
    callback = function(given)
      local client = vim.lsp.get_client_by_id(given.data.client_id)
      if client and client.name == 'turnout' then
        hear(client, given)
      end
    end,
  })
end

on('LspAttach', 'ghost text, keys, status', function(client, event)
  require('turnout.attach').on_attach(client, event.buf)
end)

on('LspDetach', 'nothing of it is left in the buffer', function(_, event)
  require('turnout.attach').on_detach(event.buf)
end)

on('LspProgress', 'how far an action has come', function(_, event)
  require('turnout.status').on_progress(event.data.params.value)
end)

-- A buffer with a new name is another document: Neovim says so only when it is written.
for event, name in pairs({ BufFilePre = 'on_old_name', BufFilePost = 'on_new_name' }) do
  vim.api.nvim_create_autocmd(event, {
    group = group,
    callback = function(given)
      require('turnout.attach')[name](given.buf)
    end,
  })
end
