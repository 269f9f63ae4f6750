/**
 * The server that comes with the extension, in a Python environment of its own.
 *
 * Its wheel lies in the extension. What the wheel needs comes from the index that the user's pip is
 * set up for; every file of it must have the hash that the extension's lock names.
 */

import * as vscode from 'vscode';
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { findPython, Python } from './python';
import { expandHome } from './programs';

const LOCK = 'requirements.lock';
const READY = '.ready';
const CONSENT = 'turnout.installs';

/** The Python of the extension's own server; undefined where it is not installed. */
export function installed(context: vscode.ExtensionContext): string | undefined {
  const folder = environment(context);
  return folder && existsSync(join(folder, READY)) ? pythonOf(folder) : undefined;
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
    await withProgress(context, log, python);
    return true;
  } catch (error) {
    return await failed(context, log, error instanceof Error ? error.message : String(error));
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

async function install(
  context: vscode.ExtensionContext,
  python: Python,
  step: Step,
): Promise<void> {
  const folder = environment(context);
  if (!folder) {
    throw new Error('This build of the extension brings no server. Set turnout.server.path.');
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, '..'), { recursive: true });
  await step('making a Python environment', python.path, ['-I', '-m', 'venv', folder]);
  const own = pythonOf(folder);
  const pip = ['-I', '-m', 'pip', '--disable-pip-version-check', '--no-input', 'install'];
  const hashed = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--requirement', LOCK];
  await step('fetching and checking its packages', own, [...pip, ...hashed]);
  await step('trying it', own, ['-I', '-m', 'turnout', '--version']);
  await writeFile(join(folder, READY), '');
  await clear(folder);
}

/** Remove the environments of earlier versions. */
async function clear(folder: string): Promise<void> {
  const parent = join(folder, '..');
  for (const name of await readdir(parent)) {
    if (join(parent, name) !== folder) {
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

/** Run a step to its end; what it prints goes to the log, its last line into the error. */
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
    let last = '';
    const read = (bytes: Buffer) => {
      const lines = bytes
        .toString()
        .split(/\r?\n/)
        .filter((line) => line.trim());
      lines.forEach((line) => log.info(line));
      last = lines.findLast((line) => /error/i.test(line)) ?? last;
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', reject);
    child.on('close', (code) => {
      cancel.dispose();
      const why = token.isCancellationRequested ? 'You stopped it.' : last || `Exit code ${code}.`;
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
