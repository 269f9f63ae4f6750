// Formats Lua by a stylua.toml: stylua.mjs [--check] MODULES SETTINGS FILE...
// npm's package holds StyLua as WebAssembly, without its command line.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const given = process.argv.slice(2)
const check = given[0] === '--check' && given.shift()
const [modules, settings, ...files] = given
const stylua = createRequire(`${modules}/`)('@johnnymorganz/stylua')

function config() {
  const made = stylua.Config.new()
  for (const [, name, json] of readFileSync(settings, 'utf8').matchAll(/^(\w+) = (.+)$/gm)) {
    const value = JSON.parse(json)
    const kind = name.replace(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase())
    made[name] = typeof value === 'string' ? stylua[kind][value] : value
  }
  return made
}

for (const file of files) {
  const before = readFileSync(file, 'utf8')
  const after = stylua.formatCode(before, config(), undefined, stylua.OutputVerification.Full)
  if (before !== after && check) {
    console.log(`${file} is not in the one format: make format`)
    process.exitCode = 1
  } else if (before !== after) {
    writeFileSync(file, after)
  }
}
