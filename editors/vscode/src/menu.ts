/** The menu of the status item. */

import * as vscode from 'vscode';

import { known, perform } from './problems';
import { Mode, ModeRequest, PauseRequest, Problem, Status } from './protocol';
import { Server } from './server';
import { StatusItem } from './status';

interface Entry extends vscode.QuickPickItem {
  run?: () => unknown;
}

const MODES: [Mode, string][] = [
  ['economy', 'the cheapest of a route first'],
  ['balanced', 'your routes in their order'],
  ['best', 'at once the model that a route escalates to'],
];

/** What can be done about Turnout as a whole. */
export class Menu {
  constructor(
    private readonly server: Server,
    private readonly item: StatusItem,
  ) {}

  /** Show it, and do what is chosen. */
  async show(): Promise<void> {
    const entries = this.server.health === 'running' ? this.running() : this.idle();
    const chosen = await vscode.window.showQuickPick(entries, {
      title: 'Turnout',
      placeHolder: 'What would you like to do?',
    });
    await chosen?.run?.();
  }

  /** Stop suggesting, or go on. */
  async pause(paused: boolean): Promise<void> {
    this.item.show(await this.server.running().sendRequest(PauseRequest, { paused }));
  }

  /** Let the user say what matters more, the price or the model. */
  async chooseMode(): Promise<void> {
    const now = this.item.status?.mode;
    const items = MODES.map(([mode, description]) => ({
      label: `${mode === now ? '$(check) ' : ''}${mode}`,
      description,
      mode,
    }));
    const chosen = await vscode.window.showQuickPick(items, {
      title: 'Turnout: mode, until the server ends',
      placeHolder: now ? `It is ${now} now.` : '',
    });
    if (chosen) {
      this.item.show(await this.server.running().sendRequest(ModeRequest, { mode: chosen.mode }));
    }
  }

  private running(): Entry[] {
    const { status } = this.item;
    const paused = status?.paused ?? false;
    return [
      ...mending(status),
      paused
        ? command('$(play) Resume suggestions', 'turnout.ui.resume')
        : command('$(debug-pause) Pause suggestions', 'turnout.ui.pause', 'actions go on'),
      command('$(settings) Mode', 'turnout.ui.mode', status?.mode),
      separator('Now'),
      command(
        '$(git-branch) Explain the route here',
        'turnout.ui.route',
        'who would answer, and why',
      ),
      command('$(history) Session', 'turnout.ui.session', 'what was asked and answered'),
      command('$(graph) Cost report', 'turnout.ui.report'),
      separator('Set up'),
      command('$(add) Set up a provider', 'turnout.ui.provider'),
      command('$(gear) Open the settings file', 'turnout.ui.settings'),
      command('$(pulse) Doctor', 'turnout.ui.doctor', 'what is on, what is not, and what mends it'),
      command('$(output) Log', 'turnout.ui.log'),
      command('$(debug-restart) Restart the server', 'turnout.ui.restart'),
    ];
  }

  private idle(): Entry[] {
    const isMissing = this.server.health === 'not-installed';
    return [
      isMissing
        ? command('$(cloud-download) Install the server', 'turnout.ui.install')
        : command('$(debug-restart) Start the server', 'turnout.ui.restart'),
      command('$(gear) Choose a program', 'turnout.ui.server', 'turnout.server.path'),
      command('$(output) Log', 'turnout.ui.log'),
    ];
  }
}

/** What mends the problems; a provider that is ill may be among them already. */
function mending(status: Status | undefined): Entry[] {
  const problems: Pick<Problem, 'text' | 'actions'>[] = [
    ...(status?.problems ?? []),
    ...(status?.providers ?? [])
      .filter(({ state }) => state !== 'ready')
      .map(({ why, actions }) => ({ text: why, actions })),
  ];
  const entries = new Map<string, Entry>();
  for (const { text, actions } of problems) {
    for (const action of known(actions)) {
      const entry = {
        label: `$(wrench) ${action.title}`,
        detail: text,
        run: () => perform(action),
      };
      entries.set(entry.label, entries.get(entry.label) ?? entry);
    }
  }
  return entries.size ? [separator('To mend'), ...entries.values(), separator('')] : [];
}

function command(label: string, name: string, description = ''): Entry {
  return { label, description, run: () => vscode.commands.executeCommand(name) };
}

function separator(label: string): Entry {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
