---Unified diffs, read and applied to lines. Nothing here touches an editor.
local M = {}

---@class turnout.Hunk
---@field start integer the first line, from 1, of what is replaced
---@field old string[]
---@field new string[]

---@class turnout.FileDiff
---@field path string
---@field new boolean the file is made
---@field hunks turnout.Hunk[]

---@param line string
---@return turnout.Hunk?
local function hunk_of(line)
  local start, count = line:match('^@@ %-(%d+),?(%d*) %+%d+,?%d* @@')
  if not start then
    return nil
  end
  -- An empty range names the line before it.
  local first = tonumber(start) + (count == '0' and 1 or 0)
  return { start = first, old = {}, new = {} }
end

---@param hunk turnout.Hunk
---@param line string
local function add(hunk, line)
  local sign, text = line:sub(1, 1), line:sub(2):gsub('\r$', '')
  if sign == ' ' or sign == '-' then
    table.insert(hunk.old, text)
  end
  if sign == ' ' or sign == '+' then
    table.insert(hunk.new, text)
  end
end

---Read a diff of any number of files.
---@param text string
---@return turnout.FileDiff[]
function M.read(text)
  local files, file, hunk, source = {}, nil, nil, nil
  local lines = vim.split(text, '\n', { plain = true })
  for index, line in ipairs(lines) do
    local after = lines[index + 1] or ''
    if line:find('^%-%-%- ') and after:find('^%+%+%+ ') then
      source, file, hunk = line:sub(5), nil, nil
    elseif line:find('^%+%+%+ ') and source then
      local path = line:sub(5):gsub('^b/', '')
      file = { path = path, new = source == '/dev/null', hunks = {} }
      table.insert(files, file)
      source = nil
    elseif file and hunk_of(line) then
      hunk = hunk_of(line)
      table.insert(file.hunks, hunk)
    elseif hunk then
      add(hunk, line)
    end
  end
  return files
end

---@param lines string[]
---@param at integer
---@param wanted string[]
local function stand_at(lines, at, wanted)
  for index, line in ipairs(wanted) do
    if lines[at + index - 1] ~= line then
      return false
    end
  end
  return true
end

---Where the lines of a hunk stand now: where they stood, else at the only place that has them.
---@param lines string[]
---@param hunk turnout.Hunk
---@return integer?
local function place_of(lines, hunk)
  if stand_at(lines, hunk.start, hunk.old) then
    return hunk.start
  end
  local found
  for at = 1, #lines - #hunk.old + 1 do
    if stand_at(lines, at, hunk.old) then
      if found then
        return nil
      end
      found = at
    end
  end
  return found
end

---The lines after a change; nil where it has no certain place in them.
---@param before string[]
---@param hunks turnout.Hunk[]
---@return string[]?
function M.apply(before, hunks)
  local after, from = {}, 1
  for _, hunk in ipairs(hunks) do
    local at = place_of(before, hunk)
    if not at or at < from then
      return nil
    end
    vim.list_extend(after, before, from, at - 1)
    vim.list_extend(after, hunk.new)
    from = at + #hunk.old
  end
  return vim.list_extend(after, before, from, #before)
end

return M
