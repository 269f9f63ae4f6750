import assert from 'node:assert/strict';
import { test } from 'node:test';

import { count, duration, money, percent, stacks } from '../src/webview/figures';

const row = (day: string, model: string, usd: number | null) => ({
  day,
  model,
  task: 'review',
  calls: 1,
  usd,
});

test('days without a call are days, and the dearest model comes first', () => {
  const drawn = stacks([
    row('2026-02-27', 'mine/fast', 0.01),
    row('2026-03-01', 'p/big', 0.5),
    row('2026-03-01', 'mine/fast', null),
    row('2026-03-01', 'p/big', 0.25),
  ]);
  assert.deepEqual(drawn.days, ['2026-02-27', '2026-02-28', '2026-03-01']);
  assert.deepEqual(drawn.models, [
    { model: 'p/big', usd: [0, 0, 0.75] },
    { model: 'mine/fast', usd: [0.01, 0, 0] },
  ]);
  assert.deepEqual(stacks([]), { days: [], models: [] });
});

test('money has the digits that matter', () => {
  const shown = [0, 0.0065, 0.0123, 0.9961, 12.5, -0.02, null].map(money);
  assert.deepEqual(shown, [
    '$0.00',
    '$0.0065',
    '$0.012',
    '$1.00',
    '$12.50',
    '-$0.020',
    'not known',
  ]);
});

test('figures as people read them', () => {
  assert.deepEqual([921.4, 2_310, null].map(duration), ['921 ms', '2.3 s', '-']);
  assert.deepEqual([percent(2, 3), percent(0, 0)], ['67 %', '-']);
  assert.deepEqual([count(1, 'call'), count(2, 'call')], ['1 call', '2 calls']);
});
