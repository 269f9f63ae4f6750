/** The status item: what the server says of itself, or why there is no server. */

import * as vscode from 'vscode';

import { Level, Status, StatusNotification, StatusRequest } from './protocol';
import { Health, Server } from './server';

const ICONS: Record<Level, string> = {
  ok: '$(repo-forked)',
  busy: '$(loading~spin)',
  paused: '$(debug-pause)',
  warning: '$(warning)',
  error: '$(error)',
};

const NO_SERVER: Record<
  Exclude<Health, 'running'>,
  { level: Level; text: string; tooltip: string }
> = {
  starting: { level: 'busy', text: 'Turnout', tooltip: 'The server is starting.' },
  stopped: { level: 'error', text: 'Turnout: stopped', tooltip: 'The server is not running.' },
  failed: {
    level: 'error',
    text: 'Turnout: stopped',
    tooltip: 'The server stopped. The log says why.',
  },
  'not-installed': {
    level: 'warning',
    text: 'Turnout: not installed',
    tooltip: 'The server is not installed yet. Press to install it.',
  },
  'no-such-file': {
    level: 'error',
    text: 'Turnout: no server',
    tooltip: 'The setting `turnout.server.path` names no program.',
  },
};

/** Shows the status, and knows the last one. */
export class StatusItem implements vscode.Disposable {
  /** The last status of the server that runs. */
  status: Status | undefined;
  private readonly item: vscode.StatusBarItem;

  constructor(server: Server, command: string) {
    this.item = vscode.window.createStatusBarItem(
      'turnout.status',
      vscode.StatusBarAlignment.Right,
      100,
    );
    this.item.name = 'Turnout';
    this.item.command = command;
    server.onMade((client) =>
      client.onNotification(StatusNotification, (status) => this.show(status)),
    );
    server.onReady((client) => {
      client.sendRequest(StatusRequest).then(
        (status) => this.show(status),
        (error: unknown) => server.log.warn(`no status: ${String(error)}`),
      );
    });
    server.onHealth((health) => this.follow(health));
    this.follow(server.health);
    this.item.show();
  }

  /** Show a status, and keep it. */
  show(status: Status): void {
    this.status = status;
    this.draw(status.level, status.text, status.tooltip);
    const isReady = status.providers.some(({ state }) => state === 'ready');
    void vscode.commands.executeCommand('setContext', 'turnout.ready', isReady);
  }

  dispose(): void {
    this.item.dispose();
  }

  private follow(health: Health): void {
    if (health === 'running') {
      this.draw('ok', 'Turnout', 'The server is running.');
      return;
    }
    this.status = undefined;
    const { level, text, tooltip } = NO_SERVER[health];
    this.draw(level, text, tooltip);
  }

  private draw(level: Level, text: string, tooltip: string): void {
    this.item.text = `${ICONS[level] ?? ICONS.ok} ${text}`;
    this.item.tooltip = new vscode.MarkdownString(tooltip, true);
    this.item.accessibilityInformation = { label: text, role: 'button' };
    this.item.backgroundColor = background(level);
  }
}

function background(level: Level): vscode.ThemeColor | undefined {
  return level === 'warning' || level === 'error'
    ? new vscode.ThemeColor(`statusBarItem.${level}Background`)
    : undefined;
}
