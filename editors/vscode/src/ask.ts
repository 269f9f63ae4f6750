/** What the tasks need to know, asked of the user. Undefined: they thought better of it. */

import * as vscode from 'vscode';

import { reported, Span, span } from './ranges';
import { Task, Tasks } from './tasks';

/** The kinds of the server's code actions, by which it says what a command here would be about. */
const KINDS: Partial<Record<Task, string>> = {
  refactor: 'refactor.rewrite.turnout',
  tests: 'turnout.tests',
  docs: 'turnout.docs',
  explain: 'turnout.explain',
};

interface Order {
  uri?: string;
  range?: Span;
  [more: string]: unknown;
}

/** Runs the tasks from the palette and the menus. */
export class Asking {
  constructor(private readonly tasks: Tasks) {}

  /** The selection, else what the server takes for the thing at the cursor, else the file. */
  async code(task: Task, more: object = {}): Promise<void> {
    const editor = await currentEditor();
    if (editor) {
      await this.tasks.run(task, { ...(await this.orderAt(editor, task)), ...more });
    }
  }

  private async orderAt(editor: vscode.TextEditor, task: Task): Promise<object> {
    const kind = KINDS[task];
    const { document, selection } = editor;
    const order =
      kind && selection.isEmpty
        ? await this.tasks.offered(document.uri, span(selection), kind, task)
        : undefined;
    return order ?? selected(editor);
  }

  /** Mend what is reported at the cursor, else in the file; else what the user says. */
  async fix(): Promise<void> {
    const editor = await currentEditor();
    if (!editor) {
      return;
    }
    const { uri } = editor.document;
    const all = vscode.languages.getDiagnostics(uri);
    const here = all.filter(({ range }) => range.intersection(linesOf(editor)));
    const diagnostics = (here.length ? here : all).map(reported);
    const order = { ...selected(editor), diagnostics };
    const words = diagnostics.length ? '' : await instruction('What is to be fixed?');
    if (words !== undefined) {
      await this.tasks.run('fix', { ...order, ...(words ? { instruction: words } : {}) });
    }
  }

  /** A task that is nothing without words. */
  async words(task: Task, question: string, example: string): Promise<unknown> {
    const words = await instruction(question, example);
    const editor = vscode.window.activeTextEditor;
    const order = editor && isOurs(editor.document) ? selected(editor) : {};
    return words ? await this.tasks.run(task, { ...order, instruction: words }) : undefined;
  }

  /** Write code at the cursor. */
  async boilerplate(): Promise<void> {
    const editor = await currentEditor();
    const words =
      editor &&
      (await instruction('What is to be written here?', 'a dataclass for an order, with its JSON'));
    if (words) {
      const uri = editor.document.uri.toString();
      await this.tasks.run('boilerplate', {
        uri,
        range: span(editor.selection),
        instruction: words,
      });
    }
  }

  /** Find the cause of a stack trace or of a failing test's output. */
  async debug(): Promise<void> {
    const material = await chooseText(
      'trace',
      'Turnout: the stack trace, or the output of the test',
    );
    if (material) {
      const uri = vscode.window.activeTextEditor?.document;
      const order = uri && isOurs(uri) ? { uri: uri.uri.toString() } : {};
      await this.tasks.run('debug', { ...order, materials: [material] });
    }
  }

  /** Update a dependency, with its changelog where the user has one. */
  async dependency(): Promise<void> {
    const editor = await currentEditor();
    const words =
      editor && (await instruction('Which dependency, to which version?', 'httpx to 1.0'));
    if (!words) {
      return;
    }
    const material = await chooseText('changelog', 'Turnout: its changelog', 'No changelog');
    const materials = material?.text ? [material] : [];
    await this.tasks.run('dependency', { ...selected(editor), instruction: words, materials });
  }

  /** Describe what the branch of the file at hand, or of the workspace, does. */
  async pullRequest(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    const order = document?.uri.scheme === 'file' ? { uri: document.uri.toString() } : {};
    await this.tasks.run('pullRequest', order);
  }

