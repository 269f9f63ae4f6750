/** Turnout in VS Code: puts the parts together. */

import * as vscode from 'vscode';

import { Asking } from './ask';
import { registerCommands } from './commands';
import { Documents } from './documents';
import { Findings } from './findings';
import { Keys } from './keys';
import { Menu } from './menu';
import { Onboarding } from './onboarding';
import { keepOwnFiles } from './own';
import { Preview } from './preview';
import { showProblems } from './problems';
import { FocusNotification, TrustRequest } from './protocol';
import { askByList } from './questions';
import { ReportView } from './report';
import { CommitMessages } from './scm';
import { Server } from './server';
import { contributed, settingsOf } from './settings';
import { StatusItem } from './status';
import { Tasks } from './tasks';
import { Telling } from './telling';

let server: Server | undefined;

/** Start the server, once the window is there. */
export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('Turnout', { log: true });
  server = new Server(context, log);
  context.subscriptions.push(log, server, ...parts(context, server), ...follow(server));
  await server.requestRestart();
  if (server.health === 'not-installed') {
    void vscode.commands.executeCommand('turnout.ui.install');
  }
}

/** End the server with the window. */
export async function deactivate(): Promise<void> {
  await server?.stop();
}

function parts(context: vscode.ExtensionContext, server: Server): vscode.Disposable[] {
  const names = contributed(context.extension.packageJSON);
  server.middleware.workspace = {
    configuration: ({ items }) => items.map(() => settingsOf(names)),
  };
  keepOwnFiles(server.middleware, context.globalStorageUri);
  showProblems(server);
  askByList(server);
  const status = new StatusItem(server, 'turnout.ui.menu');
  const tasks = new Tasks(server);
  const documents = new Documents(context.extensionUri, server);
  const keys = new Keys(context, server);
  const commits = new CommitMessages(tasks);
  documents.offerTo((document) => commits.take(document));
  const report = new ReportView(context.extensionUri, server);
  const commands = registerCommands({
    context,
    server,
    keys,
    documents,
    report,
    commits,
    asking: new Asking(tasks),
    menu: new Menu(server, status),
    onboarding: new Onboarding(server, keys, documents),
    telling: new Telling(server, tasks, documents),
  });
  return [status, documents, report, new Preview(server, tasks), new Findings(tasks), ...commands];
}

function follow(server: Server): vscode.Disposable[] {
  return [
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('turnout.server')) {
        void server.requestRestart();
      }
    }),
    // What is under way for the file that was left is not wanted any more.
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      if (editor && server.health === 'running') {
        const textDocument = { uri: editor.document.uri.toString() };
        void server.client?.sendNotification(FocusNotification, { textDocument });
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      void server.client?.sendRequest(TrustRequest, { trusted: true });
    }),
  ];
}
