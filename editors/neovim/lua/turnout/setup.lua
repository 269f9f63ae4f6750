---From nothing to a provider: what there is, what it means, the user's word, the key, a review.
local M = {}

local api = vim.api
local message = require('turnout.message')
local server = require('turnout.server')
local view = require('turnout.view')

local ERROR = vim.log.levels.ERROR
local STATES = {
  enabled = 'enabled',
  ['no-key'] = 'enabled, its key is missing',
  offered = 'its key is in %s',
  known = 'needs a key',
}

---@type string[] names that were offered last, to complete
local names = {}

---The names of providers, for completion.
---@return string[]
function M.providers()
  local client = server.client()
  local answer = client and client:request_sync('turnout/offers', vim.empty_dict(), 500, 0)
  if answer and answer.result then
    names = vim.tbl_map(function(offer)
      return offer.name
    end, answer.result.offers)
  end
  return names
end

---@param offer turnout.Offer
---@return string
local function described(offer)
  local state = offer['local'] and 'on this machine' or STATES[offer.state] or offer.state
  state = state:format(offer.keyFrom or 'the environment')
  if offer.state == 'known' and not offer.needsKey then
    state = offer['local'] and 'on this machine' or 'needs no key'
  end
  local price = offer.price and offer.price ~= '' and ', ' .. offer.price or ''
  return ('%s: %s%s'):format(offer.title, state, price)
end

---Show what enabling means; `y` is the user's word.
---@param consent turnout.Consent
---@param agreed fun()
local function show_consent(consent, agreed)
  local text = ('%s\n\nTo be added to `%s`:\n\n```toml\n%s\n```'):format(
    vim.trim(consent.text),
    vim.fn.fnamemodify(consent.file, ':~'),
    vim.trim(consent.toml)
  )
  local buffer = view.scratch('consent ' .. consent.provider, 'markdown')
  vim.bo[buffer].bufhidden = 'wipe'
  local lines = vim.split(text, '\n')
  view.write(buffer, lines)
  local width = math.min(90, vim.o.columns - 4)
  local height = 0
  for _, line in ipairs(lines) do
    height = height + math.max(1, math.ceil(vim.fn.strdisplaywidth(line) / width))
  end
  height = math.min(height, vim.o.lines - 6)
  local window = api.nvim_open_win(buffer, true, {
    relative = 'editor',
    width = width,
    height = height,
    row = math.floor((vim.o.lines - height) / 2) - 1,
    col = math.floor((vim.o.columns - width) / 2),
    border = 'rounded',
    title = (' %s '):format(consent.title),
    footer = ' y enable it   q not now ',
    style = 'minimal',
  })
  vim.wo[window].wrap, vim.wo[window].linebreak, vim.wo[window].conceallevel = true, true, 2
  view.map(buffer, 'y', function()
    api.nvim_win_close(window, true)
    agreed()
  end, 'enable it')
  view.map(buffer, '<Esc>', '<Cmd>close<CR>', 'not now')
end

---Offer a first review, of the file that is open.
local function offer_review()
  local client = server.client()
  if not client or not client.attached_buffers[api.nvim_get_current_buf()] then
    message.show('ready.', { remedy = 'Open a file, and :Turnout review' })
    return
  end
  local options = { prompt = 'Turnout is ready. A first review? ' }
  vim.ui.select({ 'Review this file', 'Not now' }, options, function(_, index)
    if index == 1 then
      require('turnout.tasks').run('review', { words = {}, bang = false })
    end
  end)
end

---Read a key without showing it, have it checked, and keep it in the system's key store.
---@param provider string
---@param where? string a page where keys are made
---@param done fun()
local function enter_key(provider, where, done)
  local hint = where and (' (made at %s)'):format(where) or ''
  local key = vim.fn.inputsecret(('The key of %s%s: '):format(provider, hint))
  vim.cmd.redraw()
  if vim.trim(key) == '' then
    message.show('no key was entered.', { remedy = 'Later: :Turnout key ' .. provider })
    return
  end
  local params = { provider = provider, key = vim.trim(key), keep = 'store', check = true }
  message.progress(('%s is asked whether it takes the key'):format(provider))
  server.request('turnout/setKey', params, function(answer)
    if not answer.kept then
      local remedy = 'Again: :Turnout key ' .. provider
      message.show(answer.why, { remedy = remedy, level = ERROR })
      return
    end
    local checked = answer.check == 'accepted' and 'accepted' or 'not checked'
    local why = answer.why ~= '' and ' ' .. answer.why or ''
    message.show(('the key is %s, and kept in %s.%s'):format(checked, answer.place, why))
    done()
  end)
end

---Ask for the offer of one provider.
---@param name string
---@param done fun(offer?: turnout.Offer)
local function offer_of(name, done)
  server.request('turnout/offers', nil, function(result)
    for _, offer in ipairs(result.offers) do
      if offer.name == name then
        done(offer)
        return
      end
    end
    message.show(('no provider is called %q.'):format(name), {
      remedy = ':Turnout setup lists them',
      level = ERROR,
    })
  end)
end

---@param offer turnout.Offer
local function enable(offer)
  server.request('turnout/consent', { provider = offer.name }, function(consent)
    show_consent(consent, function()
      server.request('turnout/enable', { provider = offer.name }, function(answer)
        if not answer.enabled then
          message.show(answer.why, { level = ERROR })
        elseif consent.needsKey then
          enter_key(offer.name, offer.keyPage, offer_review)
        else
          offer_review()
        end
      end)
    end)
  end)
end

---@param offer turnout.Offer
local function set_up(offer)
  if offer.state == 'no-key' then
    enter_key(offer.name, offer.keyPage, offer_review)
  elseif offer.state == 'enabled' then
    local remedy = 'Another key: :Turnout key ' .. offer.name
    message.show(('%s is set up.'):format(offer.title), { remedy = remedy })
  else
    enable(offer)
  end
end

---`:Turnout setup [PROVIDER]`
---@param call turnout.Call
function M.run(call)
  if call.words[1] then
    offer_of(call.words[1], set_up)
    return
  end
  server.request('turnout/offers', nil, function(result)
    local options = { prompt = 'Which provider is to answer? ', format_item = described }
    vim.ui.select(result.offers, options, function(offer)
      if offer then
        set_up(offer)
      end
    end)
  end)
end

---`:Turnout key [PROVIDER]`
---@param call turnout.Call
function M.key(call)
  local function enter(offer)
    enter_key(offer.name, offer.keyPage, offer_review)
  end
  if call.words[1] then
    offer_of(call.words[1], enter)
    return
  end
  server.request('turnout/offers', nil, function(result)
    local enabled = vim.tbl_filter(function(offer)
      return (offer.state == 'enabled' or offer.state == 'no-key') and offer.needsKey
    end, result.offers)
    if #enabled == 0 then
      message.show('no provider is enabled yet.', { remedy = 'Set one up: :Turnout setup' })
      return
    end
    local options = { prompt = 'The key of: ', format_item = described }
    vim.ui.select(enabled, options, function(offer)
      if offer then
        enter(offer)
      end
    end)
  end)
end

return M
