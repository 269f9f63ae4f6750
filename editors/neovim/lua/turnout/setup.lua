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

---The names of providers, for completion.
---@return string[]
function M.providers()
  local client = server.client()
  local answer = client and client:request_sync('turnout/offers', vim.empty_dict(), 500, 0)
  return vim.tbl_map(function(offer)
    return offer.name
  end, answer and answer.result and answer.result.offers or {})
end

---@param offer turnout.Offer
---@return string
local function state_of(offer)
  if offer['local'] then
    return 'on this machine'
  elseif offer.state == 'known' and not offer.needsKey then
    return 'needs no key'
  end
  return (STATES[offer.state] or offer.state):format(offer.keyFrom or 'the environment')
end

---@param offer turnout.Offer
---@return string
local function described(offer)
  local price = offer.price and offer.price ~= '' and ', ' .. offer.price or ''
  return ('%s: %s%s'):format(offer.title, state_of(offer), price)
end

---@param consent turnout.Consent
---@return string[]
local function consent_lines(consent)
  local text = ('%s\n\nTo be added to `%s`:\n\n```toml\n%s\n```'):format(
    vim.trim(consent.text),
    vim.fn.fnamemodify(consent.file, ':~'),
    vim.trim(consent.toml)
  )
  return vim.split(text, '\n')
end

---Show what enabling means; `y` is the user's word.
---@param consent turnout.Consent
---@param agreed fun()
local function show_consent(consent, agreed)
  local lines = consent_lines(consent)
  local buffer = view.scratch('consent ' .. consent.provider, 'markdown')
  vim.bo[buffer].bufhidden = 'wipe'
  view.write(buffer, lines)
  view.map(buffer, '<Esc>', '<Cmd>close<CR>', 'not now')
  view.map(buffer, 'y', function()
    vim.cmd.close()
    agreed()
  end, 'enable it')
  view.float(buffer, (' %s '):format(consent.title), ' y enable it   q not now   j k more ')
end

---Offer a first review, of the file that is open.
---@param so_far string what has come of it
local function offer_review(so_far)
  local client = server.client()
  if not client or not client.attached_buffers[api.nvim_get_current_buf()] then
    message.show(so_far, { remedy = 'Open a file, and :Turnout review' })
    return
  end
  local options = { prompt = ('Turnout: %s A first review? '):format(so_far) }
  vim.ui.select({ 'Review this file', 'Not now' }, options, function(_, index)
    if index == 1 then
      require('turnout.tasks').run('review', { words = {}, bang = false })
    end
  end)
end

---Read a key without showing it, have it checked, and keep it in the system's key store.
---@param offer turnout.Offer
---@param done fun(so_far: string)
---@param refused? string why the last one was
local function enter_key(offer, done, refused)
  local where = offer.keyPage and (' (made at %s)'):format(offer.keyPage) or ''
  local prompt = ('The key of %s%s: '):format(offer.title, where)
  local key = vim.trim(vim.fn.inputsecret((refused and refused .. '\n' or '') .. prompt))
  vim.cmd.redraw()
  if key == '' then
    message.show('no key was entered.', { remedy = 'Later: :Turnout key ' .. offer.name })
    return
  end
  message.progress(('%s is asked whether it takes the key'):format(offer.title))
  local params = { provider = offer.name, key = key, keep = 'store', check = true }
  server.request('turnout/setKey', params, function(answer)
    if not answer.kept then
      message.show(answer.why, { remedy = 'Enter another one.', level = ERROR })
      vim.schedule(function()
        enter_key(offer, done, answer.why)
      end)
      return
    end
    local checked = answer.check == 'accepted' and 'accepted' or 'not checked'
    local why = answer.why ~= '' and ' ' .. answer.why or ''
    done(('the key is %s, and kept in %s.%s'):format(checked, answer.place, why))
  end)
end

---Ask for the offer of one provider.
---@param name string
---@param done fun(offer: turnout.Offer)
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
          enter_key(offer, offer_review)
        else
          offer_review(('%s is enabled.'):format(offer.title))
        end
      end)
    end)
  end)
end

---@param offer turnout.Offer
local function set_up(offer)
  if offer.state == 'no-key' then
    enter_key(offer, offer_review)
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
    enter_key(offer, offer_review)
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
