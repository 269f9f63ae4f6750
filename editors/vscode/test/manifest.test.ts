import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

interface Item {
  command?: string;
  submenu?: string;
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  contributes: {
    commands: { command: string; title: string }[];
    menus: Record<string, Item[]>;
    keybindings: Item[];
    viewsWelcome: { contents: string }[];
    walkthroughs: { steps: { description: string; media: { markdown: string } }[] }[];
    configuration: { properties: Record<string, { scope?: string }> }[];
  };
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
};
const { contributes } = manifest;
const declared = new Set(contributes.commands.map(({ command }) => command));
const sources = readdirSync('src')
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(`src/${name}`, 'utf8'))
  .join('\n');

test('no command of ours has the name of one of the server', () => {
  assert.ok([...declared].every((command) => command.startsWith('turnout.ui.')));
});

test('every command that is declared is there', () => {
  for (const command of declared) {
    const name = command.replace('turnout.ui.', '');
    const isThere =
      sources.includes(`'${command}'`) || new RegExp(`^    ${name}: `, 'm').test(sources);
    assert.ok(isThere, `${command} is nowhere registered`);
  }
});

test('menus, keys, the view and the walkthrough name commands that are declared', () => {
  const named = [...Object.values(contributes.menus).flat(), ...contributes.keybindings];
  const commands = named.flatMap(({ command }) => (command ? [command] : []));
  const texts = [
    ...contributes.viewsWelcome.map(({ contents }) => contents),
    ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ description }) => description)),
  ].join('\n');
  const linked = [...texts.matchAll(/\(command:([^)]+)\)/g)].map((match) => match[1] ?? '');
  assert.ok(linked.length > 4);
  for (const command of [...commands, ...linked]) {
    assert.ok(declared.has(command), `${command} is not declared`);
  }
});

test('the pages of the walkthrough are there', () => {
  for (const { steps } of contributes.walkthroughs) {
    assert.ok(steps.every(({ media }) => existsSync(media.markdown)));
  }
});

test('what is started is for the machine to say, never for a workspace', () => {
  const properties = Object.assign(
    {},
    ...contributes.configuration.map((one) => one.properties),
  ) as Record<string, { scope?: string }>;
  const own = Object.keys(properties).filter((name) => name.startsWith('turnout.server.'));
  assert.ok(own.length >= 3);
  assert.ok(own.every((name) => properties[name]?.scope === 'machine'));
  const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  assert.deepEqual([...restrictedConfigurations].sort(), [...own].sort());
});
