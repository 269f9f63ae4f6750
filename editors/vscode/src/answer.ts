/** One answer on view: a web view beside the code that is drawn anew as the text comes. */

import * as vscode from 'vscode';

import { page, webviewOptions } from './page';
import type { Said, Shown } from './webview/shown';

/** The type of the web view, by which menus know it. */
export const VIEW = 'turnout.answer';

const PAUSE = 100; // milliseconds between two drawings

/** A panel. It is sent the latest text whenever it has drawn the one before, and no faster. */
export class AnswerView implements vscode.Disposable {
  private readonly panel: vscode.WebviewPanel;
  private shown: Shown | undefined;
  private isReady = false;
  private isStale = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(extension: vscode.Uri, title: string, column: vscode.ViewColumn, closed: () => void) {
    const place = { viewColumn: column, preserveFocus: true };
    const options = { ...webviewOptions(extension), enableFindWidget: true };
    this.panel = vscode.window.createWebviewPanel(VIEW, title, place, options);
    this.panel.iconPath = vscode.Uri.joinPath(extension, 'media', 'turnout.svg');
    this.panel.webview.onDidReceiveMessage((said: Said) => this.heard(said));
    this.panel.onDidDispose(() => {
      clearTimeout(this.timer);
      closed();
    });
    this.panel.webview.html = page(this.panel.webview, extension, 'answer');
  }

  /** Whether it has the focus. */
  get isActive(): boolean {
    return this.panel.active;
  }

  /** Whether it is on the screen. */
  get isVisible(): boolean {
    return this.panel.visible;
  }

  /** Draw this text. */
  draw(shown: Shown): void {
    this.shown = shown;
    this.isStale = true;
    this.send();
  }

  /** Bring it to the front, and leave the cursor where it is. */
  reveal(): void {
    this.panel.reveal(undefined, true);
  }

  dispose(): void {
    this.panel.dispose();
  }

  private heard(said: Said): void {
    if (said === 'ready') {
      this.isStale = true; // also where it was hidden, and is drawn from nothing
      this.mayDraw();
    } else {
      this.timer = setTimeout(() => this.mayDraw(), PAUSE);
    }
  }

  private mayDraw(): void {
    this.isReady = true;
    this.send();
  }

  private send(): void {
    if (this.isReady && this.isStale && this.shown) {
      this.isReady = this.isStale = false;
      void this.panel.webview.postMessage(this.shown);
    }
  }
}
