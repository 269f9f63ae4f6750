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

  /** Ask for a key until the provider takes it; whether there is one then. */
  async enter(provider: string, page?: string | null): Promise<boolean> {
    const input = vscode.window.createInputBox();
    input.title = `Turnout: key for ${provider}`;
    input.prompt = `It goes into the editor's secret storage, and to ${provider} alone.`;
    input.placeholder = page ? `Get one at ${page}` : 'Paste the key here';
    input.password = true;
    input.ignoreFocusOut = true;
    try {
      return await new Promise((resolve) => {
        input.onDidAccept(() => void this.attempt(input, provider).then((kept) => kept && resolve(true)));
        input.onDidChangeValue(() => (input.validationMessage = undefined));
        input.onDidHide(() => resolve(false));
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

  /** Try a key; false where another one is wanted. */
  private async attempt(input: vscode.InputBox, provider: string): Promise<boolean> {
    const key = input.value.trim();
    if (!key) {
      return false;
    }
    input.busy = true;
    input.enabled = false;
    try {
      const answer = await this.give(provider, key, true);
      if (answer.kept) {
        await this.keep(provider, key);
        input.hide();
        tell(provider, answer);
        return true;
      }
      input.validationMessage = [answer.why, answer.remedy].filter(Boolean).join(' ');
    } catch (error) {
      input.validationMessage = error instanceof Error ? error.message : String(error);
    } finally {
      input.busy = false;
      input.enabled = true;
    }
    return false;
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

function tell(provider: string, { check, why }: KeySet): void {
  if (check === 'accepted') {
    void vscode.window.showInformationMessage(`Turnout: ${provider} accepted the key.`);
  } else {
    const text = `Turnout: the key is kept, and not checked yet. ${why}`.trim();
    void vscode.window.showWarningMessage(text);
  }
}
