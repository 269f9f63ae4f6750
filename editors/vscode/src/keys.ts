/** Keys: kept in the editor's secret storage, and handed to the server each time it starts. */

import * as vscode from 'vscode';

import { KeySet, SetKeyRequest } from './protocol';
import { Server } from './server';

const NAMES = 'turnout.keys';

/** The keys that the user entered in this editor. */
export class Keys {
  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly server: Server,
  ) {
    server.onReady(() => void this.handOver());
  }

  /** Ask for a key until the provider takes it; what came of it, in words, or nothing. */
  async enter(provider: string, title = provider, page?: string | null): Promise<string> {
    const input = vscode.window.createInputBox();
    input.title = `Turnout: key for ${title}`;
    input.prompt = `It goes into the editor's secret storage, and to ${title} alone.`;
    input.placeholder = page ? `Get one at ${page}` : 'Paste the key here';
    input.password = true;
    input.ignoreFocusOut = true;
    try {
      return await new Promise((resolve) => {
        input.onDidAccept(() => {
          void this.attempt(input, provider, title).then((said) => {
            if (said) {
              resolve(said);
              input.hide();
            }
          });
        });
        input.onDidChangeValue(() => (input.validationMessage = undefined));
        input.onDidHide(() => resolve(''));
        input.show();
      });
    } finally {
      input.dispose();
    }
  }

  /** Forget the key of a provider, which the user chooses. */
  async remove(): Promise<void> {
    const provider = await vscode.window.showQuickPick(this.names(), {
      title: 'Turnout: remove a key from this editor',
      placeHolder: this.names().length ? 'Whose key?' : 'No key was entered in this editor.',
    });
    if (provider) {
      await this.context.secrets.delete(secret(provider));
      await this.remember(this.names().filter((name) => name !== provider));
      await this.server.requestRestart();
    }
  }

  /** Try a key; nothing where another one is wanted, for the reason that is shown. */
  private async attempt(input: vscode.InputBox, provider: string, title: string): Promise<string> {
    const key = input.value.trim();
    if (!key) {
      return '';
    }
    input.busy = true;
    input.enabled = false;
    try {
      const answer = await this.give(provider, key, true);
      if (answer.kept) {
        await this.keep(provider, key);
        return told(title, answer);
      }
      input.valueSelection = [0, input.value.length]; // the next one takes its place
      input.validationMessage = `${answer.why} Paste another one, or press Escape.`;
    } catch (error) {
      input.validationMessage = error instanceof Error ? error.message : String(error);
    } finally {
      input.busy = false;
      input.enabled = true;
    }
    return '';
  }

  private give(provider: string, key: string, check: boolean): Promise<KeySet> {
    const params = { provider, key, keep: 'session' as const, check };
    return this.server.running().sendRequest(SetKeyRequest, params);
  }

  private async keep(provider: string, key: string): Promise<void> {
    await this.context.secrets.store(secret(provider), key);
    await this.remember([...new Set([...this.names(), provider])].sort());
  }

  private async handOver(): Promise<void> {
    for (const provider of this.names()) {
      const key = await this.context.secrets.get(secret(provider));
      if (key) {
        await this.give(provider, key, false).catch((error: unknown) => {
          this.server.log.warn(`the key of ${provider} was not taken: ${String(error)}`);
        });
      }
    }
  }

  private names(): string[] {
    return this.context.globalState.get<string[]>(NAMES, []);
  }

  private remember(names: string[]): Thenable<void> {
    return this.context.globalState.update(NAMES, names);
  }
}

function secret(provider: string): string {
  return `turnout.key.${provider}`;
}

function told(title: string, { check, why }: KeySet): string {
  return check === 'accepted'
    ? `${title} accepted the key.`
    : `The key for ${title} is kept, and not checked yet. ${why}`.trim();
}
