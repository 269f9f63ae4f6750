/**
 * The server that comes with the extension, in a Python environment of its own.
 *
 * Its wheel lies in the extension. What the wheel needs comes from the index that the user's pip is
 * set up for; every file of it must have the hash that the extension's lock names.
 */

import * as vscode from 'vscode';
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { findPython, Python } from './python';
import { expandHome } from './programs';
import { reasonOf } from './reasons';

const LOCK = 'requirements.lock';
const CONSENT = 'turnout.installs';

let underWay: Thenable<void> | undefined;

/** The Python of the extension's own server; undefined where it is not installed. */
export function installed(context: vscode.ExtensionContext): string | undefined {
  const folder = environment(context);
  return folder && existsSync(pythonOf(folder)) ? pythonOf(folder) : undefined;
}

/** Whether the user said that the server may be installed: then an update needs no further word. */
export function mayInstall(context: vscode.ExtensionContext): boolean {
  return context.globalState.get(CONSENT) === true;
}

/** Install the server, if the user wants it; whether it is there then. */
export async function offerInstall(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): Promise<boolean> {
  const python = await findPython(expandHome(setting()));
  if ('why' in python) {
    return await complain(python.why);
  }
  if (!mayInstall(context) && !(await isWanted(context, python))) {
    return false;
  }
  await context.globalState.update(CONSENT, true);
  try {
    underWay ??= withProgress(context, log, python);
    await underWay;
    return true;
  } catch (error) {
    return await failed(context, log, error instanceof Error ? error.message : String(error));
  } finally {
    underWay = undefined;
  }
}

async function isWanted(context: vscode.ExtensionContext, python: Python): Promise<boolean> {
  const count = Math.round((lock(context).match(/^\S+==/gm)?.length ?? 0) / 10) * 10;
  const text =
    `Turnout's server comes with this extension. To install it, Python ${python.version} makes an ` +
    `environment in the extension's own folder, and pip fetches about ${count} packages (30 MB) from your ` +
    `package index, each checked against a hash. Nothing else is contacted. Updates do the same.`;
  const choice = await vscode.window.showInformationMessage(text, 'Install', 'Choose a Program...');
  if (choice === 'Choose a Program...') {
    await openSetting('turnout.server.path');
  }
  return choice === 'Install';
}

async function complain(why: string): Promise<false> {
  const choice = await vscode.window.showErrorMessage(why, 'Open Setting');
  if (choice) {
    await openSetting('turnout.server.python');
  }
  return false;
}

async function failed(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  why: string,
): Promise<boolean> {
  log.error(`not installed: ${why}`);
  const text = `Turnout's server was not installed. ${why}`;
  const choice = await vscode.window.showErrorMessage(text, 'Try Again', 'Show Log');
  if (choice === 'Show Log') {
    log.show();
  }
  return choice === 'Try Again' ? await offerInstall(context, log) : false;
}

function withProgress(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  python: Python,
): Thenable<void> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: "Installing Turnout's server",
    cancellable: true,
  };
  return vscode.window.withProgress(options, (progress, token) =>
    install(context, python, (message, command, args) => {
      progress.report({ message });
      return run(command, args, source(context), log, token);
    }),
  );
}

type Step = (message: string, command: string, args: string[]) => Promise<void>;

/**
 * Install it aside and move it into its place: it is there whole or not at all, also where two windows
 * do so at once. That an environment is moved does not matter to `python -m`.
 */
async function install(
  context: vscode.ExtensionContext,
  python: Python,
  step: Step,
): Promise<void> {
  const folder = environment(context);
  if (!folder) {
    throw new Error('This build of the extension brings no server. Set turnout.server.path.');
  }
  const aside = `${folder}.${process.pid}`;
  await mkdir(join(folder, '..'), { recursive: true });
  try {
    await step('making a Python environment', python.path, ['-I', '-m', 'venv', '--clear', aside]);
    const own = pythonOf(aside);
    const pip = ['-I', '-m', 'pip', '--disable-pip-version-check', '--no-input', 'install'];
    const hashed = [
      '--require-hashes',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--requirement',
      LOCK,
    ];
    await step('fetching and checking its packages', own, [...pip, ...hashed]);
    await step('trying it', own, ['-I', '-m', 'turnout', '--version']);
    if (!installed(context)) {
      await rm(folder, { recursive: true, force: true }); // its Python may have gone
      await rename(aside, folder);
    }
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  await clear(folder);
}

/** Remove what is older than the last version: another window may still run that one. */
async function clear(folder: string): Promise<void> {
  const parent = join(folder, '..');
  const names = await readdir(parent);
  const others = names.filter((name) => !name.startsWith(basename(folder)));
  const aged = others.map((name) => ({
    path: join(parent, name),
    at: statSync(join(parent, name)).mtimeMs,
  }));
  aged.sort((one, other) => other.at - one.at);
  for (const { path } of aged.slice(1)) {
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Run a step to its end; what it prints goes to the log, and its reason into the error. */
function run(
  command: string,
  args: string[],
  cwd: string,
  log: vscode.LogOutputChannel,
  token: vscode.CancellationToken,
): Promise<void> {
  log.info(`${command} ${args.join(' ')}`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const cancel = token.onCancellationRequested(() => child.kill());
    const printed: string[] = [];
    const read = (bytes: Buffer) => {
      const lines = bytes
        .toString()
        .split(/\r?\n/)
        .filter((line) => line.trim());
      lines.forEach((line) => log.info(line));
      printed.push(...lines);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', reject);
    child.on('close', (code) => {
      cancel.dispose();
      const why = token.isCancellationRequested ? 'You stopped it.' : reasonOf(printed, code);
      return code === 0 ? resolve() : reject(new Error(why));
    });
  });
}

/** Where the environment of this very version lies: it is named by the hash of its lock. */
function environment(context: vscode.ExtensionContext): string | undefined {
  const text = lock(context);
  const name = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return text ? join(context.globalStorageUri.fsPath, 'server', name) : undefined;
}

function pythonOf(folder: string): string {
  return process.platform === 'win32'
    ? join(folder, 'Scripts', 'python.exe')
    : join(folder, 'bin', 'python');
}

function source(context: vscode.ExtensionContext): string {
  return join(context.extensionPath, 'server');
}

function lock(context: vscode.ExtensionContext): string {
  const file = join(source(context), LOCK);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function setting(): string {
  return vscode.workspace.getConfiguration('turnout.server').get('python', '').trim();
}

function openSetting(name: string): Thenable<unknown> {
  return vscode.commands.executeCommand('workbench.action.openSettings', name);
}
