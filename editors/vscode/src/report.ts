/** The cost report: a web view that draws what the server has counted. */

import * as vscode from 'vscode';
import { randomBytes } from 'node:crypto';

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
    const dist = vscode.Uri.joinPath(this.extension, 'dist');
    const column = vscode.ViewColumn.Active;
    const options = { enableScripts: true, localResourceRoots: [dist] };
    const panel = vscode.window.createWebviewPanel(
      'turnout.report',
      'Turnout Costs',
      column,
      options,
    );
    panel.onDidDispose(() => (this.panel = undefined));
    panel.webview.onDidReceiveMessage((message: unknown) => this.heard(message));
    panel.webview.html = page(panel.webview, dist);
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

/** The page: nothing but our own script and style, by a nonce; nothing from anywhere else. */
function page(webview: vscode.Webview, dist: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const file = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width">
  <title>Turnout Costs</title>
  <link rel="stylesheet" href="${file('report.css')}">
</head>
<body>
  <main id="report"></main>
  <script nonce="${nonce}" src="${file('report.js')}"></script>
</body>
</html>`;
}
