/** The server that comes with the extension, in a Python environment of its own. */

import * as vscode from 'vscode';

/** The program of the extension's own server; undefined where it is not installed. */
export function installed(context: vscode.ExtensionContext): string | undefined {
  return context.globalState.get("own"); // filled by the next slice
}
