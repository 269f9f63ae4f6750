/** The commands of the palette and the menus: which name does what. */

import * as vscode from 'vscode';

import { Asking } from './ask';
import { Documents } from './documents';
import { offerInstall } from './install';
import { Keys } from './keys';
import { Menu } from './menu';
import { Onboarding } from './onboarding';
import { ReportView } from './report';
import { CommitMessages } from './scm';
import { Server } from './server';
import { Telling } from './telling';

/** All that commands are about. */
export interface Parts {
  context: vscode.ExtensionContext;
  server: Server;
  asking: Asking;
  documents: Documents;
  keys: Keys;
  menu: Menu;
  onboarding: Onboarding;
  report: ReportView;
  commits: CommitMessages;
  telling: Telling;
}

type Command = (...args: never[]) => unknown;

/** Register them; what fails says why. */
export function registerCommands(parts: Parts): vscode.Disposable[] {
  const all = { ...tasks(parts), ...about(parts), ...setUp(parts) };
  return Object.entries(all).map(([name, run]) =>
    vscode.commands.registerCommand(`turnout.ui.${name}`, async (...args: unknown[]) => {
      try {
        return await (run as (...args: unknown[]) => unknown)(...args);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        void vscode.window.showErrorMessage(`Turnout: ${text}`);
        return undefined;
      }
    }),
  );
}

function tasks({ asking, commits }: Parts): Record<string, Command> {
  return {
    review: () => asking.code('review'),
    reviewWith: () => asking.code('review', { choose: true }),
    reviewChanges: () => asking.code('review', { against: 'uncommitted' }),
    reviewBranch: () => asking.code('review', { against: 'branch' }),
    refactor: () => asking.code('refactor'),
    fix: () => asking.fix(),
    tests: () => asking.code('tests'),
    docs: () => asking.code('docs'),
    explain: () => asking.code('explain'),
    boilerplate: () => asking.boilerplate(),
    dependency: () => asking.dependency(),
    ask: () => asking.words('ask', 'What do you want to know?', 'where are the keys kept?'),
    design: () => asking.words('design', 'What do you want to think about?', 'a cache for this'),
    debug: () => asking.debug(),
    suggest: () => asking.suggest(),
    pullRequest: () => asking.pullRequest(),
    commitMessage: (source?: { rootUri?: vscode.Uri }) => commits.write(source),
  };
}

function about({ server, documents, menu, report, telling }: Parts): Record<string, Command> {
  return {
    menu: () => menu.show(),
    pause: () => menu.pause(true),
    resume: () => menu.pause(false),
    mode: () => menu.chooseMode(),
    route: () => telling.route(),
    session: () => telling.session(),
    newSession: () => telling.newSession(),
    report: () => report.show(),
    doctor: () => telling.doctor(),
    copyAnswer: () => documents.copy(),
    openAnswerAsText: () => documents.openText(),
    log: () => server.log.show(),
  };
}

function setUp({ context, server, keys, onboarding, telling }: Parts): Record<string, Command> {
  return {
    provider: (name?: string) => (name ? onboarding.enable(name) : onboarding.start()),
    key: (name?: string) => (name ? onboarding.key(named(name)) : onboarding.start()),
    removeKey: () => keys.remove(),
    settings: (file?: string) => telling.settings(file),
    server: () => openSetting('turnout.server.path'),
    walkthrough: () => openWalkthrough(context.extension.id),
    restart: () => server.requestRestart(),
    install: async () => {
      if (await offerInstall(context, server.log)) {
        await server.requestRestart();
      }
    },
  };
}

function named(name: string): { name: string; title: string; needsKey: boolean; keyPage: null } {
  return { name, title: name, needsKey: true, keyPage: null };
}

function openSetting(name: string): Thenable<unknown> {
  return vscode.commands.executeCommand('workbench.action.openSettings', name);
}

function openWalkthrough(extension: string): Thenable<unknown> {
  const category = `${extension}#start`;
  return vscode.commands.executeCommand('workbench.action.openWalkthrough', { category }, false);
}
