/** Edits of the protocol, put into a text. Pure. */

import type { TextEdit, WorkspaceEdit } from 'vscode-languageclient/node';

/** One file as an edit would leave it. */
export interface FileChange {
  uri: string;
  isNew: boolean;
  edits: TextEdit[];
}

/** Whether an edit wants the user's word before it is applied. */
export function needsConfirmation(edit: WorkspaceEdit): boolean {
  return Object.values(edit.changeAnnotations ?? {}).some((one) => one.needsConfirmation);
}

/** The same edit, once the user has given their word. */
export function confirmed(edit: WorkspaceEdit): WorkspaceEdit {
  const changes = Object.values(edit.changeAnnotations ?? {});
  changes.forEach((annotation) => (annotation.needsConfirmation = false));
  return edit;
}

/** What an edit does to each file. */
export function filesOf(edit: WorkspaceEdit): FileChange[] {
  const files = new Map<string, FileChange>();
  const file = (uri: string) => {
    const found = files.get(uri) ?? { uri, isNew: false, edits: [] };
    files.set(uri, found);
    return found;
  };
  for (const change of edit.documentChanges ?? []) {
    if ('edits' in change) {
      file(change.textDocument.uri).edits.push(...(change.edits as TextEdit[]));
    } else if (change.kind === 'create') {
      file(change.uri).isNew = true;
    }
  }
  return [...files.values()];
}

/** Put edits into a text; `offsetAt` knows its lines. */
export function applied(
  text: string,
  edits: readonly TextEdit[],
  offsetAt: (position: { line: number; character: number }) => number,
): string {
  const placed = edits.map(({ range, newText }) => ({
    start: offsetAt(range.start),
    end: offsetAt(range.end),
    newText,
  }));
  placed.sort((one, other) => one.start - other.start);
  let result = '';
  let done = 0;
  for (const { start, end, newText } of placed) {
    result += text.slice(done, start) + newText;
    done = Math.max(done, end);
  }
  return result + text.slice(done);
}

/** What would change, in words. */
export function extent(files: readonly FileChange[]): string {
  const edits = files.reduce((sum, file) => sum + file.edits.length, 0);
  const counted = edits === 1 ? '1 edit' : `${edits} edits`;
  const [only, ...more] = files;
  if (!only || more.length) {
    return `${counted} in ${files.length} files`;
  }
  return only.isNew ? `new file ${nameOf(only)}` : `${counted} in ${nameOf(only)}`;
}

function nameOf({ uri }: FileChange): string {
  return decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1));
}
