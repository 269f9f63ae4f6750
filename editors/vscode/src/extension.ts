/** Turnout in VS Code: puts the parts together. */

import * as vscode from 'vscode';

import { Server } from './server';
import { contributed, settingsOf } from './settings';
import { StatusItem } from './status';

let server: Server | undefined;

/** Start the server, once the window is there. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('Turnout', { log: true });
  server = new Server(context, log);
  const names = contributed(context.extension.packageJSON);
  server.middleware.workspace = {
    configuration: ({ items }) => items.map(() => settingsOf(names)),
  };
  const status = new StatusItem(server, 'turnout.ui.menu');
  context.subscriptions.push(log, server, status);
  context.subscriptions.push(
    vscode.commands.registerCommand('turnout.ui.restart', () => server?.requestRestart()),
    vscode.commands.registerCommand('turnout.ui.log', () => log.show()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('turnout.server')) {
        void server?.requestRestart();
      }
    }),
  );
  await server.requestRestart();
}

/** End the server with the window. */
export async function deactivate(): Promise<void> {
  await server?.stop();
}
