/** Which server is started: the one of the settings, else of the PATH, else the extension's own. */

import * as vscode from 'vscode';

import { installed } from './install';
import { expandHome, isProgram, onPath } from './programs';

/** What to start, and where it was found. */
export interface Launch {
  command: string;
  args: string[];
  from: 'settings' | 'path' | 'own';
}

/** Why nothing can be started. */
export type Missing = { missing: 'not-installed' } | { missing: 'no-such-file'; path: string };

/** Decide what to start. */
export function findServer(context: vscode.ExtensionContext): Launch | Missing {
  const settings = vscode.workspace.getConfiguration('turnout.server');
  const args = settings.get<string[]>('args', []);
  const path = expandHome(settings.get('path', '').trim());
  if (path) {
    return isProgram(path)
      ? { command: path, args, from: 'settings' }
      : { missing: 'no-such-file', path };
  }
  const found = onPath('turnout');
  if (found) {
    return { command: found, args, from: 'path' };
  }
  const own = installed(context);
  return own
    ? { command: own, args: ['-I', '-m', 'turnout', ...args], from: 'own' }
    : { missing: 'not-installed' };
}
