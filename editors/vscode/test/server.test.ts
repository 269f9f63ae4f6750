import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';

import { Crashes } from '../src/crashes';
import { expandHome, onPath } from '../src/programs';
import { findPython, readProbe } from '../src/python';
import { reasonOf } from '../src/reasons';

const MINUTE = 60_000;

test('three crashes are met by a start, the fourth within three minutes is not', () => {
  const crashes = new Crashes();
  assert.deepEqual(
    [0, 1, 2, 3].map((n) => crashes.isOneTooMany(n * 10_000)),
    [false, false, false, true],
  );
  crashes.forget();
  assert.equal(crashes.isOneTooMany(40_000), false);
});

test('crashes that lie far apart are borne', () => {
  const crashes = new Crashes();
  assert.ok([0, 1, 2, 3, 4, 5, 6].every((n) => !crashes.isOneTooMany(n * MINUTE + MINUTE * n)));
});

function program(folder: string, name: string, text = '#!/bin/sh\n', mode = 0o755): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

test('a program is found by its full path, and never in a relative folder', () => {
  const home = mkdtempSync(join(tmpdir(), 'turnout-'));
  const found = program(join(home, 'second'), 'turnout');
  program(join(home, 'first'), 'turnout', '', 0o644); // no program
  mkdirSync(join(home, 'third', 'turnout'), { recursive: true });
  const path = ['.', '', 'bin', join(home, 'first'), join(home, 'third'), join(home, 'second')];
  assert.equal(onPath('turnout', path.join(delimiter)), found);
  assert.equal(onPath('turnout', '.'), undefined);
});

test('~ is the home of the user, and only in front', () => {
  assert.equal(expandHome('~/bin/turnout'), join(homedir(), 'bin/turnout'));
  assert.equal(expandHome('/opt/~/turnout'), '/opt/~/turnout');
  assert.equal(expandHome('~other/turnout'), '~other/turnout');
});

const PROBES: [string, string | undefined, boolean][] = [
  ['3 11\nvenv\n', '3.11', true],
  ['3 14\r\nvenv\r\n', '3.14', true],
  ['3 12\n', '3.12', false],
  ['3 10\nvenv\n', undefined, false],
  ['2 7\n', undefined, false],
  ['', undefined, false],
];

for (const [printed, version, makesEnvironments] of PROBES) {
  test(`a Python that prints ${JSON.stringify(printed)}`, () => {
    const python = readProbe('/usr/bin/python3', printed);
    assert.equal(python?.version, version);
    assert.equal(python?.makesEnvironments ?? false, makesEnvironments);
  });
}

test('a Python that will not do is said, with what mends it', async () => {
  const home = mkdtempSync(join(tmpdir(), 'turnout-'));
  const cases: [string, RegExp][] = [
    ['#!/bin/sh\necho 3 9; echo venv\n', /needs Python 3\.11 or newer/],
    ['#!/bin/sh\necho 3 12; exit 1\n', /apt install python3\.12-venv/],
    ['#!/bin/sh\nexit 9\n', /needs Python 3\.11 or newer/],
  ];
  for (const [text, expected] of cases) {
    const found = await findPython(program(home, 'python3', text));
    assert.match('why' in found ? found.why : 'found', expected);
  }
  const missing = await findPython('/nowhere/python3');
  assert.match('why' in missing ? missing.why : 'found', /turnout\.server\.python names \/nowhere/);
});

test('a Python that will do is taken', async () => {
  const home = mkdtempSync(join(tmpdir(), 'turnout-'));
  const path = program(home, 'python3', '#!/bin/sh\necho 3 13; echo venv\n');
  assert.deepEqual(await findPython(path), { path, version: '3.13', makesEnvironments: true });
});

const RETRYING =
  "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError: refused'";
const FAILED: [string[], RegExp][] = [
  [
    [RETRYING, 'ERROR: No matching distribution found for attrs'],
    /index cannot be reached.*pip config/,
  ],
  [['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.'], /hash differs/],
  [
    ['Collecting attrs', 'ERROR: No matching distribution found for attrs'],
    /No matching distribution/,
  ],
  [['killed'], /^Exit code 9\.$/],
];

for (const [printed, expected] of FAILED) {
  test(`a step fails: ${printed.at(-1)}`, () => assert.match(reasonOf(printed, 9), expected));
}
