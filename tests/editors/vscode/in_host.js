/**
 * Tests inside VS Code's extension host, as @vscode/test-electron runs them: `run` is called with
 * the extension under development loaded. Each check goes to the file that RESULTS names, as
 * `{name, value}` or `{name, error}`; what the values have to be is said in test_in_host.py.
 */
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');

const { commands, languages, window, workspace } = vscode;

async function until(what, look, seconds = 60) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`after ${seconds} s still no ${what}`);
}

function end(document) {
  return document.lineAt(document.lineCount - 1).range.end;
}

const CHECKS = {
  async activation() {
    const extension = vscode.extensions.getExtension('turnout.turnout');
    await extension.activate();
    return extension.isActive;
  },

  async commands({ extension }) {
    const known = new Set(await commands.getCommands(true));
    return extension.packageJSON.contributes.commands
      .map(({ command }) => command)
      .filter((command) => !known.has(command));
  },

  async menu({ document }) {
    const look = () => commands.executeCommand('vscode.executeCompletionItemProvider', document.uri, end(document));
    const { items } = await until('items', async () => {
      const list = await look();
      return list.items.some(({ detail }) => detail === 'recall') && list;
    });
    return items.filter(({ detail }) => detail === 'recall').map(({ label }) => label.label ?? label);
  },

  async ghost({ document, editor }) {
    editor.selection = new vscode.Selection(end(document), end(document));
    const isAccepted = () => !document.lineAt(document.lineCount - 1).text.endsWith('na');
    await until('accepted text', async () => {
      await commands.executeCommand('editor.action.inlineSuggest.trigger');
      for (const end = Date.now() + 5000; Date.now() < end && !isAccepted(); ) {
        await commands.executeCommand('editor.action.inlineSuggest.commit');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return isAccepted();
    });
    return document.lineAt(document.lineCount - 1).text;
  },

  async lenses({ document }) {
    const lenses = await until('lenses', async () => {
      const found = await commands.executeCommand('vscode.executeCodeLensProvider', document.uri, 9);
      return found.length && found;
    });
    return lenses.slice(0, 4).map(({ command }) => command.title);
  },

  /** VS Code resolves every action that has no edit yet, those without data too. */
  async actions({ document }) {
    const found = await commands.executeCommand(
      'vscode.executeCodeActionProvider', document.uri, new vscode.Range(0, 4, 0, 4), undefined, 20,
    );
    return found.map(({ kind, command }) => `${kind.value}: ${command.command}`);
  },

  async review({ document }) {
    await commands.executeCommand('turnout.ui.review');
    const found = await until('findings', () => {
      const all = languages.getDiagnostics(document.uri).filter(({ source }) => source === 'turnout');
      return all.length && all;
    });
    return found.map(({ code, message, range }) => `${code}, ${range.start.line}: ${message}`);
  },

  async fix({ document }) {
    const [finding] = languages.getDiagnostics(document.uri);
    const found = await commands.executeCommand(
      'vscode.executeCodeActionProvider', document.uri, finding.range, vscode.CodeActionKind.QuickFix.value, 20,
    );
    const { command } = found.find(({ isPreferred }) => isPreferred);
    const version = document.version;
    await commands.executeCommand(command.command, ...command.arguments);
    await until('fix', () => document.version > version);
    return document.lineAt(finding.range.start.line).text;
  },

  async undo({ document }) {
    await commands.executeCommand('undo');
    return until('old text', () => document.getText().includes('line.partition("/")'));
  },
};

exports.run = async () => {
  const { results, file } = JSON.parse(fs.readFileSync(path.join(process.env.HOME, 'in_host.json'), 'utf8'));
  const extension = vscode.extensions.getExtension('turnout.turnout');
  const document = await workspace.openTextDocument(file);
  const editor = await window.showTextDocument(document);
  const done = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    try {
      done.push({ name, value: await check({ extension, document, editor }) });
    } catch (error) {
      done.push({ name, error: String((error && error.stack) || error) });
    }
  }
  fs.writeFileSync(`${results}.part`, JSON.stringify(done));
  fs.renameSync(`${results}.part`, results);
};
