-- The init file of every Neovim that tests and the demo start: the plugin as a user installs it,
-- and a notebook of what the server answered and when.
vim.opt.swapfile = false
-- A message that asks for <Enter> would stop every request of the test, for ever.
vim.opt.messagesopt = 'wait:1000,history:500'
vim.opt.runtimepath:append(vim.g.plugin)
vim.g.turnout = vim.tbl_deep_extend('force', {
  keys = vim.g.bare and {} or {
    accept = '<Tab>',
    accept_word = '<M-w>',
    accept_line = '<M-l>',
    next = '<M-n>',
    previous = '<M-p>',
    dismiss = '<M-d>',
    trigger = '<M-t>',
  },
}, vim.g.options)
if #vim.g.command > 0 then
  vim.lsp.config('turnout', { cmd = vim.g.command })
end
vim.lsp.enable('turnout')

_G.answers = {}
local pending = {}
vim.api.nvim_create_autocmd('LspRequest', {
  callback = function(event)
    local id, request = event.data.request_id, event.data.request
    if request.type == 'pending' then
      pending[id] = vim.uv.hrtime()
    elseif request.type == 'complete' and pending[id] then
      local answer = { request.method, (vim.uv.hrtime() - pending[id]) / 1e6 }
      -- Neovim hands the answer on right after this event.
      vim.schedule(function()
        table.insert(answers, answer)
      end)
    end
  end,
})

-- What the plugin said to the server without asking: the methods, and the last parameters of each.
_G.sent, _G.told = {}, {}
vim.api.nvim_create_autocmd('LspAttach', {
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if not client or client.heard then
      return
    end
    client.heard = true
    local notify = client.notify
    client.notify = function(self, method, params)
      table.insert(sent, method)
      told[method] = params
      return notify(self, method, params)
    end
  end,
})

_G.progress = {}
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    table.insert(progress, event.data.params.value.kind)
  end,
})

---The ghost text on the screen: its lines joined, nil where there is none.
function _G.ghost()
  local spaces = vim.api.nvim_get_namespaces()
  local text
  for _, name in ipairs({ 'turnout.ghost', 'nvim.lsp.inline_completion' }) do
    local marks = spaces[name]
        and vim.api.nvim_buf_get_extmarks(0, spaces[name], 0, -1, { details = true })
      or {}
    for _, mark in ipairs(marks) do
      text = (text or '') .. mark[4].virt_text[1][1]
      for _, line in ipairs(mark[4].virt_lines or {}) do
        text = text .. '\n' .. line[1][1]
      end
    end
  end
  return text
end

---Ask for a suggestion at once, as an editor without a debounce does: milliseconds and its text.
function _G.ask()
  local client = vim.lsp.get_clients({ name = 'turnout', bufnr = 0 })[1]
  if not client then
    return { 0, '' }
  end
  local parameters = vim.lsp.util.make_position_params(0, client.offset_encoding)
  parameters.context = { triggerKind = 2 }
  local answer
  local start = vim.uv.hrtime()
  client:request('textDocument/inlineCompletion', parameters, function(_, result)
    local item = result and (result.items or result)[1]
    answer = { (vim.uv.hrtime() - start) / 1e6, item and item.insertText or '' }
  end)
  vim.wait(30000, function()
    return answer ~= nil
  end, 1)
  return answer or { 30000, '' }
end

---How many requests the server has not answered yet.
function _G.owed()
  local count = 0
  for _, client in ipairs(vim.lsp.get_clients({ name = 'turnout' })) do
    count = count + vim.tbl_count(client.requests)
  end
  return count
end
