/** The findings, by file and by severity, in a view of their own. */

import * as vscode from 'vscode';

import { FindingData } from './protocol';
import { lines, reported } from './ranges';
import { Tasks } from './tasks';

const SOURCE = 'turnout';
const NOTE = 'explanation';

interface FileNode {
  uri: vscode.Uri;
  findings: FindingNode[];
}

/** One finding as the tree has it. */
export interface FindingNode {
  uri: vscode.Uri;
  diagnostic: vscode.Diagnostic;
  data: FindingData;
}

type Node = FileNode | FindingNode;

const ICONS: Record<vscode.DiagnosticSeverity, [string, string]> = {
  [vscode.DiagnosticSeverity.Error]: ['error', 'list.errorForeground'],
  [vscode.DiagnosticSeverity.Warning]: ['warning', 'list.warningForeground'],
  [vscode.DiagnosticSeverity.Information]: ['info', 'charts.blue'],
  [vscode.DiagnosticSeverity.Hint]: ['lightbulb', 'charts.yellow'],
};

/** Read from the diagnostics, as they come and go. */
export class Findings implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private files: FileNode[] = [];
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly view: vscode.TreeView<Node>;
  private readonly subscriptions: vscode.Disposable[];
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly tasks: Tasks) {
    this.view = vscode.window.createTreeView<Node>('turnout.findings', {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    const register = vscode.commands.registerCommand;
    this.subscriptions = [
      this.view,
      vscode.languages.onDidChangeDiagnostics(() => this.read()),
      register('turnout.ui.finding.fix', (node: FindingNode) => this.fix(node)),
      register('turnout.ui.finding.dismiss', (node: FindingNode) => this.dismiss(node)),
      register('turnout.ui.finding.explain', (node: FindingNode) => this.explain(node)),
      register('turnout.ui.findings.fixAll', (node?: FileNode) => this.fixAll(node)),
      register('turnout.ui.findings.dismissAll', (node?: FileNode) => this.dismissAll(node)),
    ];
    this.read();
  }

  getChildren(node?: Node): Node[] {
    if (!node) {
      return this.files;
    }
    return 'findings' in node ? node.findings : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return 'findings' in node ? fileItem(node) : findingItem(node);
  }

  dispose(): void {
    this.subscriptions.forEach((one) => void one.dispose());
    this.changed.dispose();
  }

  private read(): void {
    this.files = collect(vscode.languages.getDiagnostics());
    const count = this.files.reduce((sum, file) => sum + file.findings.length, 0);
    this.view.badge = count ? { value: count, tooltip: counted(count) } : undefined;
    void setContext('turnout.findings', count > 0);
    void setContext('turnout.fixable', this.files.some(isFixable));
    this.changed.fire();
  }

  private async fix({ uri, diagnostic, data }: FindingNode): Promise<void> {
    await open(uri, diagnostic.range);
    const order = { uri: uri.toString() };
    if (data.fix) {
      await this.tasks.execute('turnout.apply', { ...order, id: data.id });
    } else {
      await this.tasks.run('fix', { ...order, ...about(diagnostic) });
    }
  }

  private async dismiss({ uri, data }: FindingNode): Promise<void> {
    await this.tasks.execute('turnout.dismiss', { uri: uri.toString(), id: data.id });
  }

  private async explain({ uri, diagnostic }: FindingNode): Promise<void> {
    await open(uri, diagnostic.range);
    await this.tasks.run('explain', { uri: uri.toString(), ...about(diagnostic) });
  }

  private async fixAll(node?: FileNode): Promise<void> {
    for (const { uri } of this.meant(node).filter(isFixable)) {
      await open(uri);
      await this.tasks.execute('turnout.apply', { uri: uri.toString() });
    }
  }

  private async dismissAll(node?: FileNode): Promise<void> {
    for (const { uri } of this.meant(node)) {
      await this.tasks.execute('turnout.dismiss', { uri: uri.toString() });
    }
  }

  /** The file of the tree, else all of them. */
  private meant(node: FileNode | undefined): FileNode[] {
    return node ? [node] : [...this.files];
  }
}

function collect(all: [vscode.Uri, vscode.Diagnostic[]][]): FileNode[] {
  const files = all.map(([uri, diagnostics]) => ({ uri, findings: ours(uri, diagnostics) }));
  return files
    .filter(({ findings }) => findings.length)
    .sort((one, other) => worst(one) - worst(other) || compare(one.uri.path, other.uri.path));
}

function ours(uri: vscode.Uri, diagnostics: vscode.Diagnostic[]): FindingNode[] {
  return diagnostics
    .filter(({ source }) => source === SOURCE)
    .flatMap((diagnostic) => {
      const { data } = diagnostic as { data?: FindingData };
      return data ? [{ uri, diagnostic, data }] : [];
    })
    .sort((one, other) => {
      const [first, second] = [one.diagnostic, other.diagnostic];
      return first.severity - second.severity || first.range.start.compareTo(second.range.start);
    });
}

function worst({ findings }: FileNode): number {
  return findings[0]?.diagnostic.severity ?? vscode.DiagnosticSeverity.Hint;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function isFixable({ findings }: FileNode): boolean {
  return findings.some(({ data }) => data.fix);
}

function fileItem(file: FileNode): vscode.TreeItem {
  const item = new vscode.TreeItem(file.uri, vscode.TreeItemCollapsibleState.Expanded);
  item.id = file.uri.toString();
  item.description = counted(file.findings.length);
  item.contextValue = isFixable(file) ? 'file.fix' : 'file';
  return item;
}

function findingItem({ uri, diagnostic, data }: FindingNode): vscode.TreeItem {
  const [title = '', ...rest] = diagnostic.message.split('\n');
  const [icon, color] = ICONS[diagnostic.severity];
  const item = new vscode.TreeItem(title);
  const line = diagnostic.range.start.line + 1;
  item.id = `${uri.toString()}#${data.id}`;
  item.description = `${category(diagnostic)}, line ${line}`;
  item.tooltip = [title, ...rest, '', data.model].join('\n').trim();
  item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
  item.contextValue = contextOf(diagnostic, data);
  const options = { selection: diagnostic.range };
  item.command = { command: 'vscode.open', title: 'Open', arguments: [uri, options] };
  return item;
}

function contextOf(diagnostic: vscode.Diagnostic, data: FindingData): string {
  if (category(diagnostic) === NOTE) {
    return 'note';
  }
  return data.fix ? 'finding.fix' : 'finding';
}

function category({ code }: vscode.Diagnostic): string {
  return typeof code === 'object' ? String(code.value) : String(code ?? '');
}

function counted(count: number): string {
  return count === 1 ? '1 finding' : `${count} findings`;
}

/** What a model is told of a finding. */
function about(diagnostic: vscode.Diagnostic): object {
  return { range: lines(diagnostic.range), diagnostics: [reported(diagnostic)] };
}

function setContext(key: string, value: boolean): Thenable<unknown> {
  return vscode.commands.executeCommand('setContext', key, value);
}

async function open(uri: vscode.Uri, selection?: vscode.Range): Promise<void> {
  await vscode.window.showTextDocument(uri, selection ? { selection } : {});
}
