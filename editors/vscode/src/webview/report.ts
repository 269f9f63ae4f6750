/** The page of the cost report: asks for a period, and draws what comes. */

import { draw } from './chart';
import { element, text } from './dom';
import { count, duration, money, percent, sum } from './figures';
import type { Group, Message, Report, Saving } from './model';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

const PERIODS: [string, string][] = [
  ['24h', '24 hours'],
  ['7d', '7 days'],
  ['4w', '4 weeks'],
  ['all', 'All'],
];
const SAVED: [keyof Report['savings'], string][] = [
  ['recall', 'by recall'],
  ['routing', 'by routing'],
  ['cache', 'by prompt caches'],
];

const editor = acquireVsCodeApi();
const page = document.getElementById('report') as HTMLElement;

window.addEventListener('message', ({ data }: MessageEvent<Message>) => {
  const body = data.report
    ? figures(data.report)
    : [element('p', { class: 'why' }, text(data.why ?? ''))];
  page.replaceChildren(header(data.since), ...body);
  if (data.report?.series.length) {
    draw(page.querySelector('canvas') as HTMLCanvasElement, data.report.series);
  }
});

function header(since: string): HTMLElement {
  const buttons = PERIODS.map(([period, title]) => {
    const button = element('button', { 'aria-pressed': String(period === since) }, text(title));
    button.addEventListener('click', () => editor.postMessage({ since: period }));
    return button;
  });
  return element(
    'header',
    {},
    element('h1', {}, text('Costs')),
    element('nav', { 'aria-label': 'Period' }, ...buttons),
  );
}

function figures(report: Report): HTMLElement[] {
  const nothing = !report.series.length && !report.total.calls;
  return [
    tiles(report),
    nothing ? element('p', { class: 'empty' }, text('No call in this time.')) : chart(),
    ...(report.groups.length ? [table(report.groups)] : []),
    savings(report),
  ];
}

function tiles({ total, recall }: Report): HTMLElement {
  const unknown = total.by_known['unknown'] ? ' and calls of unknown cost' : '';
  const all: [string, string, string][] = [
    [money(total.usd), 'spent', `in ${count(total.calls, 'call')}${unknown}`],
    [
      percent(total.answered, total.calls),
      'answered',
      `${total.failed} failed, ${total.aborted} stopped`,
    ],
    [
      String(recall['accepted'] ?? 0),
      'accepted from recall',
      `of ${recall['shown'] ?? 0} shown, at no cost`,
    ],
    [
      duration(total.total_ms.p50),
      'half of the answers',
      `95 % within ${duration(total.total_ms.p95)}`,
    ],
  ];
  const tile = ([figure, name, more]: [string, string, string]) =>
    element(
      'div',
      { class: 'tile' },
      element('strong', {}, text(figure)),
      element('span', {}, text(name)),
      element('small', {}, text(more)),
    );
  return element('section', { class: 'tiles' }, ...all.map(tile));
}

function chart(): HTMLElement {
  const canvas = element('canvas', { role: 'img', 'aria-label': 'Spent by day and model' });
  const box = element('div', { class: 'chart' }, canvas);
  return element('section', {}, element('h2', {}, text('By day and model')), box);
}

function table(groups: Group[]): HTMLElement {
  const head = ['Task', 'Calls', 'Answered', 'Tokens in', 'Tokens out', 'Median time', 'Spent'];
  const rows = [...groups].sort((one, other) => (other.usd ?? 0) - (one.usd ?? 0)).map(row);
  return element(
    'section',
    {},
    element('h2', {}, text('By task')),
    element(
      'table',
      {},
      element(
        'thead',
        {},
        element('tr', {}, ...head.map((name) => element('th', { scope: 'col' }, text(name)))),
      ),
      element('tbody', {}, ...rows),
    ),
  );
}

function row({ name, calls, answered, tokens, total_ms, usd }: Group): HTMLElement {
  const read = sum([tokens.fresh, tokens.cache_read, tokens.cache_write]);
  const written = sum([tokens.output, tokens.thinking]);
  const cells = [
    String(calls),
    percent(answered, calls),
    read.toLocaleString(),
    written.toLocaleString(),
    duration(total_ms.p50),
    money(usd),
  ];
  const task = element('th', { scope: 'row' }, text(name.replaceAll('_', ' ')));
  return element('tr', {}, task, ...cells.map((cell) => element('td', {}, text(cell))));
}

function savings(report: Report): HTMLElement {
  const item = ([key, name]: [keyof Report['savings'], string]) => {
    const saving: Saving | undefined = report.savings[key];
    const known = saving && saving.usd !== null;
    const figure = known ? money(saving.usd) : 'not known';
    const against = saving ? `${known ? 'Against ' : ''}${saving.baseline}.` : '';
    return [element('dt', {}, text(`${figure} ${name}`)), element('dd', {}, text(against))];
  };
  return element(
    'section',
    {},
    element('h2', {}, text('Saved')),
    element('dl', {}, ...SAVED.flatMap(item)),
  );
}

editor.postMessage({});
