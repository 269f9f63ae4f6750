/** The cost report: a web view that draws what the server has counted. */

import * as vscode from 'vscode';

import { page, webviewOptions } from './page';
import { ReportRequest } from './protocol';
import { Server } from './server';

const PERIODS = ['24h', '7d', '4w', 'all'] as const;
type Period = (typeof PERIODS)[number];

/** One view; asking for it again brings it to the front with today's figures. */
export class ReportView implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private since: Period = '4w';

  constructor(
    private readonly extension: vscode.Uri,
    private readonly server: Server,
  ) {}

  /** Show it. */
  async show(): Promise<void> {
    this.server.running();
    this.panel ??= this.open();
    this.panel.reveal();
    await this.send();
  }

  dispose(): void {
    this.panel?.dispose();
  }

  private open(): vscode.WebviewPanel {
    const column = vscode.ViewColumn.Active;
    const options = webviewOptions(this.extension);
    const { createWebviewPanel } = vscode.window;
    const panel = createWebviewPanel('turnout.report', 'Turnout Costs', column, options);
    panel.onDidDispose(() => (this.panel = undefined));
    panel.webview.onDidReceiveMessage((message: unknown) => this.heard(message));
    panel.webview.html = page(panel.webview, this.extension, 'report');
    return panel;
  }

  private heard(message: unknown): void {
    const { since } = message as { since?: Period };
    if (since && PERIODS.includes(since)) {
      this.since = since;
    }
    void this.send();
  }

  private async send(): Promise<void> {
    const since = this.since;
    try {
      const report = await this.server.running().sendRequest(ReportRequest, { since, by: 'task' });
      await this.panel?.webview.postMessage({ since, report });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      await this.panel?.webview.postMessage({ since, why });
    }
  }
}
