---The user's options: vim.g.turnout over the defaults.
local M = {}

---@type turnout.Options
local defaults = {
  ghost = true,
  debounce = 0,
  keys = {},
  code_lens = false,
  restart = true,
  split = 'right',
}

---@type turnout.Options?
local options

---What keys can be named for.
M.KEYS = { 'accept', 'accept_word', 'accept_line', 'next', 'previous', 'dismiss', 'trigger' }

---Say what is wrong with an option, and take the default.
---@param wrong string
local function complain(wrong)
  require('turnout.message').show(
    ('vim.g.turnout: %s'):format(wrong),
    { remedy = 'See :help turnout-options', level = vim.log.levels.WARN }
  )
end

---@param name string
---@param value any
---@return boolean
local function fits(name, value)
  if name == 'ghost' then
    return type(value) == 'boolean' or value == 'native'
  elseif name == 'split' then
    return value == 'right' or value == 'below'
  end
  return type(value) == type(defaults[name])
end

---The options, read once. What cannot be used is said and left at its default.
---@return turnout.Options
function M.get()
  if options then
    return options
  end
  options = vim.deepcopy(defaults)
  for name, value in pairs(vim.g.turnout or {}) do
    if defaults[name] == nil then
      complain(('there is no option %q'):format(name))
    elseif not fits(name, value) then
      complain(('%q cannot be %s'):format(name, vim.inspect(value)))
    else
      options[name] = value
    end
  end
  for name in pairs(options.keys) do
    if not vim.tbl_contains(M.KEYS, name) then
      complain(('there is no key %q'):format(name))
    end
  end
  return options
end

---Take options over from setup().
---@param given table
function M.set(given)
  vim.g.turnout = vim.tbl_deep_extend('force', vim.g.turnout or {}, given)
  options = nil
end

return M
