/** From nothing to a model that answers: choose a provider, consent, enter a key. */

import * as vscode from 'vscode';
import { basename } from 'node:path';

import { fileAtHand } from './ask';
import { Documents } from './documents';
import { Keys } from './keys';
import { Consent, ConsentRequest, EnableRequest, Offer, OffersRequest } from './protocol';
import { Server } from './server';

const STATES: Record<Offer['state'], string> = {
  enabled: '$(check) on',
  'no-key': '$(key) its key is missing',
  offered: '$(key) its key was found',
  known: '',
};

/** Leads the user there. Nothing is enabled but on their own word. */
export class Onboarding {
  constructor(
    private readonly server: Server,
    private readonly keys: Keys,
    private readonly documents: Documents,
  ) {}

  /** Let the user choose a provider, and set it up. */
  async start(): Promise<void> {
    const { offers } = await this.server.running().sendRequest(OffersRequest);
    const chosen = await vscode.window.showQuickPick(offers.map(item), {
      title: 'Turnout: set up a provider',
      placeHolder: 'Who may answer? Nothing is sent before you have seen what, and said yes.',
      matchOnDescription: true,
      matchOnDetail: true,
    });
    if (!chosen) {
      return;
    }
    const { offer } = chosen;
    const isOn = offer.state === 'enabled' || offer.state === 'no-key';
    await (isOn ? this.key(offer) : this.enable(offer.name, offer));
  }

  /** Ask for consent to one provider, enable it, and ask for its key. */
  async enable(provider: string, offer?: Offer): Promise<void> {
    const client = this.server.running();
    const consent = await client.sendRequest(ConsentRequest, { provider, keep: 'session' });
    if (!(await this.agrees(consent))) {
      return;
    }
    const { enabled, why, file } = await client.sendRequest(EnableRequest, { provider });
    if (!enabled) {
      void vscode.window.showErrorMessage(`Turnout: ${provider} is not enabled. ${why}`);
      return;
    }
    this.server.log.info(`${provider} is enabled in ${file}`);
    const { needsKey } = consent;
    await this.key({ title: provider, keyPage: null, ...offer, name: provider, needsKey });
  }

  /** Ask for the key of a provider that is enabled, and say what to do next. */
  async key(offer: Pick<Offer, 'name' | 'title' | 'needsKey' | 'keyPage'>): Promise<void> {
    const { name, title, needsKey, keyPage } = offer;
    const said = needsKey ? await this.keys.enter(name, title, keyPage) : `${title} is on.`;
    if (!said) {
      return;
    }
    const file = fileAtHand();
    const review = file ? [`Review ${basename(file.path)}`] : [];
    if (file && (await vscode.window.showInformationMessage(`Turnout: ${said}`, ...review))) {
      await vscode.window.showTextDocument(file);
      await vscode.commands.executeCommand('turnout.ui.review');
    } else if (!file) {
      void vscode.window.showInformationMessage(`Turnout: ${said}`);
    }
  }

  /** Show what consent means, and wait for a word. */
  private async agrees(consent: Consent): Promise<boolean> {
    const details = 'Show What Is Written';
    const options = { modal: true, detail: plain(consent.text) };
    const { showInformationMessage } = vscode.window;
    const choice = await showInformationMessage(consent.title, options, 'Enable', details);
    if (choice === details) {
      const text = `${consent.text}\n\nAdded to ${consent.file}:\n\n\`\`\`toml\n${consent.toml.trim()}\n\`\`\`\n`;
      this.documents.show(`consent-${consent.provider}`, consent.title, text);
      const again = await showInformationMessage(
        `${consent.title} What is written is shown beside.`,
        'Enable',
      );
      return again === 'Enable';
    }
    return choice === 'Enable';
  }
}

function item(offer: Offer): vscode.QuickPickItem & { offer: Offer } {
  const where = offer.local ? 'on this machine' : offer.host;
  const detail = [where, offer.price, offer.why].filter(Boolean).join('  ·  ');
  return { label: offer.title, description: STATES[offer.state], detail, offer };
}

/** Markdown for a dialog, which shows plain text. */
export function plain(markdown: string): string {
  return markdown
    .replace(/^#+ +/gm, '')
    .replace(/\*\*(.+?)\*\*/g, '$1')
    .replace(/`([^`\n]+)`/g, '$1')
    .replace(/^[-*] +/gm, '• ')
    .trim();
}
