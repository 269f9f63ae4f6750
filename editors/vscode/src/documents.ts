/** Answers in words: rendered beside the code as they come, and as read-only text where that is asked for. */

import * as vscode from 'vscode';

import { AnswerView, VIEW } from './answer';
import { DocumentNotification, StreamedDocument } from './protocol';
import { Server } from './server';

export const SCHEME = 'turnout';

interface Page {
  uri: vscode.Uri; // of the text
  document: StreamedDocument;
  isPlain: boolean;
  view: AnswerView | undefined;
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

  constructor(
    private readonly extension: vscode.Uri,
    server: Server,
  ) {
    server.onMade((client) =>
      client.onNotification(DocumentNotification, (document) => this.take(document)),
    );
    server.onHealth((health) => health === 'running' || this.cut());
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        const page = uri.scheme === SCHEME ? this.pages.get(uri.query) : undefined;
        void (page && this.forget(page));
      }),
    ];
  }

  /** Let somebody else have a say about documents that come. */
  offerTo(taker: Taker): void {
    this.takers.push(taker);
  }

  /** Show a text that is whole: Markdown, or lines and columns that stay as they are. */
  show(id: string, title: string, text: string, isPlain = false): void {
    this.write({ id, title, text, model: '', done: true, uri: '' }, isPlain);
  }

  /** Put the text of the answer that is looked at on the clipboard. */
  async copy(): Promise<void> {
    const page = this.current();
    if (page) {
      await vscode.env.clipboard.writeText(page.document.text);
      vscode.window.setStatusBarMessage('Turnout: the answer is on the clipboard.', 3_000);
    }
  }

  /** Open the text of the answer that is looked at, as it is written. */
  async openText(): Promise<void> {
    const page = this.current();
    if (page) {
      const document = await vscode.workspace.openTextDocument(page.uri);
      await vscode.window.showTextDocument(document, { preview: false });
    }
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const page = this.pages.get(uri.query);
    return page ? compose(page.document) : 'This text is not kept. Ask anew.\n';
  }

  dispose(): void {
    this.pages.forEach(({ view }) => view?.dispose());
    this.subscriptions.forEach((one) => void one.dispose());
    this.changed.dispose();
  }

  /** The one that has the focus; while that is on its way there, one that is on the screen. */
  private current(): Page | undefined {
    const all = [...this.pages.values()].reverse();
    return all.find(({ view }) => view?.isActive) ?? all.find(({ view }) => view?.isVisible);
  }

  private take(document: StreamedDocument): void {
    if (!this.takers.some((taker) => taker(document))) {
      // What answers no task is the server's own, in columns.
      this.write(document, !document.task || isRefused(document));
    }
  }

  private write(document: StreamedDocument, isPlain: boolean): void {
    const known = this.pages.get(document.id);
    const page = known ?? { uri: address(document), document, isPlain, view: undefined };
    const isNew = !known || known.document.done;
    Object.assign(page, { document, isPlain });
    this.pages.set(document.id, page);
    this.changed.fire(page.uri);
    if (isNew) {
      this.bringUp(page);
    }
    page.view?.draw({ ...document, isPlain });
  }

  /** Show it beside the code, where others of ours are, and leave the cursor where it is. */
  private bringUp(page: Page): void {
    if (page.view) {
      page.view.reveal();
      return;
    }
    const column = columnOfOurs() ?? vscode.ViewColumn.Beside;
    const title = page.document.title.replaceAll('`', '');
    page.view = new AnswerView(this.extension, title, column, () => {
      page.view = undefined;
      this.forget(page);
    });
  }

  /** Say of what was being written that no more of it will come. */
  private cut(): void {
    for (const { document, isPlain } of [...this.pages.values()]) {
      if (!document.done) {
        const text = `${document.text.trimEnd()}\n\n(Cut: the server stopped.)`;
        this.write({ ...document, text, done: true }, isPlain);
      }
    }
  }

  /** Forget what nobody sees; what is still being written does not come up again. */
  private forget({ uri, document, view }: Page): void {
    const isOpen = vscode.workspace.textDocuments.some((one) => one.uri.query === uri.query);
    if (document.done && !view && !isOpen) {
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

/** Whether it is an edit that cannot be applied. */
function isRefused({ model, text }: StreamedDocument): boolean {
  return Boolean(model) && /^@@ -\d/m.test(text);
}

function address(document: StreamedDocument): vscode.Uri {
  const extension = isRefused(document) ? 'diff' : 'md';
  const name =
    document.title
      .replace(/[\\/`*?"<>|:\r\n]+/g, ' ')
      .replace(/ +/g, ' ')
      .trim() || 'Turnout';
  return vscode.Uri.from({ scheme: SCHEME, path: `/${name}.${extension}`, query: document.id });
}

function columnOfOurs(): vscode.ViewColumn | undefined {
  return vscode.window.tabGroups.all.find((group) =>
    group.tabs.some(
      ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(VIEW),
    ),
  )?.viewColumn;
}
