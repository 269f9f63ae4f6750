/** Answers in words, in read-only documents beside the code, written as they come. */

import * as vscode from 'vscode';

import { DocumentNotification, StreamedDocument } from './protocol';
import { Server } from './server';

export const SCHEME = 'turnout';

interface Page {
  uri: vscode.Uri;
  document: StreamedDocument;
}

/** Takes a document instead of us, such as one whose place is an input box. */
export type Taker = (document: StreamedDocument) => boolean;

/** The documents that are shown, or were closed while they were still written. */
export class Documents implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly pages = new Map<string, Page>();
  private readonly takers: Taker[] = [];
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly subscriptions: vscode.Disposable[];
  readonly onDidChange = this.changed.event;

  constructor(server: Server) {
    server.onMade((client) =>
      client.onNotification(DocumentNotification, (document) => this.take(document)),
    );
    server.onHealth((health) => health === 'running' || this.cut());
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.closed(uri)),
    ];
  }

  /** Let somebody else have a say about documents that come. */
  offerTo(taker: Taker): void {
    this.takers.push(taker);
  }

  /** Show a text that is whole. */
  show(id: string, title: string, text: string): void {
    this.write({ id, title, text, model: '', done: true, uri: '' });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const page = this.pages.get(uri.query);
    return page ? compose(page.document) : 'This text is not kept. Ask anew.\n';
  }

  dispose(): void {
    this.subscriptions.forEach((one) => void one.dispose());
    this.changed.dispose();
  }

  private take(document: StreamedDocument): void {
    if (!this.takers.some((taker) => taker(document))) {
      this.write(document);
    }
  }

  private write(document: StreamedDocument): void {
    const known = this.pages.get(document.id);
    if (known) {
      known.document = document;
      this.changed.fire(known.uri);
      return;
    }
    const uri = address(document);
    this.pages.set(document.id, { uri, document });
    void open(uri);
  }

  /** Say of what was being written that no more of it will come. */
  private cut(): void {
    for (const { document } of [...this.pages.values()]) {
      if (!document.done) {
        const text = `${document.text.trimEnd()}\n\n(Cut: the server stopped.)`;
        this.write({ ...document, text, done: true });
      }
    }
  }

  /** Forget what was closed; what is still being written does not come up again. */
  private closed(uri: vscode.Uri): void {
    const page = uri.scheme === SCHEME ? this.pages.get(uri.query) : undefined;
    if (page?.document.done) {
      this.pages.delete(uri.query);
    }
  }
}

/** The text with a last line that says whose it is, or that there is more to come. */
export function compose({ text, model, done }: StreamedDocument): string {
  const lines = done ? '' : `\n\n_${model || 'Turnout'} is writing..._`;
  const signature = done && model ? `\n\n---\n_${model}_` : lines;
  return `${text.trimEnd()}${signature}\n`;
}

function address({ id, title, text, model }: StreamedDocument): vscode.Uri {
  const isRefused = model && /^@@ -\d/m.test(text); // an edit that cannot be applied
  const extension = isRefused ? 'diff' : 'md';
  const name =
    title
      .replace(/[\\/`*?"<>|:\r\n]+/g, ' ')
      .replace(/ +/g, ' ')
      .trim() || 'Turnout';
  return vscode.Uri.from({ scheme: SCHEME, path: `/${name}.${extension}`, query: id });
}

/** Show it beside the code, where others of ours are, and leave the cursor where it is. */
async function open(uri: vscode.Uri): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const viewColumn = columnOfOurs() ?? vscode.ViewColumn.Beside;
  await vscode.window.showTextDocument(document, {
    viewColumn,
    preserveFocus: true,
    preview: false,
  });
}

function columnOfOurs(): vscode.ViewColumn | undefined {
  return vscode.window.tabGroups.all.find((group) =>
    group.tabs.some(
      ({ input }) => input instanceof vscode.TabInputText && input.uri.scheme === SCHEME,
    ),
  )?.viewColumn;
}
