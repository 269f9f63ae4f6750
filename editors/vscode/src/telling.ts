/** What the server tells of itself: routes, sessions, its doctor, its settings. */

import * as vscode from 'vscode';

import { fileAtHand } from './ask';
import { Documents } from './documents';
import {
  DoctorRequest,
  SessionListRequest,
  SessionNewRequest,
  SessionShowRequest,
  SessionSummary,
} from './protocol';
import { span } from './ranges';
import { Server } from './server';
import { Tasks } from './tasks';

const ROUTED: [string, string][] = [
  ['review', 'Review'],
  ['explain', 'Explain'],
  ['refactor', 'Refactor'],
  ['fix', 'Fix'],
  ['tests', 'Write tests'],
  ['docs', 'Document'],
  ['ask', 'Ask'],
  ['commit_message', 'Commit message'],
];

/** Shows it in documents. */
export class Telling {
  constructor(
    private readonly server: Server,
    private readonly tasks: Tasks,
    private readonly documents: Documents,
  ) {}

  /** Who would answer here, and why. The server shows it itself. */
  async route(): Promise<void> {
    const items = ROUTED.map(([task, label]) => ({ label, task }));
    const title = 'Turnout: explain the route of which task? No call is made';
    const chosen = await vscode.window.showQuickPick(items, { title });
    const place = chosen && (await placeAtHand());
    if (place) {
      await this.tasks.execute('turnout.explainRoute', { task: chosen.task, ...place });
    } else if (chosen) {
      void vscode.window.showInformationMessage('A route is that of a file: open one first.');
    }
  }

  /** What works, what does not, and what mends it. */
  async doctor(): Promise<void> {
    const { text } = await this.server.running().sendRequest(DoctorRequest);
    this.documents.show('turnout-doctor', 'Turnout Doctor', text, true);
  }

  /** What was asked and answered. */
  async session(): Promise<void> {
    const client = this.server.running();
    const { sessions } = await client.sendRequest(SessionListRequest, { action: 'list' });
    const items = sessions.map(item);
    const chosen = await vscode.window.showQuickPick(items, {
      title: 'Turnout: sessions of this workspace',
      placeHolder: items.length ? 'Which one?' : 'Nothing was asked here yet.',
      matchOnDescription: true,
    });
    if (chosen) {
      const shown = await client.sendRequest(SessionShowRequest, { action: 'show', id: chosen.id });
      this.documents.show(`session-${chosen.id}`, shown.title, shown.text);
    }
  }

  /** Begin a new session: what was said before is not given to models any more. */
  async newSession(): Promise<void> {
    await this.server.running().sendRequest(SessionNewRequest, { action: 'new' });
    void vscode.window.showInformationMessage('Turnout: a new session begins.');
  }

  /** Open the user's own settings file, or one to be saved there. */
  async settings(file?: string): Promise<void> {
    const { report } = await this.server.running().sendRequest(DoctorRequest);
    const own = report.settings;
    const uri = vscode.Uri.file(file ?? own.user_file);
    const isNew = !file && !own.exists;
    await vscode.window.showTextDocument(isNew ? uri.with({ scheme: 'untitled' }) : uri);
  }
}

/** The selection or the file that has the focus, else the file of a tab; nothing without a file. */
async function placeAtHand(): Promise<object | undefined> {
  const file = fileAtHand();
  if (!file) {
    return undefined;
  }
  const { uri } = await vscode.workspace.openTextDocument(file);
  const editor = vscode.window.activeTextEditor;
  const marked = editor?.document.uri.toString() === uri.toString() && !editor.selection.isEmpty;
  return { uri: uri.toString(), ...(marked ? { range: span(editor.selection) } : {}) };
}

function item({ id, last, entries, open }: SessionSummary): vscode.QuickPickItem & { id: string } {
  const label = new Date(last * 1_000).toLocaleString();
  const description = `${entries === 1 ? '1 entry' : `${entries} entries`}${open ? ', under way' : ''}`;
  return { label, description, id };
}
