-- The init file of every Neovim that tests and the demo start: the plugin as a user installs it,
-- and a notebook of what the server answered and when.
vim.opt.swapfile = false
-- A message that asks for <Enter> would stop every request of the test, for ever.
vim.opt.messagesopt = 'wait:1000,history:500'
vim.opt.runtimepath:append(vim.g.plugin)
vim.g.turnout_accept = '<Tab>'
vim.lsp.config('turnout', { cmd = vim.g.command })
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

_G.progress = {}
vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    table.insert(progress, event.data.params.value.kind)
  end,
})

---The ghost text on the screen: its lines joined, nil where there is none.
function _G.ghost()
  local namespace = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
  if not namespace then
    return nil
  end
  local marks = vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })
  if #marks == 0 then
    return nil
  end
  local details = marks[1][4]
  local lines = { details.virt_text[1][1] }
  for _, line in ipairs(details.virt_lines or {}) do
    table.insert(lines, line[1][1])
  end
  return table.concat(lines, '\n')
end

---Ask for a suggestion at once, as an editor without a debounce does: milliseconds and its text.
function _G.ask()
  local client = vim.lsp.get_clients({ name = 'turnout', bufnr = 0 })[1]
  local parameters = vim.lsp.util.make_position_params(0, client.offset_encoding)
  parameters.context = { triggerKind = 2 }
  local answer
  local start = vim.uv.hrtime()
  client:request('textDocument/inlineCompletion', parameters, function(_, result)
    local item = result and (result.items or result)[1]
    answer = { (vim.uv.hrtime() - start) / 1e6, item and item.insertText or '' }
  end)
  vim.wait(2000, function()
    return answer ~= nil
  end, 1)
  return answer
end
