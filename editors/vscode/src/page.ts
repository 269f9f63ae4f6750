/** The page of a web view: our own script and style, by a nonce; nothing from anywhere else. */

import * as vscode from 'vscode';
import { randomBytes } from 'node:crypto';

/** What every web view of ours may do: run its script, read what was built. */
export function webviewOptions(extension: vscode.Uri): vscode.WebviewOptions {
  const localResourceRoots = [vscode.Uri.joinPath(extension, 'dist')];
  return { enableScripts: true, enableCommandUris: false, localResourceRoots };
}

/** The HTML of the page whose script, style and root element have this name. */
export function page(webview: vscode.Webview, extension: vscode.Uri, name: string): string {
  const nonce = randomBytes(16).toString('base64');
  const file = (ending: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', `${name}.${ending}`)).toString();
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <meta name="viewport" content="width=device-width">
  <title>Turnout</title>
  <link rel="stylesheet" nonce="${nonce}" href="${file('css')}">
</head>
<body>
  <main id="${name}"></main>
  <script nonce="${nonce}" src="${file('js')}"></script>
</body>
</html>`;
}
