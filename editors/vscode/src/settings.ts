/** The settings that go to the server: those the user has set, and no defaults of the editor. */

import * as vscode from 'vscode';

/** What the extension itself reads; the server knows nothing of it. */
const OWN = 'turnout.server.';

/**
 * The tree of what is set, as `turnout.toml` has it.
 *
 * The defaults are the server's: an editor's "balanced" would overrule a `mode` of the user's file.
 */
export function settingsOf(names: readonly string[], folder?: vscode.Uri): Record<string, unknown> {
  const settings = vscode.workspace.getConfiguration(undefined, folder);
  const tree: Record<string, unknown> = {};
  for (const name of names.filter((one) => !one.startsWith(OWN))) {
    if (isSet(settings.inspect(name))) {
      place(tree, name.split('.').slice(1), settings.get(name));
    }
  }
  return tree;
}

/** The names of all settings that the extension's manifest contributes. */
export function contributed(manifest: unknown): string[] {
  const sections = (manifest as Manifest).contributes.configuration;
  return sections.flatMap((section) => Object.keys(section.properties));
}

interface Manifest {
  contributes: { configuration: { properties: Record<string, unknown> }[] };
}

type Inspected = ReturnType<vscode.WorkspaceConfiguration['inspect']>;

function isSet(found: Inspected): boolean {
  return Object.entries(found ?? {}).some(
    ([scope, value]) => /^(global|workspace).*Value$/.test(scope) && value !== undefined,
  );
}

function place(tree: Record<string, unknown>, path: string[], value: unknown): void {
  const [first, ...rest] = path;
  if (first === undefined) {
    return;
  }
  if (!rest.length) {
    tree[first] = value;
    return;
  }
  const branch = (tree[first] ??= {}) as Record<string, unknown>;
  place(branch, rest, value);
}
