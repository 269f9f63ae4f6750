/** Places as the protocol has them: the editor's own classes turn into something else as JSON. */

import type * as vscode from 'vscode';

/** A range of the protocol. */
export interface Span {
  start: { line: number; character: number };
  end: { line: number; character: number };
}

/** The range as plain data. */
export function span({ start, end }: vscode.Range): Span {
  return {
    start: { line: start.line, character: start.character },
    end: { line: end.line, character: end.character },
  };
}

/** The whole lines of a range. */
export function lines({ start, end }: vscode.Range): Span {
  return { start: { line: start.line, character: 0 }, end: { line: end.line + 1, character: 0 } };
}

/** A diagnostic of any server, as data for a command. */
export function reported({ range, message, severity, source }: vscode.Diagnostic): object {
  return { range: span(range), message, severity: severity + 1, source: source ?? '' };
}
