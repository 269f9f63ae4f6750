/** The language client: what it declares, what it passes on, and what it never logs. */

import * as vscode from 'vscode';
import {
  ErrorHandler,
  LanguageClient,
  LanguageClientOptions,
  Middleware,
  RevealOutputChannelOn,
  StaticFeature,
  TransportKind,
} from 'vscode-languageclient/node';
import { homedir } from 'node:os';

import { Launch } from './launch';

/** What the rest of the extension adds to a client. */
export interface Parts {
  log: vscode.LogOutputChannel;
  middleware: Middleware;
  errorHandler: ErrorHandler;
}

/** Make a client for a server; it is not started yet. */
export function makeClient(launch: Launch, parts: Parts): LanguageClient {
  const server = {
    command: launch.command,
    args: launch.args,
    transport: TransportKind.stdio,
    // Not the workspace: what lies there must have no say in what is started.
    options: { cwd: homedir() },
  };
  const client = new LanguageClient('turnout', 'Turnout', server, options(parts));
  client.registerFeature(PLUGIN_CAPABILITIES);
  return client;
}

function options(parts: Parts): LanguageClientOptions {
  return {
    documentSelector: [{ scheme: 'file' }, { scheme: 'untitled' }],
    initializationOptions: () => ({ trusted: vscode.workspace.isTrusted }),
    outputChannel: parts.log,
    traceOutputChannel: quiet(parts.log),
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationFailedHandler: () => false,
    errorHandler: parts.errorHandler,
    middleware: parts.middleware,
  };
}

/** A log that takes note of which messages went by, and never of what was in them: code, and keys. */
function quiet(log: vscode.LogOutputChannel): vscode.LogOutputChannel {
  const trace = (message: string) => {
    if (!message.startsWith('{')) {
      log.trace(message.split('\n', 1)[0] ?? '');
    }
  };
  return Object.create(log, { trace: { value: trace } }) as vscode.LogOutputChannel;
}

const PLUGIN_CAPABILITIES: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = {
      ...(capabilities.experimental as object | undefined),
      turnout: { document: true, status: true, problem: true },
    };
  },
  initialize() {
    // The server needs no more than to be told.
  },
  getState: () => ({ kind: 'static' }),
  clear() {
    // It holds nothing.
  },
};
