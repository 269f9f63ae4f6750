/** What is wrong, with what mends it as buttons. */

import * as vscode from 'vscode';

import { Action, Problem, ProblemNotification } from './protocol';
import { Server } from './server';

/** The commands that stand behind the actions of the server; a kind that is not here is not shown. */
const COMMANDS: Record<string, string> = {
  setKey: 'turnout.ui.key',
  consent: 'turnout.ui.provider',
  openSettings: 'turnout.ui.settings',
  doctor: 'turnout.ui.doctor',
  log: 'turnout.ui.log',
  resume: 'turnout.ui.resume',
};

/** Show problems as they come. */
export function showProblems(server: Server): void {
  server.onMade((client) =>
    client.onNotification(ProblemNotification, (problem) => void showProblem(problem)),
  );
}

/** The actions that this editor knows how to carry out. */
export function known(actions: readonly Action[]): Action[] {
  return actions.filter(({ kind }) => kind in COMMANDS);
}

/** Carry an action out. */
export async function perform({ kind, provider, file }: Action): Promise<void> {
  const command = COMMANDS[kind];
  if (command) {
    await vscode.commands.executeCommand(command, kind === 'openSettings' ? file : provider);
  }
}

async function showProblem(problem: Problem): Promise<void> {
  const actions = known(problem.actions);
  const titles = actions.map(({ title }) => title);
  // Where there is a button, nobody needs the command that does the same.
  const text = [problem.text, titles.length ? '' : problem.remedy].filter(Boolean).join(' ');
  const chosen = await show(problem.level)(`Turnout: ${text}`, ...titles);
  const action = actions.find(({ title }) => title === chosen);
  if (action) {
    await perform(action);
  }
}

function show(
  level: Problem['level'],
): (text: string, ...items: string[]) => Thenable<string | undefined> {
  const { showErrorMessage, showWarningMessage, showInformationMessage } = vscode.window;
  return { error: showErrorMessage, warning: showWarningMessage, info: showInformationMessage }[
    level
  ];
}
