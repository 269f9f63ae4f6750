import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { TextEdit, WorkspaceEdit } from 'vscode-languageclient/node';

import { applied, confirmed, extent, filesOf, needsConfirmation } from '../src/edits';

const TEXT = 'one\ntwo 𝒙 three\nfour\n';

function offsetAt({ line, character }: { line: number; character: number }): number {
  const before = TEXT.split('\n').slice(0, line);
  return before.reduce((sum, one) => sum + one.length + 1, 0) + character;
}

function edit(place: [number, number, number, number], newText: string): TextEdit {
  const [line, character, endLine, endCharacter] = place;
  return {
    range: { start: { line, character }, end: { line: endLine, character: endCharacter } },
    newText,
  };
}

const CASES: [string, TextEdit[], string][] = [
  ['nothing', [], TEXT],
  ['a replacement after a wide character', [edit([1, 7, 1, 12], '3')], 'one\ntwo 𝒙 3\nfour\n'],
  [
    'two, given backwards',
    [edit([2, 0, 2, 4], '4'), edit([0, 0, 0, 3], '1')],
    '1\ntwo 𝒙 three\n4\n',
  ],
  ['an insertion at the end', [edit([3, 0, 3, 0], 'five\n')], `${TEXT}five\n`],
  [
    'two insertions at one place keep their order',
    [edit([0, 0, 0, 0], 'a'), edit([0, 0, 0, 0], 'b')],
    `ab${TEXT}`,
  ],
  ['a whole line goes', [edit([1, 0, 2, 0], '')], 'one\nfour\n'],
];

for (const [name, edits, expected] of CASES) {
  test(`applied: ${name}`, () => assert.equal(applied(TEXT, edits, offsetAt), expected));
}

function workspaceEdit(needs: boolean): WorkspaceEdit {
  return {
    changeAnnotations: { a: { label: 'Refactor', needsConfirmation: needs } },
    documentChanges: [
      { textDocument: { uri: 'file:///w/a.py', version: 3 }, edits: [edit([0, 0, 0, 1], 'x')] },
      { kind: 'create', uri: 'file:///w/new%20file.py' },
      {
        textDocument: { uri: 'file:///w/new%20file.py', version: null },
        edits: [edit([0, 0, 0, 0], 'y')],
      },
    ],
  };
}

test('only what needs a word is asked about, and once', () => {
  assert.equal(needsConfirmation({ documentChanges: [] }), false);
  assert.equal(needsConfirmation(workspaceEdit(false)), false);
  assert.equal(needsConfirmation(workspaceEdit(true)), true);
  assert.equal(needsConfirmation(confirmed(workspaceEdit(true))), false);
});

test('the files of an edit, and what it comes to', () => {
  const files = filesOf(workspaceEdit(true));
  assert.deepEqual(
    files.map(({ uri, isNew }) => [uri, isNew]),
    [
      ['file:///w/a.py', false],
      ['file:///w/new%20file.py', true],
    ],
  );
  assert.equal(extent(files), '2 edits in 2 files');
  assert.equal(extent(files.slice(0, 1)), '1 edit in a.py');
  assert.equal(extent(files.slice(1)), 'new file new file.py');
});
