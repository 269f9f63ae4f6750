/** The server's life: started, started anew (once, however often that is asked for), and ended. */

import * as vscode from 'vscode';
import {
  CloseAction,
  CloseHandlerResult,
  ErrorAction,
  ErrorHandlerResult,
  LanguageClient,
  Middleware,
  State,
} from 'vscode-languageclient/node';

import { makeClient } from './client';
import { Crashes } from './crashes';
import { findServer, Launch, Missing } from './launch';

/** What there is of a server. */
export type Health = 'starting' | 'running' | 'stopped' | 'failed' | Missing['missing'];

const START = '"Turnout: Restart Server" starts it.';
const NOT_RUNNING: Record<Health, string> = {
  starting: 'The server is still starting. Ask again in a moment.',
  running: `The server is not running. ${START}`,
  stopped: `The server is not running. ${START}`,
  failed: `The server stopped; the log says why. ${START}`,
  'not-installed': 'The server is not installed. "Turnout: Install the Server" installs it.',
  'no-such-file': 'There is no server: the setting turnout.server.path names no program.',
};

/** One server, by whatever client talks to it at the time. */
export class Server implements vscode.Disposable {
  /** The client at work, if there is one. */
  client: LanguageClient | undefined;
  health: Health = 'stopped';
  readonly middleware: Middleware = {};

  private readonly crashes = new Crashes();
  private readonly made = new vscode.EventEmitter<LanguageClient>();
  private readonly ready = new vscode.EventEmitter<LanguageClient>();
  private readonly changed = new vscode.EventEmitter<Health>();
  private again = false;
  private turning: Promise<void> | undefined;
  private wasRunning = false;

  /** A client was made and is not started yet: the time to listen to it. */
  readonly onMade = this.made.event;
  /** The server answers, for the first time or again after it crashed. */
  readonly onReady = this.ready.event;
  readonly onHealth = this.changed.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    readonly log: vscode.LogOutputChannel,
  ) {}

  /** Start the server, or start it anew. Requests that come meanwhile are met by one more start. */
  requestRestart(): Promise<void> {
    this.again = true;
    this.turning ??= this.turn().finally(() => {
      this.turning = undefined;
    });
    return this.turning;
  }

  /** The client at work; the error says that there is none. */
  running(): LanguageClient {
    if (!this.client || this.health !== 'running') {
      throw new Error(NOT_RUNNING[this.health]);
    }
    return this.client;
  }

  /** End the server. */
  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client) {
      await client.dispose(2_000).catch((error: unknown) => this.log.warn(String(error)));
      this.become('stopped');
    }
  }

  dispose(): void {
    this.made.dispose();
    this.ready.dispose();
    this.changed.dispose();
  }

  private async turn(): Promise<void> {
    while (this.again) {
      this.again = false;
      await this.stop();
      this.crashes.forget();
      await this.start();
    }
  }

  private async start(): Promise<void> {
    const found = findServer(this.context);
    if ('missing' in found) {
      this.lacks(found);
      return;
    }
    this.log.info(`starting ${found.command} (${found.from})`);
    this.become('starting');
    this.client = this.make(found);
    try {
      await this.client.start();
    } catch (error) {
      this.failed(`did not start: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private make(launch: Launch): LanguageClient {
    this.wasRunning = false;
    const errorHandler = { error: () => this.wireError(), closed: () => this.closed() };
    const client = makeClient(launch, { log: this.log, middleware: this.middleware, errorHandler });
    client.onDidChangeState(({ newState }) => {
      if (client === this.client && newState === State.Running) {
        this.wasRunning = true;
        this.become('running');
        this.ready.fire(client);
      }
    });
    this.made.fire(client);
    return client;
  }

  private wireError(): ErrorHandlerResult {
    return { action: ErrorAction.Continue, handled: true };
  }

  private closed(): CloseHandlerResult {
    if (!this.wasRunning) {
      return { action: CloseAction.DoNotRestart, handled: true }; // start() says so
    }
    if (this.crashes.isOneTooMany(Date.now())) {
      this.failed('stopped again and again, so it is not started any more');
      return { action: CloseAction.DoNotRestart, handled: true };
    }
    this.become('starting');
    return { action: CloseAction.Restart, handled: true };
  }

  private lacks(found: Missing): void {
    this.become(found.missing);
    if (found.missing === 'no-such-file') {
      const text = `Turnout: the setting turnout.server.path names ${found.path}, which is no program.`;
      void vscode.window.showErrorMessage(text, 'Open Setting').then((choice) => {
        if (choice) {
          void vscode.commands.executeCommand('turnout.ui.server');
        }
      });
    }
  }

  private failed(what: string): void {
    this.become('failed');
    const text = `Turnout's server ${what}. The log says why.`;
    void vscode.window.showErrorMessage(text, 'Show Log', 'Restart').then((choice) => {
      if (choice === 'Show Log') {
        this.log.show();
      } else if (choice === 'Restart') {
        void this.requestRestart();
      }
    });
  }

  private become(health: Health): void {
    this.health = health;
    this.changed.fire(health);
  }
}
