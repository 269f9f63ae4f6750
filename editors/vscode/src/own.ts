/** The editor's own files: its settings, which it also opens by itself, are no business of a model. */

import * as vscode from 'vscode';
import type { Middleware } from 'vscode-languageclient/node';

/** Keep documents from the server that lie in the editor's own folder. */
export function keepOwnFiles(middleware: Middleware, storage: vscode.Uri): void {
  // <data>/User/globalStorage/<extension>
  const folder = vscode.Uri.joinPath(storage, '..', '..', '..');
  const isOwn = ({ uri }: vscode.TextDocument) =>
    uri.scheme === folder.scheme && uri.path.startsWith(`${folder.path}/`);
  const nothing = Promise.resolve();
  middleware.didOpen = (document, next) => (isOwn(document) ? nothing : next(document));
  middleware.didSave = (document, next) => (isOwn(document) ? nothing : next(document));
  middleware.didClose = (document, next) => (isOwn(document) ? nothing : next(document));
  middleware.didChange = (event, next) => (isOwn(event.document) ? nothing : next(event));
}
