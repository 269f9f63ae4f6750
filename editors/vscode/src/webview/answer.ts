/** The page of an answer: draws the text that has come, and stays where the reader is. */

import { element, text } from './dom';
import { blocks } from './render';
import type { Said, Shown } from './shown';

declare function acquireVsCodeApi(): {
  postMessage(message: Said): void;
  getState(): { top: number } | undefined;
  setState(state: { top: number }): void;
};

const NEAR = 24; // pixels from the end that count as the end

const editor = acquireVsCodeApi();
const page = document.getElementById('answer') as HTMLElement;
const body = element('article');
const footer = element('footer');
let drawn: string[] = [];
let last: Shown | undefined;
page.append(body, footer);

window.addEventListener('message', ({ data }: MessageEvent<Shown>) => {
  const isFollowed = last?.done === false && isAtEnd();
  drawBlocks(blocks(data.text, data.isPlain));
  drawFooter(data);
  stay(isFollowed);
  last = data;
  editor.postMessage('drawn');
});
window.addEventListener('scroll', () => editor.setState({ top: window.scrollY }));

/** Touch only what is new: a selection, and what is scrolled, stay. */
function drawBlocks(wanted: string[]): void {
  const kept = wanted.findIndex((html, at) => html !== drawn[at]);
  const from = kept < 0 ? wanted.length : kept;
  Array.from(body.children)
    .slice(from)
    .forEach((child) => child.remove());
  for (const html of wanted.slice(from)) {
    const block = element('div');
    block.innerHTML = html; // by the renderer, which escapes all there is
    body.append(block);
  }
  drawn = wanted;
}

function drawFooter({ text: answer, model, done }: Shown): void {
  const isEmpty = done && !answer.trim();
  const words = isEmpty ? 'There is no answer.' : model;
  body.setAttribute('aria-busy', String(!done));
  footer.className = done ? '' : 'writing';
  footer.replaceChildren(text(done ? words : `${model || 'Turnout'} is writing...`));
}

function isAtEnd(): boolean {
  return window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - NEAR;
}

function stay(isFollowed: boolean): void {
  if (isFollowed) {
    window.scrollTo(0, document.documentElement.scrollHeight);
  } else if (!last) {
    window.scrollTo(0, editor.getState()?.top ?? 0); // where it was before it was hidden
  }
}

editor.postMessage('ready');
