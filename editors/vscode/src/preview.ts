/**
 * Edits before they are applied: a diff, with Apply and Discard in its title.
 *
 * VS Code has a preview of its own for changes that need confirmation. It has every change unticked,
 * so that an edit takes as many key presses as it has parts.
 */

import * as vscode from 'vscode';
import type {
  ApplyWorkspaceEditParams,
  ApplyWorkspaceEditResult,
} from 'vscode-languageclient/node';

import { applied, confirmed, extent, FileChange, filesOf, needsConfirmation } from './edits';
import { Result } from './protocol';
import { Server } from './server';
import { Tasks } from './tasks';

const SCHEME = 'turnout-proposal';
const SHOWN = 'turnout.previewing';

type Next = (params: ApplyWorkspaceEditParams) => Promise<ApplyWorkspaceEditResult>;
type Decision = 'apply' | 'discard';

/** Shows one edit at a time; the next one waits for the decision. */
export class Preview implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly subscriptions: vscode.Disposable[];
  private decide: ((decision: Decision) => void) | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private pending = new Set<string>();
  private shown = 0;

  constructor(server: Server, tasks: Tasks) {
    server.middleware.workspace = {
      ...server.middleware.workspace,
      handleApplyEdit: (params, next) => this.handle(params, next as Next),
    };
    server.onHealth((health) => health === 'running' || this.decide?.('discard'));
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.commands.registerCommand('turnout.ui.apply', () => this.decide?.('apply')),
      vscode.commands.registerCommand('turnout.ui.discard', () => this.decide?.('discard')),
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => this.closed(closed)),
      tasks.onDone(({ result }) => discardUnwanted(tasks, result)),
    ];
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? '';
  }

  dispose(): void {
    this.decide?.('discard');
    this.subscriptions.forEach((one) => void one.dispose());
  }

  private handle(params: ApplyWorkspaceEditParams, next: Next): Promise<ApplyWorkspaceEditResult> {
    if (!needsConfirmation(params.edit)) {
      return next(params);
    }
    if (filesOf(params.edit).some(({ uri }) => this.pending.has(uri))) {
      this.decide?.('discard'); // a newer edit of the same file takes the place of the one on view
    }
    const mine = this.turn.then(() => this.confirm(params, next));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async confirm(
    params: ApplyWorkspaceEditParams,
    next: Next,
  ): Promise<ApplyWorkspaceEditResult> {
    const files = filesOf(params.edit);
    const label = (params.label ?? 'Edit').replace(/\.$/, '');
    const decision = await this.ask(label, files);
    if (decision === 'discard') {
      return { applied: false };
    }
    const result = await next({ ...params, edit: confirmed(params.edit) });
    if (result.applied) {
      await reveal(files);
    }
    return result;
  }

  /** Show the diff until the user has decided. */
  private async ask(label: string, files: FileChange[]): Promise<Decision> {
    const decided = new Promise<Decision>((resolve) => (this.decide = resolve));
    this.pending = new Set(files.map(({ uri }) => uri));
    this.shown += 1;
    await vscode.commands.executeCommand('setContext', SHOWN, true);
    try {
      await openDiff(label, await Promise.all(files.map((file) => this.pair(file))));
      return await askAlso(`${label} (${extent(files)})`, decided);
    } finally {
      this.decide = undefined;
      this.pending.clear();
      await vscode.commands.executeCommand('setContext', SHOWN, false);
      await closeDiff();
      this.texts.clear();
    }
  }

  /** The two sides of a file. */
  private async pair(file: FileChange): Promise<Pair> {
    const uri = vscode.Uri.parse(file.uri, true);
    const modified = this.keep(uri, 'after', '');
    if (file.isNew) {
      this.texts.set(modified.toString(), file.edits.map((edit) => edit.newText).join(''));
      return { uri, original: this.keep(uri, 'before', ''), modified };
    }
    const document = await vscode.workspace.openTextDocument(uri);
    const offsetAt = (at: { line: number; character: number }) =>
      document.offsetAt(new vscode.Position(at.line, at.character));
    this.texts.set(modified.toString(), applied(document.getText(), file.edits, offsetAt));
    return { uri, original: uri, modified };
  }

  private keep(file: vscode.Uri, side: 'before' | 'after', text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: file.path, query: `${side}${this.shown}` });
    this.texts.set(uri.toString(), text);
    return uri;
  }

  /** Closing the diff is a no. */
  private closed(tabs: readonly vscode.Tab[]): void {
    if (tabs.some(isDiff)) {
      this.decide?.('discard');
    }
  }
}

interface Pair {
  uri: vscode.Uri;
  original: vscode.Uri;
  modified: vscode.Uri;
}

async function openDiff(label: string, pairs: Pair[]): Promise<void> {
  const [first, ...more] = pairs;
  if (!first) {
    return;
  }
  if (more.length) {
    const resources = pairs.map(({ uri, original, modified }) => [uri, original, modified]);
    await vscode.commands.executeCommand('vscode.changes', label, resources);
  } else {
    const options = { preview: false };
    await vscode.commands.executeCommand(
      'vscode.diff',
      first.original,
      first.modified,
      label,
      options,
    );
  }
}

/** Ask by a message too; once it is decided elsewhere, the message goes. */
async function askAlso(label: string, decided: Promise<Decision>): Promise<Decision> {
  const text = `${label}. Nothing is changed yet.`;
  const asked = vscode.window.showInformationMessage(text, 'Apply', 'Discard');
  const answered = new Promise<Decision>((resolve) => {
    void asked.then((choice) => choice && resolve(choice === 'Apply' ? 'apply' : 'discard'));
  });
  const decision = await Promise.race([decided, answered]);
  await vscode.commands.executeCommand('notifications.hideToasts');
  return decision;
}

function isDiff(tab: vscode.Tab): boolean {
  const { input } = tab;
  if (input instanceof vscode.TabInputTextDiff) {
    return input.modified.scheme === SCHEME;
  }
  const many = (input as { textDiffs?: { modified: vscode.Uri }[] } | undefined)?.textDiffs;
  return many?.some(({ modified }) => modified.scheme === SCHEME) ?? false;
}

async function closeDiff(): Promise<void> {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(isDiff);
  await vscode.window.tabGroups.close(tabs);
}

/** Go to where the first file has changed. */
async function reveal(files: readonly FileChange[]): Promise<void> {
  const first = files[0];
  if (!first) {
    return;
  }
  const lines = first.edits.map(({ range }) => range.start.line);
  const place = new vscode.Position(first.isNew || !lines.length ? 0 : Math.min(...lines), 0);
  const selection = new vscode.Range(place, place);
  await vscode.window.showTextDocument(vscode.Uri.parse(first.uri, true), { selection });
}

/** What was not applied is not kept: there is no other place from which it could be. */
function discardUnwanted(tasks: Tasks, result: Result): void {
  if (result.state === 'proposed' && result.id) {
    void tasks.execute('turnout.discard', { id: result.id });
  }
}