  /** Suggest a shell command. It is never run from here. */
  async suggest(): Promise<void> {
    const words = await instruction('What should the command do?', 'find the ten largest files');
    const result = words && (await this.tasks.run('suggest', { instruction: words }));
    if (result && result.command) {
      await offerCommand(result.command, result.warning ?? '');
    }
  }
}

function selected({ document, selection }: vscode.TextEditor): Order {
  const uri = document.uri.toString();
  return selection.isEmpty ? { uri } : { uri, range: span(selection) };
}

function linesOf({ document, selection }: vscode.TextEditor): vscode.Range {
  return document.validateRange(
    new vscode.Range(selection.start.line, 0, selection.end.line + 1, 0),
  );
}

/** The editor at work; where a page of ours covers it, the file that is open behind. */
async function currentEditor(): Promise<vscode.TextEditor | undefined> {
  const editor = vscode.window.activeTextEditor;
  if (editor && isOurs(editor.document)) {
    return editor;
  }
  const file = editor ? undefined : fileAtHand();
  if (file) {
    return await vscode.window.showTextDocument(file);
  }
  const where =
    editor?.document.uri.scheme === 'vscode-notebook-cell'
      ? 'Turnout does not work in notebook cells yet.'
      : 'Turnout works on a file: open one first.';
  void vscode.window.showInformationMessage(where);
  return undefined;
}

/** The file that the user works on, though it may not have the focus. */
export function fileAtHand(): vscode.Uri | undefined {
  const active = vscode.window.activeTextEditor?.document;
  if (active && isOurs(active)) {
    return active.uri;
  }
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const files = tabs.flatMap(({ input }) => (input instanceof vscode.TabInputText ? [input] : []));
  return files.find(isOurs)?.uri;
}

function isOurs({ uri }: { uri: vscode.Uri }): boolean {
  return uri.scheme === 'file' || uri.scheme === 'untitled';
}

function instruction(question: string, example = ''): Thenable<string | undefined> {
  const placeHolder = example && `such as: ${example}`;
  return vscode.window.showInputBox({
    title: `Turnout: ${question}`,
    placeHolder,
    ignoreFocusOut: true,
  });
}

/** A text that is too long to be typed: the selection, or the clipboard. */
async function chooseText(
  kind: string,
  title: string,
  without?: string,
): Promise<{ kind: string; text: string } | undefined> {
  const editor = vscode.window.activeTextEditor;
  const marked = editor?.document.getText(editor.selection) ?? '';
  const copied = await vscode.env.clipboard.readText();
  const items = [
    ...(marked.trim() ? [{ label: 'The selection', detail: beginning(marked), text: marked }] : []),
    ...(copied.trim() ? [{ label: 'The clipboard', detail: beginning(copied), text: copied }] : []),
    ...(without ? [{ label: without, detail: '', text: '' }] : []),
  ];
  const placeHolder = items.length ? '' : 'Copy it first, or select it in the editor.';
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder });
  return chosen && { kind, text: chosen.text };
}

function beginning(text: string): string {
  return text.trim().split('\n').slice(0, 3).join('  ↵  ').slice(0, 120);
}

async function offerCommand(command: string, warning: string): Promise<void> {
  const isLine = !/[\r\n]/.test(command); // a second line would run the first
  const choices = isLine ? ['Copy', 'Put into Terminal'] : ['Copy'];
  const { showInformationMessage, showWarningMessage } = vscode.window;
  const text = warning ? `${command}  (${warning})` : command;
  const choice = await (warning ? showWarningMessage : showInformationMessage)(text, ...choices);
  if (choice === 'Copy') {
    await vscode.env.clipboard.writeText(command);
  } else if (choice) {
    const terminal = vscode.window.activeTerminal ?? vscode.window.createTerminal();
    terminal.show();
    terminal.sendText(command, false);
  }
}
