/** Runs the server's commands, with progress that can be cancelled. */

import * as vscode from 'vscode';
import {
  CodeActionRequest,
  CodeActionTriggerKind,
  ErrorCodes,
  ExecuteCommandRequest,
  LSPErrorCodes,
  ResponseError,
  WorkDoneProgress,
} from 'vscode-languageclient/node';
import { randomUUID } from 'node:crypto';

import { Result } from './protocol';
import { Span } from './ranges';
import { Server } from './server';

/** The commands of the server behind which a model works. */
export const TASKS = [
  'review',
  'explain',
  'refactor',
  'fix',
  'tests',
  'docs',
  'boilerplate',
  'dependency',
  'ask',
  'design',
  'debug',
  'commitMessage',
  'pullRequest',
  'suggest',
] as const;
export type Task = (typeof TASKS)[number];

/** Carries commands out, whoever asked: the palette, a menu, a lens or a code action. */
export class Tasks {
  private readonly done = new vscode.EventEmitter<{ command: string; result: Result }>();
  /** A command of a task came to its end. */
  readonly onDone = this.done.event;

  constructor(private readonly server: Server) {
    server.middleware.executeCommand = (command, args) => this.execute(command, args[0]);
  }

  /** Run the command of a task. */
  run(task: Task, order: object): Promise<Result | undefined> {
    return this.execute(`turnout.${task}`, order) as Promise<Result | undefined>;
  }

  /** What the server's own code action at a place would be about. */
  async offered(
    uri: vscode.Uri,
    range: Span,
    kind: string,
    task: Task,
  ): Promise<object | undefined> {
    const context = { diagnostics: [], only: [kind], triggerKind: CodeActionTriggerKind.Invoked };
    const params = { textDocument: { uri: uri.toString() }, range, context };
    const found = await this.server.running().sendRequest(CodeActionRequest.type, params);
    const commands = found?.map(({ command }) =>
      typeof command === 'string' ? undefined : command,
    );
    const orders = commands?.find((one) => one?.command === `turnout.${task}`)?.arguments;
    return orders?.[0] as object | undefined;
  }

  /** Run any command of the server. */
  async execute(command: string, order: unknown): Promise<unknown> {
    const isTask = TASKS.some((task) => command === `turnout.${task}`);
    try {
      const result = isTask ? await this.follow(command, order) : await this.send(command, order);
      await remember(command, result);
      return result;
    } catch (error) {
      return this.explain(error);
    }
  }

  private async follow(command: string, order: unknown): Promise<Result> {
    const source = new vscode.CancellationTokenSource();
    const shown = this.show(source);
    try {
      const result = (await this.send(command, order, shown.token, source.token)) as Result;
      this.done.fire({ command, result });
      return result;
    } finally {
      shown.end();
      source.dispose();
    }
  }

  private send(
    command: string,
    order: unknown,
    workDoneToken?: string,
    cancelled?: vscode.CancellationToken,
  ): Promise<unknown> {
    const params = {
      command,
      arguments: order === undefined ? [] : [order],
      ...(workDoneToken === undefined ? {} : { workDoneToken }),
    };
    return this.server.running().sendRequest(ExecuteCommandRequest.type, params, cancelled);
  }

  /** Show the progress of one command, until the server ends it or the command is over. */
  private show(source: vscode.CancellationTokenSource): { token: string; end: () => void } {
    const token = randomUUID();
    const notice = new Notice(source);
    const client = this.server.running();
    const listening = client.onProgress(WorkDoneProgress.type, token, (value) => {
      if (value.kind === 'begin') {
        notice.begin(value.title);
      } else if (value.kind === 'report') {
        notice.say(value.message ?? '');
      } else {
        notice.end();
      }
    });
    const end = () => {
      notice.end();
      listening.dispose();
    };
    return { token, end };
  }

  private explain(error: unknown): undefined {
    const code = error instanceof ResponseError ? error.code : 0;
    if (code !== LSPErrorCodes.RequestCancelled) {
      const isGone = code === ErrorCodes.PendingResponseRejected;
      const text = error instanceof Error ? error.message : String(error);
      const said = isGone ? 'the server stopped before it had answered. Ask again.' : text;
      void vscode.window.showErrorMessage(`Turnout: ${said}`);
    }
    return undefined;
  }
}

/** A notification with a cancel button, for as long as a command is under way. */
class Notice {
  private progress: vscode.Progress<{ message: string }> | undefined;
  private close: () => void = () => undefined;
  private readonly over = new Promise<void>((resolve) => (this.close = resolve));

  constructor(private readonly source: vscode.CancellationTokenSource) {}

  begin(title: string): void {
    const location = vscode.ProgressLocation.Notification;
    void vscode.window.withProgress({ location, title, cancellable: true }, (progress, token) => {
      this.progress = progress;
      token.onCancellationRequested(() => this.source.cancel());
      return this.over;
    });
  }

  say(message: string): void {
    this.progress?.report({ message });
  }

  end(): void {
    this.close();
  }
}

/** Tell the walkthrough what the user has done. */
async function remember(command: string, result: unknown): Promise<void> {
  const { outcome } = (result ?? {}) as Result;
  if (outcome === undefined || outcome === 'answered') {
    await vscode.commands.executeCommand('setContext', command.replace('.', '.did.'), true);
  }
}
