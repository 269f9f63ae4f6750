---The wire contract (docs/protocol.md) and the options, as types. Nothing here is run.
---@meta

---@class turnout.Options
---@field ghost boolean|'native' drawn by the plugin, by Neovim 0.12 itself, or not at all
---@field debounce integer milliseconds without a key before the server is asked; it waits by itself
---@field keys turnout.Keys keys of insert mode; none is mapped that is not named here
---@field code_lens boolean show Review | Tests | Docs | Explain above definitions
---@field restart boolean start the server again when it has crashed
---@field split 'right'|'below' where answers open

---@class turnout.Keys
---@field accept? string
---@field accept_word? string
---@field accept_line? string
---@field next? string
---@field previous? string
---@field dismiss? string
---@field trigger? string

---@class turnout.Action
---@field title string
---@field kind 'setKey'|'consent'|'openSettings'|'doctor'|'log'|'resume'|string
---@field provider? string
---@field file? string

---@class turnout.Problem
---@field text string
---@field remedy? string
---@field level? 'info'|'warning'|'error'
---@field actions? turnout.Action[]

---@class turnout.Last
---@field task string
---@field model string
---@field usd? number
---@field ms number
---@field reason string

---@class turnout.ProviderState
---@field name string
---@field state string
---@field why string
---@field remedy string
---@field actions turnout.Action[]

---@class turnout.Status
---@field level 'ok'|'busy'|'paused'|'warning'|'error'
---@field text string
---@field tooltip string
---@field paused boolean
---@field mode string
---@field last? turnout.Last
---@field working { task: string, title: string }[]
---@field spend { day: number, month: number, session: number }
---@field budget { day?: number, month?: number, session?: number }
---@field providers turnout.ProviderState[]
---@field problems turnout.Problem[]

---@class turnout.Document
---@field id string
---@field uri string
---@field title string
---@field task? string
---@field text string
---@field model string
---@field done boolean
---@field proposal? string

---@class turnout.Offer
---@field name string
---@field title string
---@field state 'enabled'|'no-key'|'offered'|'known'
---@field host string
---@field local boolean
---@field needsKey boolean
---@field keyFrom? string
---@field keyPage? string
---@field why string
---@field price? string

---@class turnout.Consent
---@field provider string
---@field title string
---@field text string
---@field toml string
---@field file string
---@field needsKey boolean
---@field keyPlace? string

---@class turnout.KeyAnswer
---@field kept boolean
---@field place string
---@field check 'accepted'|'refused'|'unreachable'|'unchecked'
---@field why string
---@field remedy string

---@class turnout.Enabled
---@field enabled boolean
---@field file string
---@field why string

---The result of a task's command.
---@class turnout.Result
---@field outcome 'answered'|'unanswered'|'stopped'
---@field why? string
---@field remedy? string
---@field model? string
---@field cost? number
---@field text? string
---@field note? string
---@field command? string
---@field state? string
---@field id? string
---@field findings? integer how many
---@field unplaced? integer
---@field files? integer
---@field notes? string[]
---@field complete? boolean

---What `:Turnout` was given.
---@class turnout.Call
---@field words string[] what stands behind the subcommand
---@field text? string the same in one; nil where nothing does
---@field bang boolean
---@field first? integer the first line of the range, where there was one
---@field last? integer its last line
