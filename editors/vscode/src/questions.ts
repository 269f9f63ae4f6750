/** Questions of the server with more choices than a message has room for: asked by a list. */

import * as vscode from 'vscode';
import { MessageActionItem, MessageType, ShowMessageRequest } from 'vscode-languageclient/node';

import { Server } from './server';

const MOST_BUTTONS = 2;

/** Take the server's questions. */
export function askByList(server: Server): void {
  server.onMade((client) =>
    client.onRequest(ShowMessageRequest.type, ({ type, message, actions = [] }) =>
      actions.length > MOST_BUTTONS ? byList(message, actions) : byButtons(type, message, actions),
    ),
  );
}

async function byList(
  title: string,
  actions: MessageActionItem[],
): Promise<MessageActionItem | null> {
  const items = actions.map((action) => ({ label: action.title, action }));
  const chosen = await vscode.window.showQuickPick(items, { title, ignoreFocusOut: true });
  return chosen?.action ?? null;
}

async function byButtons(
  type: MessageType,
  message: string,
  actions: MessageActionItem[],
): Promise<MessageActionItem | null> {
  const { showErrorMessage, showWarningMessage, showInformationMessage } = vscode.window;
  const show =
    { [MessageType.Error]: showErrorMessage, [MessageType.Warning]: showWarningMessage }[
      type as number
    ] ?? showInformationMessage;
  return (await show(message, ...actions)) ?? null;
}
